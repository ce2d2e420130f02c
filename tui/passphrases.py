"""Passphrases that were given in the environment.

This file is imported before anything else of the program: what it takes out of the environment is not
handed on to another process and stands in no listing of it.
"""

from __future__ import annotations

import os

_taken = {name: os.environ.pop(name, None) for name in ("NOCOPY_PASSPHRASE", "NOCOPY_NEW_PASSPHRASE")}


def given() -> str | None:
    """The passphrase from NOCOPY_PASSPHRASE, or None."""
    return _taken["NOCOPY_PASSPHRASE"]


def given_new() -> str | None:
    """The passphrase from NOCOPY_NEW_PASSPHRASE, or None."""
    return _taken["NOCOPY_NEW_PASSPHRASE"]
