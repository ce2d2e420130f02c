"""The services of the unit, and the documents that each of them needs.

The catalogue that comes with the program is an example; each of its rows is marked by `example`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from reader.sentences import mark
from store.errors import NotFound
from store.settings.gateways import routes

if TYPE_CHECKING:
    from store.base.database import Database, Tables


class Channel(StrEnum):
    """How a document is obtained, in the order of tables.

    LASER is the check of the number on a card's back; it needs what only the officer can read and type.
    Each is a message id too: a refusal and the command line tell it.
    """

    CARD = mark("card")
    LINKAGE = mark("linkage")
    GDX = mark("gdx")
    LASER = mark("laser")
    COPY = mark("copy")
    SIGHTED = mark("sighted")


LOOKUPS = (Channel.LINKAGE, Channel.GDX, Channel.LASER)
"""The channels that need the network."""
OWN_WORK = (Channel.COPY, Channel.SIGHTED)
"""The channels in which the officer copied or saw the original: recorded only when the officer chose one."""


class Needed(StrEnum):
    """Why a visit has a document: the service requires it, or only if there is one; or it was added."""

    REQUIRED = "required"
    IF_ANY = "if_any"
    ADDED = "added"


class Whose(StrEnum):
    """Whose data a document holds."""

    SUBJECT = "subject"
    COMER = "comer"
    COMPANY = "company"


@dataclass(frozen=True)
class Need:
    """One document of a service: `need` is REQUIRED or IF_ANY."""

    document: str
    need: str
    whose: str


@dataclass(frozen=True)
class Service:
    """A service of the unit; its documents in the order in which they are shown."""

    code: str
    name: str
    purpose: str
    legal: str
    documents: tuple[Need, ...]
    example: bool


@dataclass(frozen=True)
class Document:
    """A kind of document. `short` is at most 20 terminal cells; `channels` are in the order of preference.

    `codes` maps the name that a gateway declares (store/settings/gateways.py) to what that gateway must be
    sent; `keep` are the fields of an answer that may be stored (store/counter/allow_list.py).
    """

    code: str
    name: str
    short: str
    owner: str
    channels: tuple[str, ...]
    codes: Mapping[str, Mapping[str, Any]]
    keep: tuple[str, ...]
    example: bool

    def reached_by(self, channel: str) -> bool:
        """Whether the document has codes for a lookup by that channel."""
        return bool(routes(self.codes, channel))

    def asks_for_company(self, channel: str | None = None) -> bool:
        """Whether a lookup by that channel (None: by any) asks by a company's number."""
        return any(one.asks_for_company for one in routes(self.codes, channel))


class Catalogue:
    """Reads the services and documents of one set of books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def services(self) -> list[Service]:
        """All services, by code."""
        needs: dict[str, list[Need]] = {}
        for row in self._database.rows("SELECT * FROM service_document ORDER BY service, n"):
            needs.setdefault(row["service"], []).append(Need(row["document"], row["need"], row["whose"]))
        return [
            _service(row, needs.get(row["code"], []))
            for row in self._database.rows("SELECT * FROM service ORDER BY code")
        ]

    def service(self, code: str) -> Service:
        """One service; raises NotFound."""
        row = self._database.row("SELECT * FROM service WHERE code = ?", (code,))
        if row is None:
            raise NotFound(what="service", name=code)
        needs = self._database.rows("SELECT * FROM service_document WHERE service = ? ORDER BY n", (code,))
        return _service(row, [Need(need["document"], need["need"], need["whose"]) for need in needs])

    def documents(self) -> list[Document]:
        """All documents, by code."""
        return [_document(row) for row in self._database.rows("SELECT * FROM document ORDER BY code")]

    def document(self, code: str) -> Document:
        """One document; raises NotFound."""
        row = self._database.row("SELECT * FROM document WHERE code = ?", (code,))
        if row is None:
            raise NotFound(what="document", name=code)
        return _document(row)

    def as_json(self) -> dict[str, Any]:
        """The content of `nocopy catalogue`: {"services": [...], "documents": [...]}.

        `example` is true for rows of the example catalogue.
        """
        return {
            "services": [
                {
                    "code": service.code,
                    "name": service.name,
                    "documents": [need.document for need in service.documents],
                    "needs": [
                        {"document": need.document, "need": need.need, "whose": need.whose}
                        for need in service.documents
                    ],
                    "example": service.example,
                }
                for service in self.services()
            ],
            "documents": [
                {
                    "code": document.code,
                    "name": document.name,
                    "short": document.short,
                    "owner": document.owner,
                    "channels": list(document.channels),
                    "example": document.example,
                }
                for document in self.documents()
            ],
        }


def example_services() -> dict[str, str]:
    """{code: name} of the example catalogue's services, which new books have."""
    return {service["code"]: service["name"] for service in _example()["service"]}


@cache
def _example() -> dict[str, Any]:
    return tomllib.loads(files("store.settings").joinpath("example_catalogue.toml").read_text("utf-8"))


def load_example(db: Tables) -> None:
    """Fills empty books with the example catalogue, inside the caller's transaction."""
    example = _example()
    for document in example["document"]:
        codes = {name: value for name, value in document.items() if isinstance(value, dict)}
        db.execute(
            "INSERT INTO document(code, name, short, owner, channels, codes, keep, example)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 1)",
            [
                *(document[name] for name in ("code", "name", "short", "owner")),
                json.dumps(document["channels"]),
                json.dumps(codes),
                json.dumps(document.get("keep", [])),
            ],
        )
    for service in example["service"]:
        db.execute(
            "INSERT INTO service(code, name, purpose, legal, example) VALUES (?, ?, ?, ?, 1)",
            [service["code"], service["name"], service["purpose"], example["legal"]],
        )
        listed = [(item, Needed.REQUIRED) for item in service["required"]]
        listed += [(item, Needed.IF_ANY) for item in service.get("if_any", [])]
        for n, (item, need) in enumerate(listed, 1):
            code, _, whose = item.partition(" ")
            db.execute(
                "INSERT INTO service_document(service, document, n, need, whose) VALUES (?, ?, ?, ?, ?)",
                [service["code"], code, n, need, whose or Whose.SUBJECT],
            )


def _service(row: dict[str, Any], needs: list[Need]) -> Service:
    return Service(
        row["code"], row["name"], row["purpose"], row["legal"], tuple(needs), example=bool(row["example"])
    )


def _document(row: dict[str, Any]) -> Document:
    return Document(
        code=row["code"],
        name=row["name"],
        short=row["short"],
        owner=row["owner"],
        channels=tuple(json.loads(row["channels"])),
        codes=json.loads(row["codes"]),
        keep=tuple(json.loads(row["keep"])),
        example=bool(row["example"]),
    )
