"""The head's settings document: what a head signed holds, and what the tables say is a copy of it.

    {v, unit, station, n, prev, nonce, settings: {name: value}, catalogue: {n, sha256, documents, services}}
                                                                  payload of a compact JWS of a head

Document 0 is signed by the recovery sheet when the books are made; books of before begin with document 1.
Each further one is signed by a head at its line: a `settings` line names its number and SHA-256, never a
value. `prev` is the SHA-256 of the token before, `catalogue.n` the ministry's catalogue that is in it (0:
none). The newest that a line names is in force.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from reader.sentences import mark
from store.base.database import Tables
from store.errors import NotAllowed, WrongState
from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.errors import BadSignature
from store.formats.line import Entry, LineKind
from store.formats.roles import Role
from store.ledger.errors import LedgerBroken
from store.ledger.ledger import Ledger
from store.people.head_keys import first_sheet_key, head_keys
from store.people.vault import Signer
from store.settings import centre, content, rules
from store.settings.content import Content
from store.settings.errors import NotAsSigned

SETTINGS = "nocopy-settings+jws"
DOCUMENT = mark("the settings document")
SET = mark("set")
"""What is shown for a secret."""
UNSIGNED = frozenset({"centre.token", "centre.keys", "centre.keys_before", "mobile_day"})
"""Rows of the table `setting` that no head decides."""

_MEMBERS = {"v", "unit", "station", "n", "prev", "nonce", "settings", "catalogue"}
_NAMED = (
    "SELECT seq, body ->> '$.facts.document.n', body ->> '$.facts.document.sha256' FROM ledger"
    " WHERE kind = 'settings' AND body ->> '$.facts.document.n' IS NOT NULL ORDER BY seq DESC"
)


class HasLedger(Protocol):
    """What sign_first() needs of an Office."""

    @property
    def ledger(self) -> Ledger: ...


@dataclass(frozen=True)
class Named:
    """A document's number and SHA-256 (hex), as line `seq` names it."""

    seq: int
    n: int
    sha256: str


@dataclass(frozen=True)
class Decided:
    """What a document decides; `published` is the ministry's catalogue in `content`: (number, SHA-256)."""

    settings: Mapping[str, str]
    content: Content
    published: tuple[int, str | None] = (0, None)


@dataclass(frozen=True)
class SettingsDocument:
    """A verified document."""

    named: Named
    prev: str | None
    decided: Decided


def newest(db: Tables) -> Named | None:
    """The document in force; None in books of before, where no head has signed one yet."""
    row = db.execute(f"{_NAMED} LIMIT 1").fetchone()
    return None if row is None else Named(*row)


def all_named(db: Tables) -> list[Named]:
    """All documents that lines name, the newest first."""
    return [Named(*row) for row in db.execute(_NAMED).fetchall()]


def token_of(db: Tables, named: Named) -> str:
    """The document's token (compact JWS). Raises NotAsSigned where it is gone, or another than was named."""
    row = db.execute("SELECT token FROM settings_document WHERE n = ?", [named.n]).fetchone()
    if row is None or sha256_hex(row[0].encode()) != named.sha256:
        raise NotAsSigned(what=DOCUMENT)
    return str(row[0])


def verified(db: Tables, named: Named) -> SettingsDocument:
    """The document that a line names, where a head at that line (number 0: the sheet) signed it.

    Raises NotAsSigned.
    """
    try:
        keys = first_sheet_key(db) if named.n == 0 else head_keys(db, named.seq)
        value = jws.read_compact(token_of(db, named), typ=SETTINGS, key_of=keys.get).value
    except (BadSignature, LedgerBroken) as error:  # over a broken list of people nobody is known as head
        raise NotAsSigned(what=DOCUMENT) from error
    expected = {"v": 1, **_place(db), "n": named.n}
    if value.keys() != _MEMBERS or any(value[name] != one for name, one in expected.items()):
        raise NotAsSigned(what=DOCUMENT)
    catalogue = value["catalogue"]
    decided = Decided(value["settings"], Content.of(catalogue), (catalogue["n"], catalogue["sha256"]))
    return SettingsDocument(named, value["prev"], decided)


def check_order(db: Tables) -> None:
    """Raises NotAsSigned where the lines do not name the documents in their order, each once."""
    numbers = [one.n for one in reversed(all_named(db))]
    first = numbers[0] if numbers else 0
    if first not in (0, 1) or numbers != list(range(first, first + len(numbers))):
        raise NotAsSigned(what=DOCUMENT)


def check_all(db: Tables) -> None:
    """Verifies every document, and that each names the one before it. Raises NotAsSigned."""
    check_order(db)
    before = None
    for named in reversed(all_named(db)):
        if verified(db, named).prev != before:
            raise NotAsSigned(what=DOCUMENT)
        before = named.sha256


def write_document(
    db: Tables,
    ledger: Ledger,
    signer: Signer,
    decided: Decided,
    names: Collection[str],
    put_back: Collection[str] = (),
) -> None:
    """Signs the next document inside the caller's transaction: token, line, and the tables as its copies.

    `names` are what it changes; `put_back` names the copies that were not as signed before. Raises NotAllowed
    where the signer is no head now (for the first document of new books: not the sheet).
    """
    last = newest(db)
    n = last.n + 1 if last is not None else int(bool(signer.login))
    if signer.kid not in (head_keys(db) if n else first_sheet_key(db)):
        raise NotAllowed(login=signer.login, action="settings", roles=Role.HEAD)
    published, digest = decided.published
    payload: dict[str, Any] = {
        "v": 1,
        **_place(db),
        "n": n,
        "prev": None if last is None else last.sha256,
        "nonce": b64(secrets.token_bytes(16)),
        "settings": dict(decided.settings),
        "catalogue": {"n": published, "sha256": digest, **decided.content.value()},
    }
    token = jws.sign_compact(canonical(payload), typ=SETTINGS, header={}, seed=signer.seed)
    sha256 = sha256_hex(token.encode())
    # Where a number was taken by hand, the signed one replaces it.
    db.execute(
        "INSERT OR REPLACE INTO settings_document(n, token, sha256) VALUES (?, ?, ?)", [n, token, sha256]
    )
    facts: dict[str, Any] = {"names": sorted(names), "document": {"n": n, "sha256": sha256}}
    if put_back:
        facts["put_back"] = sorted(put_back)
    ledger.append(db, Entry(LineKind.SETTINGS, signer.login or None, facts=facts))
    _copy_settings(db, decided.settings)
    content.fill(db, decided.content)


def is_signed(db: Tables) -> bool:
    """Whether these books have a settings document: books of before have none until the head signs one."""
    return newest(db) is not None


def to_be_signed(db: Tables) -> dict[str, str]:
    """{name: value} of what sign_first() signs, to be shown to the head before; a secret is SET."""
    settings = _of_before(db)
    return {name: SET if rules.is_secret(name) else settings[name] for name in sorted(settings)}


def sign_first(db: Tables, office: HasLedger, signer: Signer) -> None:
    """Signs document 1 of books of before: from the tables as they are, which the head has read before.

    The centre's keys count from now on only by the code in the last enrolment that it accepted; where the
    keys here are others, this PC must be enrolled again. Raises NotAllowed unless a head signs, and
    WrongState where there is a document already.
    """
    if is_signed(db):
        raise WrongState(problem=mark("the settings are signed already"))
    settings = _of_before(db)
    published = db.execute("SELECT n, sha256 FROM publication ORDER BY n DESC LIMIT 1").fetchone()
    if not centre.keys_fit(db, settings):
        db.execute("DELETE FROM setting WHERE name IN (?, ?)", [centre.KEYS, centre.TOKEN])
        settings.pop(centre.FINGERPRINT, None)
    decided = Decided(settings, content.read_tables(db), published or (0, None))
    write_document(db, office.ledger, signer, decided, settings)


def _of_before(db: Tables) -> dict[str, str]:
    """The settings of the tables, with the centre's fingerprints by the enrolments that were asked for."""
    known = {*rules.names(), *rules.UNLISTED} - centre.DERIVED
    found = {name: value for name, value in rows_of(db).items() if name in known}
    jobs = db.execute("SELECT id, body, state FROM job WHERE kind = 'enrolment' ORDER BY n").fetchall()
    enrolling = found.pop(centre.ENROLLING, None)
    for job, body, state in jobs:
        half = centre.half_of(str(jws.claims(bytes(body))[1]["code"]))
        if state == "done":
            found[centre.FINGERPRINT] = half
        elif enrolling is not None and state != "cancelled":
            found |= {centre.ENROLLING: enrolling, centre.ENROLLING_FINGERPRINT: half}
            found[centre.ENROLLING_JOB] = job
    return found


def rows_of(db: Tables) -> dict[str, str]:
    """{name: value} of the table `setting`, without what no head decides."""
    rows = db.execute("SELECT name, value FROM setting").fetchall()
    return {name: value for name, value in rows if name not in UNSIGNED}


def _copy_settings(db: Tables, settings: Mapping[str, str]) -> None:
    for name in rows_of(db).keys() - settings.keys():
        db.execute("DELETE FROM setting WHERE name = ?", [name])
    for name, value in settings.items():
        db.execute(
            "INSERT INTO setting(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            [name, value],
        )


def _place(db: Tables) -> dict[str, str]:
    """{unit, station} of these books."""
    rows = db.execute("SELECT name, value FROM book WHERE name IN ('unit', 'station')")
    return dict(rows.fetchall())
