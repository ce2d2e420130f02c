"""The two ways an officer logs in at a gateway: outside this program (GovAMI), or in it (ThaID)."""

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
    """Who is logged in at GovAMI. `citizen_id` is set only while the citizen's card is in a reader too."""

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

    Each step is one call and takes as long. It raises NotConfigured where the gateway's address is not set,
    and a Problem where the call fails.
    """

    @property
    def name(self) -> str:
        """The name that people know the gateway by."""

    def is_set_up(self, books: Books) -> bool:
        """Whether the gateway's address is set."""

    def is_logged_in(self, books: Books) -> bool:
        """Whether the officer who has the books open has a session there that has not expired."""

    def offices(self, books: Books) -> list[OfficeThere]:
        """The first step: the offices that this officer may choose."""

    def confirm(self, books: Books, office: int, access_token: str) -> None:
        """The second step: the number of the office, and the code that the app shows."""

    def log_out(self, books: Books) -> None:
        """End the session there, where there is one."""
