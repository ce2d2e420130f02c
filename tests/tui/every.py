"""Every screen of the program, and every command that a key of one may do."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import tui.screens
from tui.frame.base import WorkScreen
from tui.frame.keys import Command


def screens(root: type[WorkScreen[Any]] = WorkScreen) -> Iterator[type[WorkScreen[Any]]]:
    """The class of each screen, base classes included."""
    for found in pkgutil.walk_packages(tui.screens.__path__, "tui.screens."):
        importlib.import_module(found.name)
    yield from _below(root)


def commands() -> Iterator[type[Command]]:
    """The class of each command that has a key, whatever room it stands in."""
    for found in pkgutil.walk_packages(tui.screens.__path__, "tui.screens."):
        importlib.import_module(found.name)
    yield from (one for one in _below(Command) if one.keys)


def _below(root: type[Any]) -> Iterator[type[Any]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _below(kind)
