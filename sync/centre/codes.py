"""Enrolment codes, which go by letter to the head of a unit.

A code is 32 base32 characters in groups of four: 16 of secret, then 16 that identify the centre's keys. By
those the station checks that the centre that answers is the one that sent the letter.
"""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.formats.canonical import canonical, sha256_hex
from store.settings.centre import fingerprint
from sync.centre.storage import Code

if TYPE_CHECKING:
    from sync.centre.judge import Centre

_DAYS = 30


def hashed(code: str) -> str:
    """The hash that the centre stores of a code (32 characters, in the normal form)."""
    return sha256_hex(canonical(["nocopy-code", code]))


def new_code(centre: Centre, unit: str) -> str:
    """A new code for one unit, in groups of four characters. It is valid once, for 30 days."""
    secret = base64.b32encode(secrets.token_bytes(10)).decode("ascii")
    code = secret + fingerprint(centre.keys.public)
    expires_at = stamp(centre.clock() + timedelta(days=_DAYS))
    with centre.records.transaction() as tables:
        tables.put_code(Code(hashed(code), unit, expires_at))
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
