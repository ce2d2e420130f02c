"""One thing that waits to cross the network, as a value; store/queue/queue.py moves it on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class JobState(StrEnum):
    """How far a job has come; QUARANTINED: it was refused, and waits for a person's decision."""

    WAITING = "waiting"
    SENDING = "sending"
    NEEDS_LOGIN = "needs_login"
    QUARANTINED = "quarantined"
    DONE = "done"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


ENDED = (JobState.DONE, JobState.EXPIRED, JobState.CANCELLED)
NOT_ENDED = (JobState.WAITING, JobState.SENDING, JobState.NEEDS_LOGIN, JobState.QUARANTINED)
"""The states from which something can still come of a job."""
IDLE = (JobState.WAITING, JobState.NEEDS_LOGIN, JobState.QUARANTINED)
"""Those of NOT_ENDED in which nothing is being sent."""


class JobKind(StrEnum):
    """What a job sends."""

    LOOKUP = "lookup"
    ENROLMENT = "enrolment"
    PEOPLE = "people"
    REPORT = "report"
    CHECKPOINT = "checkpoint"


SUBMISSIONS = (JobKind.ENROLMENT, JobKind.PEOPLE, JobKind.REPORT, JobKind.CHECKPOINT)
"""The kinds that go to the centre, strictly in the order in which they were queued."""


@dataclass(frozen=True)
class Job:
    """One thing to be sent. `body` and `digest` are frozen; times are stamps."""

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
        """Whether it is sent while that person is logged in: a lookup under its owner alone."""
        return self.kind != JobKind.LOOKUP or self.owner == login


@dataclass(frozen=True)
class NewJob:
    """What is put into the queue. `id` is set where the centre is to know a repetition by it.

    A lookup names the `use` line and the `visit` that it is for, and until when its answer is of use
    (`expires_at`, a stamp); a report names its `month`.
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
