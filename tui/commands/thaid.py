"""The log-in at Linkage 2 on the command line: for one command, and out again at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tui import passphrases
from tui.commands.call import Call, ask_hidden, complain
from tui.messages import _, told

if TYPE_CHECKING:
    from store.books import Books
    from sync.linkage2 import Linkage2Driver, Office


@contextmanager
def logged_in(call: Call, books: Books, linkage: Linkage2Driver, number: int | None) -> Iterator[None]:
    """Log in with what the ThaID app gives, in the name of the office of that number, or of the only one.

    Raises NotAllowed, NotConfigured, and the Problem that came instead of an answer.
    """
    from store.permissions import demand
    from sync.errors import Problem

    demand(books.who, "visit")
    linkage.confirm(books, _chosen(linkage.offices(books), number), _code(call))
    try:
        yield
    finally:
        try:
            linkage.log_out(books)
        except Problem as problem:  # the token is forgotten here all the same
            complain(*told(problem))


def _chosen(offices: Sequence[Office], number: int | None) -> int:
    numbers = [office.id for office in offices]
    if number is None and len(numbers) == 1:
        return numbers[0]
    if number in numbers:
        return number
    if not numbers:
        raise click.UsageError(_("Linkage 2 knows no office of yours. Tell the head of the unit."))
    known = ", ".join(f"{office.id} {office.name}" for office in offices)
    raise click.UsageError(_("Say with --office in whose name you ask: {offices}.").format(offices=known))


def _code(call: Call) -> str:
    given = passphrases.given_thaid()
    if given is None and not call.at_terminal:
        raise click.UsageError(_("Give the code of the ThaID app in NOCOPY_THAID, or type it at a terminal."))
    return given if given is not None else ask_hidden(_("Confirm in the ThaID app; the code that it gives"))
