"""The keys of the heads: whose signature counts for what only a head decides."""

from __future__ import annotations

from store.base.database import Tables
from store.formats.jws import key_bytes, thumbprint


def head_keys(db: Tables, seq: int | None = None) -> dict[str, str]:
    """{kid: public key (b64)} of those who were heads when line `seq` was written; None: the last line."""
    at = db.execute(
        "SELECT at FROM ledger WHERE seq = coalesce(?, (SELECT max(seq) FROM ledger))", [seq]
    ).fetchone()
    if at is None:
        return {}
    rows = db.execute(
        "SELECT person_key.kid, person_key.signing_key FROM person_key JOIN appointment USING (login)"
        " WHERE role = 'head' AND appointment.from_at <= :at"
        " AND coalesce(appointment.until_at, :at) >= :at"
        " AND coalesce(person_key.from_at, :at) <= :at AND coalesce(person_key.until_at, :at) >= :at",
        {"at": at[0]},
    )
    return dict(rows.fetchall())


def first_sheet_key(db: Tables) -> dict[str, str]:
    """{kid: public key (b64)} of the recovery sheet that the books began with; empty in older books."""
    row = db.execute("SELECT body ->> '$.facts.sheet_key' FROM ledger WHERE seq = 0").fetchone()
    return {} if row is None or row[0] is None else {thumbprint(key_bytes(row[0])): row[0]}
