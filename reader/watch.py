"""Watches the readers in a thread of its own and reports events: a card's text first, then its photo."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reader.card import Card
from reader.errors import (
    CardHeld,
    CardRemoved,
    CardServiceHangs,
    CardSwapped,
    NoCardService,
    NoReader,
    NoSuchReader,
    NotThaiCard,
    ReaderError,
    ReadingCancelled,
)
from reader.reader_state import EventKind
from reader.reading import Reading
from reader.slots import ReaderSlots, Slot

_WAIT_S = 2.0  # the longest wait for a change of the readers; a change ends it at once
_SERVICE_AGAIN_S = 1.0
_LONGEST_STOP_S = 3.0
_SILENT = 5  # calls of look_after() without progress that mean a hang; a normal wait spans two of them

_Insertion = tuple[str, int]


@dataclass(frozen=True)
class CardEvent:
    """One event at the readers.

    Its kinds: no_service and no_reader (with `error`), empty (a reader, but no card), inserted (a card is in
    `reader` and will be read), card (its text, in `card`), progress (`done` of `total` bytes of the photo),
    photo (`card` and `photo`), removed (the card was taken out, read or not; no `empty` follows), failed
    (`error`, and `card` where its text is still good). `generation` counts the insertions: an event with a
    lower number than the newest is stale.
    """

    kind: EventKind
    generation: int
    reader: str | None = None
    card: Card | None = None
    photo: bytes | None = field(default=None, repr=False)
    done: int = 0
    total: int = 0
    error: ReaderError | None = None


class CardWatch:
    """Calls `on_event`, from its own thread, for each event at the readers until it is stopped.

    Of several readers it uses the one that holds a Thai ID card; another kind of card is reported only
    where there is no ID card. With `reader` it watches that reader alone.
    """

    def __init__(
        self, readers: ReaderSlots, on_event: Callable[[CardEvent], None], reader: str | None = None
    ) -> None:
        self._readers = readers
        self._on_event = on_event
        self._only = reader
        self._stopping = False
        self._again: tuple[str | None] | None = None  # again() was called: for that reader, None for any
        self._interrupt = threading.Event()  # set while stop() or again() waits to be noticed
        self._slots: tuple[Slot, ...] = ()
        self._life = threading.Lock()  # guards the state of look_after()
        self._signs = self._signs_seen = self._silent = 0
        self._hangs = self._telling = False
        self._thread = threading.Thread(target=self._run, name="card-watch", daemon=True)
        self._generation = 0
        self._said: EventKind | None = None  # the last reported of no_service, no_reader, empty
        self._tried: set[_Insertion] = set()
        self._shown: _Insertion | None = None  # the insertion that was reported
        self._card: Card | None = None  # the text read from it
        self._held: _Insertion | None = None  # an insertion whose card another program holds

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop reading and waiting; returns when the thread has ended and the readers are released.

        Where a chip or a driver does not answer, it returns after three seconds (at once where a hang was
        reported) and leaves the daemon thread behind.
        """
        self._stopping = True
        self._interrupt.set()
        until = time.monotonic() + (0 if self._hangs else _LONGEST_STOP_S)
        while self._thread.is_alive():
            self._readers.wake()
            self._thread.join(0.05)
            if time.monotonic() >= until:
                break

    def look_after(self) -> None:
        """Report no_service (CardServiceHangs) where the watch's thread hangs. Call it about once a second.

        A card service, a driver or a chip that hangs keeps the watch's thread in a call that PC/SC cannot
        end. When the call returns, the present card is read as if it had just been put in. It counts its own
        calls and not seconds, because a program that was halted as a whole did not hang.
        """
        with self._life:
            if self._signs != self._signs_seen or self._telling or not self._thread.is_alive():
                self._signs_seen, self._silent = self._signs, 0
                return
            self._silent += 1
            if self._silent == _SILENT:
                self._hangs = True
                self._service_lost(CardServiceHangs())

    def _goes_on(self) -> None:
        """To be called when a PC/SC call has returned.

        Raises ReadingCancelled where a hang was reported, so that the present card is read from the start.
        """
        with self._life:
            self._signs += 1
            if not self._hangs:
                return
            self._hangs = False
            self._again = (None,)
        raise ReadingCancelled

    def again(self, reader: str | None = None) -> None:
        """Read the present card once more, as if it had just been put in; of several, the one in `reader`.

        A reading in progress is given up. Where `reader` holds no card nothing happens.
        """
        self._again = (reader,)
        self._interrupt.set()
        self._readers.wake()

    def readers(self) -> tuple[tuple[str, bool], ...]:
        """Each reader's name and whether a card is in it, as last seen; from any thread."""
        return tuple((slot.reader, slot.present) for slot in self._slots)

    def _run(self) -> None:
        known: tuple[Slot, ...] | None = None
        try:
            while not self._stopping:
                try:
                    if self._begin_again():
                        known = None
                    known = self._wait(known, _WAIT_S)
                    self._look(known)
                except ReadingCancelled:
                    continue
                except NoCardService as error:
                    known = None
                    self._service_lost(error)
                    self._interrupt.wait(_SERVICE_AGAIN_S)
        finally:
            self._readers.close()

    def _begin_again(self) -> bool:
        """Whether again() was called; then forget what was read, except in readers that it did not name."""
        asked, self._again = self._again, None
        if asked is None:
            return False
        if not self._stopping:
            self._interrupt.clear()
        if asked[0] is None:
            self._said = None  # report the state anew, also that there is still no card service
        present = {slot.reader: _insertion(slot) for slot in self._seen() if slot.present}
        if asked[0] is None or asked[0] in present:
            self._said = self._shown = self._card = self._held = None
            self._tried = {there for reader, there in present.items() if asked[0] not in (None, reader)}
        return True

    def _wait(self, known: tuple[Slot, ...] | None, seconds: float) -> tuple[Slot, ...]:
        try:
            return self._readers.wait(known, seconds)
        finally:
            self._goes_on()

    def _seen(self) -> tuple[Slot, ...]:
        self._slots = self._wait(None, 0)
        return self._slots

    def _pause(self, seconds: float) -> bool:
        self._goes_on()
        return self._interrupt.wait(seconds) or self._stopping

    def _service_lost(self, error: NoCardService) -> None:
        self._slots = ()
        self._tell_removed()
        self._tried.clear()
        self._say(EventKind.NO_SERVICE, error)

    def _look(self, slots: tuple[Slot, ...]) -> None:
        self._slots = slots
        slots = tuple(slot for slot in slots if self._only in (None, slot.reader))
        present = {_insertion(slot): slot for slot in slots if slot.present}
        if self._shown and self._shown not in present:
            self._tell_removed()
        self._tried &= present.keys()
        new = [slot for insertion, slot in present.items() if insertion not in self._tried]
        if new:
            self._said = None
            self._read_new(new)
        elif self._held in present:
            self._read_new([present[self._held]])
        elif not slots:
            self._say(EventKind.NO_READER, NoSuchReader(reader=self._only) if self._only else NoReader())
        elif not present:
            self._say(EventKind.EMPTY)

    def _read_new(self, slots: list[Slot]) -> None:
        """Read the first Thai ID card among these; where there is none, report the most telling failure."""
        self._tried |= {_insertion(slot) for slot in slots}
        failure: tuple[Slot, ReaderError] | None = None
        for slot in slots:
            # While an ID card is in use, another reader's card is reported only once it was read.
            if self._card is None:
                self._announce(slot)
            try:
                self._read(slot)
                return
            except (NoCardService, ReadingCancelled):
                raise
            except CardRemoved:
                if self._shown == _insertion(slot):
                    self._tell_removed()
            except ReaderError as error:
                if failure is None or isinstance(failure[1], NotThaiCard):
                    failure = slot, error
                if self._shown == _insertion(slot) and self._card:
                    break  # its text was read: the other cards are not needed
        if failure:
            self._tell_failure(*failure)

    def _read(self, slot: Slot) -> None:
        def on_card(card: Card) -> None:
            self._goes_on()
            self._announce(slot)
            self._card, self._held = card, None
            self._tell(CardEvent(EventKind.CARD, self._generation, slot.reader, card=card))

        def on_progress(done: int, total: int) -> None:
            self._tell(CardEvent(EventKind.PROGRESS, self._generation, slot.reader, done=done, total=total))

        reading = Reading(
            self._readers,
            slot.reader,
            still_there=lambda: slot in self._seen(),
            pause=self._pause,
            on_card=on_card,
            on_progress=on_progress,
        )
        try:
            card, photo = reading.whole()
        finally:
            self._goes_on()
        self._tell(CardEvent(EventKind.PHOTO, self._generation, slot.reader, card=card, photo=photo))

    def _announce(self, slot: Slot) -> None:
        if self._shown == _insertion(slot):
            return
        self._generation += 1
        self._shown, self._card, self._held = _insertion(slot), None, None
        self._tell(CardEvent(EventKind.INSERTED, self._generation, slot.reader))

    def _tell_failure(self, slot: Slot, error: ReaderError) -> None:
        if self._card and self._shown != _insertion(slot) and isinstance(error, NotThaiCard):
            return
        if isinstance(error, CardHeld) and self._held == _insertion(slot):
            return
        self._announce(slot)
        # A held card is tried again at each look until the other program releases it.
        self._held = _insertion(slot) if isinstance(error, CardHeld) else None
        if isinstance(error, CardSwapped):
            self._card = None
        self._tell(CardEvent(EventKind.FAILED, self._generation, slot.reader, card=self._card, error=error))

    def _tell_removed(self) -> None:
        if self._shown:
            self._tell(CardEvent(EventKind.REMOVED, self._generation, self._shown[0]))
            self._shown = self._card = self._held = None
            self._said = EventKind.EMPTY

    def _tell(self, event: CardEvent) -> None:
        self._telling = True  # on_event may be slow: look_after() must not take that for a hang
        try:
            self._on_event(event)
        finally:
            self._telling = False

    def _say(self, kind: EventKind, error: ReaderError | None = None) -> None:
        if self._said != kind:
            self._said = kind
            self._tell(CardEvent(kind, self._generation, error=error))


def _insertion(slot: Slot) -> _Insertion:
    return slot.reader, slot.insertion
