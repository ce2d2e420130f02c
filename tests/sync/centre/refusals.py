"""Submissions of a report that a centre refuses, each with its status and slug."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from store.formats import jws
from store.formats.canonical import b64, canonical
from tests.sync.centre.centre_office import Office, Submission, seed_of


def _reheaded(office: Office, **header: Any) -> Submission:
    """A report whose first header was replaced by any header, truly signed by the officer."""
    report = office.report("2021-01")
    outer = json.loads(report.inflated())
    key = Ed25519PrivateKey.from_private_bytes(seed_of(office.unit, "officer"))
    public = key.public_key().public_bytes_raw()
    own = {"alg": "Ed25519", "typ": "nocopy-report+jws", "kid": jws.thumbprint(public), **header}
    own |= {"login": "officer", "role": "officer", "says": "summarised", "at": "2026-11-02T09:00:00+07:00"}
    protected = b64(canonical(own))
    made = key.sign(f"{protected}.{outer['payload']}".encode())
    outer["signatures"][0] = {"protected": protected, "signature": b64(made)}
    return report.with_content(canonical(outer))


def _altered(office: Office) -> Submission:
    report = office.report("2021-01")
    outer = json.loads(report.inflated())
    outer["payload"] = b64(canonical(office.payload("2021-01", visits=999)))
    return report.with_content(canonical(outer))


def _doubled(office: Office) -> Submission:
    report = office.report("2021-01")
    return report.with_content(report.inflated()[:-1] + b',"payload":"e30"}')


def _signers(**signers: dict[str, Any]) -> Callable[[Office], Submission]:
    return lambda office: office.report("2021-01", signers=signers)


_MALEE = {"login": "malee", "seed": seed_of("5001", "malee")}


def _fourth(office: Office) -> Submission:
    """Four signatures of three people in three roles: Malee signed in both her roles."""
    report = office.report("2021-01", signers={"officer": _MALEE})
    outer = json.loads(report.inflated())
    as_controller = _MALEE | {"seed": seed_of("5001", "malee-2")}
    also = json.loads(office.report("2021-01", signers={"controller": as_controller}).inflated())
    outer["signatures"].append(also["signatures"][1])
    return report.with_content(canonical(outer))


REFUSALS: dict[str, tuple[int, str, Callable[[Office], Submission]]] = {
    "no token": (401, "no-token", lambda o: replace(o.report("2021-01"), token="")),
    "invented token": (401, "no-token", lambda o: replace(o.report("2021-01"), token="x" * 43)),
    "id that is no id": (400, "bad-request", lambda o: replace(o.report("2021-01"), id="2021-01")),
    "digest of other bytes": (
        400,
        "digest-mismatch",
        lambda o: replace(o.report("2021-01"), digest="sha-256=:" + "A" * 43 + "=:"),
    ),
    "no digest": (400, "digest-mismatch", lambda o: replace(o.report("2021-01"), digest=None)),
    "not gzip": (400, "bad-request", lambda o: replace(o.report("2021-01"), body=b"{}")),
    "gzip cut short": (
        400,
        "bad-request",
        lambda o: replace(o.report("2021-01"), body=o.report("2021-01").body[:-5]),
    ),
    "too large as sent": (
        413,
        "too-large",
        lambda o: replace(o.report("2021-01"), body=os.urandom(1_000_001)),
    ),
    "too large inflated": (413, "too-large", lambda o: o.report("2021-01").with_content(bytes(4_000_001))),
    "another media type": (
        415,
        "media-type",
        lambda o: replace(o.report("2021-01"), headers={"Content-Type": "text/plain"}),
    ),
    "not inflated": (
        415,
        "media-type",
        lambda o: replace(o.report("2021-01"), headers={"Content-Encoding": "identity"}),
    ),
    "not JSON": (422, "bad-signature", lambda o: o.report("2021-01").with_content(b"hello")),
    "changed after signing": (422, "bad-signature", _altered),
    "a key twice": (422, "bad-content", _doubled),
    "alg none": (422, "bad-signature", lambda o: _reheaded(o, alg="none")),
    "alg HS256": (422, "bad-signature", lambda o: _reheaded(o, alg="HS256")),
    "its own key": (422, "bad-signature", lambda o: _reheaded(o, jwk={"kty": "OKP"})),
    "two signatures": (422, "bad-signature", _signers(controller={"leave_out": True})),
    "two of one key": (422, "bad-signature", _signers(controller={"seed": seed_of("5001", "officer")})),
    "two of one login": (
        422,
        "bad-signature",
        _signers(officer=_MALEE, controller=_MALEE | {"seed": seed_of("5001", "malee-2")}),
    ),
    "a stranger's key": (422, "bad-signature", _signers(head={"seed": seed_of("5001", "stranger")})),
    "a role that is not theirs": (
        422,
        "bad-signature",
        _signers(officer={"role": "controller"}, controller={"role": "officer"}),
    ),
    "two officers": (422, "bad-signature", _signers(controller=_MALEE | {"role": "officer"})),
    "four signatures": (422, "bad-signature", lambda o: _fourth(o)),
    "a key past its date": (
        422,
        "bad-signature",
        _signers(controller={"login": "former", "seed": seed_of("5001", "former")}),
    ),
    "a key before its date": (422, "bad-signature", _signers(controller={"at": "2018-12-31T23:59:59+07:00"})),
    "neither approved nor flagged": (422, "bad-signature", _signers(head={"says": "seen"})),
    "findings though approved": (422, "bad-content", lambda o: o.report("2021-01", findings=b"{}")),
    "another month's id": (
        422,
        "bad-content",
        lambda o: replace(o.report("2021-01"), id=o.report("2021-02").id),
    ),
    "a month that is none": (422, "bad-content", lambda o: o.report("2021-13")),
    "an unknown people list": (409, "behind", lambda o: o.report("2021-01", people="0" * 64)),
    "another version": (422, "bad-content", lambda o: o.report("2021-01", v=3)),
    "another unit's content": (403, "other-unit", lambda o: o.report("2021-01", unit="5002")),
}
