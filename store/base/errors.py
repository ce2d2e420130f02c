"""Errors of the home folder, the disk and the database file.

StoreError
    NoBooks
    BooksMissing
    FolderClosed
    NoSuchFolder
    FolderFails
    NoFile
    FileStalls
    NoFolder
    BooksReadAlone
    BooksBusy
    DiskFull
    DiskShort
    WrongKey
    BooksDamaged
    RuleBroken
BadInput
    FileRefused
"""

from __future__ import annotations

from store.errors import BadInput, StoreError


class NoBooks(StoreError):
    says = "There are no books in {home}."
    do = "Set this PC up with `nocopy` or `nocopy setup --from FILE`, or try `nocopy practice`."
    exit_code = 4


class BooksMissing(StoreError):
    """The home folder holds only part of an office's files; a new office there would overwrite them."""

    says = "The books are missing here: {home} holds only a part of an office's files."
    do = "Delete nothing there; restore a backup with the recovery sheet: `nocopy restore FILE --replace`."
    exit_code = 5


class FolderClosed(StoreError):
    says = "This user of the PC may not write in {path}."
    do = "Run the program as the user who set it up, or ask ICT to give this user the folder."


class NoSuchFolder(StoreError):
    says = "There is no folder {folder}."
    do = "Make it first, or name another."
    exit_code = 4


class FolderFails(StoreError):
    says = "The file could not be written in {folder}: the disk or stick fails, or is gone."
    do = "Put the stick in again, or name another folder. Nothing else is lost."


class NoFile(StoreError):
    says = "{file} cannot be read ({why})."
    do = "Check the name, and whether the stick is in."
    exit_code = 4


class FileRefused(BadInput):
    """Somebody named a file that the program does not read, write or replace."""

    says = "{what} cannot be used: {problem}."
    do = "Nothing was changed. Name another file."


class FileStalls(StoreError):
    says = "{file} does not answer: its disk, stick or network folder hangs."
    do = "Pull the stick out and put it in again, or name another file."


class NoFolder(StoreError):
    says = "{folder} cannot be written: no backup was made there."
    do = "Put the stick in, or name another folder with `nocopy backup --to DIR`."
    exit_code = 4


class BooksReadAlone(StoreError):
    says = "These books are open for reading alone, because their ledger is broken: nothing was written."
    do = "Take no more visits on this PC, delete and restore nothing, tell the head and ICT."
    exit_code = 5


class BooksBusy(StoreError):
    says = "Another program is holding the books for too long."
    do = "Close it and try again."


class DiskFull(StoreError):
    says = "The disk of this PC is full: nothing was written."
    do = "Delete what is not needed (never in {home}), then do it again."


class DiskShort(StoreError):
    says = "The disk of this PC has only {mb} MB left: no new visit can begin."
    do = "Free some space (never in {home}). Open visits, sending, export and backup go on meanwhile."


class WrongKey(StoreError):
    says = "The books in {home} cannot be opened with this key, or are not books at all."
    do = "Change nothing in that folder, tell the head and ICT."
    exit_code = 5


class BooksDamaged(StoreError):
    says = "The file of the books in {home} is damaged, or its disk is failing."
    do = (
        "Take no more visits on this PC, tell the head and ICT."
        " The head puts a backup back: `nocopy restore FILE --replace`."
    )
    exit_code = 5


class RuleBroken(StoreError):
    says = "The books refused a change: {rule}."
    do = "Nothing was changed; tell ICT."
