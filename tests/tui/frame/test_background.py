"""Work in a thread: what reaches the screen, on which thread, and what is dropped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from reader.errors import NoCard, NocopyError
from tui.frame.background import FromThread, Progress, in_background


class _Program:
    """Runs work in a thread and waits for it; keeps what the thread posts until deliver()."""

    def __init__(self) -> None:
        self.generation = 3
        self.is_running = True
        self.told: list[NocopyError] = []
        self._posted: list[FromThread] = []

    def run_worker(self, work: Callable[[], None], *, thread: bool, exit_on_error: bool) -> None:
        assert (thread, exit_on_error) == (True, False)
        runs = threading.Thread(target=work)
        runs.start()
        runs.join()

    def post_message(self, message: FromThread) -> bool:
        self._posted.append(message)
        return True

    def tell(self, error: NocopyError) -> None:
        self.told.append(error)

    def deliver(self) -> None:
        for message in self._posted:
            (message.do if message.generation == self.generation else message.drop)()


def _begin(program: _Program, work: Callable[[Progress], Any], *then: Any, **named: Any) -> None:
    in_background(cast("Any", program), work, *then, **named)


def test_the_result_and_the_progress_reach_the_screens_thread_alone() -> None:
    program, here, seen = _Program(), threading.current_thread(), list[Any]()

    def work(progress: Progress) -> bool:
        for part in (0.0, 0.301, 0.309, 1.0):
            progress(part)
        return threading.current_thread() is here

    _begin(
        program, work, seen.append, moved=lambda percent: seen.append((percent, threading.current_thread()))
    )
    assert seen == []  # only messages so far
    program.deliver()
    assert seen == [(30, here), (100, here), False]


def test_an_expected_error_is_shown_and_any_other_raised_on_the_screens_thread() -> None:
    program, failed = _Program(), list[NocopyError]()

    def fails(error: Exception) -> Callable[[Progress], None]:
        def work(_progress: Progress) -> None:
            raise error

        return work

    _begin(program, fails(NoCard()))
    _begin(program, fails(NoCard()), failed=failed.append)
    program.deliver()
    assert (len(program.told), len(failed)) == (1, 1)
    program = _Program()
    _begin(program, fails(KeyError("nobody foresaw it")))
    with pytest.raises(KeyError):
        program.deliver()


def test_after_a_lock_the_result_is_dropped_and_the_error_too() -> None:
    program, seen, dropped = _Program(), list[Any](), list[Any]()

    def fails(_progress: Progress) -> None:
        raise KeyError

    _begin(program, lambda _progress: "books", seen.append, drop=dropped.append)
    _begin(program, fails, seen.append, failed=seen.append)
    program.generation += 1
    program.deliver()
    assert (seen, dropped, program.told) == ([], ["books"], [])


@pytest.mark.parametrize("how", ["lock", "end", "not wanted"])
def test_unwanted_work_ends_when_it_next_reports_progress(how: str) -> None:
    program, wanted, after, seen = _Program(), [True], list[str](), list[Any]()

    def work(progress: Progress) -> None:
        progress(0.1)
        if how == "lock":
            program.generation += 1
        elif how == "end":
            program.is_running = False
        else:
            wanted.clear()
        progress(0.2)
        after.append("more")

    _begin(program, work, seen.append, failed=seen.append, wanted=lambda: bool(wanted))
    program.deliver()
    assert (after, seen) == ([], [])


def test_what_must_be_done_in_any_case_begins_also_when_a_lock_came_first() -> None:
    program, done = _Program(), list[str]()

    def lock_first(work: Callable[[], None], *, thread: bool, exit_on_error: bool) -> None:
        program.generation += 1
        work()

    program.run_worker = lock_first  # type: ignore[method-assign]
    _begin(program, lambda _progress: done.append("not wanted"))
    _begin(program, lambda _progress: done.append("in any case"), in_any_case=True)
    assert done == ["in any case"]


def test_a_result_that_is_not_wanted_any_more_is_dropped() -> None:
    program, wanted, seen = _Program(), [True], list[str]()
    _begin(program, lambda _progress: "an older search", seen.append, wanted=lambda: bool(wanted))
    wanted.clear()
    program.deliver()
    assert seen == []
