"""The catalogue's content as a value: what a settings document signs, and what the tables repeat.

    document   {code, name, short, owner, channels, codes, keep, example}
    service    {code, name, purpose, legal, example, documents: [{document, need, whose}]}

The tables `document`, `service` and `service_document` are copies, which rows() compares byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from store.base.database import Tables

Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]
"""The rows of the tables `document`, `service` and `service_document`, each in the order of its key."""

_DOCUMENT = ("code", "name", "short", "owner", "channels", "codes", "keep", "example")
_SERVICE = ("code", "name", "purpose", "legal", "example")
_NEED = ("service", "n", "document", "need", "whose")
_READ = (
    "SELECT code, name, short, owner, channels, codes, keep, example FROM document ORDER BY code",
    "SELECT code, name, purpose, legal, example FROM service ORDER BY code",
    "SELECT service, n, document, need, whose FROM service_document ORDER BY service, n, document, whose",
)


@dataclass(frozen=True)
class Content:
    """The documents and the services, each by its code."""

    documents: Mapping[str, dict[str, Any]]
    services: Mapping[str, dict[str, Any]]

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Content:
        """From value(), as a signed document holds it."""
        return cls(
            {str(one["code"]): one for one in value["documents"]},
            {str(one["code"]): one for one in value["services"]},
        )

    def value(self) -> dict[str, Any]:
        """{documents: [...], services: [...]}, each in the order of its codes."""
        documents, services = (
            [rows[code] for code in sorted(rows)] for rows in (self.documents, self.services)
        )
        return {"documents": documents, "services": services}

    @cached_property
    def rows(self) -> Rows:
        """The rows by which the tables repeat it."""
        documents = [_document_row(self.documents[code]) for code in sorted(self.documents)]
        services = [
            tuple(int(one[name]) if name == "example" else one[name] for name in _SERVICE)
            for one in (self.services[code] for code in sorted(self.services))
        ]
        needs = [
            (code, n, need["document"], need["need"], need["whose"])
            for code in sorted(self.services)
            for n, need in enumerate(self.services[code]["documents"], 1)
        ]
        return documents, services, needs


def rows_in(db: Tables) -> Rows:
    """The rows that stand in the tables now."""
    documents, services, needs = (db.execute(sql).fetchall() for sql in _READ)
    return documents, services, needs


def read_tables(db: Tables) -> Content:
    """The content of the tables, in which nothing is proved."""
    documents, services, needs = rows_in(db)
    found = [dict(zip(_DOCUMENT, row, strict=True)) for row in documents]
    for one in found:
        one |= {name: json.loads(one[name]) for name in ("channels", "codes", "keep")}
        one["example"] = bool(one["example"])
    listed = {
        row[0]: {**dict(zip(_SERVICE, row, strict=True)), "example": bool(row[4]), "documents": []}
        for row in services
    }
    for service, _n, document, need, whose in needs:
        listed[service]["documents"].append({"document": document, "need": need, "whose": whose})
    return Content({one["code"]: one for one in found}, listed)


def fill(db: Tables, content: Content) -> None:
    """Makes the tables repeat this content, inside the caller's transaction."""
    if rows_in(db) == content.rows:
        return
    for table in ("service_document", "service", "document"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - tables named here
    for table, names, rows in zip(
        ("document", "service", "service_document"), (_DOCUMENT, _SERVICE, _NEED), content.rows, strict=True
    ):
        places = ", ".join("?" * len(names))
        db.conn.executemany(
            f"INSERT INTO {table}({', '.join(names)}) VALUES ({places})",  # noqa: S608 - tables named here
            rows,
        )


def _document_row(one: Mapping[str, Any]) -> tuple[Any, ...]:
    lists = {name: json.dumps(one[name], sort_keys=True) for name in ("channels", "codes", "keep")}
    return tuple({**one, **lists, "example": int(one["example"])}[name] for name in _DOCUMENT)
