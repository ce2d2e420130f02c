"""What may be kept of an answer: only the fields that the document's allow-list names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# Refused even where an allow-list names them, in any spelling (letters and digits, lower case).
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
"""The name under which an answer is kept that is itself a list."""


@dataclass(frozen=True)
class Answer:
    """What is kept of one answer, until its visit ends. `got_at` is a stamp."""

    fields: dict[str, Any] = field(repr=False)
    got_at: str


def allowed(answer: Any, keep: Iterable[str]) -> dict[str, Any]:
    """The part of an answer that the allow-list names.

    A dot leads into an object, or into each item of a list. What an allow-list leads to is kept only where
    it is a plain value: a whole object is never kept by its name.
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
