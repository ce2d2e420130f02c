"""Reads what a station signed, and signs receipts of the centre. Raises CallRefused."""

from __future__ import annotations

import msgspec

from store.exchange import payloads
from store.exchange.agreed import agreed, formed
from store.formats import jws
from store.formats.canonical import canonical
from store.formats.errors import BadSignature, WrongMember
from store.formats.report import RECEIPT
from sync.centre.keys import CentreKeys
from sync.centre.problem import CallRefused, not_agreed
from sync.centre.storage import Submission

_LONGEST_RECEIPT = 60_000  # characters; the web server takes no longer header


def opened(body: bytes, typ: str | None = None) -> jws.Unverified:
    """A signed file, read once and not verified; of the kind `typ`, where one is given."""
    try:
        file = jws.unverified(body)
        found = file.typ
    except WrongMember as error:
        raise not_agreed(error) from error
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error
    if typ not in (None, found):
        raise CallRefused("bad-content", f"The content is of another kind than {typ}.")
    return file


def verified(
    file: jws.Unverified, typ: str, keys: dict[str, str], header: type[msgspec.Struct] = payloads.Header
) -> jws.Signed:
    """The signed content, where every signature holds and every protected header has the agreed form.

    `keys` maps a kid to the public key trusted for it.
    """
    try:
        signed = file.verified(typ, keys.get)
        for n, found in enumerate(signed.headers):
            formed(header, found, f"signatures[{n}].protected")
    except WrongMember as error:
        raise not_agreed(error, "bad-signature") from error
    except BadSignature as error:
        raise CallRefused("bad-signature", str(error)) from error
    return signed


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


def own_receipt(keys: CentreKeys, token: str) -> payloads.Receipt:
    """The payload of a receipt of this centre. Raises CallRefused for any other."""
    if len(token) > _LONGEST_RECEIPT:
        raise CallRefused("too-large", "The receipt is longer than any that the centre gives.")
    key = keys.public["receipt"]
    kid = jws.thumbprint(jws.key_bytes(key))
    signed = verified(opened(token.encode("utf-8", "replace"), RECEIPT), RECEIPT, {kid: key})
    try:
        receipt: payloads.Receipt = agreed(RECEIPT, signed.value)
    except WrongMember as error:
        raise not_agreed(error) from error
    return receipt
