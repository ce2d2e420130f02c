"""Run a call that may never return in a thread, so that Ctrl+C still works and the user is told.

A card service, driver or chip that hangs blocks the caller inside PC/SC, and a network folder that is gone
blocks it inside the file system, where no signal interrupts it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
GoesOn = Callable[[], None]

_GLANCE_S = 0.5  # on Windows, Ctrl+C does not interrupt a wait without a timeout


class _LeftBehind(Exception):
    """Nobody waits for this thread any more: it must put nothing in place."""


def apart(work: Callable[[GoesOn], Result], silent_s: float, hangs: Exception) -> Result:
    """Run `work(goes_on)` in a thread and return or raise what it does. It calls goes_on() now and then.

    Raises `hangs` after `silent_s` seconds without such a call. The thread is then left alone: its next
    goes_on() raises and so ends it, and as a daemon thread it does not delay the end of the program.
    """
    results: list[Result] = []
    errors: list[BaseException] = []
    heard, left_behind = threading.Event(), threading.Event()

    def goes_on() -> None:
        if left_behind.is_set():
            raise _LeftBehind
        heard.set()

    def run() -> None:
        try:
            results.append(work(goes_on))
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            errors.append(error)

    thread = threading.Thread(target=run, name="apart", daemon=True)
    thread.start()
    left = silent_s
    try:
        while thread.is_alive() and left > 0:
            thread.join(min(_GLANCE_S, left))
            left = silent_s if heard.is_set() else left - _GLANCE_S
            heard.clear()
    except BaseException:  # Ctrl+C
        left_behind.set()
        thread.join(_GLANCE_S)  # it may have something to put away
        raise
    left_behind.set()
    if errors:
        raise errors[0]
    if not results:
        raise hangs
    return results[0]
