"""Every way to spoil one member of a payload, listed by walking the payload's own members.

A path is a tuple of keys and places, ("use", 0, 5), and is written as the centre names it: use[0][5]. Of each
list the first item is walked.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
LARGEST = 2**53 - 1


class How(StrEnum):
    ABSENT = "absent"
    DOUBLED = "doubled"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    OTHER_TYPE = "other type"
    HUGE = "huge"
    NEGATIVE = "negative"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class About:
    """What the walk cannot see in a payload. The names are of paths, with all places as [0].

    `optional` may be absent, `nullable` may be null, `filled` must not be an empty list, `longest` is the
    most items of a list; `foreign` has values of the right type that the centre must refuse.
    """

    optional: frozenset[str] = frozenset()
    nullable: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()
    longest: Mapping[str, int] = field(default_factory=dict)
    foreign: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    longest_text: int = 3000


@dataclass(frozen=True)
class Kind:
    """One way to spoil one member; `names` is the path by which the centre must name it."""

    how: How
    path: Path
    names: str


def named(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def kinds(value: dict[str, Any], about: About) -> Iterator[Kind]:
    """All kinds of spoiling for this payload."""
    yield Kind(How.UNKNOWN, ("extra",), "extra")
    for path, item in _members(value, ()):
        name = named(path)
        in_object = isinstance(path[-1], str)
        in_row = [type(part) for part in path[-2:]] == [int, int]
        if in_object and name not in about.optional:
            yield Kind(How.ABSENT, path, name)
        if in_object:
            yield Kind(How.DOUBLED, path, name)
        if in_row:
            yield Kind(How.ABSENT, path, named(path[:-1]))
        if isinstance(item, dict):
            yield Kind(How.UNKNOWN, (*path, "extra"), f"{name}.extra")
        yield Kind(How.OTHER_TYPE, path, name)
        if name in about.filled:
            yield Kind(How.EMPTY, path, name)
        if (type(item) is int) or isinstance(item, str) or name in about.longest:
            yield Kind(How.HUGE, path, name)
        if type(item) is int:
            yield Kind(How.NEGATIVE, path, name)
        if name in about.foreign:
            yield Kind(How.FOREIGN, path, name)


def spoiled(value: dict[str, Any], kind: Kind, about: About) -> st.SearchStrategy[str]:
    """JSON texts of the payload with that member spoiled."""
    if kind.how is How.ABSENT:
        return st.just(_text(_without(value, kind.path)))
    if kind.how is How.DOUBLED:
        return st.just(_text(value, kind.path))
    if kind.how is How.EMPTY:
        return st.just(_text(_with(value, kind.path, [])))
    other = _others(_at(value, kind.path) if kind.how is not How.UNKNOWN else None, kind, about)
    return other.map(lambda item: _text(_with(value, kind.path, item)))


def _others(item: Any, kind: Kind, about: About) -> st.SearchStrategy[Any]:
    name = named(kind.path)
    if kind.how is How.UNKNOWN:
        return st.one_of(st.none(), st.integers(0, 9), st.text(max_size=5), st.just({}))
    if kind.how is How.NEGATIVE:
        return st.one_of(st.just(-1), st.integers(-(10**30), -1))
    if kind.how is How.FOREIGN:
        return st.sampled_from(about.foreign[name])
    if kind.how is How.OTHER_TYPE:
        return _of_another_type(item, name in about.nullable)
    if type(item) is int:
        return st.one_of(st.integers(LARGEST, 10**40), st.just(10 ** min(4000, about.longest_text)))
    if isinstance(item, str):
        least = 2001 if about.longest_text > 2001 else about.longest_text // 2
        return st.integers(least, about.longest_text).map(lambda n: "x" * n)
    return st.just((item or ["x"])[:1] * (about.longest[name] + 1))


def _of_another_type(item: Any, nullable: bool) -> st.SearchStrategy[Any]:
    by_type: dict[type, st.SearchStrategy[Any]] = {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.integers(0, 10**6),
        float: st.floats(0, 1e6, allow_nan=False).map(lambda x: x + 0.5),
        str: st.text(max_size=8),
        list: st.lists(st.integers(0, 3), max_size=2),
        dict: st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=2),
    }
    if nullable:
        del by_type[type(None)]
    if item is None:  # a nullable member is a text wherever it is not null
        del by_type[str]
    by_type.pop(type(item), None)
    return st.one_of(*by_type.values())


def _members(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        inside = list(value.items())
    else:
        # A row of counts is walked whole, a list of like things by its first.
        is_row = value and not isinstance(value[0], dict | list) and len(path) > 1
        inside = list(enumerate(value if is_row else value[:1]))
    for key, item in inside:
        yield (*path, key), item
        if isinstance(item, dict | list):
            yield from _members(item, (*path, key))


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _with(value: dict[str, Any], path: Path, item: Any) -> dict[str, Any]:
    made = copy.deepcopy(value)
    _at(made, path[:-1])[path[-1]] = item
    return made


def _without(value: dict[str, Any], path: Path) -> dict[str, Any]:
    made = copy.deepcopy(value)
    del _at(made, path[:-1])[path[-1]]
    return made


def _text(value: Any, twice: Path | None = None, path: Path = ()) -> str:
    """JSON, in which the member at `twice` stands twice."""
    if isinstance(value, dict):
        members = []
        for key, item in value.items():
            here = (*path, key)
            written = f"{json.dumps(key)}:{_text(item, twice, here)}"
            members += [written, written] if here == twice else [written]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(item, twice, (*path, n)) for n, item in enumerate(value)) + "]"
    return json.dumps(value, ensure_ascii=True)
