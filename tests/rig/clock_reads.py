"""Finds in the syntax tree of a test's file where it would read this PC's clock, before it runs."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from tests.rig import clock

# Each with the number of arguments from which on it reads no clock; None: it always does.
_READERS = {
    "datetime.datetime.now": None,
    "datetime.datetime.today": None,
    "datetime.datetime.utcnow": None,
    "datetime.date.today": None,
    "time.time": None,
    "time.time_ns": None,
    "time.localtime": 1,
    "time.gmtime": 1,
    "time.ctime": 1,
    "time.asctime": 1,
    "time.strftime": 2,
}
_OURS = "reader.buddhist_date.now"  # the tests' clock in fact, but tests take it from tests.rig.clock
_EXEMPT = Path(clock.__file__).resolve()


class ReadsTheClock(AssertionError):
    """A file of the tests reads this PC's clock."""

    def __init__(self, path: Path, found: list[str]) -> None:
        super().__init__(
            f"Tests do not read this PC's clock: in {path}, take the time from tests.rig.clock"
            f" ({', '.join(found)})."
        )


@cache
def demand_none(path: Path) -> None:
    """Raises ReadsTheClock where the file reads it. Only tests/rig/clock.py may."""
    found = [] if path.resolve() == _EXEMPT else reads(path.read_text(encoding="utf-8"))
    if found:
        raise ReadsTheClock(path, found)


def reads(source: str) -> list[str]:
    """Each place that calls, hands on or imports what reads the clock: `line 3: time.time`."""
    tree = ast.parse(source)
    known = _imported(tree)
    given_a_time = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _has_a_time(node, _READERS.get(_path(node.func, known)))
    }
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ImportFrom):
            of_any = [f"{node.module}.{one.name}" for one in node.names]
            names = [name for name in of_any if _READERS.get(name, 0) is None or name == _OURS]
        elif isinstance(node, ast.Attribute | ast.Name) and id(node) not in given_a_time:
            names = [name for name in [_path(node, known)] if name in _READERS]
        found += [f"line {node.lineno}: {name}" for name in names]
    return found


def _has_a_time(call: ast.Call, from_on: int | None) -> bool:
    return from_on is not None and len(call.args) >= from_on


def _imported(tree: ast.AST) -> dict[str, str]:
    """What the file's names stand for, with the path of each module: {"dt": "datetime.datetime"}."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                first = one.name.split(".")[0]
                known[one.asname or first] = one.name if one.asname else first
        elif isinstance(node, ast.ImportFrom):
            known |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return known


def _path(node: ast.expr, known: dict[str, str]) -> str:
    """The dotted path of a name or an attribute, "" for any other expression."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        above = _path(node.value, known)
        return above and f"{above}.{node.attr}"
    return ""
