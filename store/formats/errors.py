"""Errors of signed files, checkpoints and receipts.

StoreError
    BadNote
    BadSignature
        DamagedJws
            WrongMember
        ForbiddenHeader
        WrongAlgorithm
        WrongKind
        UnknownSigner
        SameSigner
        WrongSignature
        NotThreeSigners
        SignedTwice
        NotOnTheList
        KeyPastItsDate
        NotAppointedThen
        NothingSaid
    BadReceipt
"""

from __future__ import annotations

from store.errors import StoreError


class BadNote(StoreError):
    """A checkpoint is not a C2SP signed note, or its signature is wrong."""

    says = "A checkpoint cannot be trusted: {problem}."
    do = "Nothing was taken from it."
    exit_code = 5


class BadSignature(StoreError):
    """The root of the errors of signed files."""

    says = "A signed file cannot be trusted."
    do = "Nothing was taken from it."
    exit_code = 5


class DamagedJws(BadSignature):
    says = "A signed file is damaged or not in the agreed form ({part})."


class WrongMember(DamagedJws):
    """`member` is the path of what is wrong, like use[3][5]."""

    says = "In a signed file, {member} is not as agreed: {problem}."


class ForbiddenHeader(BadSignature):
    says = "A signed file tells its reader how to trust it ({name}), which is not allowed."


class WrongAlgorithm(BadSignature):
    says = "A signed file uses the algorithm {alg}; only Ed25519 is allowed."


class WrongKind(BadSignature):
    says = "A signed file is of another kind: {typ} where {expected} was expected."


class UnknownSigner(BadSignature):
    says = "A file is signed with a key that is not known here ({kid})."


class SameSigner(BadSignature):
    says = "A file is signed twice with the same key ({kid})."


class WrongSignature(BadSignature):
    says = "A file was changed after it was signed, or the signature was forged ({kid})."


class NotThreeSigners(BadSignature):
    says = "A report is signed by an officer, a controller and a head, and by nobody else."


class SignedTwice(BadSignature):
    says = "One person signed a report twice."


class NotOnTheList(BadSignature):
    says = "The people list has nobody with this key as {role}."


class KeyPastItsDate(BadSignature):
    says = "The {role} signed with a key past its date: the appointment had ended."


class NotAppointedThen(BadSignature):
    says = "The {role} was not appointed yet at the time of signing."


class NothingSaid(BadSignature):
    says = "The head says neither approved nor flagged."


class BadReceipt(StoreError):
    """The centre's receipt does not name what was sent."""

    says = "The receipt does not belong to what was sent ({part})."
    do = "The report still counts as not received; tell ICT."
    exit_code = 5
