"""The log-in with the ThaID app for the time of one command; at its end the session is logged out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tui import passphrases
from tui.commands.call import Call, ask_hidden, complain
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from sync.gateways.log_in import OfficeThere, ThaidLogin


@contextmanager
def logged_in(call: Call, books: Books, thaid: ThaidLogin, number: int | None) -> Iterator[None]:
    """Log in with the code of the ThaID app, in the name of the office `number`, or of the person's only one.

    Raises NotAllowed, NotConfigured, and the Problem that came instead of an answer.
    """
    from store.people.permissions import demand
    from sync.errors import Problem

    demand(books.who, "visit")
    thaid.confirm(books, _chosen(thaid, thaid.offices(books), number), _code(call))
    try:
        yield
    finally:
        try:
            thaid.log_out(books)
        except Problem as problem:  # the log-out failed there, but this PC has forgotten the token
            complain(*sentences_of(problem))


def _chosen(thaid: ThaidLogin, offices: Sequence[OfficeThere], number: int | None) -> int:
    numbers = [office.id for office in offices]
    if number is None and len(numbers) == 1:
        return numbers[0]
    if number in numbers:
        return number
    if not numbers:
        raise click.UsageError(
            _("{gateway} knows no office of yours. Tell the head of the unit.").format(gateway=thaid.name)
        )
    known = ", ".join(f"{office.id} {office.name}" for office in offices)
    raise click.UsageError(_("Say with --office in whose name you ask: {offices}.").format(offices=known))


def _code(call: Call) -> str:
    given = passphrases.given_thaid()
    if given is None and not call.at_terminal:
        raise click.UsageError(_("Give the code of the ThaID app in NOCOPY_THAID, or type it at a terminal."))
    return given if given is not None else ask_hidden(_("Confirm in the ThaID app; the code that it gives"))
