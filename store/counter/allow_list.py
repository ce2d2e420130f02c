"""Cuts a gateway's answer down to the fields that the document's allow-list names; nothing else is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# A field whose name contains one of these is dropped even where an allow-list names it. Names are compared
# in lower case, with everything but letters and digits left out.
_NEVER = (
    "religion",
    "blood",
    "fatherpersonalid",
    "motherpersonalid",
    "fatherpid",
    "motherpid",
    "photo",
    "image",
    "picture",
    "token",
    "secret",
    "password",
)

LIST = "list"
"""The field under which an answer is stored that is a list, not an object."""


@dataclass(frozen=True)
class Answer:
    """The stored fields of one answer, which are erased when its visit ends. `got_at` is a stamp."""

    fields: dict[str, Any] = field(repr=False)
    got_at: str


def allowed(answer: Any, keep: Iterable[str]) -> dict[str, Any]:
    """The fields of an answer (decoded JSON) that the allow-list `keep` names.

    A path such as `house.street` leads into an object, or into each object of a list. Only plain values and
    lists of them are kept: a path that ends at an object keeps nothing of it.
    """
    paths = [path.split(".") for path in keep]
    whole = answer if isinstance(answer, dict) else {LIST: answer}
    return _picked(whole, paths)


def _picked(value: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in value.items():
        mine = [path[1:] for path in paths if path[0] == name]
        if not mine or _is_never(name):
            continue
        deeper = [path for path in mine if path]
        if isinstance(inner, dict):
            found[name] = _picked(inner, deeper)
        elif isinstance(inner, list):
            found[name] = [
                _picked(item, deeper) if isinstance(item, dict) else item
                for item in inner
                if isinstance(item, dict) or [] in mine
            ]
        elif [] in mine:
            found[name] = inner
    return {name: inner for name, inner in found.items() if inner not in ({}, [])}


def _is_never(name: str) -> bool:
    plain = "".join(sign for sign in name.lower() if sign.isalnum())
    return any(word in plain for word in _NEVER)
