"""A call that may never come back, so that Ctrl+C is heard all the same and a limit can be set.

A card service, a driver or a chip that hangs keeps whoever asked it inside PC/SC, where no signal reaches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_GLANCE_S = 0.5  # a wait without an end would not see Ctrl+C on Windows


def apart(work: Callable[[], Result], seconds: float = float("inf")) -> Result:
    """What `work` gives or raises, in a thread of its own; TimeoutError where it takes longer than that.

    A thread that is left so ends with its call, and keeps nobody, not even the program's end.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            errors.append(error)

    thread = threading.Thread(target=run, name="apart", daemon=True)
    thread.start()
    left = seconds
    while thread.is_alive() and left > 0:
        thread.join(min(_GLANCE_S, left))
        left -= _GLANCE_S
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]
