"""When to try again: a few times at once, then at growing random intervals, so that offices spread out."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_result,
    sleep_using_event,
    stop_after_attempt,
    stop_after_delay,
    stop_when_event_set,
    wait_random_exponential,
)

from store.queue.job import JobKind
from sync.gateways.outcome import Kind, Verdict

QUICK_TRIES = 3
QUICK_S = 15.0  # no quick try begins later, because the job's lease must outlast all of them
# A citizen waits for a lookup; a report has days.
_LATER = {
    JobKind.LOOKUP: wait_random_exponential(multiplier=5, min=2, max=300),
    "submission": wait_random_exponential(multiplier=30, min=5, max=3600),
}


class Pace:
    """Waits between tries. Setting `cancelled` ends a wait; tests give their own `sleep`."""

    def __init__(self, cancelled: threading.Event, sleep: Callable[[float], None] | None = None) -> None:
        self._cancelled = cancelled
        self._sleep = sleep or sleep_using_event(cancelled)

    def quickly(self, send: Callable[[], Verdict]) -> Verdict:
        """Send, and while the verdict is LATER up to twice more after a short wait; the last verdict."""
        retrying = Retrying(
            stop=stop_after_attempt(QUICK_TRIES)
            | stop_after_delay(QUICK_S)
            | stop_when_event_set(self._cancelled),
            wait=wait_random_exponential(multiplier=0.25, max=2),
            retry=retry_if_result(lambda verdict: verdict.kind is Kind.LATER),
            sleep=self._sleep,
            retry_error_callback=_last_verdict,
        )
        verdict: Verdict = retrying(send)
        return verdict


def delay_s(kind: str, tries: int) -> float:
    """Seconds until a run may take the job again; `tries` counts from 1."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = max(tries, 1)
    return _LATER[JobKind.LOOKUP if kind == JobKind.LOOKUP else "submission"](state)


def _last_verdict(state: RetryCallState) -> Verdict:
    assert state.outcome is not None
    verdict: Verdict = state.outcome.result()
    return verdict
