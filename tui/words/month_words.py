"""The words for the states of a month."""

from __future__ import annotations

from dataclasses import dataclass

from store.spans import MonthState
from tui.words.translate import mark


@dataclass(frozen=True)
class MonthWords:
    """The words for one state of a month, each a message id.

    `stands` says what it waits for; `step` says, in the ledger, what the line did to it.
    """

    stands: str
    step: str = ""


MONTHS: dict[str, MonthWords] = {
    MonthState.OPEN: MonthWords(mark("○ not summed up yet")),
    MonthState.CUT_OFF: MonthWords(mark("○ waits for the summary"), mark("sent back")),
    MonthState.SUMMARISED: MonthWords(mark("… waits for the controller"), mark("summed up and signed")),
    MonthState.CHECKED: MonthWords(mark("… waits for the head"), mark("checked and signed")),
    MonthState.APPROVED: MonthWords(mark("… waits to be sent"), mark("approved by the head")),
    MonthState.FLAGGED: MonthWords(mark("… waits to be sent"), mark("reported to ICT by the head")),
    MonthState.SUBMITTED: MonthWords(mark("… on its way to the ministry"), mark("given to be sent")),
    MonthState.ACKNOWLEDGED: MonthWords(mark("received by the ministry"), mark("received by the ministry")),
    MonthState.RETURNED: MonthWords(mark("given back by the ministry"), mark("given back by the ministry")),
}
