"""The documents of a visit as rows, read from the books, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from reader.errors import NocopyError
from store.counter.visit import WantedState
from store.formats.line import LineKind
from store.queue.job import IDLE, JobState
from tui.screens.visit.visit_panel import Row, about_one
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from store.counter.visit import Visit, Wanted


def read_rows(books: Books, visit: Visit, names: dict[str, str], now: datetime) -> list[Row]:
    """A row for each document of the visit, in their order; `names` are short_names()."""
    codes = [want.document for want in visit.wanted]
    return [
        _row(books, visit, want, codes[: n + 1].count(want.document), names, now)
        for n, want in enumerate(visit.wanted)
    ]


def _row(books: Books, visit: Visit, want: Wanted, copy: int, names: dict[str, str], now: datetime) -> Row:
    job = books.queue.get(want.job) if want.job else None
    seconds = None
    if job is not None and job.state == JobState.SENDING:
        use = books.ledger.lines(about=want.use, kind=LineKind.ATTEMPT, limit=1)
        began = datetime.fromisoformat(use[0].at) if use else now
        seconds = max(0, int((now - began).total_seconds()))
    answer = None
    if want.state == WantedState.OBTAINED:
        with suppress(NocopyError):  # what cannot be written down (a full disk) is not looked at
            answer = books.visits.answer(visit.id, want.n)
    owner = ""
    if job is not None and job.state in IDLE and not job.goes_under(books.who.login):
        owner = names.get(job.owner, job.owner)
    return Row(want, books.catalogue.document(want.document), job, seconds, answer, owner, copy)


def short_names(books: Books) -> dict[str, str]:
    """By login, how each person of the unit is called on the screen."""
    return {one.login: clean(one.short_name()) for one in books.people.all()}


def outstanding(rows: Sequence[Row]) -> list[Row]:
    """The rows that were asked for and have no answer yet."""
    return [row for row in rows if row.want.state == WantedState.ASKED]


def visit_sentence(rows: Sequence[Row], current: Row | None, visit: Visit, hindrance: str) -> str:
    """Row 23: what to do next. `hindrance` is why requests cannot be sent now: "down", "unset" or empty."""
    todo = [row for row in rows if row.want.state == WantedState.TODO and row.want.channel]
    waiting = outstanding(rows)
    done = sum(row.want.state == WantedState.OBTAINED for row in rows)
    wanted = sum(row.want.state != WantedState.NOT_NEEDED for row in rows)
    if todo:
        return _("Press Enter to obtain {n} documents. The ledger records each one asked for.").format(
            n=len(todo)
        )
    if said := _waiting_sentence(waiting, hindrance) or about_one(rows, current):
        return said
    if waiting:
        return _("{done} of {all} are here. Check them against the application meanwhile.").format(
            done=done, all=wanted
        )
    if visit.complete:
        return _("All {n} are here. Check them against the application, then press F9 to finish.").format(
            n=done
        )
    return _("{done} of {all} are here. Press F4 on the others, or F9 to finish.").format(
        done=done, all=wanted
    )


def _waiting_sentence(waiting: Sequence[Row], hindrance: str) -> str:
    """What keeps requests from being sent, or nothing."""
    others = [row.waits_for for row in waiting if row.waits_for]
    if others:
        return _("{n} requests wait for {name} to log in. F5 takes the visit over.").format(
            n=len(others), name=others[0]
        )
    if waiting and hindrance == "unset":
        return _("No gateway is set up on this PC: {n} requests cannot go. F4: use the originals.").format(
            n=len(waiting)
        )
    logins = sum(row.job is not None and row.job.state == JobState.NEEDS_LOGIN for row in waiting)
    if logins:
        return _("Log in first, then press F5: {n} requests are kept.").format(n=logins)
    if waiting and hindrance == "down":
        return _("The network is down; {n} requests are kept. Go on with the originals, or wait.").format(
            n=len(waiting)
        )
    return ""
