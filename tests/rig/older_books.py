"""Books as the version before made them: lines of version 1, tables alone, and no signed document."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from store.base.locations import Locations
from store.formats import jws, tree
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.line import FIRST_PREV, leaf_hash
from store.formats.report import RECEIPT
from store.people.vault import Keyring, Seen
from tests.rig.lines import burglar, tamper
from tests.rig.office import HEAD, PASSPHRASE

CENTRE_SEED = bytes(range(3, 35))
_OF_LATER = {"sheet_key", "recovery_key", "signed", "roles_n"}


def make_older(
    locations: Locations, *, confirmed: Sequence[str] | None = None, but: str | None = None
) -> None:
    """Turns the books of an office into such books; whose members are unchanged otherwise.

    `confirmed`: the logins that stood as head in the enrolment that the centre received; None: never
    enrolled. `but` still has a first passphrase.
    """
    keyring = Keyring(locations.keys)
    key = keyring.unlock(HEAD, PASSPHRASE[HEAD]).db_key
    raw = burglar(locations.books, key)
    bodies = [json.loads(row[0]) for row in raw.execute("SELECT body FROM ledger ORDER BY seq")]
    sealed = raw.execute("SELECT count(*) FROM sealed").fetchone()[0]
    people = _people(raw, confirmed or ())
    raw.close()
    assert sealed == 0, "a new office has no uses yet"
    bodies = [_older(body) for body in bodies]
    statements = ["DELETE FROM roles_document", "UPDATE person SET first_key = NULL"]
    statements.append("DELETE FROM settings_document")
    statements.append(
        "DELETE FROM setting WHERE name GLOB 'centre.*fingerprint' OR name = 'centre.enrolling_job'"
    )
    if confirmed is not None:
        listed = canonical({"v": 1, "unit": "5001", "n": 1, "prev": None, "people": people}).decode()
        receipt = _receipt(listed)
        facts = {"kind": "enrolment", "job": "j", "centre": "c", "receipt_key": _public()}
        bodies.append({**bodies[-1], "kind": "receipt", "officer": HEAD, "facts": facts})
        statements.append(
            "INSERT INTO people_list(n, payload, sha256, sent, receipt) VALUES"
            f" (1, CAST(x'{listed.encode().hex()}' AS TEXT), '{sha256_hex(listed.encode())}', 1, '{receipt}')"
        )
    written, root = _written(bodies)
    tamper(locations.books, *statements, *written, key=key)
    for login, passphrase in PASSPHRASE.items():
        if login == but:
            continue
        keyring.remember(keyring.unlock(login, passphrase), Seen(len(bodies), root))


def _older(body: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in body.items() if name != "session"} | {"v": 1}
    facts = body.get("facts")
    if facts is not None:
        kept = {name: value for name, value in facts.items() if name not in _OF_LATER}
        # Under this name the lines of a setup had a list of words.
        body["facts"] = {name: value for name, value in kept.items() if not isinstance(value, dict)}
    return body


def _written(bodies: list[dict[str, Any]]) -> tuple[list[str], bytes]:
    statements = ["DELETE FROM node", "DELETE FROM ledger", "DELETE FROM session"]
    nodes: dict[tuple[int, int], bytes] = {}
    leaf = FIRST_PREV
    for seq, body in enumerate(bodies):
        text, prev = canonical({**body, "seq": seq, "nonce": b64(secrets.token_bytes(16))}), leaf
        leaf = nodes[0, seq] = leaf_hash(prev, text)
        values = f"{seq}, CAST(x'{text.hex()}' AS TEXT), x'{prev.hex()}', x'{leaf.hex()}'"
        statements.append(f"INSERT INTO ledger(seq, body, prev, leaf) VALUES ({values})")
        for level, n, made in tree.completed(seq, leaf, lambda level, n: nodes[level, n]):
            nodes[level, n] = made
            statements.append(f"INSERT INTO node VALUES ({level}, {n}, x'{made.hex()}')")
    return statements, tree.root(len(bodies), lambda level, n: nodes[level, n])


def _people(raw: Any, confirmed: Sequence[str]) -> list[dict[str, Any]]:
    rows = raw.execute("SELECT login, kid, signing_key FROM person WHERE kid IS NOT NULL").fetchall()
    return [
        {
            **{"login": login, "name": login, "role": "head", "kid": kid, "key": key, "station": "01"},
            **{"from": "2026-01-01T00:00:00+07:00", "until": None},
        }
        for login, kid, key in rows
        if login in confirmed
    ]


def _receipt(listed: str) -> str:
    payload = {"v": 1, "id": sha256_hex(listed.encode()), "kind": "people", "unit": "5001"}
    return jws.sign_compact(canonical(payload), typ=RECEIPT, header={}, seed=CENTRE_SEED)


def _public() -> str:
    return b64(jws.public_of(CENTRE_SEED))
