"""What this process gives away of itself, and what of its environment it does not follow.

A memory dump would hold passphrases, keys and citizens' data. keep_memory() is called before any of them is
a value of the program; ignore_foreign_trust() before anything connects.
"""

from __future__ import annotations

import ctypes
import os
import sys

# By their numbers, because Python's own module for them is missing on Windows.
_GET_DUMPABLE, _SET_DUMPABLE = 3, 4  # of Linux's prctl()
_RLIMIT_CORE = 4  # of setrlimit() on Linux, macOS and BSD

# By these OpenSSL trusts other certificate authorities, loads other code or writes down a connection's keys.
_FOREIGN_TRUST = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"),
    *("OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES"),
)


def keep_memory() -> None:
    """Let nobody get this process's memory: no core dump, and on Linux no reading by another process.

    The second holds against other programs of the same user; the administrator can read memory all the same.
    """
    if os.name == "posix":
        ctypes.CDLL(None).setrlimit(_RLIMIT_CORE, (ctypes.c_ulong * 2)(0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def keeps_memory() -> bool:
    """Whether keep_memory() holds in full; False where the system has no such means."""
    if sys.platform != "linux":
        return False
    limit = (ctypes.c_ulong * 2)(1, 1)
    ctypes.CDLL(None).getrlimit(_RLIMIT_CORE, limit)
    return tuple(limit) == (0, 0) and ctypes.CDLL(None).prctl(_GET_DUMPABLE, 0, 0, 0, 0) == 0


def ignore_foreign_trust() -> None:
    """Take out of the environment what would change whom the program trusts.

    That are this PC's certificate store and what the head has set in the books. Processes that are started
    later do not inherit the names either.
    """
    for name in _FOREIGN_TRUST:
        os.environ.pop(name, None)
