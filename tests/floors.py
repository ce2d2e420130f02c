"""The program's sources, floor by floor."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = ("reader", "store", "sync", "tui")


def sources() -> dict[str, ast.Module]:
    """Every source of the four packages, by its path in the repository."""
    files = sorted(file for floor in FLOORS for file in (ROOT / floor).rglob("*.py"))
    files = [file for file in files if (file.parent / "__init__.py").exists()]  # not the translators' tool
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def imported(tree: ast.Module) -> set[str]:
    """The top-level names that a source imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names
