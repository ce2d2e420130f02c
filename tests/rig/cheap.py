"""An office in which new passphrases are cheap too; their real costs are tested in test_vault.py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from store.base.database import Database
from store.base.locations import Locations
from store.people.vault import Keyring
from tests.rig.argon import make_cheap
from tests.rig.office import HEAD, PASSPHRASE, template


def cheap_office(patch: pytest.MonkeyPatch, folder: Path, moment: datetime) -> Locations:
    """The office in `folder`/home, its sheet in `folder`/recovery.txt; new passphrases are cheap too."""
    make_cheap(patch)
    office, sheet = Locations(folder / "home"), folder / "recovery.txt"
    made = template("", moment)
    shutil.copytree(made, office.home)
    shutil.copy(made.parent / sheet.name, sheet)
    books = Database(office.books, Keyring(office.keys).unlock(HEAD, PASSPHRASE[HEAD]).db_key)
    with books.write() as db:
        db.execute("UPDATE book SET value = ? WHERE name = 'recovery_file'", [str(sheet)])
    books.close()
    return office


def in_a_process(work: Callable[[], object]) -> int:
    """Run that in a forked process; returns its exit code, or minus the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent is told by the exit code alone
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
