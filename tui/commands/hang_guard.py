"""A call that may never come back, so that Ctrl+C is heard all the same and the user is told.

A card service, a driver or a chip that hangs keeps whoever asked it inside PC/SC, where no signal reaches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from reader.errors import CardServiceHangs

Result = TypeVar("Result")
GoesOn = Callable[[], None]

_GLANCE_S = 0.5  # a wait without an end would not see Ctrl+C on Windows
_SILENT_S = 6.0  # longer than the longest wait for a card, or for another program that holds it


def apart(work: Callable[[GoesOn], Result], silent_s: float = _SILENT_S) -> Result:
    """What `work` gives or raises, in a thread of its own, where it says now and then that it goes on.

    Raises CardServiceHangs where it says nothing for that long. Its thread then ends with its call, and
    keeps nobody, not even the program's end.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    heard = threading.Event()

    def run() -> None:
        try:
            results.append(work(heard.set))
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            errors.append(error)

    thread = threading.Thread(target=run, name="apart", daemon=True)
    thread.start()
    left = silent_s
    while thread.is_alive() and left > 0:
        thread.join(min(_GLANCE_S, left))
        left = silent_s if heard.is_set() else left - _GLANCE_S
        heard.clear()
    if errors:
        raise errors[0]
    if not results:
        raise CardServiceHangs
    return results[0]
