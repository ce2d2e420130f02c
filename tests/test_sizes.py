"""Limits for files, functions and parameters: larger ones are hard to keep in mind and mostly do two things.

Functions that click calls have a parameter for each option of the command, and are not counted for those.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.floors import ROOT

FOLDERS = ("reader", "store", "sync", "tui", "tests", "bench")
FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 60, 8

# What may be larger, as "FILE" or "FILE FUNCTION", with the reason.
EXCEPTIONS: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files() -> Iterator[tuple[str, str]]:
    """Each Python file, by its path in the repository, and its text."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def functions() -> Iterator[tuple[str, Function]]:
    """Each function and method, as "FILE FUNCTION"."""
    for path, text in files():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                yield f"{path} {node.name}", node


def is_command(function: Function) -> bool:
    """Whether click calls it: it is a command or a group, or takes an option or an argument."""
    names = {ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list}
    return any(
        name.startswith("click.") or name.endswith((".command", ".group", "option", "argument"))
        for name in names
    )


def parameters(function: Function) -> int:
    """How many there are, without self and cls."""
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_no_file_is_longer_than_400_lines() -> None:
    found = {path: text.count("\n") for path, text in files()}
    assert {path: n for path, n in found.items() if n > FILE_LINES and path not in EXCEPTIONS} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    found = {name: (one.end_lineno or 0) - one.lineno + 1 for name, one in functions()}
    assert {name: n for name, n in found.items() if n > FUNCTION_LINES and name not in EXCEPTIONS} == {}


def test_no_function_takes_more_than_8_parameters() -> None:
    found = {name: parameters(one) for name, one in functions() if not is_command(one)}
    assert {name: n for name, n in found.items() if n > PARAMETERS and name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed() -> None:
    needed = {path for path, text in files() if text.count("\n") > FILE_LINES}
    needed |= {
        name
        for name, one in functions()
        if (one.end_lineno or 0) - one.lineno + 1 > FUNCTION_LINES or parameters(one) > PARAMETERS
    }
    assert set(EXCEPTIONS) - needed == set()
