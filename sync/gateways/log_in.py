"""How an officer comes to be logged in at a gateway: outside this program (GovAMI), or here (ThaID)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from store.books import Books


class SessionState(StrEnum):
    """The state of the card session (GovAMI), in the gateway's own words."""

    NOBODY = "AgentNotAvailable"
    OFFICER = "AgentAvailable"
    CITIZEN = "CitizenAvailable"


@dataclass(frozen=True)
class CardSession:
    """Who is logged in at GovAMI: `citizen_id` only where the citizen's card is in too ("citizen right")."""

    state: SessionState
    agent_id: str | None = field(repr=False)
    citizen_id: str | None = field(repr=False)


@dataclass(frozen=True)
class OfficeThere:
    """An office in whose name the officer may ask, by the gateway's own number."""

    id: int
    name: str


class ThaidLogin(Protocol):
    """The log-in with the ThaID app, and the officer's session at the gateway.

    Each step takes as long as a call may take. It raises NotConfigured where the gateway's address is not
    set, and the Problem that came instead of an answer.
    """

    @property
    def name(self) -> str:
        """What people call the gateway."""

    def is_set_up(self, books: Books) -> bool:
        """Whether the gateway's address is set."""

    def is_logged_in(self, books: Books) -> bool:
        """Whether who has the books open has a session there that has not ended."""

    def offices(self, books: Books) -> list[OfficeThere]:
        """The first step: the offices that this officer may choose."""

    def confirm(self, books: Books, office: int, access_token: str) -> None:
        """The second step: the number of the office, and what the app gave."""

    def log_out(self, books: Books) -> None:
        """End the session there, where there is one."""
