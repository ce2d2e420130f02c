"""The unit, its people, the recovery sheet, the ministry's centre and the settings: for the head.

Every change of the people asks for the passphrase again.
"""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult

from reader.buddhist_date import show_date, show_time, stamp
from store.people.people import Appointment, Person
from store.staff import recovery
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.unit import unit_keys
from tui.screens.unit.backup import ask_backup
from tui.screens.unit.centre import ask_centre, centre_words
from tui.screens.unit.people_steps import add_person, change_person, end_appointment
from tui.screens.unit.recovery_sheet import ask_sheet, new_sheet
from tui.screens.unit.settings import SettingsScreen
from tui.words.cells import clean, pad, rule, wrap
from tui.words.role_words import ROLE_WORDS, role_words
from tui.words.translate import _, mark

_ROWS = 6
# The rows for a new person, the ministry's centre and the settings; no login can be equal to these.
_NEW, _CENTRE, _SETTINGS = "", "@", "/"


class PeopleScreen(WorkScreen[None]):
    """The people, those with a current appointment first; below, the chosen one's appointments and keys."""

    OFFERS = (
        *(
            keys.Help,
            unit_keys.ChangePerson,
            unit_keys.BackUp,
            unit_keys.RecoverySheet,
            unit_keys.EndAppointment,
        ),
        keys.Network,
        *(keys.Move, unit_keys.AddPerson, unit_keys.OpenCentre, unit_keys.OpenSettings, keys.Back),
    )
    place = mark("The unit")

    def __init__(self) -> None:
        super().__init__()
        self._people: list[Person] = []
        self._chosen = _NEW

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        self.read_anew()
        self._chosen = self._people[0].login

    def read_anew(self) -> None:
        """Read the people from the books; the cursor stays on its person."""
        at = stamp(self.program.clock())
        people = self.program.books.people.all()
        self._people = sorted(people, key=lambda one: (one.has_left(at), not one.roles))

    def _rows(self) -> list[str]:
        return [*(person.login for person in self._people), _NEW, _CENTRE, _SETTINGS]

    def _person(self) -> Person | None:
        return next((person for person in self._people if person.login == self._chosen), None)

    def enter_token(self) -> object:
        return self._chosen

    # --- drawing

    def paint_body(self) -> None:
        if not self.program.someone_is_in:
            return
        width = self.size.width or 80
        books = self.program.books
        station = _("PC {station}").format(station=books.station)
        lines = [f" {books.unit} {clean(books.unit_name)} · {station}"]
        asked = recovery.unconfirmed(books.database)
        sheet = _("● typed back") if asked is None else _("! still to be printed and typed back")
        lines += [f" {_('The recovery sheet')}: {sheet}", ""]
        rows = self._rows()
        at = rows.index(self._chosen)
        first = max(0, min(at - _ROWS // 2, len(rows) - _ROWS))
        lines += [self._row(login) for login in rows[first : first + _ROWS]]
        lines += [""] * (3 + _ROWS - len(lines))
        person = self._person()
        lines += _details(person, width) if person is not None else []
        self.query_one("#work", TextBlock).show([pad(line, width) for line in lines])

    def _row(self, login: str) -> str:
        sign = "► " if login == self._chosen else "  "
        if login == _CENTRE:
            return sign + "  " + pad(_("The ministry's centre"), 34) + " " + centre_words(self.program)
        if login == _SETTINGS:
            return sign + "  " + _("The settings")
        person = next((one for one in self._people if one.login == login), None)
        if person is None:
            return sign + "+ " + _("Add a person")
        if person.has_left(stamp(self.program.clock())):
            return sign + pad(clean(person.name), 34) + " " + _("– has left")
        roles = role_words(person.roles) or _("… not yet")
        return sign + pad(clean(person.name), 34) + " " + pad(roles, 30) + " " + _keys_sign(person)

    def sentence(self) -> str:
        if self._chosen == _NEW:
            return _("Enter adds a person. Every change asks your passphrase; the ledger notes it.")
        if self._chosen == _CENTRE:
            return _("Enter enrols this office with the code from the ministry's letter.")
        if self._chosen == _SETTINGS:
            return _("Enter opens the settings: office hours, limits, gateways and more.")
        return _("F4 changes this person, or gives a first passphrase; F8 ends an appointment.")

    # --- keys

    def do_move(self, step: int) -> None:
        rows = self._rows()
        self._chosen = rows[max(0, min(len(rows) - 1, rows.index(self._chosen) + step))]

    def can_add_person(self) -> bool:
        return self._chosen == _NEW

    def do_add_person(self) -> None:
        add_person(self.program, self.read_anew)

    def can_open_centre(self) -> bool:
        return self._chosen == _CENTRE

    def do_open_centre(self) -> None:
        ask_centre(self.program)

    def can_open_settings(self) -> bool:
        return self._chosen == _SETTINGS

    def do_open_settings(self) -> None:
        self.program.push_screen(SettingsScreen())

    def can_change_person(self) -> bool:
        return self._person() is not None

    def do_change_person(self) -> None:
        person = self._person()
        assert person is not None
        change_person(self.program, person, self.read_anew)

    def can_end_appointment(self) -> bool:
        person = self._person()
        return person is not None and not person.has_left(stamp(self.program.clock()))

    def do_end_appointment(self) -> None:
        person = self._person()
        assert person is not None
        end_appointment(self.program, person, self.read_anew)

    def do_recovery_sheet(self) -> None:
        if recovery.unconfirmed(self.program.books.database) is not None:
            ask_sheet(self.program, self.read_anew)
        else:
            new_sheet(self.program, self.read_anew)

    def do_back_up(self) -> None:
        ask_backup(self.program)


def _keys_sign(person: Person) -> str:
    if person.kid is not None:
        return "●"
    return "…" if person.first_until is not None else "○"


def _details(person: Person, width: int) -> list[str]:
    """The rows below the list about the chosen person; without the citizen ID."""
    lines = [rule(clean(person.name), width)]
    lines.append(f" {person.login} · {clean(person.level)} · {_key_words(person)}")
    if person.services:
        services = " ".join(code.removeprefix("S") for code in person.services)
        lines += [" " + part for part in wrap(_("Services {codes}").format(codes=services), width - 2)][:2]
    return lines + [" " + _span(one) for one in person.appointments][-4:]


def _key_words(person: Person) -> str:
    if person.kid is not None:
        return _("● signs with own keys")
    if person.first_until is None:
        return _("○ has no passphrase")
    at = datetime.fromisoformat(person.first_until)
    return _("… first passphrase, till {day} {time}").format(day=show_date(at), time=show_time(at))


def _span(one: Appointment) -> str:
    """One appointment in words: the role, since when, until when, by which order."""
    begin = show_date(datetime.fromisoformat(one.from_at))
    words = [_(ROLE_WORDS[one.role]), _("since {day}").format(day=begin)]
    if one.until_at is not None:
        end = datetime.fromisoformat(one.until_at)
        words.append(_("until {day} {time}").format(day=show_date(end), time=show_time(end)))
    if one.acting:
        words.append(_("acting"))
    if one.order_no:
        words.append(_("order {number}").format(number=clean(one.order_no)))
    return "  ".join(words)
