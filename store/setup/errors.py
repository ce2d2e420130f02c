"""Errors of setup and of restore.

StoreError
    BooksExist
    BadSetup
    AlreadyBooks
"""

from __future__ import annotations

from store.errors import StoreError


class BooksExist(StoreError):
    says = "This PC already has books in {home}."
    do = "Nothing was changed."


class BadSetup(StoreError):
    says = "The setup file cannot be used: {field}: {problem}."
    do = "Mend the file, then take it again."
    do_at_command_line = "Mend the file and run setup again."
    exit_code = 2


class AlreadyBooks(StoreError):
    says = "There are books in {home} already: a restore would put them aside."
    do = "If that is what you want, add --replace; the old files are kept beside."
    exit_code = 2
