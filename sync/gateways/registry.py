"""The list of gateways: every module of sync/gateways/drivers/ is one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from sync.gateways import drivers

if TYPE_CHECKING:
    from store.settings.gateways import GatewayDeclaration
    from sync.gateways.gateway import Driver


@cache
def driver_kinds() -> tuple[type[Driver], ...]:
    """The drivers' classes, in the order of GatewayDeclaration.position.

    Raises AttributeError where a module of the folder has no DRIVER.
    """
    modules = (
        import_module(f"{drivers.__name__}.{one.name}") for one in pkgutil.iter_modules(drivers.__path__)
    )
    return tuple(sorted((module.DRIVER for module in modules), key=lambda one: one.declaration.position))


@cache
def declarations() -> tuple[GatewayDeclaration, ...]:
    """The declarations of all drivers, in the same order."""
    return tuple(one.declaration for one in driver_kinds())
