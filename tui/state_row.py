"""Row 2: the card, the network, the gateway's session, what waits, what is open. On every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from reader.buddhist_date import show_time
from reader.reader_state import ReaderState
from store.queue.job import NOT_ENDED
from sync.network.network_state import NetworkState
from tui.frame.frame import inked
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program

_CARD = {
    ReaderState.UNKNOWN: mark("○ looking"),
    ReaderState.NO_SERVICE: mark("× no card service"),
    ReaderState.HANGS: mark("× hangs"),
    ReaderState.NO_READER: mark("× no reader"),
    ReaderState.EMPTY: mark("○ none"),
    ReaderState.READING: mark("… reading"),
    ReaderState.TEXT: mark("● card in"),
    ReaderState.WHOLE: mark("● card in"),
    ReaderState.FAILED: mark("× unreadable"),
}
_NETWORK = {
    NetworkState.ONLINE: mark("● there"),
    NetworkState.PORTAL: mark("! sign-in page"),
    NetworkState.NO_NETWORK: mark("× down"),
    NetworkState.CENTRE_DOWN: mark("! ministry's centre is silent"),
    NetworkState.CERTIFICATE: mark("× not proved genuine"),
    NetworkState.CLOCK: mark("! check the PC's clock"),
    NetworkState.UNKNOWN: mark("○ not set up"),
}


def state_row(program: Program, width: int) -> Text:
    """The row as painted text, in words short enough for `width` cells: the counts are never cut off."""
    rows = [" " + " │ ".join(_parts(program, shorter=shorter)) for shorter in range(3)]
    rows.append(rows[-1].replace(" │ ", "│"))
    return inked(next((row for row in rows if cell_len(row) <= width), rows[-1]))


def _parts(program: Program, *, shorter: int) -> list[str]:
    """`shorter` 1: practice in one word; 2: also the session as a sign, the network without its time."""
    parts, brief = [], shorter == 2
    if program.practice is not None:
        parts.append(_("PRACTICE") if shorter else _("PRACTICE, invented data"))
    parts.append("F2 " + _("Card") + " " + _(_CARD[program.card.state]))
    if program.someone_is_in:
        parts.append("F6 " + _("Network") + " " + network_words(program, brief=brief))
        if program.network.session_known is not None and program.practice is None:
            session = _("● logged in") if program.network.session_known else _("! log in")
            parts.append("Linkage " + (session[:1] if brief else session))
        waiting = sum(program.counts.get(state, 0) for state in NOT_ENDED)
        parts.append(_("To send {n}").format(n=waiting))
        parts.append(_("Open {n}").format(n=program.counts.get("visits", 0)))
    elif program.practice is not None:
        parts.append(
            "F6 "
            + _("Network")
            + " "
            + _(_NETWORK[NetworkState.NO_NETWORK if program.practice.is_cut else NetworkState.ONLINE])
        )
    return parts


def network_words(program: Program, *, brief: bool = False) -> str:
    """The state of the network in words, with the time since when it is down where there is room."""
    if program.network.report is None:
        return _("○ looking")
    words = _(_NETWORK[program.network.report.state])
    if program.network.is_down and program.network.since is not None and not brief:
        words += " " + show_time(program.network.since)
    return words
