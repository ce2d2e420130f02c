"""The catalogue that the ministry publishes: stored only where the centre's key signed it.

    {v, n, at, documents: [...], services: [...]}        payload of a compact JWS of the centre
    document   {code, name, short, owner, channels, keep, linkage: {office, service, version} or null}
    service    {code, name, purpose, legal, documents: [{document, need, whose}]}

No other members are allowed, so it cannot change an address, a threshold or a retention time. What the unit
has set itself for a document (its codes at the gateways, the fields of an answer that are stored) stays.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from store.counter.visit import UNFINISHED
from store.errors import BadInput
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt
from store.formats.line import Entry, LineKind, sql_words
from store.settings.catalogue import Channel, Needed, Whose

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

CATALOGUE = "nocopy-catalogue+jws"
_DOCUMENT = {"code", "name", "short", "owner", "channels", "keep", "linkage"}
_SERVICE = {"code", "name", "purpose", "legal", "documents"}
_LINKAGE = {"office", "service", "version"}
_CODE = re.compile(r"[A-Z][0-9]{2,4}")
_DIGITS = re.compile(r"[0-9]{1,8}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,3}")
_MOST = 500


class _Wrong(Exception):
    """The member with that name does not have the agreed form."""


def checked(catalogue: dict[str, Any]) -> dict[str, Any]:
    """The catalogue's `documents` and `services`; raises BadInput where it does not have the agreed form."""
    try:
        return _content(catalogue, set())
    except _Wrong as wrong:
        raise BadInput(what="the catalogue", problem=str(wrong)) from None


def take(office: Office, token: str) -> bool:
    """Replaces the catalogue by the ministry's, with a `catalogue` line; False where it is not newer.

    `token` is a compact JWS. Raises a BadSignature or BadReceipt; then nothing is changed.
    """
    keys = json.loads(office.settings.get("centre.keys") or "{}")
    if "receipt" not in keys:
        raise BadReceipt(part="key")
    kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
    value = jws.read_compact(token, typ=CATALOGUE, key_of={kid: keys["receipt"]}.get).value
    n = value.get("n")
    if value.get("v") != 1 or type(n) is not int:
        raise BadReceipt(part="n")
    try:
        content = _content(value, {"v", "n", "at"})
    except _Wrong as wrong:
        raise BadReceipt(part=str(wrong)) from None
    digest = sha256_hex(token.encode("ascii"))
    with office.database.write() as db:
        held = db.execute("SELECT n FROM published WHERE id = 1").fetchone()
        if held is not None and held[0] >= n:
            return False
        _replace(db, content)
        db.execute("INSERT OR REPLACE INTO published(id, n, sha256) VALUES (1, ?, ?)", [n, digest])
        facts = {"name": "ministry", "n": n, "sha256": digest, "services": len(content["services"])}
        office.ledger.append(db, Entry(LineKind.CATALOGUE, office.who.login, facts=facts))
    return True


def held(office: Office) -> str | None:
    """The SHA-256 (hex) of the ministry's catalogue in these books, or None."""
    found = office.database.value("SELECT sha256 FROM published WHERE id = 1")
    return None if found is None else str(found)


def _replace(db: Tables, content: dict[str, Any]) -> None:
    for item in content["documents"]:
        mine = db.execute(
            "SELECT codes, keep, example FROM document WHERE code = ?", [item["code"]]
        ).fetchone()
        codes, keep = {}, item["keep"]
        if mine is not None:
            codes = json.loads(mine[0])
            keep = keep if mine[2] and keep else json.loads(mine[1])
        if item["linkage"] is not None and (mine is None or mine[2] or "linkage" not in codes):
            codes["linkage"] = item["linkage"]
        db.execute(
            "INSERT OR REPLACE INTO document(code, name, short, owner, channels, codes, keep, example)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            [
                *(item[name] for name in ("code", "name", "short", "owner")),
                *(json.dumps(one) for one in (item["channels"], codes, keep)),
            ],
        )
    for item in content["services"]:
        db.execute("DELETE FROM service_document WHERE service = ?", [item["code"]])
        db.execute(
            "INSERT OR REPLACE INTO service(code, name, purpose, legal, example) VALUES (?, ?, ?, ?, 0)",
            [item[name] for name in ("code", "name", "purpose", "legal")],
        )
        for n, need in enumerate(item["documents"], 1):
            db.execute(
                "INSERT INTO service_document(service, document, n, need, whose) VALUES (?, ?, ?, ?, ?)",
                [item["code"], need["document"], n, need["need"], need["whose"]],
            )
    _drop_others(db, content)


def _drop_others(db: Tables, content: dict[str, Any]) -> None:
    """Deletes what the ministry no longer names, unless an unfinished visit needs it."""
    services = {item["code"] for item in content["services"]}
    live = f"SELECT id FROM visit WHERE state IN ({sql_words(UNFINISHED)})"  # noqa: S608
    busy = f"SELECT service FROM visit WHERE id IN ({live})"  # noqa: S608  (both written here)
    services |= {row[0] for row in db.execute(busy)}
    for (code,) in db.execute("SELECT code FROM service").fetchall():
        if code not in services:
            db.execute("DELETE FROM service_document WHERE service = ?", [code])
            db.execute("DELETE FROM service WHERE code = ?", [code])
    documents = {item["code"] for item in content["documents"]}
    wanted = f"SELECT document FROM wanted WHERE visit IN ({live})"  # noqa: S608
    needed = "SELECT document FROM service_document"
    documents |= {row[0] for query in (wanted, needed) for row in db.execute(query)}
    for (code,) in db.execute("SELECT code FROM document").fetchall():
        if code not in documents:
            db.execute("DELETE FROM document WHERE code = ?", [code])


def _content(value: dict[str, Any], beside: set[str]) -> dict[str, Any]:
    if value.keys() - beside != {"documents", "services"}:
        raise _Wrong("members")
    documents = [_document(item) for item in _list(value, "documents")]
    codes = {item["code"] for item in documents}
    services = [_service(item, codes) for item in _list(value, "services")]
    if len(codes) != len(documents) or len({item["code"] for item in services}) != len(services):
        raise _Wrong("code")
    return {"documents": documents, "services": services}


def _document(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict) or item.keys() != _DOCUMENT:
        raise _Wrong("document")
    _texts(item, ("name", "short", "owner"))
    _code(item)
    channels, keep = _list(item, "channels"), item["keep"]
    if any(one not in tuple(Channel) for one in channels) or len(set(channels)) != len(channels):
        raise _Wrong("channels")
    if not isinstance(keep, list) or not all(isinstance(one, str) and _FIELD.fullmatch(one) for one in keep):
        raise _Wrong("keep")
    linkage = item["linkage"]
    if linkage is not None:
        if not isinstance(linkage, dict) or linkage.keys() != _LINKAGE:
            raise _Wrong("linkage")
        if not all(isinstance(one, str) and _DIGITS.fullmatch(one) for one in linkage.values()):
            raise _Wrong("linkage")
    return item


def _service(item: Any, documents: set[str]) -> dict[str, Any]:
    if not isinstance(item, dict) or item.keys() != _SERVICE:
        raise _Wrong("service")
    _texts(item, ("name", "purpose", "legal"))
    _code(item)
    seen = set()
    for need in _list(item, "documents"):
        if not isinstance(need, dict) or need.keys() != {"document", "need", "whose"}:
            raise _Wrong("need")
        if need["document"] not in documents or need["need"] not in (Needed.REQUIRED, Needed.IF_ANY):
            raise _Wrong("need")
        if need["whose"] not in tuple(Whose):
            raise _Wrong("whose")
        seen.add((need["document"], need["whose"]))
    if len(seen) != len(item["documents"]):
        raise _Wrong("need")
    return item


def _list(item: dict[str, Any], name: str) -> list[Any]:
    found = item.get(name)
    if not isinstance(found, list) or not 0 < len(found) <= _MOST:
        raise _Wrong(name)
    return found


def _code(item: dict[str, Any]) -> None:
    if not isinstance(item["code"], str) or not _CODE.fullmatch(item["code"]):
        raise _Wrong("code")


def _texts(item: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        text = item[name]
        if not isinstance(text, str) or not 0 < len(text) <= 200 or not text.isprintable():
            raise _Wrong(name)
