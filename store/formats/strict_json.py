"""Finds which member makes a JSON text none that everybody reads alike, once a reader has refused the text.

The text is read a second time, in which nothing is refused, and searched for the first key that stands twice,
fraction, integer beyond 2**53-1 or half of a surrogate pair. A text of another kind has no member to name.
"""

from __future__ import annotations

import json
from typing import Any

from store.formats.canonical import LARGEST
from store.formats.errors import DamagedJws, WrongMember

_LONGEST_NUMBER = 400  # characters; Python refuses to read integers of some thousand


class _Members(list[tuple[str, Any]]):
    """An object as its members in their order, also those with the same key."""


class _Fraction:
    pass


def not_strict(data: bytes, part: str) -> DamagedJws:
    """The error for a text that is refused: a WrongMember, or a DamagedJws that names `part`.

    A member of a payload is named by its path alone, one of another part with the part before it.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_Members,
            parse_float=lambda _text: _Fraction(),
            parse_constant=lambda _text: _Fraction(),
            parse_int=lambda text: int(text[:_LONGEST_NUMBER]),
        )
        found = _wrong(value, "" if part == "payload" else part)
    except (ValueError, RecursionError):
        found = None
    if found is None:
        return DamagedJws(part=part)
    return found


def _wrong(value: Any, path: str) -> WrongMember | None:
    if isinstance(value, _Members):
        return _wrong_in_object(value, path)
    if isinstance(value, list):
        found = (_wrong(item, f"{path}[{n}]") for n, item in enumerate(value))
        return next((one for one in found if one is not None), None)
    if isinstance(value, _Fraction):
        return WrongMember(member=path, problem="it has another type")
    if type(value) is int and abs(value) > LARGEST:
        return WrongMember(member=path, problem="it is too large or too small")
    if isinstance(value, str) and not _is_text(value):
        return WrongMember(member=path, problem="it has another form")
    return None


def _wrong_in_object(members: _Members, path: str) -> WrongMember | None:
    seen: set[str] = set()
    for key, item in members:
        here = member_path(path, key)
        if key in seen:
            return WrongMember(member=here, problem="it stands twice")
        if not _is_text(key):
            return WrongMember(member=here, problem="nobody agreed on it")
        seen.add(key)
        found = _wrong(item, here)
        if found is not None:
            return found
    return None


def member_path(path: str, key: str) -> str:
    """The path of the member `key` of the object at `path`.

    A forger's key is shown to people, so only its printable ASCII remains, and at most 64 characters.
    """
    shown = "".join(sign for sign in key[:64] if sign.isascii() and sign.isprintable())
    return f"{path}.{shown}" if path else shown


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
