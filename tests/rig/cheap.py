"""An office whose passphrases cost next to nothing to try: Argon2 itself, with its smallest numbers.

For tests that open the books dozens of times; what a passphrase costs is tried elsewhere.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from store import vault
from store.database import Database
from store.locations import Locations
from store.vault import Keyring
from tests.rig.folder import once_folder
from tests.rig.office import HEAD, PASSPHRASE, make_office


@cache
def _template(moment: datetime) -> Path:
    """An office of that moment; its recovery sheet lies in the folder above its home."""
    home = once_folder("nocopy-cheap-") / "home"
    with pytest.MonkeyPatch.context() as patch:
        make_cheap(patch)
        make_office(home, clock=lambda: moment)
    return home


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """New passphrases cost next to nothing, in this test."""
    patch.setattr(vault, "MEMORY_KIB", 8)
    patch.setattr(vault, "PASSES", 1)


def cheap_office(patch: pytest.MonkeyPatch, folder: Path, moment: datetime) -> Locations:
    """The office in `folder`/home, its sheet in `folder`/recovery.txt; new passphrases are cheap as well."""
    make_cheap(patch)
    office, sheet = Locations(folder / "home"), folder / "recovery.txt"
    shutil.copytree(_template(moment), office.home)
    shutil.copy(_template(moment).parent / sheet.name, sheet)
    books = Database(office.books, Keyring(office.keys).unlock(HEAD, PASSPHRASE[HEAD]).db_key)
    with books.write() as db:
        db.execute("UPDATE book SET value = ? WHERE name = 'recovery_file'", [str(sheet)])
    books.close()
    return office


def in_a_process(work: Callable[[], object]) -> int:
    """Run that in a process of its own, forked from this one; its exit code, or minus the killing signal."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the parent is told by the exit code alone
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
