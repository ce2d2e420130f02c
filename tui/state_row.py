"""Row 2: the card, the network, the gateway's session, what waits, what is open. On every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from reader.buddhist_date import show_time
from sync.line_state import LineState
from tui.messages import _, mark
from tui.widgets.frame import inked

if TYPE_CHECKING:
    from tui.app import NocopyApp

_CARD = {
    "unknown": mark("○ looking"),
    "no_service": mark("× no card service"),
    "hangs": mark("× hangs"),
    "no_reader": mark("× no reader"),
    "empty": mark("○ none"),
    "reading": mark("… reading"),
    "text": mark("● card in"),
    "whole": mark("● card in"),
    "failed": mark("× unreadable"),
}
_LINE = {
    LineState.ONLINE: mark("● there"),
    LineState.PORTAL: mark("! sign-in page"),
    LineState.NO_LINE: mark("× down"),
    LineState.CENTRE_DOWN: mark("! ministry's centre is silent"),
    LineState.CERTIFICATE: mark("× not proved genuine"),
    LineState.CLOCK: mark("! check the PC's clock"),
    LineState.UNKNOWN: mark("○ not set up"),
}


def state_row(app: NocopyApp, width: int) -> Text:
    """The row as painted text, in words that fit `width` cells: what is counted is never cut off."""
    rows = [" " + " │ ".join(_parts(app, shorter=shorter)) for shorter in range(3)]
    rows.append(rows[-1].replace(" │ ", "│"))
    return inked(next((row for row in rows if cell_len(row) <= width), rows[-1]))


def _parts(app: NocopyApp, *, shorter: int) -> list[str]:
    """1: that it is practice in a word; 2: all in a word, also since when the network is down."""
    parts, brief = [], shorter == 2
    if app.practice is not None:
        parts.append(_("PRACTICE") if shorter else _("PRACTICE, invented data"))
    parts.append("F2 " + _("Card") + " " + _(_CARD[app.card.state]))
    if app.someone_is_in:
        parts.append("F6 " + _("Network") + " " + line_words(app, brief=brief))
        if app.line.session_known is not None and app.practice is None:
            session = _("● logged in") if app.line.session_known else _("! log in")
            parts.append("Linkage " + (session[:1] if brief else session))
        waiting = sum(
            app.counts.get(state, 0) for state in ("waiting", "sending", "needs_login", "quarantined")
        )
        parts.append(_("To send {n}").format(n=waiting))
        parts.append(_("Open {n}").format(n=app.counts.get("visits", 0)))
    elif app.practice is not None:
        parts.append(
            "F6 "
            + _("Network")
            + " "
            + _(_LINE[LineState.NO_LINE if app.practice.is_cut else LineState.ONLINE])
        )
    return parts


def line_words(app: NocopyApp, *, brief: bool = False) -> str:
    """The state of the network in words, with the time since when it is down where there is room."""
    if app.line.report is None:
        return _("○ looking")
    words = _(_LINE[app.line.report.state])
    if app.line.is_down and app.line.since is not None and not brief:
        words += " " + show_time(app.line.since)
    return words
