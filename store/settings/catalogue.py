"""The services of the unit, and the documents that each of them needs.

The catalogue that comes with the program is an example; each of its rows is marked by `example`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reader.sentences import mark
from store.errors import NotFound
from store.settings.gateways import routes

if TYPE_CHECKING:
    from store.settings.content import Content


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
    """The services and documents of one set of books; `content` returns what is in force now."""

    def __init__(self, content: Callable[[], Content]) -> None:
        self._content = content

    def services(self) -> list[Service]:
        """All services, by code."""
        services = self._content().services
        return [_service(services[code]) for code in sorted(services)]

    def service(self, code: str) -> Service:
        """One service; raises NotFound."""
        found = self._content().services.get(code)
        if found is None:
            raise NotFound(what="service", name=code)
        return _service(found)

    def documents(self) -> list[Document]:
        """All documents, by code."""
        documents = self._content().documents
        return [_document(documents[code]) for code in sorted(documents)]

    def document(self, code: str) -> Document:
        """One document; raises NotFound."""
        found = self._content().documents.get(code)
        if found is None:
            raise NotFound(what="document", name=code)
        return _document(found)

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


def _service(one: Mapping[str, Any]) -> Service:
    needs = tuple(Need(need["document"], need["need"], need["whose"]) for need in one["documents"])
    return Service(
        one["code"], one["name"], one["purpose"], one["legal"], needs, example=bool(one["example"])
    )


def _document(one: Mapping[str, Any]) -> Document:
    return Document(
        code=one["code"],
        name=one["name"],
        short=one["short"],
        owner=one["owner"],
        channels=tuple(one["channels"]),
        codes=one["codes"],
        keep=tuple(one["keep"]),
        example=bool(one["example"]),
    )
