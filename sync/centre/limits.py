"""Limits on calls by one token and by one address: a token bucket each, refilled every second.

They are in memory, so a restart resets them. Behind a TLS proxy the address is the one in X-Forwarded-For,
which uvicorn accepts from a proxy on the same machine.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sync.centre.problem import CallRefused

_MOST_BUCKETS = 20_000


@dataclass(frozen=True)
class Rate:
    """Allows `burst` calls at once, then `per_second`."""

    burst: float
    per_second: float


# An office without a network for weeks then sends some hundred submissions; several may share an address.
TOKEN = Rate(300, 5)
ADDRESS = Rate(900, 15)
# An enrolment needs few tries. The limit does not protect the code, which has 80 bits.
ENROLMENT = Rate(60, 0.2)
# A bundle is large and comes without a token.
CARRY = Rate(60, 0.2)


class Limits:
    """The buckets of one centre, for any number of threads. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, what: str, who: str, rate: Rate) -> None:
        """Count one call of `who`. Raises CallRefused with the seconds to wait where the bucket is empty."""
        if not who:
            return
        with self._lock:
            now = self._now()
            left, at = self._buckets.get((what, who), (rate.burst, now))
            left = min(rate.burst, left + (now - at) * rate.per_second)
            if left < 1:
                wait = math.ceil((1 - left) / rate.per_second)
                said = f"Too many calls; wait {wait} seconds."
                raise CallRefused("too-many", said, {"Retry-After": str(wait)})
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.clear()  # somebody sends invented tokens: reset, so that memory stays bounded
            self._buckets[what, who] = (left - 1, now)
