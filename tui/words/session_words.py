"""What the officer must do, by the state of the card session (GovAMI)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader import citizen_id
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from sync.errors import Problem
    from sync.gateways.log_in import CardSession


def session_words(session: CardSession | Problem, officer: str) -> tuple[bool | None, str]:
    """(whether the officer with this citizen ID is logged in, None where unknown; a sentence for row 23)."""
    from sync.errors import NoSession, OtherOfficer, Problem
    from sync.gateways.log_in import SessionState

    if isinstance(session, Problem):
        return None, " ".join(sentences_of(session))
    if session.state is SessionState.NOBODY:
        return False, " ".join(sentences_of(NoSession()))
    if session.agent_id not in (None, officer):
        return False, " ".join(sentences_of(OtherOfficer()))
    if session.state is SessionState.CITIZEN and session.citizen_id is not None:
        sentence = _("GovAMI holds the card of {number}: only this citizen can be asked for.")
        return True, sentence.format(number=citizen_id.masked(session.citizen_id))
    return True, _("The network is there, and you are logged in to Linkage.")
