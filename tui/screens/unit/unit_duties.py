"""The unit's rows of Home: its people and settings, the recovery sheet, the ministry's centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.people.permissions import may
from store.staff import recovery
from store.staff.adopt import is_due
from tui.duties import Duty, Place
from tui.screens.unit.centre import ask_centre, must_enrol
from tui.screens.unit.first_list import ask_first_list
from tui.screens.unit.people import PeopleScreen
from tui.screens.unit.recovery_sheet import ask_sheet
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.books import Books

UNIT = Place(
    "people",
    mark("The unit: people, backups, settings"),
    lambda program, _reread: program.push_screen(PeopleScreen()),
    asks="people",
)


def unconfirmed_sheet(books: Books) -> list[Duty]:
    """The row for a recovery sheet that nobody has confirmed by typing from its paper."""
    if not may(books.who, "recovery") or recovery.unconfirmed(books.database) is None:
        return []
    return [Duty("sheet", "", "! " + _("Print the recovery sheet, and type it back"), ask_sheet)]


def unsigned_list(books: Books) -> list[Duty]:
    """The row of books of an earlier version whose head has not signed the list of people yet."""
    if not is_due(books.who):
        return []
    return [Duty("list", "", "! " + _("Read the list of people, and sign it"), ask_first_list)]


def not_enrolled(books: Books) -> list[Duty]:
    """The row where the office is not enrolled at the ministry's centre."""
    if not must_enrol(books):
        return []
    words = "! " + _("Enrol the office at the ministry's centre")
    return [Duty("enrol", "", words, lambda program, _reread: ask_centre(program))]
