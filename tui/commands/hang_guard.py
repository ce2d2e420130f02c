"""Run a call that may never return in a thread, so that Ctrl+C still works and the user is told.

A card service, driver or chip that hangs blocks the caller inside PC/SC, where no signal interrupts it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from reader.errors import CardServiceHangs

Result = TypeVar("Result")
GoesOn = Callable[[], None]

_GLANCE_S = 0.5  # on Windows, Ctrl+C does not interrupt a wait without a timeout
_SILENT_S = 6.0  # longer than the longest wait for a card, or for another program that holds it


def apart(work: Callable[[GoesOn], Result], silent_s: float = _SILENT_S) -> Result:
    """Run `work(goes_on)` in a thread and return or raise what it does. It calls goes_on() now and then.

    Raises CardServiceHangs after `silent_s` seconds without such a call. The thread is then left alone; as a
    daemon thread it does not delay the end of the program.
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
