"""Signed files: what is signed reads back, and nothing else does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from store import jws
from store.canonical import b64, canonical, unb64
from store.errors import (
    BadSignature,
    DamagedJws,
    ForbiddenHeader,
    SameSigner,
    UnknownSigner,
    WrongAlgorithm,
    WrongKind,
    WrongSignature,
)

TYP = "nocopy-report+jws"
SEEDS = [bytes([n]) * 32 for n in (1, 2, 3)]
PUBLIC = [b64(jws.public_of(seed)) for seed in SEEDS]
KIDS = [jws.thumbprint(jws.public_of(seed)) for seed in SEEDS]
KEYS = dict(zip(KIDS, PUBLIC, strict=True))
PAYLOAD = canonical({"v": 1, "unit": "5001", "note": "เรื่อง"})


def _signed(payload: bytes = PAYLOAD) -> bytes:
    roles = ["officer", "controller", "head"]
    made = [
        jws.sign_one(payload, typ=TYP, header={"role": role, "login": "สมชาย"}, seed=seed)
        for role, seed in zip(roles, SEEDS, strict=True)
    ]
    return jws.assemble(payload, made)


def _forged(header: dict[str, Any] | bytes, payload: bytes = PAYLOAD, seed: bytes = SEEDS[0]) -> bytes:
    """A compact JWS with any header at all, truly signed by a key that is trusted."""
    protected = b64(header if isinstance(header, bytes) else json.dumps(header).encode())
    key = jws.key_from_seed(seed).get_op_key("sign")
    signature = key.sign(f"{protected}.{b64(payload)}".encode())  # type: ignore[union-attr]
    return f"{protected}.{b64(payload)}.{b64(signature)}".encode()


def _header(**more: Any) -> dict[str, Any]:
    return {"alg": "Ed25519", "typ": TYP, "kid": KIDS[0], **more}


def test_three_signatures_over_one_payload_are_read_back() -> None:
    signed = jws.read_general(_signed(), typ=TYP, key_of=KEYS.get)
    assert signed.payload == PAYLOAD
    assert signed.value["note"] == "เรื่อง"
    assert [header["role"] for header in signed.headers] == ["officer", "controller", "head"]


def test_an_outsider_needs_only_rfc_7515_and_7638_to_check_it() -> None:
    outer = json.loads(_signed())
    first = outer["signatures"][0]
    raw = base64.urlsafe_b64decode(PUBLIC[0] + "=")
    Ed25519PublicKey.from_public_bytes(raw).verify(
        base64.urlsafe_b64decode(first["signature"] + "=="),
        f"{first['protected']}.{outer['payload']}".encode(),
    )
    # The example of RFC 8037, A.3.
    known = unb64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    assert jws.thumbprint(known) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_every_flipped_byte_of_a_signed_file_is_noticed() -> None:
    data = _signed()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x01
        with pytest.raises(BadSignature):
            jws.read_general(bytes(changed), typ=TYP, key_of=KEYS.get)


@pytest.mark.parametrize(
    ("forgery", "refused"),
    [
        (lambda: _forged(_header(alg="none")), WrongAlgorithm),
        (lambda: _forged(_header(alg="HS256")), WrongAlgorithm),
        (lambda: _forged(_header(alg="EdDSA")), WrongAlgorithm),
        (lambda: _forged(_header(jwk={"kty": "OKP", "crv": "Ed25519", "x": PUBLIC[0]})), ForbiddenHeader),
        (lambda: _forged(_header(jku="https://example.invalid/keys")), ForbiddenHeader),
        (lambda: _forged(_header(x5c=["AAAA"])), ForbiddenHeader),
        (lambda: _forged(_header(crit=["exp"], exp=1)), ForbiddenHeader),
        (lambda: _forged(_header(b64=False)), ForbiddenHeader),
        (lambda: _forged(_header(typ="nocopy-receipt+jws")), WrongKind),
        (lambda: _forged(_header(kid=KIDS[1])), WrongSignature),
        (lambda: _forged(_header(kid="unknown")), UnknownSigner),
        (lambda: _forged(_header(kid="\x1b[2J")), DamagedJws),
        (lambda: _forged(_header(at=1.5)), DamagedJws),
        (lambda: _forged(json.dumps(_header())[:-1].encode() + b',"alg":"none"}'), DamagedJws),
        (lambda: _forged(_header(), b'{"unit":"5001","unit":"5002"}'), DamagedJws),
        (lambda: _forged(_header(), b'{"visits":1e3}'), DamagedJws),
        (lambda: _forged(_header(), b'{"visits":NaN}'), DamagedJws),
        (lambda: _forged(_header(), b'{"name":"\\ud800"}'), DamagedJws),
        (lambda: _forged(_header(), b'{"a":' * 100_000), DamagedJws),
        (lambda: _forged(_header(), b"[]"), DamagedJws),
        (lambda: _forged(_header()) + b"=", DamagedJws),
        (lambda: b"a.b", DamagedJws),
    ],
)
def test_a_forged_file_is_refused_with_its_own_sentence(
    forgery: Callable[[], bytes], refused: type[BadSignature]
) -> None:
    with pytest.raises(BadSignature) as caught:
        jws.read(forgery(), typ=TYP, key_of=KEYS.get)
    assert type(caught.value) is refused
    assert str(caught.value).isprintable()


def test_one_person_cannot_sign_twice() -> None:
    twice = [jws.sign_one(PAYLOAD, typ=TYP, header={"n": n}, seed=SEEDS[0]) for n in (1, 2)]
    with pytest.raises(SameSigner):
        jws.read_general(jws.assemble(PAYLOAD, twice), typ=TYP, key_of=KEYS.get)


def test_a_header_outside_the_signature_is_refused() -> None:
    outer = json.loads(_signed())
    outer["signatures"][0]["header"] = {"kid": KIDS[0]}
    with pytest.raises(ForbiddenHeader):
        jws.read_general(canonical(outer), typ=TYP, key_of=KEYS.get)


def test_a_file_without_signatures_is_refused() -> None:
    with pytest.raises(DamagedJws):
        jws.read_general(jws.assemble(PAYLOAD, []), typ=TYP, key_of=KEYS.get)


def test_a_key_offered_under_another_kid_is_not_believed() -> None:
    token = jws.sign_compact(PAYLOAD, typ=TYP, header={}, seed=SEEDS[0])
    with pytest.raises(UnknownSigner):
        jws.read_compact(token, typ=TYP, key_of=lambda _kid: PUBLIC[1])
