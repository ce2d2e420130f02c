"""Passphrases and similar secrets that were given in the environment.

This file is imported before anything else of the program. It closes this process's memory to others, then
removes the secrets from the environment, so that no child process inherits them and no process list shows
them.
"""

from __future__ import annotations

import ctypes
import os

from tui.process import keep_memory

keep_memory()


def _take(name: str) -> str | None:
    if name in os.environ and os.name == "posix":
        # Removing the name leaves the bytes in memory, where /proc/PID/environ shows them: overwrite them.
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        place = getenv(os.fsencode(name))
        if place:
            ctypes.memset(place, 0, len(os.environb[os.fsencode(name)]))
    return os.environ.pop(name, None)


_taken = {name: _take(name) for name in ("NOCOPY_PASSPHRASE", "NOCOPY_NEW_PASSPHRASE", "NOCOPY_THAID")}


def given() -> str | None:
    """The passphrase from NOCOPY_PASSPHRASE, or None; given out once, because whoever asks keeps it."""
    return _taken.pop("NOCOPY_PASSPHRASE", None)


def given_new() -> str | None:
    """The passphrase from NOCOPY_NEW_PASSPHRASE, likewise."""
    return _taken.pop("NOCOPY_NEW_PASSPHRASE", None)


def given_thaid() -> str | None:
    """The code of the ThaID app from NOCOPY_THAID, likewise."""
    return _taken.pop("NOCOPY_THAID", None)
