"""The labels and hints of the setup form's fields, and checks with errors in the office's words."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from reader.citizen_id import as_digits
from store.errors import BadInput
from store.settings.gateways import GatewaySetting, declared
from store.setup.form import checked
from tui.words.translate import mark

LABELS = {
    "unit.code": mark("Unit's code"),
    "unit.name": mark("Unit's name"),
    "unit.station": mark("This PC's no."),
    "person.name": mark("Name and title"),
    "person.login": mark("Login"),
    "person.citizen_id": mark("ID, 13 digits"),
    "person.level": mark("Level"),
    "person.roles": mark("Roles"),
    "person.services": mark("Services"),
    "centre.url": mark("Address (URL)"),
    "centre.enrolment_code": mark("Enrolment code"),
    "centre.ca_file": mark("Own CA (file)"),
}
HINTS = {
    "unit.code": mark("As the ministry told the office"),
    "unit.station": mark("01 where the office has one PC"),
    "person.login": mark("Small Latin letters, for example somchai"),
    "person.level": mark("As in the order of appointment"),
    "person.services": mark("Numbers with spaces between: 1 2 7"),
    "centre.enrolment_code": mark("From the ministry's letter to the head"),
}


def label(table: str, name: str) -> str:
    """The message id of a field's label: from LABELS, or declared by the gateway's driver."""
    setting = _setting(table, name)
    return LABELS[f"{table}.{name}"] if setting is None else setting.label


def hint(table: str, name: str) -> str:
    """The message id of a field's hint, or nothing."""
    setting = _setting(table, name)
    return HINTS.get(f"{table}.{name}", "") if setting is None else setting.hint


def _setting(table: str, name: str) -> GatewaySetting | None:
    settings = (setting for one in declared() if one.table == table for setting in one.settings)
    return next((setting for setting in settings if setting.field == name), None)


def checked_field(table: str, name: str, value: object) -> Any:
    """As checked() of store/setup/form.py, with errors in the office's words: BadInput, BadCitizenId."""
    try:
        return checked(table, name, value)
    except BadInput as error:
        raise BadInput(what=label(table, name), problem=error.facts["problem"]) from error


def service_codes(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The codes of services typed by their numbers, in either keyboard layout. Raises BadInput."""
    found = []
    for part in re.split(r"[\s,]+", text.strip()):
        number = as_digits(part)
        code = f"S{number.zfill(2)}" if number else part
        if code not in known:
            raise BadInput(what="service", problem="there is no such service")
        found.append(code)
    return tuple(dict.fromkeys(found))


def service_number(code: str) -> str:
    """The number by which a service is typed, or its code where it has none."""
    return code[1:] if re.fullmatch(r"S\d\d", code) else code
