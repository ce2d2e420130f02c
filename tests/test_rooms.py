"""The rooms hold: no floor has an import circle, and each contract catches a wrong import."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.floors import FLOORS, ROOT, import_graph

# For each contract of pyproject.toml an import that it forbids: (the file it is put into, the import).
WRONG = {
    "floors": ("store/counter/slips.py", "import sync.errors"),
    "books": ("store/counter/slips.py", "from store.months.months import Months"),
    "network": ("sync/gateways/pace.py", "from sync.run.run import Run"),
    "screen": ("tui/frame/base.py", "from tui.app import NocopyApp"),
    "screens": ("tui/screens/visit/visit_card.py", "from tui.screens.home.home import HomeScreen"),
    "screenless": ("store/counter/slips.py", "import httpx"),
    "screenless-network": ("sync/gateways/pace.py", "import click"),
    "driverless": ("tui/frame/base.py", "import sqlite3"),
}
# A type is enough: a room that names something above it depends on it.
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {wrong}\n"


@pytest.mark.parametrize("floor", FLOORS)
def test_no_file_of_a_floor_imports_itself_by_way_of_others(floor: str) -> None:
    graph = import_graph(floor)
    assert sum(map(len, graph.values())) > len(graph) / 2  # the imports were found at all
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_imports_for_types_and_inside_functions_count() -> None:
    # A careless search would miss both of these imports.
    assert "store.office" in import_graph("store")["store.proof.checkpoint"]  # under TYPE_CHECKING
    assert "tui.screens.home.home" in import_graph("tui")["tui.app"]  # inside a function


@pytest.mark.parametrize("contract", WRONG)
def test_a_contract_catches_a_wrong_import(contract: str, tmp_path: Path) -> None:
    assert _lint(tmp_path, contract).returncode == 0
    file, wrong = WRONG[contract]
    with (tmp_path / file).open("a", encoding="utf-8") as source:
        source.write(FOR_TYPES.format(wrong=wrong))
    ran = _lint(tmp_path, contract)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    importer = file.removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {wrong.split()[1].split('.')[0]}" in ran.stdout.replace("\n", "")


def test_every_contract_is_tried() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert {one["id"] for one in known["contracts"]} == WRONG.keys()
    assert "exclude_type_checking_imports" not in known


def _lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    """import-linter on a copy of the sources, for one contract."""
    for floor in FLOORS:
        if not (folder / floor).exists():
            shutil.copytree(ROOT / floor, folder / floor, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    linter = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [linter, "--no-cache", "--contract", contract],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
