"""The setup form: its tables and fields, and the checks of each field and of the whole.

A TOML file and the screens of the first start fill in the same form. checked() checks one field, faults() a
whole form.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reader.citizen_id import parse
from reader.errors import BadCitizenId
from store.base import named_file
from store.base.errors import FileRefused, NoFile
from store.base.locations import typed_path
from store.errors import BadInput
from store.formats.free_text import NAME, WORDS, checked_text
from store.formats.roles import SIGNING, Role
from store.people.errors import WeakPassphrase
from store.people.passphrase import check_first
from store.people.people import Newcomer
from store.settings import rules
from store.settings.example import example_services
from store.settings.gateways import GatewayDeclaration, declared
from store.setup.errors import BadSetup

UNIT, PERSON, CENTRE = "unit", "person", "centre"
"""The tables of the form; each declared gateway adds one."""
_FIELDS: dict[str, tuple[str, ...]] = {
    UNIT: ("code", "name", "station"),
    PERSON: ("login", "name", "citizen_id", "level", "roles", "services", "first_passphrase"),
    CENTRE: ("url", "enrolment_code", "ca_file"),
}
_OPTIONAL = (f"{PERSON}.services", f"{CENTRE}.enrolment_code", f"{CENTRE}.ca_file")

_CODE = re.compile(r"[A-Za-z0-9]{1,12}")
_STATION = re.compile(r"[0-9]{2}")
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")


def gateway_tables() -> tuple[str, ...]:
    """The tables of the gateways, in the order of lists."""
    return tuple(one.table for one in declared())


def fields_of(table: str) -> tuple[str, ...]:
    """The fields of a table, in the order in which they are filled in."""
    return _FIELDS.get(table) or tuple(setting.field for setting in _gateway(table).settings)


def is_optional(table: str, name: str) -> bool:
    """Whether a field may be left empty where its table is filled in."""
    if table in _FIELDS:
        return f"{table}.{name}" in _OPTIONAL
    return any(setting.optional for setting in _gateway(table).settings if setting.field == name)


def _gateway(table: str) -> GatewayDeclaration:
    return next(one for one in declared() if one.table == table)


@dataclass(frozen=True)
class Setup:
    """The values of a form without faults. `settings` is {name in the books: value}."""

    unit: str
    unit_name: str
    station: str
    people: tuple[Newcomer, ...]
    settings: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """A fault in a form: `field` of the table `where` ("unit", "person 2"; "" for the form itself)."""

    where: str
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}.{self.field}" if self.where else self.field


@dataclass(frozen=True)
class FormFile:
    """A form that was read from a file: its tables, and the bytes as they stood in the file."""

    path: Path
    content: bytes = field(repr=False)
    form: dict[str, Any] = field(repr=False)

    def delete(self, home: Path) -> bool:
        """Deletes the file where it is as it was read; True where nothing of it is left on the disk."""
        return named_file.delete(self.path, self.content, home)


def read_form(path: Path, home: Path | None = None) -> FormFile:
    """The form in a TOML file. Raises BadSetup, FileStalls."""
    try:
        content = named_file.read(path, named_file.MOST_TEXT, home)
        return FormFile(path, content, tomllib.loads(content.decode("utf-8-sig")))
    except NoFile:
        raise BadSetup(field=str(path), problem="the file cannot be read") from None
    except FileRefused as error:
        raise BadSetup(field=str(path), problem=error.facts["problem"]) from None
    except UnicodeDecodeError:
        raise BadSetup(field=str(path), problem="it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSetup(field=f"{path}, {error}", problem="it is not TOML") from None


def read_setup(path: Path) -> Setup:
    """The setup in a TOML file. Raises BadSetup, which names the first wrong field and never a value."""
    return setup_of(read_form(path).form, path.parent)


def setup_of(form: Mapping[str, Any], folder: Path) -> Setup:
    """The setup in a form; file names in it are relative to `folder`. Raises BadSetup."""
    reading = _Reading(folder)
    setup = reading.setup(form)
    reading.demand_right()
    return setup


def faults(form: Mapping[str, Any], folder: Path) -> list[Fault]:
    """All faults of a form, in the order of its fields."""
    reading = _Reading(folder)
    reading.setup(form)
    return reading.faults


def people_of(form: Mapping[str, Any]) -> tuple[Newcomer, ...]:
    """The people in a form that has only [[person]] tables, as in the setup form. Raises BadSetup."""
    reading = _Reading(Path())
    reading.know("", form, (PERSON,))
    people = reading.people(form)
    reading.demand_right()
    return people


def checked(table: str, name: str, value: object, folder: Path = Path()) -> Any:
    """The value of one field as it is stored. Raises BadInput, or BadCitizenId for a citizen's number."""
    if value is None:
        raise BadInput(what=name, problem="it is missing")
    check = _RULES.get(f"{table}.{name}")
    if check is not None:
        return check(name, value)
    text, setting = _text(name, value), f"{table}.{name}"
    if name == "ca_file":
        text, setting = certificate(name, folder / typed_path(text)), f"{table}.ca"
    try:
        return rules.checked(lambda _other: None, setting, text)
    except BadInput as error:
        raise BadInput(what=name, problem=error.facts["problem"]) from None


class _Reading:
    """Reads a form once, and collects its faults."""

    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault] = []
        self._folder = folder

    def demand_right(self) -> None:
        for fault in self.faults:
            raise BadSetup(field=str(fault), problem=fault.problem)

    def setup(self, form: Mapping[str, Any]) -> Setup:
        self.know("", form, (UNIT, PERSON, "gateways", CENTRE))
        unit = self._table(form, UNIT)
        self.know(UNIT, unit, fields_of(UNIT))
        code, name, station = (
            str(self._take(UNIT, UNIT, unit, field_name)) for field_name in fields_of(UNIT)
        )
        people = self.people(form)
        self._together(people)
        settings: dict[str, str] = {}
        gateways = self._table(form, "gateways") if "gateways" in form else {}
        self.know("gateways", gateways, tuple(one.endpoint for one in declared()))
        for one in declared():
            if one.endpoint in gateways:
                self._settings(settings, one.table, self._table(gateways, one.endpoint))
        if CENTRE in form:
            self._settings(settings, CENTRE, self._table(form, CENTRE))
        return Setup(code, name, station, people, settings)

    def people(self, form: Mapping[str, Any]) -> tuple[Newcomer, ...]:
        found = form.get(PERSON)
        if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
            self._wrong("", f"[[{PERSON}]]", problem="it is missing")
            return ()
        people = tuple(self._newcomer(entry, f"{PERSON} {n}") for n, entry in enumerate(found, 1))
        self._no_doubles(people)
        return people

    def know(self, where: str, table: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        for name in table:
            if name not in fields:
                self._wrong(where, name, problem="the form has no such field")

    def _wrong(self, where: str, field: str, problem: str) -> None:
        self.faults.append(Fault(where, field, problem))

    def _table(self, form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = form.get(name)
        if isinstance(table, dict):
            return table
        self._wrong("", f"[{name}]", problem="it is missing")
        return {}

    def _take(self, where: str, table: str, given: Mapping[str, Any], name: str) -> Any:
        """The value of a field; "" where it is wrong, with a fault, or where it may be empty."""
        if name not in given and is_optional(table, name):
            return ""
        try:
            return checked(table, name, given.get(name), self._folder)
        except BadInput as error:
            self._wrong(where, str(error.facts["what"]), str(error.facts["problem"]))
        except BadCitizenId:
            self._wrong(where, name, problem="it is not 13 digits with the right check digit")
        return ""

    def _newcomer(self, entry: Mapping[str, Any], where: str) -> Newcomer:
        self.know(where, entry, fields_of(PERSON))
        taken: dict[str, Any] = {name: self._take(where, PERSON, entry, name) for name in fields_of(PERSON)}
        return Newcomer(
            **{**taken, "roles": tuple(taken["roles"]), "services": tuple(taken["services"])},
        )

    def _no_doubles(self, people: tuple[Newcomer, ...]) -> None:
        for name in ("login", "citizen_id"):
            seen = {""}
            for n, person in enumerate(people, 1):
                value = getattr(person, name)
                if value and value in seen:
                    self._wrong(f"{PERSON} {n}", name, problem="it stands at another person already")
                seen.add(value)

    def _together(self, people: tuple[Newcomer, ...]) -> None:
        known = example_services()
        for n, person in enumerate(people, 1):
            for code in person.services:
                if code not in known:
                    self._wrong(f"{PERSON} {n}", f"services, {code}", problem="there is no such service")
        for role in SIGNING:
            if not any(role in person.roles for person in people):
                self._wrong("", role, problem="nobody has this role")

    def _settings(self, found: dict[str, str], where: str, table: Mapping[str, Any]) -> None:
        self.know(where, table, fields_of(where))
        for name in fields_of(where):
            value = self._take(where, where, table, name)
            if value:
                found[f"{where}.{'ca' if name == 'ca_file' else name}"] = value


# --- the rules


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadInput(what=what, problem="it is not a text")
    if not value.strip():
        raise BadInput(what=what, problem="it is empty")
    return checked_text(what, value.strip(), WORDS)


def _name(what: str, value: object) -> str:
    return checked_text(what, _text(what, value), NAME)


def _fitting(form: re.Pattern[str], *, problem: str) -> Callable[[str, object], str]:
    def check(what: str, value: object) -> str:
        text = _text(what, value)
        if not form.fullmatch(text):
            raise BadInput(what=what, problem=problem)
        return text

    return check


def _citizen_id(what: str, value: object) -> str:
    return parse(_text(what, value))


def _texts(what: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadInput(what=what, problem="it is not a list of texts")
    if len(set(value)) != len(value):
        raise BadInput(what=what, problem="it names something twice")
    return tuple(value)


def _roles(what: str, value: object) -> tuple[str, ...]:
    roles = _texts(what, value)
    for role in roles:
        if role not in tuple(Role):
            which = f"{what}, {role}"
            raise BadInput(what=which, problem="there is no such role")
    if not roles:
        raise BadInput(what=what, problem="it is empty")
    return roles


def _first_passphrase(what: str, value: object) -> str:
    try:
        check_first(value if isinstance(value, str) else "")
    except WeakPassphrase as error:
        raise BadInput(what=what, problem=error.facts["problem"]) from None
    return str(value)


def certificate(what: str, path: Path) -> str:
    """The text of a certificate's file. Raises BadInput, FileStalls."""
    try:
        return named_file.read(path, named_file.MOST_TEXT).decode("ascii")
    except FileRefused as error:
        raise BadInput(what=what, problem=error.facts["problem"]) from None
    except (NoFile, UnicodeDecodeError):
        raise BadInput(what=what, problem="the file cannot be read, or holds no plain text") from None


_RULES: dict[str, Callable[[str, object], Any]] = {
    "unit.code": _fitting(_CODE, problem="it must be up to 12 letters and digits"),
    "unit.name": _name,
    "unit.station": _fitting(_STATION, problem="it must be two digits"),
    "person.login": _fitting(_LOGIN, problem="it must be 2 to 32 small letters, digits, dots or dashes"),
    "person.name": _name,
    "person.citizen_id": _citizen_id,
    "person.level": _name,
    "person.roles": _roles,
    "person.services": _texts,
    "person.first_passphrase": _first_passphrase,
}
