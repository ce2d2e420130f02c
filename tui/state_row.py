"""Row 2: the card, the network, the gateway's session, what waits, what is open. On every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from reader.buddhist_date import show_time
from sync.line import LineState
from tui.messages import _, mark
from tui.widgets.frame import inked

if TYPE_CHECKING:
    from tui.app import NocopyApp

_CARD = {
    "unknown": mark("○ looking"),
    "no_service": mark("× no card service"),
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


def state_row(app: NocopyApp) -> Text:
    """The row as painted text."""
    parts = [_("PRACTICE, invented data")] if app.practice is not None else []
    parts.append("F2 " + _("Card") + " " + _(_CARD[app.card.state]))
    if app.someone_is_in:
        parts.append("F6 " + _("Network") + " " + _line(app))
        if app.session_known is not None and app.practice is None:
            parts.append("Linkage " + (_("● logged in") if app.session_known else _("! log in")))
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
    return inked(" " + " │ ".join(parts))


def _line(app: NocopyApp) -> str:
    if app.line is None:
        return _("○ looking")
    words = _(_LINE[app.line.state])
    # In practice the words that say so take the room of the time.
    if app.line_is_down and app.line_since is not None and app.practice is None:
        words += " " + show_time(app.line_since)
    return words
