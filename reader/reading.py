"""One whole reading of the card in one reader: text, then photo, with automatic retries."""

from __future__ import annotations

from collections.abc import Callable

from reader.apdu import Progress, read_laser, read_photo, read_text
from reader.card import Card
from reader.decoding import with_photo
from reader.errors import CardRemoved, CardSwapped, ReaderError, ReadingCancelled
from reader.slots import Link, ReaderSlots

# The contacts of a card just put in bounce, and other programs reset it: tries at 0, 0.15, 0.4 and 0.9 s.
_GAPS_S = (0.15, 0.25, 0.5)

Pause = Callable[[float], bool]


class Reading:
    """The reading of one insertion of a card.

    `photo` and `laser` say what is wanted beside the text. `still_there` returns whether the same
    insertion is still in the reader; `pause` waits that many seconds and returns True to give up.
    `on_card` gets the text as soon as it is read, once, and `on_progress` each step of the photo.
    """

    def __init__(
        self,
        readers: ReaderSlots,
        reader: str,
        *,
        still_there: Callable[[], bool],
        pause: Pause,
        photo: bool = True,
        laser: bool = False,
        on_card: Callable[[Card], None] | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        self._readers = readers
        self._reader = reader
        self._still_there = still_there
        self._pause = pause
        self._photo = photo
        self._laser = laser
        self._on_card = on_card
        self._on_progress = on_progress
        self._card: Card | None = None

    def whole(self) -> tuple[Card, bytes | None]:
        """The card and its photo (None unless wanted); raises the last error where every try failed."""
        gaps = iter(_GAPS_S)
        while True:
            had_text = self._card is not None
            try:
                with self._readers.connect(self._reader) as link:
                    return self._read(link)
            except ReaderError as error:
                if not error.may_pass:
                    raise
                if not self._still_there():
                    raise CardRemoved from None
                if self._card is not None and not had_text:
                    gaps = iter(_GAPS_S)  # the text was read: the photo gets tries of its own
                gap = next(gaps, None)
                if gap is None:
                    raise
                if self._pause(gap):
                    raise ReadingCancelled from None

    def _read(self, link: Link) -> tuple[Card, bytes | None]:
        text = read_text(link.transmit, link.atr)
        if self._card is None:
            self._card = text
            if self._on_card:
                self._on_card(text)
        elif _person(text) != _person(self._card):
            raise CardSwapped
        card, photo = self._card, None
        if self._photo:
            photo = read_photo(link.transmit, link.atr, card, self._on_progress, lambda: self._pause(0))
            card = with_photo(card, photo)
        if self._laser:
            card = read_laser(link.transmit, link.atr, card)
        return card, photo


def _person(card: Card) -> tuple[object, ...]:
    # Only what every reading holds: the card may refuse another field in one and give it in the next.
    return card.number_field, card.name_th, card.name_en, card.birth_date, card.layout
