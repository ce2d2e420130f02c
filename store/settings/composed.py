"""What is in force now: the newest signed document, and the ministry's catalogues that came since then.

A process verifies each document once. What it answers comes from what it has verified, never from a row; so
it can go on working over tables that somebody changed, and each send asks demand(), which refuses them.
"""

from __future__ import annotations

from dataclasses import dataclass

from reader.sentences import mark
from store.base.database import Database, Tables
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt, BadSignature
from store.settings import centre, content, documents
from store.settings.content import Content
from store.settings.documents import DOCUMENT, Named, SettingsDocument
from store.settings.errors import NotAsSigned, NotSignedYet
from store.settings.publication import merged, read_publication

PUBLISHED = mark("the ministry's catalogue")
CENTRE = mark("the centre's keys")
_PUBLISHED = (
    "SELECT body ->> '$.facts.n', body ->> '$.facts.sha256' FROM ledger WHERE kind = 'catalogue'"
    " AND body ->> '$.facts.name' = 'ministry' AND seq > ? ORDER BY seq"
)


@dataclass(frozen=True)
class Catalogued:
    """`now` is the unit's catalogue, `known` that and what the ministry has dropped from it.

    `published` is the newest of the ministry's catalogues in it: (number, SHA-256), (0, None) where none is.
    """

    now: Content
    known: Content
    published: tuple[int, str | None]


class InForce:
    """The verified documents of one set of books, as one process knows them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._verified: dict[Named, SettingsDocument] = {}
        self._last: SettingsDocument | None = None  # the highest number that this process has seen
        self._catalogued: dict[tuple[str, ...], Catalogued] = {}

    def document(self, db: Tables) -> SettingsDocument | None:
        """The newest document that can be verified; None in books of before, or where all are gone.

        Only demand() says whether it is the one in force.
        """
        named = documents.newest(db)
        if named is None:
            return self._last
        try:
            return self._known(db, named)
        except NotAsSigned:
            return self._last or self._older(db)

    def demand(self, db: Tables) -> SettingsDocument:
        """The document in force. Raises NotSignedYet, and NotAsSigned where it is not whole."""
        named = documents.newest(db)
        if named is None:
            raise NotSignedYet if self._last is None else NotAsSigned(what=DOCUMENT)
        documents.token_of(db, named)
        return self._known(db, named)

    def catalogued(self, db: Tables, document: SettingsDocument, *, strict: bool = False) -> Catalogued:
        """The document's catalogue with the ministry's since then; a forged one is left out.

        With `strict`, raises NotAsSigned for one that is forged, gone, or older than the one before.
        """
        said = db.execute(_PUBLISHED, [document.named.seq]).fetchall()
        key = (document.named.sha256, *(digest for _, digest in said))
        if strict or key not in self._catalogued:
            self._catalogued[key] = self._merged(db, document, said, strict=strict)
        return self._catalogued[key]

    def check_copies(self, db: Tables) -> SettingsDocument:
        """The document in force, where the tables and the centre's keys are copies of what was signed.

        Raises NotSignedYet, NotAsSigned.
        """
        document = self.demand(db)
        documents.check_order(db)
        for what in unlike(db, document, self.catalogued(db, document, strict=True)):
            raise NotAsSigned(what=what)
        return document

    def _known(self, db: Tables, named: Named) -> SettingsDocument:
        if self._last is not None and named.n < self._last.named.n:
            raise NotAsSigned(what=DOCUMENT)
        found = self._verified.get(named)
        if found is None:
            found = self._verified[named] = documents.verified(db, named)
        self._last = found
        return found

    def _older(self, db: Tables) -> SettingsDocument | None:
        for named in documents.all_named(db)[1:]:
            try:
                return documents.verified(db, named)
            except NotAsSigned:
                continue
        return None

    def _merged(
        self, db: Tables, document: SettingsDocument, said: list[tuple[int, str]], *, strict: bool
    ) -> Catalogued:
        now = known = document.decided.content
        published = document.decided.published
        keys = centre.receipt_keys(db, document.decided.settings) if said else []
        for n, digest in said:
            row = db.execute("SELECT token FROM publication WHERE n = ?", [n]).fetchone()
            try:
                if row is None or sha256_hex(row[0].encode()) != digest or n <= published[0]:
                    raise NotAsSigned(what=PUBLISHED)
                now, known = merged(known, read_publication(row[0], keys))
            except (BadReceipt, BadSignature, NotAsSigned):
                if strict:
                    raise NotAsSigned(what=PUBLISHED) from None
                continue
            published = (n, digest)
        return Catalogued(now, known, published)


def unlike(db: Tables, document: SettingsDocument, catalogued: Catalogued) -> list[str]:
    """The names of settings and the codes of the catalogue whose rows are not as they were signed."""
    rows, signed = documents.rows_of(db), document.decided.settings
    found = sorted(name for name in rows.keys() | signed.keys() if rows.get(name) != signed.get(name))
    found += _other_codes(db, catalogued)
    if not centre.keys_fit(db, signed):
        found.append(CENTRE)
    return found


def _other_codes(db: Tables, catalogued: Catalogued) -> list[str]:
    """The codes of documents and services whose rows differ; what was dropped may still stand there."""
    rows = content.rows_in(db)
    if rows == catalogued.now.rows:
        return []
    there = [{row[0] for row in table} for table in rows[:2]]
    known, now = catalogued.known, catalogued.now
    expected = Content(
        {code: known.documents[code] for code in (there[0] & known.documents.keys()) | now.documents.keys()},
        {code: known.services[code] for code in (there[1] & known.services.keys()) | now.services.keys()},
    ).rows
    return sorted(
        {str(row[0]) for mine, other in zip(rows, expected, strict=True) for row in set(mine) ^ set(other)}
    )
