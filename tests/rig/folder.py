"""Folders for what is made once in a test run; each goes when its process ends."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

_KEPT: list[TemporaryDirectory[str]] = []


def once_folder(prefix: str) -> Path:
    """A new folder for the rest of this process."""
    _KEPT.append(TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True))
    return Path(_KEPT[-1].name)
