"""`nocopy doctor`: what is wrong with this PC, and how to mend it. Changes nothing.

Needs no log-in; with one it also reads every page of the books.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from reader.errors import NocopyError
from tui.commands.call import DONE, FAILED, Call, options
from tui.commands.check import Check
from tui.words.translate import _, sentences_of

EARLIEST_YEAR = 2026  # the program's first year: an earlier date is a wrong clock
COLUMNS, LINES = 80, 24


@click.command(
    help=_(
        "Look at this PC: reader, card service, folders, disk, terminal, clock; and say how to mend what is"
        " wrong."
    )
)
@options(login=True)
def doctor(call: Call) -> int:
    checks = list(examine(call.locations().home))
    if call.names_someone:
        checks.append(_pages(call))
    good = all(check.ok for check in checks)
    call.give(
        {"ok": good, "checks": [asdict(check) for check in checks]},
        [f"{'●' if check.ok else '×'} {check.found}{'' if check.ok else ' ' + check.do}" for check in checks],
    )
    return DONE if good else FAILED


def examine(home: Path) -> Iterator[Check]:
    """All checks, in the order in which faults are best mended."""
    from tui.commands.card_checks import card_checks

    yield _python()
    yield _memory()
    yield from card_checks()
    yield _home(home)
    yield from _books(home)
    yield _room(home)
    yield from _sheet(home)
    yield _size()
    yield _encoding()
    yield _clock()


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check(
        "python",
        sys.version_info >= (3, 11),
        _("Python {version}.").format(version=version),
        _("Install Python 3.11 or newer."),
    )


def _memory() -> Check:
    from tui.process import keeps_memory

    if sys.platform != "linux":
        return Check(
            "memory", True, _("This system lets other programs of this user read the program's memory.")
        )
    return Check(
        "memory",
        keeps_memory(),
        _("No memory dump of the program is written; no other program of this user reads its memory."),
        _("Tell ICT: this PC does not let a program protect its memory."),
    )


def _home(home: Path) -> Check:
    if not home.exists():
        return Check(
            "home",
            False,
            _("There are no books in {home} yet.").format(home=home),
            _("Set this PC up with `nocopy` or `nocopy setup --from FILE`, or try `nocopy practice`."),
        )
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Check(
            "home",
            False,
            _("{home} cannot be written.").format(home=home),
            _("Run the program as the user who set it up."),
        )
    if os.name == "posix" and home.stat().st_mode & 0o077:
        return Check(
            "home",
            False,
            _("{home} is open to other users of this PC.").format(home=home),
            _("Close it with `chmod 700 {home}`.").format(home=home),
        )
    return Check("home", True, _("{home} is there, and closed to other users.").format(home=home))


def _books(home: Path) -> Iterator[Check]:
    """Check what can be seen of books and keys without a passphrase, where there are any."""
    from store.base.locations import Locations
    from store.people.keys_file import KeysFile
    from store.people.unlock import is_cut_short

    locations = Locations(home)
    if not locations.were_used:
        return
    if not locations.are_whole:
        yield _broken("books", _("The books are missing in {home}, or their keys.").format(home=home))
        return
    if is_cut_short(locations):
        yield _broken("books", _("The books in {home} are damaged.").format(home=home))
    else:
        yield Check("books", True, _("The books are there. With --login every page of them is read."))
    try:
        people = len(KeysFile(locations.keys).logins())
        yield Check("keys", True, _("The keys of {n} people are there.").format(n=people))
    except NocopyError as error:
        yield _broken("keys", sentences_of(error)[0])


def _pages(call: Call) -> Check:
    """Check every page of the books, opened with the passphrase of --login."""
    from reader.buddhist_date import now
    from store.base.errors import BooksDamaged, WrongKey
    from store.people import unlock

    login, passphrase, locations = call.login(), call.passphrase(), call.locations()
    try:
        database, _unlocked = unlock.unlock(locations, login, passphrase, now)
        try:
            damaged = database.damaged_pages()
        finally:
            database.close()
    except (BooksDamaged, WrongKey):
        damaged = ["all"]
    if damaged:
        return _broken("pages", _("The books in {home} are damaged.").format(home=locations.home))
    return Check("pages", True, _("Every page of the books is as it was written."))


def _broken(name: str, found: str) -> Check:
    return Check(name, False, found, _restore())


def _restore() -> str:
    return _(
        "Take no more visits and delete nothing there; the head and ICT bring the books back from a backup"
        " with the recovery sheet: `nocopy restore FILE --replace`."
    )


def _sheet(home: Path) -> Iterator[Check]:
    """Check whether the recovery sheet was typed back, as of the last log-in."""
    from tui.login_names import recall

    file = recall(home).sheet
    if file:
        yield Check(
            "recovery_sheet",
            False,
            _("The recovery sheet was not typed back from its paper yet; it was written to {file}.").format(
                file=file
            ),
            _("Print it; then the head types one group back: `nocopy people sheet --confirm`."),
        )


def _room(home: Path) -> Check:
    from store.base.disk import OK, Disk

    # The usual thresholds: those that the head has set are in the books, which are closed here.
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    room = Disk(there, lambda _name: None).room()
    return Check(
        "disk",
        room.state == OK,
        _("The disk has {mb} MB left.").format(mb=f"{room.free_mb:,}"),
        _("Free some space (never in {home}).").format(home=home),
    )


def _size() -> Check:
    columns, lines = shutil.get_terminal_size()
    return Check(
        "terminal_size",
        columns >= COLUMNS and lines >= LINES,
        _("The terminal has {columns} columns and {lines} lines.").format(columns=columns, lines=lines),
        _("Make the window at least 80 columns wide and 24 lines high."),
    )


def _encoding() -> Check:
    import locale

    name = locale.getpreferredencoding(False)
    return Check(
        "utf8",
        name.upper().replace("-", "") == "UTF8",
        _("Text is written as {name}. Do these show as they should: น้ำ ● ○ … × ► ─ │").format(name=name),
        _("Choose a UTF-8 language setting, for example LANG=C.UTF-8 or th_TH.UTF-8."),
    )


def _clock() -> Check:
    from reader.buddhist_date import now, show_day, show_time

    moment = now()
    return Check(
        "clock",
        moment.year >= EARLIEST_YEAR,
        _("This PC says {day} {time}.").format(day=show_day(moment), time=show_time(moment)),
        _("Set the date and the time; an old PC may need a new clock battery."),
    )
