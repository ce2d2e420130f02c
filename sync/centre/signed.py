"""Reads what a station signed, and signs receipts of the centre. Raises CallRefused."""

from __future__ import annotations

from typing import Any

from store.formats import jws
from store.formats.canonical import canonical
from store.formats.errors import BadSignature
from store.formats.report import RECEIPT
from sync.centre.keys import CentreKeys
from sync.centre.problem import CallRefused
from sync.centre.storage import Submission


def claims_of(body: bytes, typ: str) -> dict[str, Any]:
    """The payload of a file of the kind `typ`, without verifying a signature."""
    found, payload = read_claims(body)
    if found != typ:
        raise CallRefused("bad-content", f"The content is of another kind than {typ}.")
    return payload


def read_claims(body: bytes) -> tuple[str, dict[str, Any]]:
    """A file's kind and payload, without verifying a signature."""
    try:
        return jws.claims(body)
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error


def verified(body: bytes, typ: str, keys: dict[str, str]) -> jws.Signed:
    """The signed content, where every signature holds; `keys` maps a kid to the public key trusted for it."""
    try:
        return jws.read(body, typ=typ, key_of=keys.get)
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error


def receipt_for(keys: CentreKeys, made: Submission, confirmed: bool, heads: list[str]) -> str:
    """The centre's receipt (compact JWS) for a submission just received."""
    payload = {
        "v": 1,
        "id": made.id,
        "sha256": made.sha256,
        "kind": made.kind,
        "unit": made.unit,
        "station": made.station,
        "month": made.month,
        "revision": made.revision,
        "received_at": made.received_at,
        "late": made.late,
        "people": "confirmed" if confirmed else "unconfirmed",
        "heads": heads,
    }
    return jws.sign_compact(canonical(payload), typ=RECEIPT, header={}, seed=keys.receipt_seed)


def own_receipt(keys: CentreKeys, token: str) -> dict[str, Any]:
    """The payload of a receipt of this centre. Raises CallRefused for any other."""
    key = keys.public["receipt"]
    kid = jws.thumbprint(jws.key_bytes(key))
    return verified(token.encode("utf-8"), RECEIPT, {kid: key}).value
