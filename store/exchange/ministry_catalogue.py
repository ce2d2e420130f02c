"""Takes the catalogue that the ministry publishes into the books, where the centre's key signed it.

Its token is kept: what the unit has from then on is the head's settings document and the publications since
(store/settings/composed.py), and the tables of the catalogue are copies of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.counter.visit import UNFINISHED
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt
from store.formats.line import Entry, LineKind, sql_words
from store.settings.content import Content, fill
from store.settings.publication import read_publication

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office


def take(office: Office, token: str) -> bool:
    """Replaces the catalogue by the ministry's, with a `catalogue` line; False where it is not newer.

    `token` is a compact JWS. Raises a BadSignature or BadReceipt, NotSignedYet and NotAsSigned; then nothing
    is changed.
    """
    if not token.isascii():
        raise BadReceipt(part="token")
    digest = sha256_hex(token.encode("ascii"))
    with office.database.write() as db:
        said = read_publication(token, office.settings.receipt_keys(db))
        if said.n <= office.settings.published(db)[0]:
            return False
        office.settings.check_copies(db)
        db.execute(
            "INSERT OR REPLACE INTO publication(n, sha256, token) VALUES (?, ?, ?)", [said.n, digest, token]
        )
        facts = {"name": "ministry", "n": said.n, "sha256": digest, "services": len(said.services)}
        office.ledger.append(db, Entry(LineKind.CATALOGUE, office.who.login, facts=facts))
        now, known = office.settings.catalogued(db)
        fill(db, _with_what_is_needed(db, now, known))
    return True


def held(office: Office) -> str | None:
    """The SHA-256 (hex) of the ministry's catalogue in these books, or None."""
    with office.database.reading() as db:
        return office.settings.published(db)[1]


def _with_what_is_needed(db: Tables, now: Content, known: Content) -> Content:
    """The unit's catalogue, with what the ministry no longer names but an unfinished visit needs."""
    live = f"SELECT id FROM visit WHERE state IN ({sql_words(UNFINISHED)})"  # noqa: S608
    asked = (
        f"SELECT service FROM visit WHERE id IN ({live})",  # noqa: S608
        f"SELECT document FROM wanted WHERE visit IN ({live})",  # noqa: S608
    )
    busy, wanted = ({row[0] for row in db.execute(query).fetchall()} for query in asked)
    services = {code: one for code, one in known.services.items() if code in now.services or code in busy}
    wanted |= {need["document"] for one in services.values() for need in one["documents"]}
    documents = {
        code: one for code, one in known.documents.items() if code in now.documents or code in wanted
    }
    return Content(documents, services)
