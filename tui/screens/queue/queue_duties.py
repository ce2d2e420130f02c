"""What waits to be sent, as rows of Home: items that need this person, those that do not, other people's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from store.queue.job import JobState
from tui.duties import Duty, Place
from tui.screens.queue.waiting import WaitingScreen
from tui.words.cells import clean
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program


def _open(program: Program, _reread: object) -> None:
    program.push_screen(WaitingScreen())


WAITING = Place("waiting-list", mark("Waiting to be sent"), _open, asks="queue_read")


def waiting(books: Books, *, serves: bool) -> list[Duty]:
    """At most one row about this person's items; for one who serves citizens, one more per other person."""
    jobs, me = books.queue.list(), books.who.login
    mine = [job for job in jobs if job.goes_under(me)]
    found = []
    stuck = sum(job.state in (JobState.NEEDS_LOGIN, JobState.QUARANTINED) for job in mine)
    if stuck:
        found.append("! " + _("{n} items to be sent need you").format(n=stuck))
    elif any(job.state == JobState.WAITING for job in mine):
        n = sum(job.state == JobState.WAITING for job in mine)
        found.append(_("{n} items wait; they go by themselves").format(n=n))
    names = {one.login: clean(one.short_name()) for one in books.people.all()}
    others = Counter(job.owner for job in jobs if not job.goes_under(me) and job.state != JobState.SENDING)
    for login, n in others.items() if serves else ():
        found.append(_("{n} wait for {name} to log in").format(n=n, name=names.get(login, login)))
    return [Duty("waiting", str(n), words, _open) for n, words in enumerate(found)]
