"""A watch whose events a test can await one by one."""

from __future__ import annotations

import queue
import time
from types import TracebackType
from typing import Self

from reader.slots import ReaderSlots
from reader.watch import CardEvent, CardWatch


class Watching:
    """Runs a CardWatch during a `with` block."""

    def __init__(self, desk: ReaderSlots, reader: str | None = None) -> None:
        self._events: queue.Queue[CardEvent] = queue.Queue()
        self.watch = CardWatch(desk, self._events.put, reader)

    def __enter__(self) -> Self:
        self.watch.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.watch.stop()

    def next(self, kind: str, seconds: float = 15.0) -> CardEvent:
        """The next event, which must be of this kind; progress is skipped unless it is asked for."""
        event = self.any(seconds, progress=kind == "progress")
        assert event.kind == kind, f"{event.kind} came where {kind} was due: {event.error!r}"
        return event

    def any(self, seconds: float = 15.0, *, progress: bool = False) -> CardEvent:
        """The next event, whatever it is; progress is skipped unless it is asked for."""
        until = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=1)
            except queue.Empty:
                assert time.monotonic() < until, "nothing was told"
                self.watch.look_after()  # as the screen does, once a second
                continue
            if event.kind != "progress" or progress:
                return event

    def whole_card(self) -> CardEvent:
        """The events of one undisturbed reading; gives the last, with card and photo."""
        assert self.next("inserted").card is None
        text = self.next("card")
        photo = self.next("photo")
        assert (photo.card, photo.generation) == (text.card, text.generation)
        return photo

    def nothing_more(self, seconds: float = 0.0) -> None:
        """No event but progress is waiting, and none comes within that time."""
        until = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=max(0.001, until - time.monotonic()))
            except queue.Empty:
                return
            assert event.kind == "progress", event
