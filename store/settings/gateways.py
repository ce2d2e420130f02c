"""What the books know of the gateways: the settings of each, and which documents can be asked for through it.

A gateway declares this in its own driver (sync/gateways/drivers/), so that everything about one gateway is in
one file and the books know nothing of HTTP. tui/__init__.py tells this module where to find the declarations.
A process that uses only the books has no gateways: their settings are refused (NotFound), and a document has
no route.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reader.sentences import mark


class SettingKind(StrEnum):
    """How a setting is checked. A SECRET is never shown; CERTIFICATES are PEM text, read from a file."""

    ADDRESS = "address"
    WORD = "word"
    SECRET = "secret"  # noqa: S105 - a kind of setting
    CERTIFICATES = "certificates"


class LogIn(StrEnum):
    """How an officer logs in at a gateway."""

    NONE = "none"
    GOVAMI = "govami"  # in the separate GovAMI program, which can be asked for its state
    THAID = "thaid"  # here, with the ThaID app


@dataclass(frozen=True)
class GatewaySetting:
    """One setting of a gateway; its name in the books is `gateways.ENDPOINT.NAME`.

    `label` names it on the first start's screen, `long_label` in the list of settings after the gateway's
    name, `hint` helps to fill it in: all three are message ids. An `optional` one may stay empty.
    """

    name: str
    kind: SettingKind
    label: str
    long_label: str
    hint: str = ""
    optional: bool = False

    @property
    def field(self) -> str:
        """Its field in the setup form, where certificates are given as the name of a file."""
        return f"{self.name}_file" if self.kind is SettingKind.CERTIFICATES else self.name


URL = GatewaySetting("url", SettingKind.ADDRESS, mark("Address (URL)"), mark("address"))
"""The setting that every gateway has: without an address it is not set up."""
OWN_CA = GatewaySetting(
    "ca", SettingKind.CERTIFICATES, mark("Own CA (file)"), mark("own certificate authority"), optional=True
)
"""The certificates to trust besides this PC's own (sync/network/open_client.py)."""


@dataclass(frozen=True)
class GatewayDeclaration:
    """One gateway.

    `endpoint` names it in the queue, in the settings and in the setup form, and must never change. `name` is
    what people call it, `heading` (a message id) the title over its settings in the first start. `position`
    is its place in lists; of two gateways that can be asked for the same document, the one with the higher
    position is preferred where its address is set. `routes` maps a channel to the key of a document's `codes`
    under which this gateway finds what it must send. `company_keys` are the values of `key` in these codes
    that ask for a company by its number.
    """

    endpoint: str
    name: str
    heading: str
    position: int
    settings: tuple[GatewaySetting, ...]
    routes: Mapping[str, str]
    log_in: LogIn = LogIn.NONE
    company_keys: tuple[str, ...] = field(default=())

    @property
    def table(self) -> str:
        """Its table in the setup form, and the beginning of its settings' names."""
        return f"gateways.{self.endpoint}"

    @property
    def url(self) -> str:
        """The name of the setting that holds its address."""
        return f"{self.table}.{URL.name}"


@dataclass(frozen=True)
class Route:
    """One way to ask for a document: the endpoint, the key in the document's `codes`, and by whose number."""

    endpoint: str
    codes: str
    asks_for_company: bool


def _none() -> Sequence[GatewayDeclaration]:
    return ()


_find: Callable[[], Sequence[GatewayDeclaration]] = _none


def known_from(find: Callable[[], Sequence[GatewayDeclaration]]) -> None:
    """Sets the function that returns the declarations. It is called often, but only when they are needed."""
    global _find
    _find = find


def declared() -> tuple[GatewayDeclaration, ...]:
    """All declared gateways, in the order of lists."""
    return tuple(sorted(_find(), key=lambda one: one.position))


def gateway_settings() -> dict[str, GatewaySetting]:
    """{name in the books: setting} of all gateways."""
    return {f"{one.table}.{setting.name}": setting for one in declared() for setting in one.settings}


def routes(codes: Mapping[str, Mapping[str, Any]], channel: str | None = None) -> list[Route]:
    """The routes for a document with these codes by that channel (None: any), the preferred one first."""
    return [
        Route(one.endpoint, name, asks_for_company=codes[name].get("key") in one.company_keys)
        for one in reversed(declared())
        for by, name in one.routes.items()
        if name in codes and channel in (None, by)
    ]


def route(
    codes: Mapping[str, Mapping[str, Any]], channel: str, get: Callable[[str], str | None]
) -> Route | None:
    """The route that a lookup takes: the preferred one whose address is set, else the least preferred one.

    `get` reads a setting. None where no gateway can be asked for this document by that channel.
    """
    ways = routes(codes, channel)
    is_set_up = {one.endpoint for one in declared() if get(one.url) is not None}
    return next((way for way in ways if way.endpoint in is_set_up), ways[-1] if ways else None)
