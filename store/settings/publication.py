"""The catalogue that the ministry publishes, as the centre signs it, and what it makes of the unit's own.

    {v, n, at, documents: [...], services: [...]}        payload of a compact JWS of the centre
    document   {code, name, short, owner, channels, keep, linkage: {office, service, version} or null}
    service    {code, name, purpose, legal, documents: [{document, need, whose}]}

No other members are allowed, so it cannot change an address, a threshold or a retention time. What the unit
has set itself for a document (its codes at the gateways, the fields of an answer that are stored) stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from store.errors import BadInput
from store.formats import jws
from store.formats.errors import BadReceipt
from store.settings.catalogue import Channel, Needed, Whose
from store.settings.content import Content

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


@dataclass(frozen=True)
class Publication:
    """One catalogue of the ministry: `n` grows with each."""

    n: int
    documents: list[dict[str, Any]]
    services: list[dict[str, Any]]


def read_publication(token: str, receipt_keys: Iterable[str]) -> Publication:
    """A publication, verified with one of the centre's receipt keys (b64).

    Raises a BadSignature or BadReceipt.
    """
    keys = {jws.thumbprint(jws.key_bytes(key)): key for key in receipt_keys}
    if not keys:
        raise BadReceipt(part="key")
    value = jws.read_compact(token, typ=CATALOGUE, key_of=keys.get).value
    n = value.get("n")
    if value.get("v") != 1 or type(n) is not int:
        raise BadReceipt(part="n")
    try:
        content = _content(value, {"v", "n", "at"})
    except _Wrong as wrong:
        raise BadReceipt(part=str(wrong)) from None
    return Publication(n, content["documents"], content["services"])


def merged(known: Content, said: Publication) -> tuple[Content, Content]:
    """(what the unit has from now on, that and what was known before), after this publication."""
    documents, services = dict(known.documents), dict(known.services)
    for item in said.documents:
        documents[item["code"]] = _merged_document(item, documents.get(item["code"]))
    for item in said.services:
        services[item["code"]] = {**item, "example": False}
    now = Content(
        {item["code"]: documents[item["code"]] for item in said.documents},
        {item["code"]: services[item["code"]] for item in said.services},
    )
    return now, Content(documents, services)


def _merged_document(item: Mapping[str, Any], mine: Mapping[str, Any] | None) -> dict[str, Any]:
    codes, keep = {}, item["keep"]
    if mine is not None:
        codes = dict(mine["codes"])
        keep = keep if mine["example"] and keep else mine["keep"]
    if item["linkage"] is not None and (mine is None or mine["example"] or "linkage" not in codes):
        codes["linkage"] = item["linkage"]
    named = {name: item[name] for name in ("code", "name", "short", "owner", "channels")}
    return {**named, "codes": codes, "keep": keep, "example": False}


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
