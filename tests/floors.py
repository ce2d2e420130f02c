"""The program's sources, floor by floor."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = ("reader", "store", "sync", "tui")


def sources() -> dict[str, ast.Module]:
    """Every source of the four packages, by its path in the repository."""
    files = sorted(file for floor in FLOORS for file in (ROOT / floor).rglob("*.py"))
    files = [file for file in files if (file.parent / "__init__.py").exists()]  # without translators' tools
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def imported(tree: ast.Module) -> set[str]:
    """The top-level names that a source imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def modules() -> dict[str, ast.Module]:
    """Every module of the four packages by its dotted name; an __init__.py by its package's name."""
    named = {path.removesuffix(".py").replace("/", "."): tree for path, tree in sources().items()}
    return {name.removesuffix(".__init__"): tree for name, tree in named.items()}


def import_graph(floor: str) -> dict[str, set[str]]:
    """Which modules of a floor each of them imports, file by file.

    Imports for types alone (TYPE_CHECKING) and imports inside functions count like all others.
    """
    trees = {name: tree for name, tree in modules().items() if name.split(".")[0] == floor}
    return {name: {one for one in _named(tree) if one in trees} - {name} for name, tree in trees.items()}


def _named(tree: ast.Module) -> set[str]:
    """The full names of all that a source imports; a name taken from a module may be a module itself."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "imports are written with the whole name"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names
