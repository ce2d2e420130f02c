"""The repository itself: what it pins, what it declares, and what it must not contain."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.floors import FLOORS, ROOT, imported, sources

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTS = {
    "build": PROJECT["build-system"]["requires"],
    "run": PROJECT["project"]["dependencies"],
    "pyscard": PROJECT["project"]["optional-dependencies"]["card"],
    "centre": PROJECT["project"]["optional-dependencies"]["centre"],
    "test": PROJECT["dependency-groups"]["test"],
}

# Written with an empty group in each, so that this file does not find itself.
REGISTRIES = r"py()pi\.org|python()hosted|deb\.()debian|npm()js|--index()-url|--find()-links"
MACHINES = r"(?<![\w.])/(wo()rk|ro()ot|t()mp|ho()me)/\w"
OUT_OF_PLACE = re.compile(f"{REGISTRIES}|{MACHINES}")


def pinned(lock: str) -> dict[str, str]:
    """A lock's packages with their versions."""
    text = (ROOT / f"{lock}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))


def text_files() -> list[Path]:
    """Every file of the checkout that git knows or would take, where it can be read as text."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    else:  # a copy without git: everything but what the tools leave behind
        named = [(path, path.relative_to(ROOT).as_posix()) for path in ROOT.rglob("*")]
        paths = [path for path, name in named if not re.search(r"^\.|/\.|__pycache__|\.egg-info", name)]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()]


@pytest.mark.parametrize("lock", WANTS)
def test_a_lock_holds_what_is_declared(lock: str) -> None:
    versions = pinned(lock)
    for wanted in map(Requirement, WANTS[lock]):
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted} is not in {lock}.lock: make lock"
        assert wanted.specifier.contains(version), f"{lock}.lock has {version} for {wanted}: make lock"


def test_the_locks_agree_with_each_other() -> None:
    versions: dict[str, set[str]] = {}
    for lock in WANTS:
        for name, version in pinned(lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_every_import_is_declared() -> None:
    offered = importlib.metadata.packages_distributions()
    declared = {
        canonicalize_name(Requirement(line).name)
        for lock in ("run", "pyscard", "centre")
        for line in WANTS[lock]
    }
    strangers: dict[str, set[str]] = {}
    for path, tree in sources().items():
        for name in imported(tree) - set(sys.stdlib_module_names) - set(FLOORS):
            if not {canonicalize_name(dist) for dist in offered.get(name, [])} & declared:
                strangers.setdefault(path, set()).add(name)
    assert strangers == {}


def test_no_registry_and_no_machine_is_named() -> None:
    files = text_files()
    assert len(files) > 20
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()[:80]}"
        for path in files
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if OUT_OF_PLACE.search(line)
    }
    assert found == set()
