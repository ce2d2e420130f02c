"""Errors of files from the office's other PCs.

StoreError
    StationError
        StationOfOtherOffice
        StationUnknown
        NoPartner
        StationForged
        StationOutOfOrder
        StationContradicts
        StationBroken
        StationRestoredBefore
        StationBeforeRestore
        StationRestoreForged
        StationRestoreContradicts
        StationRestoreUnsaid
        StationLostFalse
        OwnStation
        FingerprintDiffers
    NotOurFile
WrongState
    StationMissing
"""

from __future__ import annotations

from store.errors import StoreError, WrongState


class StationError(StoreError):
    """The root of the errors of another PC's month file."""

    says = "This file of another PC cannot be accepted."
    do = "Nothing was taken from it."
    exit_code = 5


class StationOfOtherOffice(StationError):
    says = "This file is of unit {unit}, not of this office."


class StationUnknown(StationError):
    says = "The key of station {station} is not known on this PC."
    do = "The head compares its fingerprint first: `nocopy station trust FILE`."
    exit_code = 4


class NoPartner(StationError):
    says = "This PC trusts no other PC of the office yet, so there is nobody to write the month for."
    do = "The head does that first, with the other PC's file: `nocopy station trust FILE`."
    exit_code = 4


class StationForged(StationError):
    says = "This file says that it is of station {station}, but that PC did not sign it."
    do = "Nothing was taken from it. Keep the file and tell ICT."


class StationOutOfOrder(StationError):
    says = "Station {station} brings {month}, but a month before it was never imported here."
    do = "Nothing was taken from it. Import the months of that PC in their order."
    exit_code = 1


class StationContradicts(StationError):
    says = "Station {station} brought {month} before, and other lines then."
    do = "Nothing was taken from it. One of the two was changed: keep both files and tell ICT."


class StationBroken(StationError):
    says = "The ledger of station {station} is broken in {month}: {problem}."
    do = "Nothing was taken from it. Keep the file, run `nocopy ledger verify` on that PC and tell ICT."


class StationRestoredBefore(StationError):
    says = (
        "Station {station} was restored from a backup, and the month in which that happened is not here yet."
    )
    do = "Nothing was taken from it. Export that month once more on that PC, and import it first."
    exit_code = 1


class StationBeforeRestore(StationError):
    says = "Station {station} was restored, and this month is of its ledger from before."
    do = "Nothing was taken from it. That PC must not go on beside the restored one: tell ICT."


class StationRestoreForged(StationError):
    says = "Line {seq} of station {station} begins a ledger that is not that PC's own next one."
    do = "Nothing was taken from it. Keep the file and tell ICT."


class StationRestoreContradicts(StationError):
    says = "Station {station} was restored, but line {seq} names another ledger before it than there was."
    do = "Nothing was taken from it. One of the two was changed: keep the file and tell ICT."


class StationRestoreUnsaid(StationError):
    says = (
        "The checkpoint of station {station} is of a restored ledger, but no line says that it was restored."
    )
    do = "Nothing was taken from it. Keep the file and tell ICT."


class StationLostFalse(StationError):
    says = "Line {seq} of station {station} says that {lost} lines were lost, which its own facts contradict."
    do = "Nothing was taken from it. Keep the file and tell ICT."


class OwnStation(StationError):
    says = "This file is of this PC itself."
    do = "Nothing was changed. Take it to the other PC."
    exit_code = 2


class FingerprintDiffers(StationError):
    says = "What was typed is not the fingerprint of station {station}."
    do = "Nothing was changed. Read it once more from the screen of that PC; if it still differs, tell ICT."
    exit_code = 3


class StationMissing(WrongState):
    says = "{month} of station {stations} was not imported yet, and the office reports for all its PCs."
    do = "Import it; if that PC is gone for good, the head releases it with `nocopy station release`."


class NotOurFile(StoreError):
    says = "This is not a file of this program."
    do = "Look whether it is the right file."
    exit_code = 2
