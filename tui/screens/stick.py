"""Without a line: what waits for the ministry goes onto a USB stick, and its answer comes back from one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store.locations import typed_path
from sync import carry
from tui.cells import clean
from tui.messages import _
from tui.screens.ask import Question, TypeIn
from tui.sticks import sticks
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from store.carrying import Bundle, TakenIn
    from tui.app import NocopyApp

_OUT, _IN = "out", "in"
_OTHER = Path("?")


def by_stick(office: NocopyApp) -> None:
    """Ask which way and which stick, and do it."""
    lines = [
        _("What goes out is sealed: who carries it reads nothing. It waits here until its answer is back.")
    ]
    choices = [
        Choice(_("Do nothing"), ""),
        Choice(_("Write what waits for the ministry to a stick"), _OUT),
        Choice(_("Take the ministry's answer in from a stick"), _IN),
    ]

    def chosen(way: str | None) -> None:
        if way:
            _ask_where(office, way)

    office.push_screen(Question(_("By USB stick"), lines, choices), chosen)


def _ask_where(office: NocopyApp, way: str) -> None:
    ask_folder(office, _("By USB stick"), lambda folder: _go(office, way, folder))


def ask_folder(office: NocopyApp, title: str, then: Callable[[Path], None]) -> None:
    """Ask for a stick of this PC, or a folder that is typed."""
    found = list(sticks())
    choices = [Choice(clean(str(stick)), stick) for stick in found]
    choices.append(Choice(_("Type the folder"), _OTHER))
    lines = (
        [] if found else [_("No stick was found on this PC. Put it in and come back, or type the folder.")]
    )

    def chosen(folder: Path | None) -> None:
        if folder == _OTHER:
            typed = TypeIn(title, [], _("Folder"))
            office.push_screen(typed, lambda text: then(typed_path(text)) if text else None)
        elif folder is not None:
            then(folder)

    office.push_screen(Question(title, lines, choices), chosen)


def _go(office: NocopyApp, way: str, folder: Path) -> None:
    books = office.books
    if way == _OUT:
        path = folder / f"nocopy-{books.unit}-{books.station}.age"

        def written(made: Bundle) -> None:
            said = _("Bundle {n} ({items} items): {file}. Wait a moment, then pull the stick.")
            office.say(said.format(n=made.n, items=len(made.items), file=clean(path.name)))

        office.slow(_("Writing to the stick"), lambda: carry.out(books, path), written, office.tell)
        return

    def taken(found: list[TakenIn]) -> None:
        received, refused = (
            sum(one.received for one in found),
            sum(len(one.refused) + len(one.forged) for one in found),
        )
        said = _('{received} receipts taken, {refused} refused. Messages of the ministry stand in "to do".')
        office.say(said.format(received=received, refused=refused))

    office.slow(_("Reading the stick"), lambda: carry.take_all_in(books, folder), taken, office.tell)
