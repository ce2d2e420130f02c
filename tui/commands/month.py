"""`nocopy month`: from the cut-off to the centre's receipt, with one signature for each person."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.call import DONE, FILE, WAITING, Call, Group, complain, options
from tui.commands.queue import after, explain_pauses
from tui.words.translate import _, mark, sentences_of

if TYPE_CHECKING:
    from store.months.values import MonthView


class _Month(click.ParamType[str]):
    """A month of the common era, like 2026-11."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not re.fullmatch(r"(19|2[0-3])[0-9]{2}-(0[1-9]|1[0-2])", text):
            self.fail(
                _("{text} is not a month: write the C.E. year and the month, like 2026-11.").format(
                    text=text
                ),
                param,
                ctx,
            )
        return text


MONTH = _Month()
_month = click.argument("which", type=MONTH, metavar="YYYY-MM")
_reason = click.option("--reason", required=True, help=_("Why, in a few words; it is kept."))


@click.group(cls=Group, help=_("The month: cut off, summarised, checked, approved or flagged, submitted."))
@options()
def month(_call: Call) -> None:
    pass


@month.command(help=_("How the month stands: its counts, findings, signatures and receipt."))
@_month
@options(login=True)
def status(call: Call, which: str) -> None:
    with call.books() as (books, _passphrase):
        _give(call, books.months.status(which))


@month.command(
    "cut-off",
    help=_("Cut the month off. A controller or head so confirms the date where the clock is in doubt."),
)
@_month
@options(login=True)
def cut_off(call: Call, which: str) -> None:
    from store.people.permissions import may

    with call.books() as (books, _passphrase):
        _give(call, books.months.cut_off(which, confirmed=may(books.who, "confirm_clock")))


@month.command(help=_("The officer sums the month up and signs."))
@_month
@options(login=True)
def summarise(call: Call, which: str) -> None:
    with call.books() as (books, passphrase):
        _give(call, books.months.summarise(which, books.signer(passphrase)))


@month.command(help=_("The controller, who is another person, checks and signs."))
@_month
@options(login=True)
def check(call: Call, which: str) -> None:
    with call.books() as (books, passphrase):
        _give(call, books.months.check(which, books.signer(passphrase)))


@month.command("return", help=_("The controller or the head gives the month back with a reason."))
@_month
@_reason
@options(login=True)
def return_(call: Call, which: str, reason: str) -> None:
    with call.books() as (books, _passphrase):
        _give(call, books.months.send_back(which, reason))


@month.command(help=_("The head finds nothing abnormal and signs: the report goes to the Supervisor."))
@_month
@click.option("--reason", help=_("Why the findings that you have not decided one by one are in order."))
@options(login=True)
def approve(call: Call, which: str, reason: str | None) -> None:
    with call.books() as (books, passphrase):
        accepted = reason or _("Accepted by the head, who approved the month as a whole.")
        _give(call, books.months.approve(which, books.signer(passphrase), accepted))


@month.command(
    help=_("The head finds something abnormal and signs: the report goes to ICT with the lines in question.")
)
@_month
@_reason
@options(login=True)
def flag(call: Call, which: str, reason: str) -> None:
    with call.books() as (books, passphrase):
        _give(call, books.months.flag(which, books.signer(passphrase), reason))


@month.command(
    help=_("Send the signed month to the centre and print its receipt; exit code 6 while there is no line.")
)
@_month
@options(login=True)
def submit(call: Call, which: str) -> int:
    from store.queue.job import SUBMISSIONS, Job
    from sync.run.engine import Engine

    with call.books() as (books, _passphrase):
        queued = books.months.submit(which)
        run = Engine(books).run(kinds=SUBMISSIONS, now=True) if isinstance(queued, Job) else None
        view = books.months.status(which)
        _give(call, view)
        if view.job is None:
            return DONE
        job = books.queue.get(view.job)
        code = after(job)
        if code == WAITING and not job.outcome:
            if run is not None and run.reason:
                complain(*sentences_of(run.reason))
            else:
                explain_pauses(books)
        return code


@month.command(help=_("Make the month's paper as a PDF, for any step of it. The ledger records who did."))
@_month
@click.option(
    "--to",
    type=FILE,
    metavar="FILE",
    help=_("A new file; without it one named after unit and month, in this folder."),
)
@options(login=True)
def paper(call: Call, which: str, to: Path | None) -> None:
    from tui.papers.month import file_name, print_month

    with call.books() as (books, _passphrase):
        file = to or Path(file_name(books, which))
        made = print_month(books, which, file)
    call.give(
        {"file": str(file), **dataclasses.asdict(made)},
        [_("The paper of {month} is in {file}.").format(month=which, file=file)],
    )


def _give(call: Call, view: MonthView) -> None:
    from reader.buddhist_date import show_date, show_month
    from tui.words.finding_words import RULES, explanation, why

    value = {
        **dataclasses.asdict(view),
        "due_check": view.due_check.isoformat(),
        "due_report": view.due_report.isoformat(),
    }
    lines = [
        f"{show_month(view.month)}: {_(view.state)}",
        _("Due at the head {check}, at the ministry {report}").format(
            check=show_date(view.due_check), report=show_date(view.due_report)
        ),
        _("Visits {visits}, uses {total}, copies spared {spared}").format(
            visits=view.visits, total=view.total, spared=view.spared
        ),
    ]
    for one in view.findings:
        decision = _(one.decision or mark("no decision yet"))
        lines.append(f"  {one.n}. {_(RULES[one.rule])}  {one.about}  {decision}  {why(one)}")
        if one.explanation:
            lines.append(f"     {explanation(one, {})}")
    lines += [
        f"  {_(one.role)}  {one.login}  {_(one.says or '')}  {one.at}"
        for one in view.signatures
        if not one.withdrawn
    ]
    if view.receipt:
        lines.append(
            _("Receipt: {id}, received {at}.").format(id=view.receipt["id"], at=view.receipt["received_at"])
        )
    call.give(value, lines)
