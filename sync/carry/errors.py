"""Errors of bundles and of the sticks that carry them.

SyncError
    BundleError
        SealedToOthers
        DamagedBundle
        BundleTooLarge
        ForeignBundle
        ItemMissing
        ItemChanged
        ItemUnlisted
    NoAnswer
NotEnrolled
    NoKeysForAnswer
"""

from __future__ import annotations

from sync.errors import NotEnrolled, SyncError


class BundleError(SyncError):
    """The root of the reasons for refusing a bundle."""

    says = "This bundle cannot be accepted."
    do = "Nothing was taken from it, and what waits still waits."
    exit_code = 5


class SealedToOthers(BundleError):
    says = "This file is sealed to somebody else: to another office, to another PC or to the centre."
    do = "Nothing was taken from it. Give it to whom it is for."


class DamagedBundle(BundleError):
    says = "This file is no bundle of this program, or it was damaged on its way ({part})."
    do = "Nothing was taken from it, and nothing is lost: bring the file once more."


class BundleTooLarge(BundleError):
    says = "This bundle is larger than any true one."


class ForeignBundle(BundleError):
    says = "This bundle is for unit {unit}, station {station}, and not for this PC."
    do = "Nothing was taken from it. Give it to that office."


class ItemMissing(BundleError):
    says = "This bundle is not whole: {id} stands in its signed list and is not in the file."


class ItemChanged(BundleError):
    says = "This bundle was changed: {id} in it is not what its signed list says."


class ItemUnlisted(BundleError):
    says = "Something was put into this bundle that its signed list does not name ({id})."


class NoKeysForAnswer(NotEnrolled):
    says = (
        "This unit is not enrolled at the centre, so nobody here can tell whether an answer is the centre's."
    )


class NoAnswer(SyncError):
    says = "There is no answer of the centre for this PC in {folder}."
    do = "Check whether it is the right stick; its files end in .age."
    exit_code = 4
