"""What Home says about a card that cannot be read, and about a reader that does not work.

What happened and what to do is said by the error itself (reader/errors.py), over the whole work area.
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.errors import CardHeld, MuteCard, NocopyError, NotThaiCard, ReaderError
from reader.reader_state import ReaderState
from tui.words.translate import _, mark

LEFT_BEHIND = mark("The citizen's card is still in the reader: give it and the originals back.")
NO_NUMBER = mark("The card's number is unreadable. F2 lets you type it from the card's face.")
# By the reader's state (reader/reader_state.py).
STATES: dict[str, str] = {
    ReaderState.NO_SERVICE: mark(
        "The card service of this PC does not run: tell ICT. F2 begins without a card."
    ),
    ReaderState.HANGS: mark("The card reader hangs. Plug it in again or tell ICT; F2 begins without a card."),
    ReaderState.NO_READER: mark(
        "No card reader. Plug its cable in again, press F5; F2 begins without a card."
    ),
}


@dataclass(frozen=True)
class Fault:
    """What row 23 says of a card that cannot be read: at Home, and in a visit that was begun without it."""

    at_home: str
    in_visit: str


UNREADABLE = Fault(
    mark("The card cannot be read. Take it out and put it in again, or press F2."),
    mark("The card in the reader cannot be read; the visit stays as it is."),
)
# Where more can be said than that. An error that is not here has these sentences.
FAULTS: dict[type[ReaderError], Fault] = {
    CardHeld: Fault(
        mark("Another program uses the card. When it is done, the card is read by itself."),
        mark("Another program uses the card in the reader; the visit stays as it is."),
    ),
    NotThaiCard: Fault(
        mark("This is not an ID card: take it out. F2 begins without a card."),
        mark("The card in the reader is not an ID card; the visit stays as it is."),
    ),
}
_NOTES: dict[type[ReaderError], str] = {
    MuteCard: mark("If another card can be read, the chip of this one is broken."),
}


def fault(state: str, error: ReaderError | None) -> str:
    """The sentence about what is wrong at the reader, or nothing where a card could be read."""
    return _(_of(error).at_home if state == ReaderState.FAILED else STATES.get(state, ""))


def fault_in_visit(error: ReaderError | None) -> str:
    """The sentence about a card that cannot be read while a visit is open."""
    return _(_of(error).in_visit)


def note(error: NocopyError) -> str:
    """An extra sentence about the error, or nothing."""
    return _(next((words for kind, words in _NOTES.items() if isinstance(error, kind)), ""))


def _of(error: ReaderError | None) -> Fault:
    return next((words for kind, words in FAULTS.items() if isinstance(error, kind)), UNREADABLE)
