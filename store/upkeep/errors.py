"""Errors of backups and of the archive of past years.

StoreError
    NoRoom
    NotABackup
    OldBackupsStay
    BackupDamaged
    NothingToArchive
    ArchiveSealed
    ArchiveDamaged
"""

from __future__ import annotations

from store.errors import StoreError


class NoRoom(StoreError):
    """The folder's free space is too small for a backup; nothing was written."""

    says = "A backup needs {need} MB, and {folder} has {free} MB."
    do = "Make room there, or name another folder with `nocopy backup --to DIR`."


class NotABackup(StoreError):
    says = "{file} is not a whole backup of nocopy."
    do = "Take another backup."
    exit_code = 4


class OldBackupsStay(StoreError):
    """The new backup is made and verified."""

    says = "The backup is made, but older ones in {folder} cannot be deleted."
    do = "Delete them there by hand, or ask ICT to let this user of the PC delete files there."


class BackupDamaged(StoreError):
    says = "The backup {file} cannot be read again as it was written: its disk or stick is failing."
    do = "Take another stick or another backup."
    exit_code = 5


class NothingToArchive(StoreError):
    says = "No month is older than the {years} years for which this ledger is kept."
    do = "Nothing was changed."
    exit_code = 4


class ArchiveSealed(StoreError):
    says = "This key does not open the archive."
    do = "Take the recovery sheet of the office, or log in as the head who wrote it."
    exit_code = 3


class ArchiveDamaged(StoreError):
    says = "The archive does not hold what it says ({part})."
    do = "Keep it as it is, take another copy of it, tell ICT."
    exit_code = 5
