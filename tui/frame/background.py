"""Work in a thread, whose progress and result reach the screen as messages.

The thread never touches a screen: it posts a FromThread, whose function the program runs on the screen's own
thread. A message carries the generation in which the work was begun. A lock begins a new generation, and
results of an earlier one are dropped.
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
    """`do` is run on the screen's thread; `drop` in its place when `generation` has ended by then."""

    generation: int
    do: Callable[[], None]
    drop: Callable[[], None]


class _NotWanted(Exception):
    """The result is not wanted any more: raised in the work's thread at its next call of progress()."""


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
    in_any_case: bool = False,
) -> None:
    """Run `work(progress)` in a thread, then `then(result)` on the screen's thread.

    A NocopyError goes to `failed`, or is shown over the work area; any other error is raised on the screen's
    thread. `progress(part)` ends the work when the program or generation has ended or `wanted()` is False;
    `wanted` is called in both threads. When the whole percent has changed, `moved(percent)` is called on the
    screen's thread. A result that is not wanted is dropped; one of an ended generation goes to `drop`.
    `in_any_case`: the work begins also where a lock came before its thread did.
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
            if in_any_case or is_wanted():
                result = work(progress)
                post(lambda: then(result) if wanted() else None, lambda: drop(result))
        except _NotWanted:
            pass
        except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which shows or raises it
            caught = error
            post(lambda: fail(caught) if wanted() else None)

    program.run_worker(run, thread=True, exit_on_error=False)
