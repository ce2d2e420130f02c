"""The state of a first start: what was typed into the setup form, and at which fields.

It is kept in this process's memory alone (docs/decisions/0010): names, citizens' numbers, first passphrases
and a gateway's secret must not be on the disk before there are books to encrypt them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from store.base.locations import papers_folder, typed_path
from store.errors import BadInput
from store.formats.roles import SIGNING
from store.people.people import Newcomer
from store.settings.example import example_services
from store.setup.form import (
    CENTRE,
    PERSON,
    UNIT,
    FormFile,
    Setup,
    faults,
    fields_of,
    gateway_tables,
    setup_of,
)
from store.staff.recovery import checked_place, sheet_name
from tui.usb_drives import sticks
from tui.words.four_words import four_words
from tui.words.setup_words import service_codes, service_number
from tui.words.translate import mark

UNIT_STEP, KEYBOARD_STEP, PEOPLE_STEP, GATEWAYS_STEP, CENTRE_STEP, SHEET_STEP, MAKE_STEP = range(7)
STEP_NAMES = (
    mark("The unit"),
    mark("Keyboard and letters"),
    mark("People and roles"),
    mark("GDx and Linkage"),
    mark("Ministry's centre"),
    mark("Recovery sheet"),
    mark("Make the books"),
)
_STEP_OF = {UNIT: UNIT_STEP, PERSON: PEOPLE_STEP, CENTRE: CENTRE_STEP}
CLOCK, SHEET = "clock", "sheet"

Texts = dict[str, str]


@dataclass(frozen=True)
class Missing:
    """One thing that is missing or wrong: the step, the person (from 0), the field, and why."""

    step: int
    table: str
    person: int | None
    field: str
    problem: str


@dataclass(repr=False)
class FirstStart:
    """What was typed. Every field is a text; roles and services are codes separated by spaces."""

    home: Path
    unit: Texts = field(default_factory=lambda: {"station": "01"})
    people: list[Texts] = field(default_factory=list)
    ends: dict[str, Texts] = field(default_factory=dict)  # by the tables of the gateways and the centre
    clock_is_right: bool = False
    keys: set[str] = field(default_factory=set)  # the keys that arrived in the keyboard step
    word: str = ""  # the word typed in the keyboard step
    sheet: str = ""  # the path of the recovery sheet, if one was given
    source: FormFile | None = None  # the setup file that it was taken from
    given: set[str] = field(default_factory=set)  # first passphrases that stood in that file
    step: int = UNIT_STEP
    at: dict[int, int] = field(default_factory=dict)  # the field where each step was left
    seen: set[int] = field(default_factory=set)  # the steps that were shown

    # --- filled in by the screens

    def texts(self, table: str) -> Texts:
        """The texts of one gateway's table, or of the centre's; may be changed in place."""
        return self.ends.setdefault(table, {})

    def add_person(self) -> int:
        """Add a person with nothing but a first passphrase; returns their number, from 0."""
        self.people.append({"first_passphrase": four_words()})
        return len(self.people) - 1

    def drop_empty(self) -> None:
        """Remove people of whom nothing was typed."""
        self.people = [one for one in self.people if any(one.get(name) for name in _TYPED)]

    def take(self, file: FormFile) -> None:
        """Take everything from the file's form, which is valid."""
        form = file.form
        self.unit = dict(form[UNIT])
        self.people = [_texts_of(one) for one in form[PERSON]]
        named = {f"gateways.{name}": table for name, table in form.get("gateways", {}).items()}
        if CENTRE in form:
            named[CENTRE] = form[CENTRE]
        self.ends = {where: dict(table) for where, table in named.items()}
        for texts in self.ends.values():
            if "ca_file" in texts:
                texts["ca_file"] = str((file.path.parent / typed_path(texts["ca_file"])).absolute())
        self.source = file
        self.seen |= {UNIT_STEP, PEOPLE_STEP, GATEWAYS_STEP, CENTRE_STEP}
        self.given = {one["first_passphrase"] for one in self.people}

    # --- what is made of it

    @property
    def sheet_file(self) -> Path:
        """The path of the recovery sheet: the given one, or the usual one."""
        return typed_path(self.sheet).absolute() if self.sheet.strip() else self.usual_sheet

    @property
    def usual_sheet(self) -> Path:
        """Its usual path: on a stick if one is plugged in, else in this PC's folder for papers."""
        folder = next((stick for stick in sticks() if os.access(stick, os.W_OK)), None) or papers_folder()
        code, station = (self.unit.get(name, "").strip() for name in ("code", "station"))
        return folder / sheet_name(code, station)

    def form(self) -> dict[str, Any]:
        """The form as a TOML file would give it; empty fields are left out."""
        form: dict[str, Any] = {UNIT: _filled(self.unit)}
        if self.people:
            form[PERSON] = [_person(one) for one in self.people]
        for where, texts in self.ends.items():
            table = _filled(texts)
            if table and where == CENTRE:
                form[CENTRE] = table
            elif table:
                form.setdefault("gateways", {})[where.rpartition(".")[2]] = table
        return form

    def setup(self) -> Setup:
        """The setup of the form. Raises BadSetup."""
        return setup_of(self.form(), Path())

    def to_hand_over(self, setup: Setup) -> list[Newcomer]:
        """The people whose first passphrase the program made: each has to be told theirs."""
        return [person for person in setup.people if person.first_passphrase not in self.given]

    def missing(self) -> list[Missing]:
        """All that is missing or wrong, in the order of the steps."""
        found = []
        for fault in faults(self.form(), Path()):
            table, _space, n = fault.where.partition(" ")
            if table or fault.field in SIGNING:  # where there are no people, the missing roles say so
                step, person = _step_of(table), int(n) - 1 if n else None
                found.append(Missing(step, table, person, fault.field, fault.problem))
        if not self.clock_is_right:
            found.append(Missing(UNIT_STEP, "", None, CLOCK, mark("not confirmed yet")))
        try:
            checked_place(self.sheet_file, self.home)
        except BadInput as error:
            found.append(Missing(SHEET_STEP, "", None, SHEET, str(error.facts["problem"])))
        return sorted(found, key=lambda one: one.step)

    def holds(self, step: int) -> bool:
        """Whether anything was typed in a step that may stay empty."""
        if step == KEYBOARD_STEP:
            return bool(self.keys or self.word)
        tables = [table for table in self.ends if _step_of(table) == step]
        return step not in (GATEWAYS_STEP, CENTRE_STEP) or any(_filled(self.ends[one]) for one in tables)

    def one_signs_twice(self) -> bool:
        """True where officer, controller and head are not three people: then no month could be signed."""
        roles = [set(one.get("roles", "").split()) for one in self.people]
        of = {role: [n for n, held in enumerate(roles) if role in held] for role in SIGNING}
        return all(of.values()) and not any(
            len(set(three)) == len(SIGNING) for three in product(*of.values())
        )

    @property
    def is_begun(self) -> bool:
        """Whether something was typed that would be lost if the program ended."""
        return bool(self.people or self.unit.get("code") or self.unit.get("name"))


def _step_of(table: str) -> int:
    """The step of a table of the form; a fault that names no table belongs to the people."""
    return GATEWAYS_STEP if table in gateway_tables() else _STEP_OF.get(table, PEOPLE_STEP)


_TYPED = tuple(name for name in fields_of(PERSON) if name != "first_passphrase")


def _filled(texts: Texts) -> dict[str, Any]:
    return {name: text for name, text in texts.items() if text.strip()}


def _person(texts: Texts) -> dict[str, Any]:
    person = _filled(texts)
    if "roles" in person:
        person["roles"] = texts["roles"].split()
    if "services" in person:
        try:
            person["services"] = list(service_codes(texts["services"], example_services()))
        except BadInput:
            person["services"] = texts["services"].split()
    return person


def _texts_of(person: Mapping[str, Any]) -> Texts:
    services = " ".join(service_number(code) for code in person.get("services", ()))
    return {**person, "roles": " ".join(person["roles"]), "services": services}
