"""The state of the card reader and its card, as the screen knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from reader.buddhist_date import stamp
from reader.errors import CardServiceHangs
from reader.reader_state import EventKind, ReaderState

if TYPE_CHECKING:
    from reader.card import Card
    from reader.errors import ReaderError
    from reader.slots import ReaderSlots
    from reader.watch import CardEvent, CardWatch
    from store.counter.visitor import Visitor

_PROGRESS_S = 0.2  # at least so long between two drawings of the photo's progress


@dataclass
class CardSeen(Message):
    """An event of the card watch, posted from its thread."""

    event: CardEvent


_WITH_CARD = (ReaderState.READING, ReaderState.TEXT, ReaderState.WHOLE, ReaderState.FAILED)


class CardState:
    """The state of the reader and its card; changed by `take` on the screen's thread alone."""

    def __init__(
        self,
        readers: ReaderSlots,
        post: Callable[[CardSeen], None],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._slots = readers
        self._post = post  # called in the watch's thread
        self._clock = clock
        self._monotonic = monotonic
        self._watch: CardWatch | None = None  # from start() on
        self._generation = -1
        self.state = ReaderState.UNKNOWN
        self.card: Card | None = None
        self.photo: bytes | None = None
        self.percent = 0
        self.error: ReaderError | None = None
        self.seen_at: str | None = None
        self.reader: str | None = None  # the reader of the last event
        self.latest: str = ""  # the kind of the last event
        self._progress_at = 0.0  # when its progress was last drawn
        self.left_unread = False  # the last card was taken out before its text was read
        self.served = False  # the card has had its visit: it begins no other one until it is put in again

    def start(self) -> None:
        """Watch the readers from now on."""
        from reader.watch import CardWatch  # after the first frame: this imports all of the card reading

        self._watch = CardWatch(self._slots, lambda event: self._post(CardSeen(event)))
        self._watch.start()

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def look_after(self) -> None:
        """Called once a second: check that the reader and the card service still respond."""
        if self._watch is not None:
            self._watch.look_after()

    def read_again(self, reader: str | None = None) -> None:
        """Read the present card once more, as if it had been put in now; of several, the one in `reader`."""
        if self._watch is not None:
            self._watch.again(reader)

    def others(self) -> list[str]:
        """The readers that hold a card, without the chosen one."""
        return [name for name, present in self._readers() if present and name != self.reader]

    @property
    def is_in(self) -> bool:
        """Whether any card, readable or not, is in the chosen reader."""
        return self.state in _WITH_CARD

    def has_card_in(self, reader: str) -> bool:
        """Is any card in that reader?"""
        return (reader, True) in self._readers()

    def _readers(self) -> Sequence[tuple[str, bool]]:
        return () if self._watch is None else self._watch.readers()

    def owner(self) -> Visitor:
        """The owner of the card that was just read, as the visitor at the counter."""
        from reader.card_record import CardRecord
        from store.counter.visitor import Visitor

        assert self.card is not None
        record = CardRecord.of(self.card, len(self.photo or b""))
        return Visitor(record.citizen_id, card_seen_at=self.seen_at, card=record, photo=self.photo)

    def holds(self, number: str) -> bool:
        """Whether the card of that person is in the reader."""
        return self.card is not None and self.card.citizen_id == number

    def serve(self) -> None:
        """Note that this card has had its visit, or that the officer declined one."""
        self.served = True

    @property
    def is_left_behind(self) -> bool:
        """Whether the card has had its visit and is still in the reader."""
        return self.served and self.card is not None

    def is_worth_drawing(self) -> bool:
        """False for a step of the photo's progress that comes soon after one that was drawn."""
        return self.latest != EventKind.PROGRESS or self._is_due()

    def _is_due(self) -> bool:
        """Whether to draw the photo's progress: not at each step, because drawing slows the reading down."""
        moment = self._monotonic()
        due = moment - self._progress_at >= _PROGRESS_S
        if due:
            self._progress_at = moment
        return due

    def take(self, message: CardSeen) -> None:
        """Apply one event; an event of an earlier card is dropped."""
        event = message.event
        if event.generation < self._generation:
            self.latest = ""
            return
        self._generation = event.generation
        self.latest = event.kind
        self.reader = event.reader
        if event.kind == EventKind.PROGRESS:
            self.percent = 100 * event.done // max(1, event.total)
        elif event.kind == EventKind.PHOTO:
            self.state, self.percent = ReaderState.WHOLE, 100
            self.card, self.photo = event.card, event.photo
        elif event.kind == EventKind.CARD:
            self.state, self.card, self.error = ReaderState.TEXT, event.card, None
            self.photo, self.percent, self.served = None, 0, False
            self.seen_at = stamp(self._clock())
        elif event.kind == EventKind.FAILED and event.card is not None:
            # The text stays valid: only the photo is missing.
            self.state, self.photo = ReaderState.WHOLE, None
        else:
            self.left_unread = event.kind == EventKind.REMOVED and self.state is ReaderState.READING
            self.state = _state_after(event)
            self.card = self.photo = self.seen_at = None
            self.served = False
            self.error = event.error


def _state_after(event: CardEvent) -> ReaderState:
    """The state after an event that leaves no card's text."""
    if isinstance(event.error, CardServiceHangs):
        return ReaderState.HANGS
    if event.kind == EventKind.INSERTED:
        return ReaderState.READING
    return ReaderState.EMPTY if event.kind == EventKind.REMOVED else ReaderState(event.kind)
