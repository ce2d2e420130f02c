"""What threads tell the screen: they only post messages, and the screen changes itself.

A message carries the generation in which it was asked for. After a lock the generation is another, and
what a cancelled thread still delivers is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message

from reader.errors import NocopyError
from store.errors import StoreError
from tui.messages import told

if TYPE_CHECKING:
    from store.books import Books
    from sync.line_watch import LineWatch
    from tui.app import NocopyApp


@dataclass
class Finished(Message):
    """A slow piece of work is done: `then` gets its result, or `failed` its error, on the screen's thread."""

    generation: int
    then: Callable[[Any], None]
    failed: Callable[[NocopyError], None] | None
    result: Any = None
    error: Exception | None = None


class _NoLonger(Exception):
    """Who logged in has left: what goes on in the background ends."""


def back_up(app: NocopyApp, books: Books) -> None:
    """The day's backup, at the first log-in of a day. Runs in a thread; a lock or the end breaks it off."""
    from store import backup

    generation = app.generation

    def go_on(_done: float) -> None:
        if app.generation != generation or not app.is_running:
            raise _NoLonger

    try:
        backup.daily(books, go_on)
    except _NoLonger:
        return
    except StoreError as error:
        post = Finished(generation, lambda _: None, lambda why: app.say(told(why)[0]), error=error)
        app.post_message(post)


def retire(books: Books, watch: LineWatch | None) -> None:
    """Close the books of someone who left, when nothing uses them any more. Not on the screen's thread."""
    if watch is not None:
        watch.stop()
        watch.join()
    books.close()
