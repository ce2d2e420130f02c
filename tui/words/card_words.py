"""What Home says about a card that cannot be read, by its error, and about a reader that reads nothing.

What happened and what to do stands at the error itself (reader/errors.py), and is shown over the work area.
"""

from __future__ import annotations

from reader.errors import CardHeld, MuteCard, NocopyError, NotThaiCard, ReaderError
from tui.words.translate import _, mark

LEFT_BEHIND = mark("The citizen's card is still in the reader: give it and the originals back.")
NO_NUMBER = mark("The card's number is unreadable. F2 lets you type it from the card's face.")
# By the reader's state (tui/card_state.py).
STATES = {
    "no_service": mark("The card service of this PC does not run: tell ICT. F2 begins without a card."),
    "hangs": mark("The card reader hangs. Plug it in again or tell ICT; F2 begins without a card."),
    "no_reader": mark("No card reader. Plug its cable in again, press F5; F2 begins without a card."),
    "failed": mark("The card cannot be read. Take it out and put it in again, or press F2."),
}
# In the state "failed", where more can be said than that. An error that is not here has that sentence.
ERRORS: dict[type[ReaderError], str] = {
    CardHeld: mark("Another program uses the card. When it is done, the card is read by itself."),
    NotThaiCard: mark("This is not an ID card: take it out. F2 begins without a card."),
}
_NOTES: dict[type[ReaderError], str] = {
    MuteCard: mark("If another card can be read, the chip of this one is broken."),
}


def fault(state: str, error: ReaderError | None) -> str:
    """The sentence about what is wrong at the reader, or nothing where a card could be read."""
    if state == "failed":
        return _(next((words for kind, words in ERRORS.items() if isinstance(error, kind)), STATES[state]))
    return _(STATES.get(state, ""))


def note(error: NocopyError) -> str:
    """What an officer can learn from the error besides, or nothing."""
    return _(next((words for kind, words in _NOTES.items() if isinstance(error, kind)), ""))
