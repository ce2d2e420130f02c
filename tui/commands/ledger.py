"""`nocopy ledger`: the usage ledger, newest lines first, and its verification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.accept_break import accept_break
from tui.commands.call import DONE, FILE, Call, Group, Whole, options
from tui.commands.ledger_verify import verify
from tui.commands.month import MONTH
from tui.words.translate import _

if TYPE_CHECKING:
    from store.ledger.errors import LedgerBroken
    from store.ledger.ledger import Line

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
    "stands",
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
    "--find",
    metavar="WORDS",
    help=_("Only what fits these words, as on the screen. A search by a number is itself recorded."),
)
@click.option(
    "--limit", type=Whole(1, 1_000_000_000), default=200, show_default=True, help=_("At most so many lines.")
)
@options(login=True)
def list_(call: Call, month: str | None, visit: str | None, find: str | None, limit: int) -> int:
    with call.books() as (books, _passphrase):
        broken = books.broken
        if find is None:
            lines = books.ledger.lines(limit=limit, visit=visit, month=month)
        else:
            from tui.words.ledger_words import search_words  # loads the screen's libraries

            seqs = books.search.find(find, search_words())
            lines = [
                line
                for line in map(books.ledger.line, seqs)
                if visit in (None, line.visit) and month in (None, line.month)
            ][:limit]
        documents = {one.code: one for one in books.catalogue.documents()}
    if call.json:
        call.give([line_json(line) for line in lines])
    else:
        from tui.words.ledger_words import line_words

        call.give(None, [line_words(line, documents) for line in lines])
    return _ended(broken)


def _ended(broken: LedgerBroken | None) -> int:
    """The exit code: broken books are still printed, but stderr and the code say that they are broken."""
    return DONE if broken is None else broken.exit_code


ledger.add_command(verify)
ledger.add_command(accept_break)


@ledger.command(help=_("Add a line that says what is wrong with a use; the line itself stays."))
@click.argument("seq", type=Whole(0), metavar="SEQ")
@click.option("--reason", required=True, metavar="TEXT", help=_("What is wrong with it."))
@click.option(
    "--wrong-number",
    is_flag=True,
    help=_("The number was wrong: erase at once what was obtained about it."),
)
@options(login=True)
def correct(call: Call, seq: int, reason: str, wrong_number: bool) -> None:
    from store.counter.reasons import Reason

    with call.books() as (books, _passphrase):
        why = Reason.WRONG_NUMBER if wrong_number else Reason.OTHER
        added = books.visits.correct(seq, reason, why)
    call.give(
        {"seq": added, "about": seq},
        [_("Line {n} is added; line {seq} stays as it was.").format(n=f"{added:,}", seq=f"{seq:,}")],
    )


@ledger.command(
    help=_("Put months whose years are over into a sealed file, and erase their numbers from the books.")
)
@click.option("--to", type=FILE, metavar="FILE", help=_("A new file, outside this PC if possible."))
@click.option("--check", type=FILE, metavar="FILE", help=_("Only look whether this archive holds."))
@click.option(
    "--sheet",
    type=FILE,
    metavar="FILE",
    help=_("With --check: the recovery sheet, not a log-in's key."),
)
@options(login=True)
def archive(call: Call, to: Path | None, check: Path | None, sheet: Path | None) -> None:
    from store.upkeep.retention import Retention

    if (to is None) == (check is None):
        raise click.UsageError(_("Give either --to or --check."))
    with call.books() as (books, passphrase):
        retention = Retention(books)
        if to is not None:
            found = retention.archive(to, passphrase)
        else:
            assert check is not None
            found = retention.check(check, passphrase, sheet)
    file = to or check
    call.give(
        {
            "file": str(file),
            "months": list(found.months),
            "from": found.first,
            "to": found.last,
            "origin": found.origin,
            "root": found.root.hex(),
        },
        [
            _("{file} holds the lines {first} to {last} as they were written.").format(
                file=file, first=f"{found.first:,}", last=f"{found.last:,}"
            ),
            _("Root: {root}").format(root=found.root.hex()),
        ],
    )


@ledger.command(help=_("Write a month out as a table, CSV or XLSX. The ledger records who did."))
@click.option("--month", type=MONTH, metavar="YYYY-MM", required=True, help=_("The month (C.E. year)."))
@click.option("--to", type=FILE, metavar="FILE", required=True, help=_("A new file, .csv or .xlsx."))
@click.option(
    "--whole-ids", is_flag=True, help=_("Citizens' numbers whole instead of masked; only the head may.")
)
@options(login=True)
def export(call: Call, month: str, to: Path, whole_ids: bool) -> int:
    from store.search.export import Exports
    from tui.words.ledger_table import cells_of, heads

    with call.books() as (books, _passphrase):
        broken = books.broken
        written = Exports(books).write(month, to, heads(), cells_of(books), whole_ids=whole_ids)
    call.give(
        {
            "file": str(to),
            "month": month,
            "lines": written.lines,
            "sha256": written.sha256,
            "whole_ids": whole_ids,
            "line": written.seq,
        },
        [
            _("{lines} lines of {month} are in {file}.").format(lines=written.lines, month=month, file=to),
            *(
                [_("It holds whole numbers of citizens: keep it like the ledger itself.")]
                if whole_ids
                else []
            ),
        ],
    )
    return _ended(broken)
