"""Books as the version before left them: no settings document, no key of the sheet in line 0."""

from __future__ import annotations

from store.base.locations import Locations
from store.formats import tree
from store.ledger.tree_rows import count_lines, node_reader
from store.people.unlock import open_with
from store.people.vault import Keyring, Seen
from tests.rig.lines import HandClock, tamper
from tests.rig.office import OFFICER, PASSPHRASE
from tests.store.proof.tampered import Office, rebuild, rows_of


def as_before(locations: Locations) -> None:
    """Takes out of an office's books what the version before did not write; everybody's marks fit again."""
    keyring = Keyring(locations.keys)
    key = keyring.unlock(OFFICER, PASSPHRASE[OFFICER]).db_key
    office = Office(locations, HandClock("2026-11-25T09:00:00"), key)
    rows = rows_of(office)
    for body, _ in rows:
        if body["kind"] == "settings":
            body["facts"] = {"name": "gateways.gdx.url"}
        elif body["seq"] == 0:
            del body["facts"]["sheet_key"]
    rebuild(office, rows)
    tamper(
        locations.books,
        "DELETE FROM settings_document",
        "DELETE FROM setting WHERE name GLOB 'centre.*fingerprint' OR name = 'centre.enrolling_job'",
        key=key,
    )
    database = open_with(locations, [key])
    with database.reading() as db:
        size = count_lines(db)
        seen = Seen(size, tree.root(size, node_reader(db)))
    database.close()
    for login, words in PASSPHRASE.items():
        keyring.remember(keyring.unlock(login, words), seen)
