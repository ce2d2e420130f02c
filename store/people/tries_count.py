"""How often a person's passphrase was refused, in a form that nobody can set back.

Until the books are open nobody has a secret, so a refused try can only be noted in a plain file, and a file
can be deleted or edited by whoever tries. Therefore each log-in leaves a value that only the person's own key
could have made, and each refused try replaces it by its hash. The next log-in makes the value anew and counts
the hashes. A file that was deleted, edited or set back shows then; only a copy of the whole file from after
that log-in, put back later, does not.

    tries/ID.count   {"from": the ledger's lines at the log-in, "login": login, "value": b64 of 32 bytes}
                     ID: 16 hex digits of SHA-256(login)
    first value      HKDF-SHA-256(the age identity's text, salt "from" in decimal, info "nocopy tries v1")
    next value       SHA-256("nocopy refused try" | 00 | value)
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reader.errors import NocopyError
from store.base.private_file import write_private
from store.formats.canonical import b64, canonical, unb64

if TYPE_CHECKING:
    from store.people.vault import Unlocked

_MOST = 200_000  # refused tries that are counted; at the screen's pace they take months


class TriesCount:
    """The count of one login; its file lies in `folder`. Whoever changes it holds the claim of the tries."""

    def __init__(self, folder: Path, login: str) -> None:
        self._path = folder / f"{sha256(login.encode()).hexdigest()[:16]}.count"
        self._login = login

    def one_more(self) -> None:
        """Counts a refused try, where a log-in has begun the count."""
        found = self._read()
        if found is not None:
            self._write(found[0], _next(found[1]))

    def begin(self, unlocked: Unlocked, size: int) -> bool:
        """Begins the count at a ledger of `size` lines; False where it cannot be written (a full disk)."""
        return self._write(size, _first(unlocked, size))

    def since(self, unlocked: Unlocked, size: int) -> int | None:
        """The refused tries since the log-in at `size` lines, or a later one that a power cut undid.

        None where the count is missing, is older, or was not made by the person's own key.
        """
        found = self._read()
        if found is None or found[0] < size:
            return None
        value = _first(unlocked, found[0])
        for n in range(_MOST):
            if value == found[1]:
                return n
            value = _next(value)
        return None

    def _read(self) -> tuple[int, bytes] | None:
        try:
            told = json.loads(self._path.read_bytes())
            return int(told["from"]), unb64(told["value"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, size: int, value: bytes) -> bool:
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(self._path, canonical({"from": size, "login": self._login, "value": b64(value)}))
        except (OSError, NocopyError):  # a full disk must not lock everybody out
            return False
        return True


def _first(unlocked: Unlocked, size: int) -> bytes:
    salt = str(size).encode()
    return HKDF(SHA256(), 32, salt=salt, info=b"nocopy tries v1").derive(unlocked.age_identity.encode())


def _next(value: bytes) -> bytes:
    return sha256(b"nocopy refused try\x00" + value).digest()
