"""`nocopy month`: from the cut-off to the centre's receipt, one signature a person."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import click

from tui.commands.call import DONE, WAITING, Call, Group, options
from tui.commands.later import not_yet
from tui.messages import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.months import MonthView

    from store.books import Books


class _Month(click.ParamType):
    """A month of the common era, like 2026-11."""

    name = "YYYY-MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
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
def month() -> None:
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
    from store.permissions import demand, may

    def cut(books: Books, _passphrase: str) -> None:
        demand(books.who, "cut_off")
        books.months.cut_off(which, confirmed=may(books.who, "confirm_clock"))

    _step(call, which, cut)


@month.command(help=_("The officer sums the month up and signs."))
@_month
@options(login=True)
def summarise(call: Call, which: str) -> None:
    _step(call, which, lambda books, passphrase: books.months.summarise(which, books.signer(passphrase)))


@month.command(help=_("The controller, who is another person, checks and signs."))
@_month
@options(login=True)
def check(call: Call, which: str) -> None:
    _step(call, which, lambda books, passphrase: books.months.check(which, books.signer(passphrase)))


@month.command("return", help=_("The controller or the head gives the month back with a reason."))
@_month
@_reason
@options(login=True)
def return_(call: Call, which: str, reason: str) -> None:
    _step(call, which, lambda books, _passphrase: books.months.send_back(which, reason))


@month.command(help=_("The head finds nothing abnormal and signs: the report goes to the Supervisor."))
@_month
@click.option(
    "--reason", help=_("Why the findings are in order: needed where some are without your decision.")
)
@options(login=True)
def approve(call: Call, which: str, reason: str | None) -> None:
    def sign(books: Books, passphrase: str) -> None:
        signer = books.signer(passphrase)
        _decide(books, which, True, reason)
        books.months.approve(which, signer)

    _step(call, which, sign)


@month.command(
    help=_("The head finds something abnormal and signs: the report goes to ICT with the lines in question.")
)
@_month
@_reason
@options(login=True)
def flag(call: Call, which: str, reason: str) -> None:
    def sign(books: Books, passphrase: str) -> None:
        signer = books.signer(passphrase)
        _decide(books, which, False, reason)
        books.months.flag(which, signer, reason)

    _step(call, which, sign)


@month.command(
    help=_("Send the signed month to the centre and print its receipt; exit code 6 while there is no line.")
)
@_month
@options(login=True)
def submit(call: Call, which: str) -> int:
    from sync.engine import SUBMISSIONS, Engine

    from store.queue import Job

    with call.books() as (books, _passphrase):
        if isinstance(books.months.submit(which), Job):
            Engine(books).run(kinds=SUBMISSIONS)
        view = books.months.status(which)
        _give(call, view)
    return DONE if view.receipt else WAITING


month.add_command(not_yet("month paper"))


def _step(call: Call, which: str, step: Callable[[Books, str], object]) -> None:
    """One step by one person, and how the month stands after it."""
    with call.books() as (books, passphrase):
        step(books, passphrase)
        _give(call, books.months.status(which))


def _decide(books: Books, which: str, accepted: bool, reason: str | None) -> None:
    """One decision on every finding that has none yet; without a reason they stay open, and signing fails."""
    if reason:
        for finding in books.months.status(which).findings:
            if finding.decision is None:
                books.months.decide(which, finding.n, accepted, reason)


def _give(call: Call, view: MonthView) -> None:
    from reader.buddhist_date import show_month

    found = dataclasses.asdict(view)
    call.give(
        found,
        [
            f"{show_month(view.month)}: {view.state}",
            *(f"  {table['service']}  {table['total']}" for table in found["uses"]),
            *(
                f"  {finding['n']}. {finding['rule']}  {finding['decision'] or _('no decision yet')}"
                for finding in found["findings"]
            ),
            *(
                f"  {signature['role']}  {signature['login']}  {signature['at']}"
                for signature in found["signatures"]
            ),
            *(
                [
                    _("Receipt: {id}, received {at}.").format(
                        id=view.receipt["id"], at=view.receipt["received_at"]
                    )
                ]
                if view.receipt
                else []
            ),
        ],
    )
