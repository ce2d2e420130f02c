"""What a walk through a payload cannot see: what may be absent or null in it, and what is foreign there."""

from __future__ import annotations

from typing import Any

from store.formats import jws
from tests.sync.centre.centre_office import AGE_KEY, seed_of
from tests.sync.centre.spoiling import About

ANY_ID = "00000000-0000-5000-8000-000000000000"
_STRANGER = jws.public_of(seed_of("9999", "stranger"))
_KID = jws.thumbprint(_STRANGER)
_WORDS = ("", "a b", "ก", "x\n")
_ROW = {"[0]": _WORDS, "[1]": _WORDS, "[2]": _WORDS, "[3]": ("post", "CARD"), "[4]": ("guessed", "")}
_NULLABLE_OF_A_LINE = (
    *("station", "officer", "service", "document"),
    *("channel", "identity", "outcome", "citizen"),
)
_SOON = ("soon", "2026-11-31T09:00:00Z", "2026-11-02")
_PERSON: dict[str, tuple[Any, ...]] = {
    "people[0].login": _WORDS,
    "people[0].name": ("a\x07b", "\u202e", ""),
    "people[0].role": ("minister", "Head"),
    "people[0].kid": (_KID, "x"),
    "people[0].key": ("A" * 42, "A" * 42 + "B"),
    "people[0].station": ("77", "1"),
    "people[0].from": ("yesterday", "2019-13-01", "2019-01-01T00:00:00Z"),
    "people[0].until": ("2018-12-31", "never"),
}
_PERSON_2 = {**_PERSON, "people[0].level": (), "people[0].services[0]": _WORDS}
_SHA = ("f" * 63, "F" * 64, "x")
_ENROLMENT = {
    "v": (0, 3),
    "unit": ("9999", "50 01"),
    "station": ("7", "A1"),
    "code": ("A" * 32, "A" * 31, "!" * 32),
    "station_key": ("A" * 42, "A" * 42 + "B"),
    "age_key": ("age1" + "q" * 58, AGE_KEY.upper()),
    "n": (0,),
}
_LISTS = {"people": 500}

ABOUT: dict[str, About] = {
    "report": About(
        optional=frozenset({"late"}),
        nullable=frozenset({"replaces", *(f"{name}[0][{n}]" for name in ("use", "late") for n in range(4))}),
        filled=frozenset({"chains"}),
        longest={"chains": 200, "use": 20_000, "late": 20_000, "findings": 100},
        foreign={
            "v": (0, 3),
            "unit": ("9999", "5001 "),
            "month": ("2026-12", "2027-01", "2018-12", "2026-13", "ตุลาคม"),
            "replaces": (ANY_ID, "x"),
            "chains[0].origin": ("nocopy/9999/01-9f2c41aa/e1", "nocopy/5001/02-9f2c41aa/e1", "x"),
            "chains[0].root": (*_SHA, "A" * 43),
            **{f"use[0]{place}": values for place, values in _ROW.items()},
            **{f"late[0]{place}": values for place, values in _ROW.items()},
            "use[0]": ([None, None, None, None, "unanswered", 1],),
            "findings[0]": (["gap", 1],),
            "findings[0][0]": ("mood", ""),
            "people": ("0" * 64, *_SHA),
        },
    ),
    "findings": About(
        nullable=frozenset(
            {
                "findings[0].explanation",
                "findings[0].reason",
                *(f"findings[0].lines[0].{name}" for name in _NULLABLE_OF_A_LINE),
            }
        ),
        filled=frozenset({"findings"}),
        longest={"findings": 1000, "findings[0].lines": 10_000},
        foreign={
            "v": (0, 3),
            "unit": ("9999",),
            "month": ("2026-09", "2026-13"),
            "revision": (2,),
            "findings[0].rule": ("mood",),
            "findings[0].about": _WORDS,
            "findings[0].lines[0].at": _SOON,
            "findings[0].lines[0].officer": _WORDS,
            "findings[0].lines[0].service": _WORDS,
            "findings[0].lines[0].document": _WORDS,
            "findings[0].lines[0].channel": ("post",),
            "findings[0].lines[0].identity": ("face",),
            "findings[0].lines[0].outcome": ("guessed",),
            "findings[0].lines[0].citizen": ("1103700123456", "นายก", ""),
        },
    ),
    "a report's header": About(
        foreign={
            "login": ("a b",),
            "role": ("minister", "station"),
            "says": ("seen", "checked"),
            "at": _SOON,
        }
    ),
    "people list, v 1": About(
        nullable=frozenset({"people[0].until"}),
        filled=frozenset({"people"}),
        longest=_LISTS,
        foreign={
            "v": (0, 3),
            "unit": ("9999", "5001\n"),
            "n": (1, 3),
            "prev": ("f" * 64, *_SHA),
            **_PERSON,
        },
    ),
    "people list, v 2": About(
        nullable=frozenset({"people[0].until"}),
        filled=frozenset({"people"}),
        longest={**_LISTS, "people[0].services": 200},
        foreign={
            "v": (0, 3),
            "unit": ("9999",),
            "n": (1, 3),
            "prev": ("f" * 64,),
            **{name: values for name, values in _PERSON_2.items() if values},
        },
    ),
    "a people list's header": About(foreign={"login": ("a b",), "role": ("officer", "station"), "at": _SOON}),
    "enrolment, v 1": About(
        optional=frozenset({"n"}),
        nullable=frozenset({"people[0].until"}),
        filled=frozenset({"people"}),
        longest=_LISTS,
        foreign={**_ENROLMENT, **_PERSON},
    ),
    "enrolment, v 2": About(
        optional=frozenset({"n"}),
        nullable=frozenset({"people[0].until"}),
        filled=frozenset({"people"}),
        longest={**_LISTS, "people[0].services": 200},
        foreign={**_ENROLMENT, **{name: values for name, values in _PERSON_2.items() if values}},
    ),
    "checkpoint": About(
        longest={"proof": 128},
        foreign={
            "v": (0, 2),
            "unit": ("9999",),
            "station": ("02", "1"),
            "note": ("x", "nocopy/9999/01-9f2c41aa/e1\n3\nAA\n\n"),
            "proof[0]": ("A" * 42, "A" * 42 + "B"),
        },
    ),
    "bundle": About(
        nullable=frozenset({"prev"}),
        longest={"items": 4500},
        foreign={
            "v": (0, 2),
            "unit": ("50 01",),
            "station": ("1",),
            "n": (0,),
            "prev": _SHA,
            "made_at": _SOON,
            "items[0].id": ("../x", ""),
            "items[0].kind": ("enrolment", ""),
            "items[0].sha256": _SHA,
        },
    ),
    "status": About(foreign={"at": _SOON, "version": ("\x01", "")}, longest_text=300),
    "receipt": About(
        nullable=frozenset({"month", "revision"}),
        longest={"heads": 200},
        foreign={
            "v": (0, 2),
            "id": ("x" * 36, "0"),
            "sha256": _SHA,
            "kind": ("enrolment",),
            "unit": ("50 01",),
            "station": ("1",),
            "month": ("2026-13",),
            "received_at": _SOON,
            "people": ("maybe",),
            "heads[0]": ("",),
        },
    ),
    "an enrolment's header": About(
        optional=frozenset({"login"}), foreign={"login": ("a b",), "role": ("officer",), "at": _SOON}
    ),
}
