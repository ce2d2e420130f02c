"""Checks who signed a monthly report: an officer, a controller and a head, each appointed when signing.

An entry of a people list is {login, name, role, kid, key, station, from, until}. `from` and `until` are
stamps or days, `until` is null while the appointment lasts. A person with two roles or two keys has two
entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.formats.errors import (
    KeyPastItsDate,
    NotAppointedThen,
    NothingSaid,
    NotOnTheList,
    NotThreeSigners,
    SignedTwice,
)
from store.formats.roles import SIGNING, Role

APPROVED, FLAGGED = "approved", "flagged"

Item = dict[str, Any]


def check_three(headers: Sequence[dict[str, Any]], people: Sequence[Item]) -> dict[str, Any]:
    """The head's protected header of a report whose signatures were verified.

    Raises NotThreeSigners, SignedTwice, NotOnTheList, KeyPastItsDate, NotAppointedThen, NothingSaid.
    """
    if len(headers) != len(SIGNING) or {header.get("role") for header in headers} != set(SIGNING):
        raise NotThreeSigners
    if len({header.get("login") for header in headers}) != len(SIGNING):
        raise SignedTwice
    for header in headers:
        _appointed(header, people)
    head = next(header for header in headers if header["role"] == Role.HEAD)
    if head.get("says") not in (APPROVED, FLAGGED):
        raise NothingSaid
    return head


def _appointed(header: dict[str, Any], people: Sequence[Item]) -> None:
    named = (header["kid"], header.get("login"), header["role"])
    mine = [item for item in people if (item["kid"], item["login"], item["role"]) == named]
    if not mine:
        raise NotOnTheList(role=header["role"])
    at = header.get("at")
    if isinstance(at, str) and any(holds(item, at) for item in mine):
        return
    if isinstance(at, str) and all(is_over(item, at) for item in mine):
        raise KeyPastItsDate(role=header["role"])
    raise NotAppointedThen(role=header["role"])


def holds(item: Item, at: str) -> bool:
    """Whether this entry is in force at that stamp."""
    return bool(item["from"] <= at[: len(item["from"])]) and not is_over(item, at)


def is_over(item: Item, at: str) -> bool:
    """Whether this entry ended before that stamp; a day that is given as `until` still counts."""
    until = item["until"]
    return until is not None and at[: len(until)] > until
