"""Reads and changes the settings in the books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from store.base import named_file
from store.base.database import Database, Tables
from store.ledger.ledger import Ledger
from store.people.people import Person
from store.people.permissions import demand, demand_signer
from store.people.vault import Signer
from store.settings import centre, composed, content, documents, rules
from store.settings.composed import Catalogued, InForce
from store.settings.content import Content
from store.settings.documents import UNSIGNED, Decided, SettingsDocument
from store.settings.rules import BACKUP_FOLDER, USUAL, checked, usual


@dataclass(frozen=True)
class Setting:
    """One setting. `value` holds now, `usual` is its default; a secret's `value` is always None."""

    name: str
    value: str | None
    usual: str | None
    is_changed: bool


class Settings:
    """The settings of one set of books. A ledger line names each changed setting, never its value.

    `who()` returns the person who has the books open, as the signed list of now names them.
    """

    def __init__(self, database: Database, ledger: Ledger, who: Callable[[], Person]) -> None:
        self._database = database
        self._ledger = ledger
        self._who = who
        self._in_force = InForce(database)

    # --- reading ---

    def get(self, name: str, default: str | None = None) -> str | None:
        """The setting's value, or the default: from the verified document, where the head decides it.

        In books of before, which no head has signed yet, it is the row's, with which nothing is sent.
        """
        with self._database.reading() as db:
            found = self._value(db, name)
        return default if found is None else found

    def _value(self, db: Tables, name: str) -> str | None:
        document = None if name in UNSIGNED - {centre.KEYS} else self._in_force.document(db)
        if document is None:
            row = db.execute("SELECT value FROM setting WHERE name = ?", [name]).fetchone()
            return None if row is None else str(row[0])
        signed = document.decided.settings
        if name == centre.KEYS:
            return centre.keys_text(db, centre.centre_of(db, signed).fingerprint)
        return centre.folded(db, signed).get(name) if name.startswith("centre.") else signed.get(name)

    def all(self) -> list[Setting]:
        """All settings that the head may change. Raises NotAllowed."""
        demand(self._who(), "ledger_read")
        found = []
        for name in rules.names():
            changed = self.get(name)
            shown = None if rules.is_secret(name) else changed if changed is not None else USUAL.get(name)
            found.append(Setting(name, shown, USUAL.get(name), changed is not None))
        return found

    def content(self) -> Content:
        """The catalogue's content: the signed one, in books of before that of the tables."""
        with self._database.reading() as db:
            document = self._in_force.document(db)
            if document is None:
                return content.read_tables(db)
            return self._in_force.catalogued(db, document).now

    def catalogued(self, db: Tables) -> tuple[Content, Content]:
        """(the unit's catalogue, that and what the ministry dropped from it), inside a transaction.

        Raises NotSignedYet, NotAsSigned.
        """
        found = self._in_force.catalogued(db, self._in_force.demand(db))
        return found.now, found.known

    def published(self, db: Tables) -> tuple[int, str | None]:
        """The newest of the ministry's catalogues here: (number, SHA-256 in hex); (0, None) without one."""
        document = self._in_force.document(db)
        if document is None:
            row = db.execute("SELECT n, sha256 FROM publication ORDER BY n DESC LIMIT 1").fetchone()
            return row or (0, None)
        return self._in_force.catalogued(db, document).published

    def receipt_keys(self, db: Tables) -> list[str]:
        """The receipt keys (b64) of the centre, and of the one before it since the last document."""
        document = self._in_force.document(db)
        return [] if document is None else centre.receipt_keys(db, document.decided.settings)

    # --- whether it is as it was signed ---

    def demand_as_signed(self) -> str:
        """The SHA-256 (hex) of the document in force, where the tables repeat what was signed.

        Whatever sends asks this before, and sends nothing by settings of another document. Raises
        NotSignedYet, NotAsSigned.
        """
        with self._database.reading() as db:
            return self.check_copies(db).named.sha256

    def check_copies(self, db: Tables) -> SettingsDocument:
        """As demand_as_signed(), inside the caller's transaction; returns the document."""
        return self._in_force.check_copies(db)

    def verify(self) -> None:
        """Verifies every document that was ever signed, and that the tables repeat what is in force.

        Raises NotSignedYet, NotAsSigned.
        """
        with self._database.reading() as db:
            documents.check_all(db)
            self.check_copies(db)

    # --- changing ---

    def set(self, name: str, value: str, signer: Signer) -> None:
        """Changes a setting. Raises what change() raises."""
        self.change({name: value}, signer)

    def reset(self, name: str, signer: Signer) -> None:
        """Deletes a setting's value: its default holds again; an address or a folder has none."""
        self.change({name: None}, signer)

    def change(self, changes: Mapping[str, str | None], signer: Signer) -> None:
        """Changes these settings by one document and one line; None deletes a value.

        Raises NotAllowed unless the head signs it, NotFound for a name that is no setting, BadInput where a
        value is not allowed (store/settings/rules.py), FileRefused for backups in a folder of the program
        itself, NotSignedYet, NotAsSigned.
        """
        demand_signer(self._who(), signer, "settings")
        folder = changes.get(BACKUP_FOLDER)
        if folder is not None:
            named_file.demand_foreign(Path(folder), self._database.path.parent)
        with self._database.write() as db:
            self.sign(db, changes, signer)

    def sign(self, db: Tables, changes: Mapping[str, str | None], signer: Signer) -> None:
        """As change(), inside the caller's transaction; the role of who has the books open is not checked.

        The next document begins with the one in force, never with the tables: a row that somebody changed is
        not signed by the way, but put back, and the line says so.
        """
        document = self._in_force.demand(db)
        settings = centre.folded(db, document.decided.settings)
        before = dict(settings)
        for name, value in changes.items():
            if value is None:
                usual(settings.get, name)
                settings.pop(name, None)
            else:
                settings[name] = checked(settings.get, name, value)
        if settings == before and None in changes.values():
            return  # there was nothing to delete
        catalogued = self._in_force.catalogued(db, document)
        documents.write_document(
            db,
            self._ledger,
            signer,
            Decided(settings, _still_there(db, catalogued), catalogued.published),
            changes,
            composed.unlike(db, document, catalogued),
        )

    def put(self, db: Tables, name: str, value: str) -> None:
        """Stores what the centre answered, inside the caller's transaction: its token or its keys.

        A wrong token can only be refused, and keys count only by their signed fingerprint, so nobody signs
        them here; the line of the enrolment's receipt tells of both.
        """
        db.execute(
            "INSERT INTO setting(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, value),
        )


def _still_there(db: Tables, catalogued: Catalogued) -> Content:
    """The unit's catalogue, with what the ministry dropped but an unfinished visit still needs."""
    there = [{row[0] for row in table} for table in content.rows_in(db)[:2]]
    known, now = catalogued.known, catalogued.now
    return Content(
        {code: one for code, one in known.documents.items() if code in there[0] | now.documents.keys()},
        {code: one for code, one in known.services.items() if code in there[1] | now.services.keys()},
    )
