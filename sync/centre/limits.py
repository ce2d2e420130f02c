"""How often one token and one address may call: a bucket each, filled again by the second.

In memory, so a restart forgives everybody. Behind a TLS proxy the address is the one that the proxy names
(X-Forwarded-For, which uvicorn believes of a proxy on the same machine).
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
    """`burst` calls at once, then `per_second`."""

    burst: float
    per_second: float


# An office that comes back after weeks sends some hundred submissions in a row; several may share an address.
TOKEN = Rate(300, 5)
ADDRESS = Rate(900, 15)
# Codes cannot be guessed (80 bits), and no letter needs many tries.
ENROLMENT = Rate(60, 0.2)
# A bundle is large and comes without a token.
CARRY = Rate(60, 0.2)


class Limits:
    """The buckets of one centre; safe for any number of threads. `now` counts seconds and never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, what: str, who: str, rate: Rate) -> None:
        """One call more of `who`; CallRefused with the seconds to wait where the bucket is empty."""
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
                self._buckets.clear()  # somebody invents names: better to forget than to grow without end
            self._buckets[what, who] = (left - 1, now)
