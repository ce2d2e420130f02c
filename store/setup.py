"""The first start: from the form that a head fills in to books that people can open."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage

from reader.buddhist_date import stamp
from reader.citizen_id import is_valid
from store import jws
from store.address import is_address, is_plain, is_private
from store.appointments import FIRST_HOURS, Term, insert_appointment, insert_person
from store.canonical import b64
from store.catalogue import load_example
from store.checkpoint import station_name
from store.database import Database, Tables
from store.errors import BadSetup, BooksExist, BooksMissing, WeakPassphrase
from store.free_text import WORDS, can_be_shown
from store.ledger import Clock, Entry, Ledger
from store.locations import Locations
from store.passphrase import check_first
from store.permissions import ROLES
from store.recovery import Sheet, keep_sheet, write_sheet
from store.schema import migrate
from store.vault import Keyring, key_id

_GATEWAYS = {
    "gdx": ("url", "consumer_key", "consumer_secret", "ca_file"),
    "linkage2": ("url", "job", "ca_file"),
}
_NEEDED = ("url", "consumer_key", "consumer_secret")  # where a table of the form has such a field at all
_CENTRE_FIELDS = ("url", "enrolment_code", "ca_file")
_PERSON_FIELDS = ("login", "name", "citizen_id", "level", "roles", "services", "first_passphrase")
_CODE = re.compile(r"[A-Za-z0-9]{1,12}")
_STATION = re.compile(r"[0-9]{2}")
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True)
class Newcomer:
    """A person as the form names them."""

    login: str
    name: str
    citizen_id: str = field(repr=False)
    level: str
    roles: tuple[str, ...]
    services: tuple[str, ...]
    first_passphrase: str = field(repr=False)


@dataclass(frozen=True)
class Setup:
    """A form that was read and found in order. `settings` are the books' settings by their names."""

    unit: str
    unit_name: str
    station: str
    people: tuple[Newcomer, ...]
    settings: dict[str, str] = field(repr=False)


def read_setup(path: Path) -> Setup:
    """Reads the form; BadSetup names the field that is wrong, never the value of a secret one."""
    form = _read_form(path)
    _known(form, "", ("unit", "person", "gateways", "centre"))
    unit = _table(form, "unit")
    _known(unit, "unit", ("code", "name", "station"))
    code = _fitting(unit, "unit", "code", _CODE, "it must be up to 12 letters and digits")
    station = _fitting(unit, "unit", "station", _STATION, "it must be two digits")
    people = tuple(_newcomer(entry, n) for n, entry in enumerate(_list_of_tables(form, "person"), 1))
    _together(people)
    return Setup(code, _text(unit, "unit", "name"), station, people, _settings(form, path.parent))


def create_books(locations: Locations, setup: Setup, *, recovery: Path, clock: Clock) -> None:
    """Makes the books, everybody's first key and the recovery sheet; all of it or nothing.

    `recovery` is where the sheet is written: outside the home folder, and no file yet. Raises BooksExist,
    BooksMissing where only a part of an office is there, FolderClosed, BadSetup.
    """
    if locations.are_whole:
        raise BooksExist(home=str(locations.home))
    if locations.were_used:
        raise BooksMissing(home=str(locations.home))
    locations.demand_writable()
    sheet = write_sheet(recovery, locations.home, setup.unit, setup.unit_name, setup.station, clock())
    try:
        _make(locations, setup, sheet, clock)
    except BaseException:
        sheet.file.unlink()
        raise


def _make(locations: Locations, setup: Setup, sheet: Sheet, clock: Clock) -> None:
    locations.make()
    db_key = secrets.token_bytes(32)
    with tempfile.TemporaryDirectory(prefix=".setup-", dir=locations.home) as folder:
        making = Locations(Path(folder))
        keyring = Keyring(making.keys)
        keyring.begin(db_key, sheet.public)
        age_keys = {
            person.login: keyring.add_first(person.login, person.first_passphrase, db_key)
            for person in setup.people
        }
        database = Database.create(making.books, db_key)
        try:
            migrate(database)
            with database.write() as db:
                _fill(database, db, setup, clock, age_keys)
                keep_sheet(db, sheet)
        finally:
            database.close()
        os.replace(making.keys, locations.keys)
        # Last, because books.db is what says that there are books.
        os.replace(making.books, locations.books)


def _fill(database: Database, db: Tables, setup: Setup, clock: Clock, age_keys: Mapping[str, str]) -> None:
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
    ledger = Ledger(database, setup.station, clock)
    ledger.append(db, Entry("keys", None, facts={**facts, "station_key": b64(station_key)}))
    _fill_catalogue(db, ledger, setup)
    now = clock()
    for person in setup.people:
        insert_person(db, person)
        for role in person.roles:
            insert_appointment(db, person.login, role, Term(from_at=stamp(now)))
        age_key = age_keys[person.login]
        db.execute(
            "UPDATE person SET first_until = ?, age_key = ? WHERE login = ?",
            [stamp(now + timedelta(hours=FIRST_HOURS)), age_key, person.login],
        )
        appointed = {"login": person.login, "roles": list(person.roles), "services": list(person.services)}
        facts = {**appointed, "from": stamp(now), "until": None, "age_key": age_key}
        ledger.append(db, Entry("people", None, facts=facts))
    for name, value in setup.settings.items():
        db.table("setting").insert({"name": name, "value": value})
        ledger.append(db, Entry("settings", None, facts={"name": name}))


def _fill_catalogue(db: Tables, ledger: Ledger, setup: Setup) -> None:
    load_example(db)
    ledger.append(db, Entry("catalogue", None, facts={"name": "example"}))
    known = {row["code"] for row in db.table("service").rows}
    for n, person in enumerate(setup.people, 1):
        for code in person.services:
            if code not in known:
                raise BadSetup(field=f"person {n}.services, {code}", problem="there is no such service")


# --- reading the form ---


def _read_form(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError:
        raise BadSetup(field=str(path), problem="the file cannot be read") from None
    except UnicodeDecodeError:
        raise BadSetup(field=str(path), problem="it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSetup(field=f"{path}, {error}", problem="it is not TOML") from None


def _known(table: dict[str, Any], where: str, fields: tuple[str, ...]) -> None:
    for name in table:
        if name not in fields:
            raise BadSetup(field=f"{where}.{name}" if where else name, problem="the form has no such field")


def _table(form: dict[str, Any], name: str) -> dict[str, Any]:
    table = form.get(name)
    if not isinstance(table, dict):
        raise BadSetup(field=f"[{name}]", problem="it is missing")
    return table


def _list_of_tables(form: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = form.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise BadSetup(field=f"[[{name}]]", problem="it is missing")
    return found


def _text(table: dict[str, Any], where: str, name: str) -> str:
    value = table.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadSetup(field=f"{where}.{name}", problem="it is missing or not a text")
    if not can_be_shown(value):
        raise BadSetup(field=f"{where}.{name}", problem="there are signs in it that cannot be shown")
    if len(value) > WORDS:
        raise BadSetup(field=f"{where}.{name}", problem="it is longer than makes sense here")
    return value.strip()


def _fitting(table: dict[str, Any], where: str, name: str, form: re.Pattern[str], wanted: str) -> str:
    value = _text(table, where, name)
    if not form.fullmatch(value):
        raise BadSetup(field=f"{where}.{name}", problem=wanted)
    return value


def _texts(table: dict[str, Any], where: str, name: str) -> tuple[str, ...]:
    found = table.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise BadSetup(field=f"{where}.{name}", problem="it is missing or not a list of texts")
    if len(set(found)) != len(found):
        raise BadSetup(field=f"{where}.{name}", problem="it names something twice")
    return tuple(found)


def read_people(path: Path) -> tuple[Newcomer, ...]:
    """Reads a form of new people: [[person]] alone, as in the setup form. BadSetup."""
    form = _read_form(path)
    _known(form, "", ("person",))
    people = tuple(_newcomer(entry, n) for n, entry in enumerate(_list_of_tables(form, "person"), 1))
    _no_doubles(people)
    return people


def _newcomer(entry: dict[str, Any], n: int) -> Newcomer:
    where = f"person {n}"
    _known(entry, where, _PERSON_FIELDS)
    login = _fitting(
        entry, where, "login", _LOGIN, "it must be 2 to 32 small letters, digits, dots or dashes"
    )
    citizen_id = _text(entry, where, "citizen_id").replace("-", "")
    if not is_valid(citizen_id):
        raise BadSetup(field=f"{where}.citizen_id", problem="it is not 13 digits with the right check digit")
    roles = _texts(entry, where, "roles")
    for role in roles:
        if role not in ROLES:
            raise BadSetup(field=f"{where}.roles, {role}", problem="there is no such role")
    if not roles:
        raise BadSetup(field=f"{where}.roles", problem="it is empty")
    services = _texts(entry, where, "services") if "services" in entry else ()
    given = entry.get("first_passphrase")
    first = given if isinstance(given, str) else ""
    try:
        check_first(first)
    except WeakPassphrase as error:
        raise BadSetup(field=f"{where}.first_passphrase", problem=error.facts["problem"]) from None
    level = _text(entry, where, "level")
    return Newcomer(login, _text(entry, where, "name"), citizen_id, level, roles, services, first)


def _no_doubles(people: tuple[Newcomer, ...]) -> None:
    wanted: dict[str, Callable[[Newcomer], str]] = {
        "login": lambda person: person.login,
        "citizen_id": lambda person: person.citizen_id,
    }
    for name, of in wanted.items():
        seen: set[str] = set()
        for n, person in enumerate(people, 1):
            if of(person) in seen:
                raise BadSetup(field=f"person {n}.{name}", problem="it stands at another person already")
            seen.add(of(person))


def _together(people: tuple[Newcomer, ...]) -> None:
    _no_doubles(people)
    for role in ROLES:
        if not any(role in person.roles for person in people):
            raise BadSetup(field=role, problem="nobody has this role")


def _settings(form: dict[str, Any], folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    gateways = _table(form, "gateways") if "gateways" in form else {}
    _known(gateways, "gateways", tuple(_GATEWAYS))
    for name in gateways:
        _take(found, _table(gateways, name), f"gateways.{name}", _GATEWAYS[name], folder)
    if "centre" in form:
        _take(found, _table(form, "centre"), "centre", _CENTRE_FIELDS, folder)
    return found


def _take(
    found: dict[str, str], table: dict[str, Any], where: str, fields: tuple[str, ...], folder: Path
) -> None:
    _known(table, where, fields)
    for name in fields:
        if name not in table and name not in _NEEDED:
            continue
        value = _text(table, where, name)
        if name == "ca_file":
            found[f"{where}.ca"] = _certificate(folder / value, where)
            continue
        if not is_plain(value):
            raise BadSetup(
                field=f"{where}.{name}", problem="it may hold only Latin letters, digits and plain signs"
            )
        if name == "url" and not is_address(value):
            raise BadSetup(field=f"{where}.url", problem="it is not an address of the form https://name/path")
        if name == "url" and not is_private(value):
            raise BadSetup(field=f"{where}.url", problem="http would send everything unprotected: use https")
        found[f"{where}.{name}"] = value


def _certificate(path: Path, where: str) -> str:
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError):
        text = ""
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise BadSetup(
            field=f"{where}.ca_file", problem="it cannot be read or holds no certificate in PEM form"
        )
    return text
