"""`nocopy ledger`: the usage ledger, newest lines first, and its verification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tui.commands.call import Call, Group, options
from tui.commands.later import not_yet
from tui.commands.month import MONTH
from tui.messages import _

if TYPE_CHECKING:
    from store.ledger import Line

FIELDS = (
    "seq",
    "kind",
    "at",
    "month",
    "clock",
    "station",
    "officer",
    "visit",
    "service",
    "document",
    "channel",
    "subject_kind",
    "comer",
    "identity",
    "card_seen_at",
    "legal",
    "outcome",
    "error",
    "ms",
    "about",
)


@click.group(cls=Group, help=_("The usage ledger."))
@options()
def ledger(_call: Call) -> None:
    pass


def line_json(line: Line) -> dict[str, Any]:
    """A line for --json: its open fields, the subject masked, and its leaf."""
    from reader.citizen_id import is_valid, masked

    # Only a citizen ID is masked: a group's or a passport's number has no such form.
    subject = line.subject and (masked(line.subject) if is_valid(line.subject) else "x" * len(line.subject))
    return {**{field: getattr(line, field) for field in FIELDS}, "subject": subject, "leaf": line.leaf}


@ledger.command("list", help=_("The lines, newest first; citizens' numbers are masked."))
@click.option("--month", type=MONTH, metavar="YYYY-MM", help=_("Only this month (C.E. year)."))
@click.option("--visit", metavar="ID", help=_("Only this visit."))
@click.option(
    "--limit", type=click.IntRange(1), default=200, show_default=True, help=_("At most so many lines.")
)
@options(login=True)
def list_(call: Call, month: str | None, visit: str | None, limit: int) -> None:
    from store.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "ledger_read")
        found = [line_json(line) for line in books.ledger.lines(limit=limit, visit=visit, month=month)]
    call.give(
        found,
        [
            "  ".join(
                str(line[field])
                for field in (
                    "seq",
                    "at",
                    "kind",
                    "officer",
                    "visit",
                    "document",
                    "channel",
                    "outcome",
                    "subject",
                )
                if line[field] is not None
            )
            for line in found
        ],
    )


@ledger.command(help=_("Recompute every line; exit code 5 where anything contradicts."))
@options(login=True)
def verify(call: Call) -> None:
    from store.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "ledger_read")
        found = books.ledger.verify()
    root = found.root.hex()
    call.give(
        {"size": found.size, "root": root, "months": list(found.months)},
        [
            _("All {size} lines are as they were written.").format(size=found.size),
            _("Root: {root}").format(root=root),
            _("This is this PC's own word: compare the root with a printed one or the centre's."),
        ],
    )


ledger.add_command(not_yet("ledger export"))
