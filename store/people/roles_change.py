"""What the signer of a roles document may change: one pure function over two documents.

The state before is the document in force together with the keys that lines brought since.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from reader.sentences import mark
from store.formats.roles import Role
from store.people.roles_document import Entry, is_over, key_in_force

People = Mapping[str, Entry]
"""{login: PERSON}."""


class By(StrEnum):
    """Who signed: a head, a head who only acts for another, or the recovery sheet."""

    HEAD = "head"
    ACTING = "acting"
    SHEET = "sheet"


def refusal(before: People, after: People, by: By, at: str) -> str | None:
    """Why that signer may not turn `before` into `after` at that stamp; None where it is allowed."""
    if not before.keys() <= after.keys():
        return mark("somebody is missing who stood in the list before")
    for login, person in after.items():
        was = before.get(login)
        problem = _of_newcomer(person) if was is None else _of_known(was, person, at)
        if problem is None and by == By.ACTING and _touches_a_head(was, person, at):
            problem = mark("an acting head changed a head")
        if problem is None and by == By.SHEET and not _only_heads(was, person, at):
            problem = mark("the recovery sheet may name heads only")
        if problem is not None:
            return problem
    return None


def _of_newcomer(person: Entry) -> str | None:
    return _KEY_BROUGHT_IN if person["keys"] else _of_appointments(person["appointments"])


def _of_known(was: Entry, person: Entry, at: str) -> str | None:
    if was["citizen"] != person["citizen"]:
        return mark("a citizen's number was changed")
    kept = person["appointments"][: len(was["appointments"])]
    if len(kept) < len(was["appointments"]):
        return _PAST_CHANGED
    for old, new in zip(was["appointments"], kept, strict=True):
        if old != new and (is_over(old, at) or {**old, "until": new["until"]} != new):
            return _PAST_CHANGED
    return _of_keys(was, person) or _of_appointments(person["appointments"][len(kept) :])


def _of_keys(was: Entry, person: Entry) -> str | None:
    """A head may only end the key in force, with a first passphrase in its place; new keys have lines."""
    if was["keys"] == person["keys"]:
        return None
    is_reset = person["first"] is not None and person["first"] != was["first"]
    ended = [{**key, "until": None} for key in person["keys"]]
    same = [{**key, "until": None} for key in was["keys"]] == ended
    earlier = [key for key in was["keys"] if key["until"] is not None]
    if not (is_reset and same and person["keys"][: len(earlier)] == earlier and not key_in_force(person)):
        return _KEY_BROUGHT_IN
    return None


def _of_appointments(added: list[Entry]) -> str | None:
    if any(one["acting"] and not (one["order"] and one["until"]) for one in added):
        return mark("an acting appointment has no order, or no end")
    return None


def _touches_a_head(was: Entry | None, person: Entry, at: str) -> bool:
    """Whether somebody is changed who is or will be head, or becomes it."""
    if was is None:
        return bool(_heads(person))
    is_head = any(not is_over(one, at) for one in _heads(was))
    return was != person if is_head else _heads(was) != _heads(person)


def _only_heads(was: Entry | None, person: Entry, at: str) -> bool:
    """Whether only appointments as head changed, and the first passphrase of whoever is or becomes head."""
    if was is None:
        return len(_heads(person)) == len(person["appointments"])
    is_head = any(not is_over(one, at) for one in _heads(person))
    apart = {"appointments": None, **({"first": None, "keys": None} if is_head else {})}
    return ({**was, **apart}, _others(was)) == ({**person, **apart}, _others(person))


def _heads(person: Entry) -> list[Entry]:
    return [one for one in person["appointments"] if one["role"] == Role.HEAD]


def _others(person: Entry) -> list[Entry]:
    return [one for one in person["appointments"] if one["role"] != Role.HEAD]


_PAST_CHANGED = mark("an appointment was taken out, or changed after its end")
_KEY_BROUGHT_IN = mark("it brings in a key for which its owner did not sign")
