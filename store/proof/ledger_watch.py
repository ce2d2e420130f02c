"""Whether the books may be built on: no visit, no signature and no sending over a break of the ledger."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from store.errors import StoreError
from store.ledger.errors import LedgerBroken
from store.ledger.verify import verify_new
from store.people.standing import Standing
from store.proof import break_memory
from store.proof.fixed_lines import prove

if TYPE_CHECKING:
    from store.office import Office

WHOLLY_EVERY_S = 600.0
"""So long the verification of the whole ledger holds for lookups; in between only new lines are verified."""


def demand_whole(office: Office) -> None:
    """Raises the break (a LedgerBroken) that is known or remembered. It verifies nothing."""
    error = known_break(office)
    if error is not None:
        raise error


def known_break(office: Office) -> LedgerBroken | None:
    """The break that was found in these books and not settled; None where none is known."""
    if office.broken is None:
        office.broken = break_memory.remembered(office.locations)
    return office.broken


def found_break(office: Office, error: LedgerBroken) -> LedgerBroken:
    """Remembers a break that was just found; returns it."""
    with suppress(StoreError):  # a full disk changes nothing of what was found
        break_memory.remember(office.locations, error, office.clock())
    office.broken = break_memory.remembered(office.locations) or error
    return error


class LedgerWatch:
    """Looks at the ledger before something leaves; kept for one log-in."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._wholly_at: float | None = None
        self._whole = (0, b"")  # size and root of the ledger when it was last verified

    def broken(self, *, wholly: bool = False) -> LedgerBroken | None:
        """The break of the ledger, or None. It is verified wholly where asked, or where that was long ago."""
        error = known_break(self._office)
        if error is not None:
            return error
        now = time.monotonic()
        due = self._wholly_at is None or now - self._wholly_at > WHOLLY_EVERY_S
        try:
            if wholly or due:
                proof = prove(self._office)
                if proof.broken is not None:
                    return found_break(self._office, proof.broken)
                self._whole, self._wholly_at = (proof.size, proof.root), now
            else:
                with self._office.database.reading() as db:
                    new = verify_new(db, *self._whole, Standing)
                self._whole = (new.size, new.root)
        except LedgerBroken as broken:
            return found_break(self._office, broken)
        return None
