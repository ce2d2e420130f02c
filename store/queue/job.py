"""A job of the queue as a value; store/queue/queue.py moves it from state to state."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class JobState(StrEnum):
    """The state of a job; QUARANTINED: it was refused and waits for a person's decision."""

    WAITING = "waiting"
    SENDING = "sending"
    NEEDS_LOGIN = "needs_login"
    QUARANTINED = "quarantined"
    DONE = "done"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


ENDED = (JobState.DONE, JobState.EXPIRED, JobState.CANCELLED)
NOT_ENDED = (JobState.WAITING, JobState.SENDING, JobState.NEEDS_LOGIN, JobState.QUARANTINED)
"""The states of a job that can still be sent or answered."""
IDLE = (JobState.WAITING, JobState.NEEDS_LOGIN, JobState.QUARANTINED)
"""The states of NOT_ENDED in which the job is not being sent."""


class JobKind(StrEnum):
    """What a job sends."""

    LOOKUP = "lookup"
    ENROLMENT = "enrolment"
    PEOPLE = "people"
    REPORT = "report"
    CHECKPOINT = "checkpoint"


SUBMISSIONS = (JobKind.ENROLMENT, JobKind.PEOPLE, JobKind.REPORT, JobKind.CHECKPOINT)
"""The kinds that are sent to the centre, in the order in which they were queued (Queue.claim)."""


@dataclass(frozen=True)
class Job:
    """One thing to be sent. `body` and `digest` never change; times are stamps.

    `n` is its place in the queue; `claims` counts all sends, `tries` those that count for the next delay.
    """

    id: str
    n: int
    kind: str
    endpoint: str
    owner: str
    body: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    priority: int
    state: str
    tries: int
    claims: int
    next_at: str
    lease_until: str | None
    lease_by: str | None
    made_at: str
    expires_at: str | None
    ended_at: str | None
    outcome: str | None
    problem: str | None
    use: int | None
    visit: str | None
    month: str | None

    def goes_under(self, login: str) -> bool:
        """Whether it may be sent while that person is logged in: a lookup only under its owner's log-in."""
        return self.kind != JobKind.LOOKUP or self.owner == login


@dataclass(frozen=True)
class NewJob:
    """A job before it is queued. `id` is given where the centre must recognise a repeated submission by it.

    A lookup names its `use` line, its `visit`, and its deadline `expires_at` (a stamp); a report its `month`.
    """

    kind: str
    endpoint: str
    owner: str
    body: bytes = field(repr=False)
    id: str | None = None
    use: int | None = None
    visit: str | None = None
    month: str | None = None
    expires_at: str | None = None
