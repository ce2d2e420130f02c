"""What the first screen may show before anyone has unlocked the books: the unit's name, and the people's.

keys.json holds logins alone, and the books are closed. So at setup and after each log-in this much is written
beside them: names and roles of the unit's own officers, never a number, a citizen or a secret. For show: the
log-in itself asks keys.json and the books. A missing or damaged file only costs the names.
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
    """`people`: login -> (name, roles). `last` is who logged in last, `last_at` when, as a stamp.

    `sheet` is where the recovery sheet was written that nobody has typed back yet.
    """

    unit_name: str = ""
    station: str = ""
    people: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    last: str = ""
    last_at: str = ""
    sheet: str = ""


def recall(home: Path) -> Remembered:
    """What stands in the file, or nothing."""
    try:
        found: dict[str, Any] = json.loads((home / FILE).read_text("utf-8"))
        people = {login: (str(name), tuple(roles)) for login, (name, roles) in found["people"].items()}
        rest = {name: str(found[name]) for name in ("unit_name", "station", "last", "last_at")}
        rest["sheet"] = str(found.get("sheet", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Remembered()
    return Remembered(people=people, **rest)


def remember_people(books: Books, last: str | None = None, last_at: str = "") -> None:
    """Write down what the open books say; `last` is who logged in just now, at that stamp."""
    from store.staff.recovery import unconfirmed  # its cryptography is no part of a first frame

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
    """Write the file anew, readable by its owner alone."""
    known = {
        "unit_name": unit_name,
        "station": station,
        "people": {person.login: [person.name, list(person.roles)] for person in people},
        "last": last,
        "last_at": last_at,
        "sheet": sheet,
    }
    # Without the names the log-in goes on as well: a full disk must not stop it here.
    with suppress(OSError):
        write_private(home / FILE, json.dumps(known, ensure_ascii=False).encode("utf-8"))
