"""Errors of the centre, and its reasons for refusing a bundle.

SyncError
    CentreExtraMissing
    CannotListen
BundleError
    ForgedBundle
    UnknownStation
"""

from __future__ import annotations

from sync.carry.errors import BundleError
from sync.errors import SyncError


class CentreExtraMissing(SyncError):
    says = "The ministry's side is not installed on this PC."
    do = "Install it with `./install.sh install --centre`."


class CannotListen(SyncError):
    says = "The centre cannot listen at {address}."
    do = "Stop the program that uses this port, or choose another with --port."


class ForgedBundle(BundleError):
    says = "This bundle names unit {unit}, station {station} as its sender, but that PC did not sign it."
    do = "Nothing was taken from it. Keep the file and tell ICT."


class UnknownStation(BundleError):
    says = "Unit {unit}, station {station} is not enrolled at this centre, so its bundle is not accepted."
    do = "Nothing was taken from it. The unit's head enrols with a code first."
