"""The ready-made reasons for a correction or a cancellation, in words, and which are offered for what."""

from __future__ import annotations

from store.counter.reasons import Reason
from tui.words.translate import mark

REASONS: dict[str, str] = {
    Reason.WRONG_NUMBER: mark("The wrong number was typed"),
    Reason.WRONG_SERVICE: mark("The wrong service was chosen"),
    Reason.NOT_WANTED: mark("The citizen does not want to be looked up"),
    Reason.LEFT: mark("The citizen has left"),
    Reason.NOT_USED: mark("The document was not used"),
    Reason.WRONG_CHANNEL: mark("The channel recorded is not right (own copy, sighted)"),
}
"""All but OTHER, whose words are the officer's own."""
CORRECTIONS = (Reason.WRONG_NUMBER, Reason.NOT_USED, Reason.WRONG_CHANNEL, Reason.WRONG_SERVICE)
"""What is usually wrong with a use."""
CANCELLATIONS = (Reason.WRONG_NUMBER, Reason.WRONG_SERVICE, Reason.NOT_WANTED, Reason.LEFT)
"""Why a visit usually ends before its time."""
INSTEAD = {Reason.WRONG_SERVICE: mark("The wrong service was chosen: on with the right one")}
"""Of these the one that cancels nothing, as it is offered: the visit goes on for the right service."""
