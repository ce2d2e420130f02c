"""What a signer may change of the list of people, by one pure function over two lists."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from store.people.roles_change import By, refusal
from store.people.roles_document import appointment

NOW, PAST, SOON = "2026-11-23T09:00:00+07:00", "2026-01-01T00:00:00+07:00", "2027-01-01T00:00:00+07:00"
Change = Callable[[dict[str, Any]], object]


def person(login: str, *roles: str) -> dict[str, Any]:
    held = [appointment(role, PAST, None, False, None) for role in roles]
    key = {"kid": login, "key": login, "age_key": login, "from": None, "until": None}
    rest = {"name": login, "level": "x", "services": [], "citizen": login, "first": None}
    return {"login": login, **rest, "keys": [key], "appointments": held}


BEFORE = {
    one["login"]: one for one in (person("o", "officer"), person("c", "controller"), person("h", "head"))
}
BEFORE["gone"] = person("gone", "head")
BEFORE["gone"]["appointments"][0]["until"] = PAST
FIRST = {"key": "f", "age_key": "f", "until": SOON}


def add(login: str, role: str, **rest: Any) -> Change:
    wanted = {"from": NOW, "until": None, "acting": False, "order": None, **rest}
    return lambda people: people[login]["appointments"].append({"role": role, **wanted})


def end(login: str, until: str | None) -> Change:
    return lambda people: people[login]["appointments"][0].update(until=until)


def put(login: str, **values: Any) -> Change:
    return lambda people: people[login].update(values)


def reset(login: str) -> Change:
    def change(people: dict[str, Any]) -> None:
        people[login]["keys"][0]["until"] = NOW
        people[login]["first"] = dict(FIRST)

    return change


def newcomer(role: str, **values: Any) -> Change:
    new = {**person("new", role), "keys": [], "first": dict(FIRST), **values}
    return lambda people: people.update(new=new)


NOBODY: dict[str, Change] = {
    "somebody taken out": lambda people: people.pop("o"),
    "an appointment taken out": put("o", appointments=[]),
    "an appointment that is over": end("gone", None),
    "the begin of an appointment": lambda people: people["o"]["appointments"][0].update({"from": NOW}),
    "the role of an appointment": lambda people: people["o"]["appointments"][0].update(role="head"),
    "acting for good": lambda people: people["h"]["appointments"][0].update(acting=True),
    "acting without an order": add("o", "head", acting=True, until=SOON),
    "acting without an end": add("o", "head", acting=True, order="1"),
    "a key brought in": lambda people: people["c"]["keys"].append({**people["c"]["keys"][0], "kid": "x"}),
    "a key exchanged": lambda people: people["c"]["keys"][0].update(key="x"),
    "a key ended without a first passphrase": lambda people: people["c"]["keys"][0].update(until=NOW),
    "a newcomer with a key": newcomer("officer", keys=[BEFORE["o"]["keys"][0]]),
    "a citizen's number": put("o", citizen="x"),
}
OTHERS: dict[str, Change] = {
    "a name": put("o", name="y"),
    "a level": put("o", level="y"),
    "services": put("o", services=["S01"]),
    "a role": add("o", "controller"),
    "a role that ends": end("o", NOW),
    "a reset": reset("c"),
    "a newcomer": newcomer("officer"),
}
HEADS: dict[str, Change] = {
    "a head": add("o", "head"),
    "an acting head": add("o", "head", acting=True, order="1", until=SOON),
    "the head's end": end("h", NOW),
    "the head's reset": reset("h"),
    "a newcomer as head": newcomer("head"),
    "who was head before": add("gone", "head"),
}


def refused(change: Change, by: By) -> bool:
    after = deepcopy(BEFORE)
    change(after)
    assert after != BEFORE
    return refusal(BEFORE, after, by, NOW) is not None


@pytest.mark.parametrize("by", By)
def test_what_nobody_may(by: By) -> None:
    assert {name: refused(change, by) for name, change in NOBODY.items()} == dict.fromkeys(NOBODY, True)
    assert refusal(BEFORE, deepcopy(BEFORE), by, NOW) is None


def test_who_may_what() -> None:
    may = {by: {name for name, change in {**OTHERS, **HEADS}.items() if not refused(change, by)} for by in By}
    assert may == {By.HEAD: {*OTHERS, *HEADS}, By.ACTING: {*OTHERS}, By.SHEET: {*HEADS}}


def test_who_acts_changes_nothing_of_the_head_for_whom() -> None:
    for change in (put("h", name="y"), put("h", services=["S01"]), add("h", "officer")):
        assert refused(change, By.ACTING)
        assert not refused(change, By.HEAD)
