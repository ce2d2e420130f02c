"""`nocopy queue`: what waits to be sent, and what an officer may do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from store.queue.job import JobKind, JobState
from tui.commands.call import DONE, FAILED, WAITING, Call, Group, complain, options
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from store.queue.job import Job


@click.group(cls=Group, help=_("What waits to be sent."))
@options()
def queue(_call: Call) -> None:
    pass


def job_json(job: Job) -> dict[str, Any]:
    """A job for --json: all but its body, which names a citizen."""
    return {
        "id": job.id,
        "n": job.n,
        "kind": job.kind,
        "endpoint": job.endpoint,
        "owner": job.owner,
        "state": job.state,
        "tries": job.tries,
        "next_at": job.next_at,
        "made_at": job.made_at,
        "expires_at": job.expires_at,
        "ended_at": job.ended_at,
        "outcome": job.outcome,
        "problem": job.problem,
        "use": job.use,
        "visit": job.visit,
        "month": job.month,
    }


@queue.command(
    "list", help=_("All that is not finished; with --all also what was sent, expired or cancelled.")
)
@click.option("--all", "everything", is_flag=True, help=_("Also what is finished."))
@options(login=True)
def list_(call: Call, everything: bool) -> None:
    from store.people.permissions import demand
    from store.queue.job import ENDED, NOT_ENDED

    with call.books() as (books, _passphrase):
        demand(books.who, "queue_read")
        jobs = books.queue.list((*NOT_ENDED, *ENDED) if everything else NOT_ENDED)
    lines = [
        "  ".join(
            (job.id, _(job.kind), _(job.state), job.visit or job.month or "-", job.next_at, job.problem or "")
        )
        for job in jobs
    ]
    call.give([job_json(job) for job in jobs], lines or [_("Nothing waits to be sent.")])


@queue.command(help=_("Put a job that was set aside back among those to be sent."))
@click.argument("job_id", metavar="ID")
@options(login=True)
def retry(call: Call, job_id: str) -> None:
    from store.people.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "sync")
        books.queue.retry(job_id, books.who)
    call.give({"id": job_id, "state": JobState.WAITING}, [_("{id} will be sent again.").format(id=job_id)])


@queue.command(help=_("Cancel a job: it will not be sent."))
@click.argument("job_id", metavar="ID")
@options(login=True)
def cancel(call: Call, job_id: str) -> None:
    from store.people.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "sync")
        books.queue.cancel(job_id, books.who)
    call.give({"id": job_id, "state": JobState.CANCELLED}, [_("{id} is cancelled.").format(id=job_id)])


def after(*jobs: Job) -> int:
    """The exit code after a run, from the states of these jobs; stderr says why one was not sent."""
    from sync.errors import problem

    for job in jobs:
        why = None if job.state == JobState.DONE else problem(job.outcome, job.problem)
        if why:
            complain(*sentences_of(why))
            break
    states = {job.state for job in jobs}
    if JobState.QUARANTINED in states:
        return FAILED
    return (
        WAITING if states.intersection((JobState.WAITING, JobState.SENDING, JobState.NEEDS_LOGIN)) else DONE
    )


def explain_waiting(books: Books) -> None:
    """Say on stderr why nothing is sent: no gateway is set up, or the other end is not asked until a time."""
    from store.settings.gateways import declared
    from sync.errors import NotConfigured

    asks = any(job.kind == JobKind.LOOKUP for job in books.queue.list())
    if asks and not any(books.settings.get(one.url) for one in declared()):
        complain(*sentences_of(NotConfigured(what=declared()[0].name)))
    explain_pauses(books)


def explain_pauses(books: Books) -> None:
    """Say on stderr until when the other end is not to be asked."""
    for pause in books.endpoints.paused():
        if pause.until:
            complain(
                _(
                    "Nothing is sent to {endpoint} before {time}: it asked to wait, or refused this unit."
                ).format(endpoint=pause.endpoint, time=pause.until[11:16])
            )
