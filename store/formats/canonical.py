"""Canonical JSON: one byte string for each value, so that everyone hashes and signs the same bytes.

It is JSON in UTF-8 with sorted keys and no spaces. Objects and lists hold only strings, integers, booleans
and null; for these it equals RFC 8785. Binary values are base64url without padding.
"""

from __future__ import annotations

import base64
import json
import re
from enum import StrEnum
from hashlib import sha256
from typing import Any

# RFC 8785 writes numbers as JavaScript does, which cannot represent larger integers exactly.
LARGEST = 2**53 - 1
_B64 = re.compile(r"[A-Za-z0-9_-]*")


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON value.

    TypeError for a float, an integer beyond 2**53-1, a key that is not a string, or any other type.
    """
    _check(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    return text.encode("utf-8")


def sha256_hex(data: bytes) -> str:
    """The SHA-256 in lower-case hex, as in payloads and receipts."""
    return sha256(data).hexdigest()


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of base64url text without padding; ValueError for a text that b64() would not write."""
    if not isinstance(text, str) or not _B64.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not base64url without padding")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64(data) != text:
        raise ValueError("base64url with stray bits")
    return data


def _check(value: Any) -> None:
    # Exact types, because json.dumps() may write a subclass in another way. A StrEnum's member is allowed: it
    # is written as its value.
    kind = type(value)
    if value is None or kind in (str, bool) or issubclass(kind, StrEnum):
        return
    if kind is int:
        if abs(value) > LARGEST:
            raise TypeError("an integer beyond 2**53-1 has no canonical form")
    elif kind is list:
        for item in value:
            _check(item)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str and not isinstance(key, StrEnum):
                raise TypeError("a key that is not a string has no canonical form")
            _check(item)
    else:
        raise TypeError(f"{kind.__name__} has no canonical form")
