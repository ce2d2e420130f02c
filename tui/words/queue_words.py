"""The words for the kinds and states of the queue's jobs."""

from __future__ import annotations

from dataclasses import dataclass

from store.queue.job import JobKind, JobState
from tui.words.translate import mark

JOB_KINDS: dict[str, str] = {
    JobKind.LOOKUP: mark("lookup"),
    JobKind.ENROLMENT: mark("enrolment"),
    JobKind.PEOPLE: mark("list of people"),
    JobKind.REPORT: mark("month's report"),
    JobKind.CHECKPOINT: mark("seal of the ledger"),
}


@dataclass(frozen=True)
class JobWords:
    """The words for one state of a job, each a message id.

    `row` in the list, `means` and `do` below it; `do_alone` replaces `do` where there is no visit to open:
    for a report, or for somebody who serves no citizens.
    """

    row: str
    means: str = ""
    do: str = ""
    do_alone: str = ""


JOBS: dict[str, JobWords] = {
    JobState.WAITING: JobWords(
        mark("… waits for the network"),
        mark("It has not gone yet: the network is down, or the other end does not answer."),
        mark("It goes by itself. F5 sends now; Enter opens its visit."),
        mark("It goes by itself. F5 sends now."),
    ),
    JobState.SENDING: JobWords(mark("… being sent"), mark("It is on its way."), mark("Wait a moment.")),
    JobState.NEEDS_LOGIN: JobWords(
        mark("! log in first"),
        mark("The officer whose request it is must log in to Linkage; the request is kept."),
        mark("Put the officer's own card in, log in with the GovAMI program, then press F5."),
    ),
    JobState.QUARANTINED: JobWords(
        mark("× cannot be sent"),
        mark("The other end refuses it, and the program does not repeat it by itself."),
        mark("Enter opens its visit; F8 gives it up and the original is used; F5 sends it once more."),
        mark("F5 sends it once more. If that does not help, tell ICT what stands above."),
    ),
    JobState.DONE: JobWords(mark("done")),
    JobState.EXPIRED: JobWords(mark("expired")),
    JobState.CANCELLED: JobWords(mark("cancelled")),
}
