"""The tree drawn at the top of each errors.py is that of its classes: each is there once, under its base."""

from __future__ import annotations

import ast
import re

import pytest

from tests.floors import sources

# One class a row, four columns deeper than its base; after two spaces may follow what it means.
_ROW = re.compile(r"((?: {4})*)([A-Z]\w+)(?: {2,}\S.*)?")

FILES = {path: tree for path, tree in sources().items() if path.endswith("/errors.py")}


def drawn(tree: ast.Module) -> list[tuple[str, str | None]]:
    """The classes of the drawing in its order, each with the class that it stands under."""
    above: list[str] = []
    found: list[tuple[str, str | None]] = []
    for row in (ast.get_docstring(tree) or "").splitlines():
        if match := _ROW.fullmatch(row):
            depth = len(match[1]) // 4
            assert depth <= len(above), f"{match[2]} stands deeper than under one class"
            found.append((match[2], above[depth - 1] if depth else None))
            above[depth:] = [match[2]]
    return found


def written(tree: ast.Module) -> list[tuple[str, str | None]]:
    """The classes of the file, each with its base, and the bases from elsewhere with None."""
    found = {
        node.name: ast.unparse(node.bases[0])
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.bases
    }
    roots = {base for base in found.values() if base not in found} - {"Exception"}
    return [
        *((root, None) for root in roots),
        *((name, None if base == "Exception" else base) for name, base in found.items()),
    ]


def test_there_are_trees_to_look_at() -> None:
    assert {"reader/errors.py", "store/errors.py", "sync/errors.py"} < set(FILES)


@pytest.mark.parametrize("path", FILES)
def test_the_tree_at_the_top_is_complete_and_true(path: str) -> None:
    def by_name(entry: tuple[str, str | None]) -> str:
        return entry[0]

    assert sorted(drawn(FILES[path]), key=by_name) == sorted(written(FILES[path]), key=by_name)
