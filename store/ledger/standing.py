"""What the verifier must know of people, and asks of whoever knows it (store/people/standing.py).

It is handed in, because the documents that say so are signed by people, and the ledger stands below them.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Protocol

from store.base.database import Tables
from store.ledger.errors import LedgerBroken


class Standing(Protocol):
    """Whose key and which roles are in force, by the position of a line and never by a stamp alone."""

    @property
    def broken(self) -> LedgerBroken | None:
        """The first line whose document does not hold; what is asked of later lines is as before it."""

    @property
    def knows_sheet(self) -> bool:
        """Whether a line names the recovery sheet's signing key."""

    def key(self, kid: str, seq: int) -> tuple[str | None, str] | None:
        """(login, public key in b64) of a key in force behind line `seq`; no login for the sheet's."""

    def roles(self, login: str, seq: int) -> Container[str] | None:
        """The roles that the person holds at line `seq`; None where nothing that is signed says so."""


StandingOf = Callable[[Tables], Standing]
"""A function that reads from the books who stands how."""
