"""The question about one document: what the officer does about it, and the recording of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.counter.visit import Visit, WantedState
from store.settings.catalogue import OWN_WORK
from tui.frame.choice_list import ChoiceList
from tui.screens.visit.visit_panel import (
    Row,
    question,
)
from tui.screens.visit.visit_questions import (
    document_choices,
)
from tui.words.translate import mark
from tui.words.visit_words import CHANNELS

if TYPE_CHECKING:
    from store.counter.visits import Visits


class DocumentQuestion:
    """Events do not change or close an open question; its first choice is the harmless one."""

    def __init__(self) -> None:
        self._choices: ChoiceList[str] | None = None
        self._about: tuple[int, str] = (0, "")  # the document's number, and its state when it was opened
        self.is_active = False  # the arrows act on it, not on the list of documents

    @property
    def is_open(self) -> bool:
        return self._choices is not None

    def open(self, row: Row, visit: Visit) -> None:
        self._choices = ChoiceList(document_choices(row, visit))
        self._about = (row.want.n, row.want.state)
        self.is_active = True

    def close(self) -> None:
        self._choices, self.is_active = None, False

    def switch(self) -> None:
        """Move the arrows between the question and the list of documents."""
        self.is_active = not self.is_active

    def move(self, step: int) -> None:
        assert self._choices is not None
        self._choices.move(step)

    def take(self) -> tuple[int, str, str]:
        """Close the question; (the document's number, its state when this was opened, the chosen answer)."""
        assert self._choices is not None
        chosen = self._choices.chosen
        self.close()
        return (*self._about, chosen)

    def token(self) -> object:
        """What Enter acts on."""
        return (self.is_active, self._about if self.is_active else None)

    def is_overtaken(self, visit: Visit) -> bool:
        """Whether an answer came while the question about its document was open."""
        n, state = self._about
        return self.is_open and visit.want(n).state != state

    def lines(self, row: Row, visit: Visit, width: int, room: int, hindrance: str) -> list[str]:
        """The text and the choices, in about `room` rows."""
        assert self._choices is not None
        overtaken = self.is_overtaken(visit)
        asked = question(row, visit, width, overtaken=overtaken, hindrance=hindrance)
        return [
            *asked[: max(1, room - len(self._choices.choices))],
            *self._choices.lines(width, active=self.is_active),
        ]


def record(visits: Visits, visit: Visit, n: int, chosen: str) -> bool:
    """Record what was chosen for document `n`; True where that is a use in the ledger. Raises WrongState."""
    if chosen in OWN_WORK:
        if visit.want(n).state == WantedState.NOT_NEEDED:
            visits.want(visit.id, n)  # it was marked as not needed, and the citizen has brought it
        visits.replace(visit.id, n, chosen)
        return True
    if chosen == WantedState.NOT_NEEDED:
        visits.not_needed(visit.id, n)
    elif chosen == "want":
        visits.want(visit.id, n)
    return False


def recorded_words(chosen: str) -> str:
    """The message id of the sentence after that choice was recorded; empty where there is none."""
    if chosen == WantedState.NOT_NEEDED:
        return mark("{document}: not needed.")
    return CHANNELS[chosen].recorded if chosen in CHANNELS else ""
