"""Work in a thread, whose progress and end reach the screen as messages.

The thread never touches a screen: what it has to say is a FromThread, and the program does it on the screen's
own thread. A message carries the generation in which the work was begun. After a lock the generation is
another, and what the work still delivers is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from textual.message import Message

from reader.errors import NocopyError

if TYPE_CHECKING:
    from tui.program import Program

Progress = Callable[[float], None]  # how much of the work is done, 0 to 1
T = TypeVar("T")


@dataclass
class FromThread(Message):
    """`do` is run on the screen's thread; `drop` in its place where `generation` is over by then."""

    generation: int
    do: Callable[[], None]
    drop: Callable[[], None]


class _NotWanted(Exception):
    """Nobody waits for this work any more: it ends where it next says how far it is."""


def _nothing(_result: object = None) -> None:
    pass


def in_background(
    program: Program,
    work: Callable[[Progress], T],
    then: Callable[[T], None] = _nothing,
    *,
    failed: Callable[[NocopyError], None] | None = None,
    moved: Callable[[int], None] | None = None,
    wanted: Callable[[], bool] = lambda: True,
    drop: Callable[[T], None] = _nothing,
) -> None:
    """Run `work(progress)` in a thread, then `then(result)` on the screen's thread.

    A NocopyError goes to `failed`, or is shown over the work area; any other error is raised on the screen's
    thread. Each call of `progress(part)` ends the work where the program ends, where its generation is over
    or where `wanted()`, which is asked in both threads, is False; `moved(percent)` follows on the screen's
    thread where that has changed. What is not wanted at its end is dropped; the result of a generation that
    is over goes to `drop`.
    """
    generation, last = program.generation, 0

    def is_wanted() -> bool:
        return program.is_running and program.generation == generation and wanted()

    def post(do: Callable[[], None], drop: Callable[[], None] = _nothing) -> None:
        program.post_message(FromThread(generation, do, drop))

    def progress(part: float) -> None:
        nonlocal last
        if not is_wanted():
            raise _NotWanted
        percent = int(part * 100)
        if moved is not None and percent != last:
            last = percent
            post(lambda: moved(percent))

    def fail(error: Exception) -> None:
        if not isinstance(error, NocopyError):
            raise error
        (failed or program.tell)(error)

    def run() -> None:
        try:
            if is_wanted():
                result = work(progress)
                post(lambda: then(result) if wanted() else None, lambda: drop(result))
        except _NotWanted:
            pass
        except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which tells or fails
            caught = error
            post(lambda: fail(caught) if wanted() else None)

    program.run_worker(run, thread=True, exit_on_error=False)
