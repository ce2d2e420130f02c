"""The tree of everything that can go wrong on the line."""

from __future__ import annotations

from reader.errors import NocopyError


class SyncError(NocopyError):
    """The root of this floor's errors."""
