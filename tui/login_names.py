"""What the first screen may show before anyone has unlocked the books: the unit's name, and the people's.

keys.json holds only logins, and the books are closed. So at setup and after each log-in a file beside them
gets the names and roles of the unit's own officers, never a number, a citizen or a secret. It is only shown:
the log-in itself asks keys.json and the books. A missing or damaged file costs nothing but the names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from store.base.private_file import write_private

if TYPE_CHECKING:
    from store.books import Books

FILE = "names.json"


class Named(Protocol):
    """Anyone with a login, a name and roles: a person in the books, or in the setup file."""

    @property
    def login(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...


@dataclass
class Remembered:
    """`people`: login -> (name, roles). `last` is the login of the last log-in, `last_at` its stamp.

    `sheet` is the path of a recovery sheet that nobody has typed back yet.
    """

    unit_name: str = ""
    station: str = ""
    people: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    last: str = ""
    last_at: str = ""
    sheet: str = ""


def recall(home: Path) -> Remembered:
    """What the file says; empty where it is missing or damaged."""
    try:
        found: dict[str, Any] = json.loads((home / FILE).read_text("utf-8"))
        people = {login: (str(name), tuple(roles)) for login, (name, roles) in found["people"].items()}
        rest = {name: str(found[name]) for name in ("unit_name", "station", "last", "last_at")}
        rest["sheet"] = str(found.get("sheet", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Remembered()
    return Remembered(people=people, **rest)


def remember_people(books: Books, last: str | None = None, last_at: str = "") -> None:
    """Write what the open books say; `last` is the login of this log-in."""
    from store.staff.recovery import (
        unconfirmed,
    )  # it imports cryptography: not before the first frame

    home, asked = books.locations.home, unconfirmed(books.database)
    if last is None:
        known = recall(home)
        last, last_at = known.last, known.last_at
    sheet = "" if asked is None else str(asked.file)
    remember(home, books.unit_name, books.station, books.people.present(), last, last_at, sheet)


def remember(
    home: Path,
    unit_name: str,
    station: str,
    people: Iterable[Named],
    last: str = "",
    last_at: str = "",
    sheet: str = "",
) -> None:
    """Write the file, readable by its owner alone."""
    known = {
        "unit_name": unit_name,
        "station": station,
        "people": {person.login: [person.name, list(person.roles)] for person in people},
        "last": last,
        "last_at": last_at,
        "sheet": sheet,
    }
    # The log-in works without the names too: a full disk must not stop it here.
    with suppress(OSError):
        write_private(home / FILE, json.dumps(known, ensure_ascii=False).encode("utf-8"))
