"""One whole reading of the card in one reader: text, then photo, with quiet retries."""

from __future__ import annotations

from collections.abc import Callable

from reader.card import Card
from reader.desk import Desk
from reader.errors import (
    CardHeld,
    CardRemoved,
    CardReset,
    CardSwapped,
    MuteCard,
    ReaderFault,
    ReadingCancelled,
)
from reader.exchange import Progress, read_photo, read_text

# A card just put in bounces, and other programs reset it: tries at 0, 0.15, 0.4 and 0.9 s.
_GAPS_S = (0.15, 0.25, 0.5)
_PASSING = (MuteCard, CardReset, CardRemoved, CardHeld, ReaderFault)

Pause = Callable[[float], bool]


def read_whole(
    desk: Desk,
    reader: str,
    *,
    photo: bool,
    still_there: Callable[[], bool],
    pause: Pause,
    on_card: Callable[[Card], None] | None = None,
    on_progress: Progress | None = None,
) -> tuple[Card, bytes | None]:
    """The card and its photo (None unless asked for); raises the last error when no try helped.

    `still_there` says whether the same insertion is still in the reader; `pause` waits that many
    seconds and says whether to give up. `on_card` gets the text as soon as it is read, once.
    """
    card: Card | None = None
    gaps = iter(_GAPS_S)
    while True:
        try:
            with desk.connect(reader) as link:
                text = read_text(link.transmit, link.atr)
                if card is None:
                    card = text
                    gaps = iter(_GAPS_S)
                    if on_card:
                        on_card(card)
                elif text != card:
                    raise CardSwapped
                if not photo:
                    return card, None
                return card, read_photo(link.transmit, link.atr, card, on_progress, lambda: pause(0))
        except _PASSING:
            if not still_there():
                raise CardRemoved from None
            gap = next(gaps, None)
            if gap is None:
                raise
            if pause(gap):
                raise ReadingCancelled from None
