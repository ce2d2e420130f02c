"""Reads and changes the settings in the books."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from store.base import named_file
from store.base.database import Database, Tables
from store.formats.line import Entry, LineKind
from store.ledger.ledger import Ledger
from store.people.people import Person
from store.people.permissions import demand
from store.settings import rules
from store.settings.rules import BACKUP_FOLDER, USUAL, checked, usual


@dataclass(frozen=True)
class Setting:
    """One setting. `value` holds now, `usual` is its default; a secret's `value` is always None."""

    name: str
    value: str | None
    usual: str | None
    is_changed: bool


class Settings:
    """The settings of one set of books. A ledger line names each changed setting, never its value."""

    def __init__(self, database: Database, ledger: Ledger, who: Person) -> None:
        self._database = database
        self._ledger = ledger
        self._who = who

    def get(self, name: str, default: str | None = None) -> str | None:
        """The setting's value, or the default."""
        found = self._database.value("SELECT value FROM setting WHERE name = ?", (name,))
        return default if found is None else str(found)

    def all(self) -> list[Setting]:
        """All settings that the head may change. Raises NotAllowed."""
        demand(self._who, "ledger_read")
        found = []
        for name in rules.names():
            changed = self.get(name)
            shown = None if rules.is_secret(name) else changed if changed is not None else USUAL.get(name)
            found.append(Setting(name, shown, USUAL.get(name), changed is not None))
        return found

    def set(self, name: str, value: str) -> None:
        """Changes a setting.

        Raises NotAllowed unless the head does it, what put() raises, and FileRefused for backups in a folder
        of the program itself.
        """
        demand(self._who, "settings")
        if name == BACKUP_FOLDER:
            named_file.demand_foreign(Path(value), self._database.path.parent)
        with self._database.write() as db:
            self.put(db, name, value)

    def reset(self, name: str) -> None:
        """Deletes a setting's value: its default holds again; an address or a folder has none.

        Raises NotAllowed unless the head does it, and what usual() in store/settings/rules.py raises.
        """
        demand(self._who, "settings")
        with self._database.write() as db:
            usual(self.get, name)
            if db.execute("DELETE FROM setting WHERE name = ? RETURNING name", [name]).fetchone():
                self._ledger.append(db, Entry(LineKind.SETTINGS, self._who.login, facts={"name": name}))

    def put(self, db: Tables, name: str, value: str) -> None:
        """Stores a setting inside the caller's transaction, with its line; the role is not checked.

        The centre's token and keys are stored in this way, whoever is logged in. Raises NotFound for a name
        that is no setting, and BadInput where the value is not allowed (store/settings/rules.py).
        """
        value = checked(self.get, name, value)
        db.execute(
            "INSERT INTO setting(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
        self._ledger.append(db, Entry(LineKind.SETTINGS, self._who.login, facts={"name": name}))
