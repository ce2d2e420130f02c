"""Without a network: write what waits for the ministry to a USB stick, and take its answer from one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sync.carry import carry
from tui.frame.ask import Question
from tui.frame.ask_stick import ask_stick
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from store.exchange.stick import Bundle, TakenIn
    from tui.program import Program

_OUT, _IN = "out", "in"


def by_stick(program: Program) -> None:
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
            _ask_where(program, way)

    program.push_screen(Question(_("By USB stick"), lines, choices), chosen)


def _ask_where(program: Program, way: str) -> None:
    ask_stick(program, _("By USB stick"), lambda folder: _go(program, way, folder))


def _go(program: Program, way: str, folder: Path) -> None:
    books = program.books
    if way == _OUT:
        path = folder / f"nocopy-{books.unit}-{books.station}.age"

        def written(made: Bundle) -> None:
            said = _("Bundle {n} ({items} items): {file}. Wait a moment, then pull the stick.")
            program.say(said.format(n=made.n, items=len(made.items), file=clean(path.name)))

        program.slow(
            _("Writing to the stick"), lambda: carry.out(books, path, replace=True), written, program.tell
        )
        return

    def taken(found: list[TakenIn]) -> None:
        received, refused = (
            sum(one.received for one in found),
            sum(len(one.refused) + len(one.forged) for one in found),
        )
        said = _('{received} receipts taken, {refused} refused. Messages of the ministry stand in "to do".')
        program.say(said.format(received=received, refused=refused))

    program.slow(_("Reading the stick"), lambda: carry.take_all_in(books, folder), taken, program.tell)
