"""Creates the books from a setup form without faults."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage

from reader.buddhist_date import stamp
from store.base import named_file
from store.base.database import Database, Tables
from store.base.errors import BooksBusy, BooksMissing
from store.base.folder_claim import FolderClaim
from store.base.locations import Locations
from store.base.private_file import meant
from store.base.schema import migrate
from store.formats import jws
from store.formats.canonical import b64
from store.formats.line import Entry, LineKind
from store.formats.note import station_name
from store.ledger.ledger import Clock, Ledger
from store.ledger.session import Session
from store.people import roles_in_force
from store.people.role_copies import write_copies
from store.people.roles_document import appointment
from store.people.roles_in_force import Roles
from store.people.sheet_key import sheet_key
from store.people.standing import Standing
from store.people.vault import FirstKeys, Keyring, key_id
from store.settings.documents import Decided, write_document
from store.settings.example import example_content
from store.setup.errors import BooksExist
from store.setup.form import Setup
from store.staff.appointments import FIRST_HOURS, insert_person
from store.staff.next_roles import newcomer_entry, sign_next
from store.staff.recovery import Sheet, keep_sheet, write_sheet

_PATIENCE_S = 60.0  # another window may be making the books of a large office


def create_books(locations: Locations, setup: Setup, *, recovery: Path, clock: Clock) -> None:
    """Creates the books, everybody's first passphrase and the recovery sheet; all of it or nothing.

    `recovery` is the sheet's file: outside the home folder, and not existing yet. Raises BooksExist, also
    where another window was faster; BooksMissing where only a part of an office's files is there; BooksBusy,
    FolderClosed, DiskFull, BadInput.
    """
    _demand_none(locations)
    locations.demand_writable()
    try:
        with _alone(locations):
            _demand_none(locations)
            sheet = write_sheet(recovery, locations.home, setup.unit, setup.unit_name, setup.station, clock())
            try:
                _make(locations, setup, sheet, clock)
            except BaseException:
                named_file.take_back(sheet.file)
                raise
    except OSError as error:
        raise meant(error, locations.home) from error


def _demand_none(locations: Locations) -> None:
    if locations.are_whole:
        raise BooksExist(home=str(locations.home))
    if locations.were_used:
        raise BooksMissing(home=str(locations.home))


@contextmanager
def _alone(locations: Locations) -> Iterator[None]:
    """Claims the home folder, so that of two windows only one creates the books."""
    locations.make()
    claim = FolderClaim(locations.making)
    if not claim.take(_PATIENCE_S):
        raise BooksBusy
    try:
        yield
    finally:
        claim.release()


def _make(locations: Locations, setup: Setup, sheet: Sheet, clock: Clock) -> None:
    db_key = secrets.token_bytes(32)
    with tempfile.TemporaryDirectory(prefix=".setup-", dir=locations.home) as folder:
        making = Locations(Path(folder))
        keyring = Keyring(making.keys)
        keyring.begin(db_key, sheet.public)
        first_keys = {
            person.login: keyring.add_first(person.login, person.first_passphrase, db_key)
            for person in setup.people
        }
        database = Database.create(making.books, db_key)
        try:
            migrate(database)
            with database.write() as db:
                _fill(database, db, setup, clock, sheet, first_keys)
                keep_sheet(db, sheet)
        finally:
            database.close()
        os.replace(making.keys, locations.keys)
        try:
            # Last, because a PC with books.db counts as set up.
            os.replace(making.books, locations.books)
        except BaseException:
            locations.keys.unlink()
            raise


def _fill(
    database: Database,
    db: Tables,
    setup: Setup,
    clock: Clock,
    sheet: Sheet,
    first_keys: Mapping[str, FirstKeys],
) -> None:
    seed = secrets.token_bytes(32)
    station_key = jws.public_of(seed)
    origin = f"{station_name(setup.unit, setup.station, station_key)}/e1"
    facts = {"unit": setup.unit, "station": setup.station, "origin": origin, "epoch": 1}
    book = {
        **{name: str(value) for name, value in facts.items()},
        "unit_name": setup.unit_name,
        "station_seed": b64(seed),
        "station_age": str(pyrage.x25519.Identity.generate()),
        "lookup_key": b64(secrets.token_bytes(32)),
        "db_key_id": key_id(database.key),
    }
    db.table("book").insert_all({"name": name, "value": value} for name, value in book.items())
    ledger, now = Ledger(database, setup.station, Standing, clock), clock()
    keys = {
        "station_key": b64(station_key),
        "sheet_key": sheet_key(sheet.signer),
        "recovery_key": sheet.public,
        "roles": _sign_roles(db, setup, now, sheet, first_keys),
    }
    ledger.begin(db, Session(database, sheet.signer), Entry(LineKind.KEYS, None, facts={**facts, **keys}))
    write_copies(db, roles_in_force.now(db))
    ledger.append(db, Entry(LineKind.CATALOGUE, None, facts={"name": "example"}))
    for person in setup.people:
        appointed = {"login": person.login, "roles": list(person.roles), "services": list(person.services)}
        facts = {**appointed, "from": stamp(now), "until": None, "age_key": first_keys[person.login].age_key}
        ledger.append(db, Entry(LineKind.PEOPLE, None, facts=facts))
    write_document(db, ledger, sheet.signer, Decided(setup.settings, example_content()), setup.settings)


def _sign_roles(
    db: Tables, setup: Setup, now: datetime, sheet: Sheet, first_keys: Mapping[str, FirstKeys]
) -> dict[str, Any]:
    """Signs roles document 0 with the sheet's key, which is here for the last time."""
    entries, until = [], stamp(now + timedelta(hours=FIRST_HOURS))
    for person in setup.people:
        insert_person(db, person)
        held = [appointment(role, stamp(now), None, False, None) for role in person.roles]
        entries.append(newcomer_entry(db, person, first_keys[person.login], until, held))
    begun = Roles(unit=setup.unit, station=setup.station)
    return sign_next(db, begun, entries, sheet.signer, stamp(now))
