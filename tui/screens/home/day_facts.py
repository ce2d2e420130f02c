"""The right half of Home: today, this month and the one before."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_day, show_month
from store.queue.job import NOT_ENDED
from tui.words.cells import clean, wrap
from tui.words.month_words import MONTHS
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from store.months.values import MonthHead


def day_facts(books: Books, jobs: Mapping[str, int], now: datetime) -> list[str]:
    """The rows; `jobs` counts them by state."""
    today = books.visits.today()
    months = books.months.list()
    month = months[0].month
    counts = books.months.counts(month)
    waiting = sum(jobs.get(one, 0) for one in NOT_ENDED)
    rows = [
        _("Today"),
        _("{visits} visits  {documents} documents").format(visits=today.visits, documents=today.documents),
        _("{n} to be sent").format(n=waiting),
        "",
        show_month(month),
        _("{uses} uses in {visits} visits").format(uses=counts.total, visits=counts.visits),
        *wrap(_("Citizens spared {n} copies").format(n=counts.spared), 28),
    ]
    if f"{now:%Y-%m}" == month:
        last = monthrange(now.year, now.month)[1]
        rows.append(
            _("Cut off {day} (in {n} days)").format(
                day=show_day(now.replace(day=last)).rsplit(" ", 1)[0], n=last - now.day
            )
        )
    for head in months[1:2]:
        rows += ["", show_month(head.month), _stands(head)]
    return [clean(row) for row in rows]


def _stands(head: MonthHead) -> str:
    if head.receipt is None:
        return _(MONTHS[head.state].stands)
    day = show_day(datetime.fromisoformat(str(head.receipt.get("received_at")))).rpartition(" ")[0]
    words = _("● sent to ICT, receipt {day}") if head.goes_to_ict else _("● sent, receipt {day}")
    return words.format(day=day)
