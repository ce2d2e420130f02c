"""One thing that waits to cross the line, as a value; store/queue.py moves it from state to state."""

from __future__ import annotations

from dataclasses import dataclass, field

LIVE = ("waiting", "sending", "needs_login", "quarantined")
"""The states from which something can still come of a job."""
ENDED = ("done", "expired", "cancelled")
SUBMISSIONS = ("enrolment", "people", "report", "checkpoint")
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
        return self.kind != "lookup" or self.owner == login
