"""What is in the card reader now, as the screen knows it; what F2 does there; with whom a visit begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.message import Message

from reader.buddhist_date import stamp
from reader.errors import CardServiceHangs

if TYPE_CHECKING:
    from reader.card import Card
    from reader.desk import Desk
    from reader.errors import ReaderError
    from reader.watch import CardEvent, CardWatch
    from store.back_entry import BackEntry
    from store.visit import Visit
    from tui.app import NocopyApp

_PROGRESS_S = 0.2  # between two steps of the photo that are drawn


@dataclass
class CardSeen(Message):
    """The watch saw something at the readers; posted from its thread."""

    event: CardEvent


class CardAtDesk:
    """The state of the reader; changed by `take` on the screen's thread alone.

    `state` is unknown, no_service, hangs, no_reader, empty, reading, text (the photo follows), whole, failed.
    """

    def __init__(self, app: NocopyApp, desk: Desk) -> None:
        self._clock: Callable[[], datetime] = app.clock
        self._app = app
        self._desk = desk
        self._watch: CardWatch | None = None  # from start() on
        self._generation = -1
        self.state = "unknown"
        self.card: Card | None = None
        self.photo: bytes | None = None
        self.percent = 0
        self.error: ReaderError | None = None
        self.seen_at: str | None = None
        self.reader: str | None = None  # what was last told of
        self.latest: str = ""  # the kind of the last event
        self._progress_at = 0.0  # when the photo's progress was last drawn
        self.left_unread = False  # the last card came out before its text was read
        self.served = False  # dealt with: it begins no other visit until it is put in again

    def start(self) -> None:
        """Watch the readers from now on."""
        from reader.watch import CardWatch  # behind the first frame: it brings all of the reading in

        self._watch = CardWatch(self._desk, lambda event: _post(self._app, event))
        self._watch.start()

    def stop(self) -> None:
        if self._watch is not None:
            self._watch.stop()

    def look_after(self) -> None:
        """Once a second: is the reader, or the card service, still going on?"""
        if self._watch is not None:
            self._watch.look_after()

    def read_again(self, reader: str | None = None) -> None:
        """Read the present card once more, as if it had been put in now; of several, the one in `reader`."""
        if self._watch is not None:
            self._watch.again(reader)

    def others(self) -> list[str]:
        """The readers in which a card is that nobody looks at now."""
        return [name for name, present in self._readers() if present and name != self.reader]

    @property
    def is_in(self) -> bool:
        """A card is in the reader that is looked at, whatever it is."""
        return self.state in ("reading", "text", "whole", "failed")

    def press(self) -> None:
        """F2: read the card again, or choose the reader; in practice, put a card in or take it out."""
        from tui.screens.base import WorkScreen
        from tui.screens.practice_cards import ask_practice_card
        from tui.screens.readers import ask_reader

        if self._app.practice is not None:
            ask_practice_card(self._app, self._app.practice)
        elif isinstance(self._app.screen, WorkScreen):
            ask_reader(self._app)

    def has_card_in(self, reader: str) -> bool:
        """Is any card in that reader?"""
        return (reader, True) in self._readers()

    def _readers(self) -> Sequence[tuple[str, bool]]:
        return () if self._watch is None else self._watch.readers()

    def holds(self, number: str) -> bool:
        """Is the card of that person in the reader?"""
        return self.card is not None and self.card.citizen_id == number

    def serve(self) -> None:
        """What this card was put in for has been done, or declined."""
        self.served = True

    @property
    def is_left_behind(self) -> bool:
        """The card was dealt with and is still in the reader."""
        return self.served and self.card is not None

    def seen(self, message: CardSeen) -> None:
        """Take one event in, and tell the screens."""
        from tui.screens.base import WorkScreen

        self.take(message)
        if self.latest == "progress" and not self._is_due():
            return
        app = self._app
        if app.someone_is_in:
            for screen in list(app.screen_stack):
                if isinstance(screen, WorkScreen) and screen in app.screen_stack:
                    screen.card_changed()
        app.repaint()

    def _is_due(self) -> bool:
        """Whether the photo's progress is drawn: now and then only, for painting slows the reading down."""
        moment = self._app.monotonic()
        due = moment - self._progress_at >= _PROGRESS_S
        if due:
            self._progress_at = moment
        return due

    def take(self, message: CardSeen) -> None:
        """Take one event in; one of an earlier card is dropped."""
        event = message.event
        if event.generation < self._generation:
            self.latest = ""
            return
        self._generation = event.generation
        self.latest = event.kind
        self.reader = event.reader
        if event.kind == "progress":
            self.percent = 100 * event.done // max(1, event.total)
        elif event.kind == "photo":
            self.state, self.card, self.photo, self.percent = "whole", event.card, event.photo, 100
        elif event.kind == "card":
            self.state, self.card, self.error = "text", event.card, None
            self.photo, self.percent, self.served = None, 0, False
            self.seen_at = stamp(self._clock())
        elif event.kind == "failed" and event.card is not None:
            # The text remains good: only the photo is missing.
            self.state, self.photo = "whole", None
        else:
            self.left_unread = event.kind == "removed" and self.state == "reading"
            told = "hangs" if isinstance(event.error, CardServiceHangs) else event.kind
            self.state = {"inserted": "reading", "removed": "empty"}.get(told, told)
            self.card = self.photo = self.seen_at = None
            self.served = False
            self.error = event.error


def _post(app: NocopyApp, event: CardEvent) -> None:
    if app.is_running:
        app.post_message(CardSeen(event))


@dataclass(frozen=True)
class AtCounter:
    """Whose business it is, who stands there, and how identity was shown: what a visit is opened with.

    `card` is the text of the card read (Card.as_json), `photo` its JPEG. With `back_entry` it
    was before, on paper. Who comes for another person relies on `basis`, and is `myself` in their own name.
    """

    subject: str = field(repr=False)
    subject_kind: str = "thai_person"
    identity: str = "chip"
    comer: str = "self"
    comer_id: str | None = field(default=None, repr=False)
    card_seen_at: str | None = None
    card: dict[str, Any] | None = field(default=None, repr=False)
    photo: bytes | None = field(default=None, repr=False)
    back_entry: BackEntry | None = field(default=None, repr=False)
    basis: str | None = field(default=None, repr=False)
    myself: AtCounter | None = field(default=None, repr=False)

    @classmethod
    def of_card(cls, desk: CardAtDesk) -> AtCounter:
        """The owner of the card that was just read."""
        assert desk.card is not None
        photo = desk.photo
        return cls(
            subject=desk.card.citizen_id,
            card_seen_at=desk.seen_at,
            card=desk.card.as_json(len(photo or b"")),
            photo=photo,
        )

    @property
    def is_owner(self) -> bool:
        """Whose business it is stands here with their own card, which was read."""
        return self.comer == "self" and self.card_seen_at is not None

    @classmethod
    def of_visit(cls, visit: Visit) -> AtCounter:
        """Who stands here in a visit that is open."""
        return cls(
            subject=visit.subject,
            subject_kind=visit.subject_kind,
            identity=visit.identity,
            comer=visit.comer,
            comer_id=visit.comer_id,
            card_seen_at=visit.card_seen_at,
            card=visit.card,
            photo=visit.photo,
            back_entry=visit.back_entry,
        )

    def as_visit(self) -> Visit:
        """A visit of theirs that nobody opened: it says by which channel a document could come."""
        from store.visit import Visit  # the log-in needs none of it

        return Visit(
            id="",
            state="open",
            service="",
            officer="",
            opened_at="",
            ended_at=None,
            deadline="",
            subject_kind=self.subject_kind,
            subject=self.subject,
            comer=self.comer,
            comer_id=self.comer_id,
            basis=self.basis,
            identity=self.identity,
            card_seen_at=self.card_seen_at,
            purpose="",
            reference=None,
            closes_itself=False,
            back_entry=self.back_entry,
            parked_at=None,
            reason=None,
            card=self.card,
            photo=None,
            wanted=(),
        )

    def on_behalf(self, comer: str, subject_kind: str, subject: str) -> AtCounter:
        """The person here comes for someone else: their own number becomes the comer's.

        A passport's number is no number of a person here: of its holder nothing more is written down.
        """
        mine = self.in_person()
        number = None if mine.subject_kind == "passport" else mine.subject
        return replace(
            mine, subject=subject, subject_kind=subject_kind, comer=comer, comer_id=number, myself=mine
        )

    def in_person(self) -> AtCounter:
        """The person here comes in their own name, whatever was said before."""
        return self.myself or self
