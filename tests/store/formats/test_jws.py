"""Signed files: signed bytes read back, and all others are refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from store.formats import jws
from store.formats.canonical import b64, canonical, unb64
from store.formats.errors import (
    BadSignature,
    DamagedJws,
    ForbiddenHeader,
    SameSigner,
    UnknownSigner,
    WrongAlgorithm,
    WrongKind,
    WrongMember,
    WrongSignature,
)

TYP = "nocopy-report+jws"
SEEDS = [bytes([n]) * 32 for n in (1, 2, 3)]
PUBLIC = [b64(jws.public_of(seed)) for seed in SEEDS]
KIDS = [jws.thumbprint(jws.public_of(seed)) for seed in SEEDS]
KEYS = dict(zip(KIDS, PUBLIC, strict=True))
PAYLOAD = canonical({"v": 1, "unit": "5001", "note": "เรื่อง"})
IN_BOOKS = (
    "eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoiVUREUmVPWmwxaXBYQWZwOXdZc20xM3NEQk1LNW9nLS1RV2RCanp1ZjZvNCIsInR5cCI6Im5vY29w"
    "eS1yZWNlaXB0K2p3cyJ9.eyJub3RlIjoi4LmA4Lij4Li34LmI4Lit4LiHIiwidW5pdCI6IjUwMDEiLCJ2IjoxfQ.pU6hNLjhGZE7k29plwcm"
    "6UYExmHklLMkq6itE4r7jr9nBfYiH2DmQ2-6P4slIfsySVrkfucFEt7OjOM6rhTBBA"
)
"""A receipt as existing books hold it: PAYLOAD, signed with the first seed."""


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
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(f"{protected}.{b64(payload)}".encode())
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


def test_the_bytes_of_a_signed_file_are_those_of_existing_books() -> None:
    typ = "nocopy-receipt+jws"
    assert jws.sign_compact(PAYLOAD, typ=typ, header={}, seed=SEEDS[0]) == IN_BOOKS
    assert jws.read_compact(IN_BOOKS, typ=typ, key_of=KEYS.get).payload == PAYLOAD


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
        (lambda: _forged(_header(at=1.5)), WrongMember),
        (lambda: _forged(json.dumps(_header())[:-1].encode() + b',"alg":"none"}'), WrongMember),
        (lambda: _forged(_header(), b'{"unit":"5001","unit":"5002"}'), WrongMember),
        (lambda: _forged(_header(), b'{"visits":1e3}'), WrongMember),
        (lambda: _forged(_header(), b'{"visits":NaN}'), WrongMember),
        (lambda: _forged(_header(), b'{"name":"\\ud800"}'), WrongMember),
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


@pytest.mark.parametrize(
    ("payload", "member", "problem"),
    [
        (b'{"use":[1,[2,{"n":1,"n":2}]]}', "use[1][1].n", "it stands twice"),
        (b'{"use":[[0.5]]}', "use[0][0]", "it has another type"),
        (b'{"visits":-' + b"9" * 5000 + b"}", "visits", "it is too large or too small"),
        (b'{"a":{"name":"\\udc00"}}', "a.name", "it has another form"),
        (b'{"\\u001b[2J\\ud800":1}', "[2J", "nobody agreed on it"),
    ],
)
def test_a_refusal_names_the_member_that_nobody_reads_alike(
    payload: bytes, member: str, problem: str
) -> None:
    with pytest.raises(WrongMember) as caught:
        jws.read(_forged(_header(), payload), typ=TYP, key_of=KEYS.get)
    assert caught.value.facts == {"member": member, "problem": problem}


def _stray(text: str) -> str:
    """The same bytes in base64url, with one of the unused bits of its last letter set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4 in (2, 3)
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


SPELLINGS: list[Callable[[str], Any]] = [
    lambda text: text + "=" * (-len(text) % 4),
    _stray,
    lambda text: text[:-1] + "+",
    lambda text: text[:-1] + "/",
    lambda text: text + "\n",
    lambda text: " " + text,
    lambda text: text[:4] + "." + text[4:],
    lambda text: text + "é",
    lambda text: text + "A" * (1 + -len(text) % 4),
    lambda _text: None,
    lambda _text: 7,
    lambda text: [text],
    lambda text: {"b64": text},
]


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("member", ["payload", "protected"])
def test_base64url_in_another_spelling_is_damage(member: str, spelled: Callable[[str], Any]) -> None:
    # The signature is right for the bytes in this spelling: so it is the spelling that is refused.
    payload, header = b64(b'{"a":"12"}'), b64(canonical(_header(at="1")))
    taken = spelled(payload if member == "payload" else header)
    payload, header = (taken, header) if member == "payload" else (payload, taken)
    made = Ed25519PrivateKey.from_private_bytes(SEEDS[0]).sign(f"{header}.{payload}".encode())
    outer = {"payload": payload, "signatures": [{"protected": header, "signature": b64(made)}]}
    with pytest.raises(DamagedJws) as caught:
        jws.read(json.dumps(outer).encode(), typ=TYP, key_of=KEYS.get)
    assert caught.value.facts["part"] == member


@pytest.mark.parametrize("spelled", SPELLINGS)
@pytest.mark.parametrize("member", ["signature", "findings"])
def test_another_spelling_is_damage_also_where_no_signature_covers_it(
    member: str, spelled: Callable[[str], Any]
) -> None:
    outer = json.loads(_signed())
    outer["findings"] = b64(b"[12]")
    jws.read(json.dumps(outer).encode(), typ=TYP, key_of=KEYS.get)
    place = outer["signatures"][0] if member == "signature" else outer
    place[member] = spelled(place[member])
    with pytest.raises(DamagedJws) as caught:
        jws.read(json.dumps(outer).encode(), typ=TYP, key_of=KEYS.get)
    assert caught.value.facts["part"] == member


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_wrong(length: int) -> None:
    header, payload, made = _forged(_header()).decode().split(".")
    other = b64((unb64(made) * 2)[:length])
    with pytest.raises(WrongSignature):
        jws.read_compact(f"{header}.{payload}.{other}", typ=TYP, key_of=KEYS.get)


@pytest.mark.parametrize(
    "header", [{}, {"alg": ["Ed25519"]}, {"alg": None}, {"typ": [TYP]}, {"kid": None}, {"kid": [KIDS[0]]}, []]
)
def test_a_header_of_other_types_is_refused(header: Any) -> None:
    whole = canonical({**_header(), **header} if header else header)
    with pytest.raises((WrongAlgorithm, WrongKind, DamagedJws)):
        jws.read(_forged(whole), typ=TYP, key_of=KEYS.get)


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_a_header_without_one_of_its_members_is_refused(name: str) -> None:
    header = _header()
    del header[name]
    with pytest.raises((WrongAlgorithm, WrongKind, DamagedJws)):
        jws.read(_forged(header), typ=TYP, key_of=KEYS.get)


@pytest.mark.parametrize(
    "changed",
    [
        lambda whole: whole[:-1] + b',"payload":"e30"}',
        lambda whole: whole[:-1] + b',"more":1}',
        lambda whole: whole.replace(b'"payload"', b'"payloads"'),
        lambda whole: whole.replace(b'"signatures":[', b'"signatures":[[],'),
        lambda whole: whole.replace(b'"signatures":[', b'"signatures":[{},'),
        lambda whole: whole.replace(b'"protected"', b'"more":"","protected"', 1),
        lambda whole: whole.replace(b'"protected"', b'"signature":"AAAA","protected"', 1),
        lambda whole: whole[: whole.index(b'"signatures"')] + b'"signatures":{}}',
        lambda whole: b"[" + whole + b"]",
        lambda whole: b"\xef\xbb\xbf" + whole,
        lambda whole: whole + whole,
        lambda whole: whole[:-1],
        lambda whole: whole.decode().encode("utf-16"),
    ],
)
def test_an_outer_object_of_another_shape_is_damage(changed: Callable[[bytes], bytes]) -> None:
    data = changed(_signed())
    assert data != _signed()
    with pytest.raises(DamagedJws):
        jws.read(data, typ=TYP, key_of=KEYS.get)


@pytest.mark.parametrize(
    "key", ["", "AAAA", b64(bytes(31)), b64(bytes(33)), PUBLIC[0] + "=", _stray(PUBLIC[0])]
)
def test_a_key_in_another_form_is_damage(key: str) -> None:
    with pytest.raises(DamagedJws):
        jws.read(_forged(_header()), typ=TYP, key_of=lambda _kid: key)


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
