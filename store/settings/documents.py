"""The head's settings document."""

from __future__ import annotations

from store.base.database import Tables
from store.people.vault import Signer


def sign_first(db: Tables, office: object, signer: Signer) -> None:
    """Signs the first settings document of books of an earlier version."""
