"""The left side of a visit: who stands there. The text is first, so nothing jumps when the photo comes."""

from __future__ import annotations

from datetime import date
from typing import Any

from rich.text import Text

from reader import citizen_id
from reader.buddhist_date import PartialDate
from reader.card import Address, Name
from store.visit import NUMBERED
from tui.at_desk import AtCounter, CardAtDesk
from tui.cells import clean, wrap
from tui.messages import _, mark
from tui.screens.back_entry import show_moment
from tui.widgets.frame import Line, inked
from tui.widgets.photo import NoPicture, half_blocks

COMERS = {
    "self": mark("the card's owner"),
    "mandate": mark("someone with a mandate"),
    "representative": mark("a representative"),
    "guardian": mark("parent or guardian"),
    "heir": mark("heir"),
}
IDENTITIES = {
    "chip": mark("chip of the card"),
    "card_face": mark("face of the card, chip not readable"),
    "thaid": mark("ThaID on the phone"),
    "other_photo_id": mark("another document with a photo"),
    "none": mark("nothing shown"),
}
BEFORE = {**IDENTITIES, "card_face": mark("face of the card")}
"""The same for what was served before, where no chip was tried."""
WIDTH = 27
_TEXT = 25
_ADDRESS_ROWS = 5
_LEAST_PHOTO_ROWS = 7


class PersonPanel(Line):
    """Name, number, birth, address, the card's validity and who came; the photo in what room is left."""

    def show_person(self, person: AtCounter, desk: CardAtDesk, today: date, height: int) -> None:
        """Draw the person. The photo is the person's, else the reader's while it holds the same card."""
        lines = person_lines(person, today)
        room = height - len(lines) - 1
        painted = inked(lines)
        photo = person.photo or None
        same = (
            desk.card is not None
            and person.card is not None
            and desk.card.citizen_id == person.card["citizen_id"]
        )
        if photo is None and same:
            photo = desk.photo or None
        below = inked(_of_photo(desk)) if same and photo is None else None
        if photo is not None and room >= _LEAST_PHOTO_ROWS:
            try:
                below = half_blocks(photo, _TEXT - 4, room)
            except NoPicture:
                below = inked(_unreadable())
        self.show(painted if below is None else Text("\n").join([painted, Text(""), below]))


def _of_photo(desk: CardAtDesk) -> str:
    """How far the photo has come, or that it cannot be read."""
    if desk.state == "text":
        return "… " + _("reading the photo {n}%").format(n=desk.percent)
    if desk.card is not None and desk.card.photo_length:
        return _unreadable()
    return "– " + _("no photo on the card")


def _unreadable() -> str:
    return "! " + _("the photo is unreadable")


def person_lines(person: AtCounter, today: date) -> list[str]:
    """The text of the panel, each line at most 25 cells."""
    lines = _card_lines(person.card, today) if person.card else _typed_lines(person)
    came = mark("in person") if person.comer == "self" and person.card is None else COMERS[person.comer]
    lines += wrap(_("Came: {who}").format(who=_(came)), _TEXT)
    if person.comer != "self":
        lines += ["", *wrap(_("Business of:"), _TEXT), *wrap(clean(_subject(person)), _TEXT)]
    return [clean(line) for line in lines]


def _subject(person: AtCounter) -> str:
    if person.subject_kind == "juristic":
        return citizen_id.shown_company(person.subject)
    return citizen_id.shown(person.subject) if person.subject_kind in NUMBERED else person.subject


def _typed_lines(person: AtCounter) -> list[str]:
    number = person.subject if person.comer == "self" else person.comer_id
    lines = wrap(_("No card was read"), _TEXT)
    if number:
        lines += wrap(citizen_id.shown(number) if citizen_id.is_valid(number) else clean(number), _TEXT)
    how = (BEFORE if person.back_entry else IDENTITIES)[person.identity]
    lines += wrap(_("Identity: {how}").format(how=_(how)), _TEXT)
    if person.back_entry is not None:
        when = show_moment(person.back_entry.served_at)
        lines += wrap("! " + _("Back entry: served {when}").format(when=when), _TEXT)
    return lines


def _card_lines(card: dict[str, Any], today: date) -> list[str]:
    name = card["name_th"]
    lines = [*wrap(clean(full_name(name)), _TEXT), citizen_id.shown(str(card["citizen_id"]))]
    if card["birth_date"]:
        born = PartialDate.from_iso(card["birth_date"])
        words = _("Born {date} ({age})").format(date=born.shown(), age=born.age(today))
        if born.earliest() > today:
            words = "! " + _("Born {date}: not yet. Look at the card's face.").format(date=born.shown())
        lines += wrap(words, _TEXT)
    else:
        lines += wrap(
            _("Born: none on the chip") if _is_empty(card, "birth_date") else _("Born: not readable"), _TEXT
        )
    if _is_empty(card, "address"):
        lines += wrap(_("Address: none on the chip"), _TEXT)
    else:
        lines += _address(card["address"]) if card["address"] else wrap(_("Address: not readable"), _TEXT)
    if "cut_short" in card["warnings"]:
        lines += wrap("! " + _("The address may be cut off: look at the card's face"), _TEXT)
    lines += wrap(validity(card, today), _TEXT)
    if "wrong_check_digit" in card["warnings"]:
        lines += wrap("! " + _("Wrong number: its last digit does not fit"), _TEXT)
    if {"damaged", "not_read"} & set(card["warnings"]):
        lines += wrap("! " + _("Parts of the chip are unreadable: look at the card's face"), _TEXT)
    return lines


def _is_empty(card: dict[str, Any], field: str) -> bool:
    """The card itself leaves the field empty; it was not refused."""
    return bool(card["results"][field] == "empty on the card")


def _address(address: dict[str, str]) -> list[str]:
    """A long address in as few lines as it needs, and never cut: the district is at its end."""
    lines = [part for line in address_lines(address) for part in wrap(clean(line), _TEXT)]
    if len(lines) > _ADDRESS_ROWS:
        lines = wrap(clean(" ".join(address_lines(address))), _TEXT)
    return lines


def full_name(name: dict[str, str]) -> str:
    """The name on one line, as it is written in Thai."""
    return Name(**name).full()


def address_lines(address: dict[str, str]) -> list[str]:
    """The address in up to three lines."""
    return Address(**address).lines()


def has_expired(card: dict[str, Any], today: date) -> bool:
    """True when the card's last day is surely past."""
    return bool(card["expiry_date"]) and PartialDate.from_iso(card["expiry_date"]).latest() < today


def validity(card: dict[str, Any], today: date) -> str:
    """How long the card is good, in words."""
    if card["lifelong"]:
        return _("Card for life")
    if _is_empty(card, "expiry_date"):
        return _("Good until: none on the chip")
    if not card["expiry_date"]:
        return _("The card's expiry date is unreadable")
    until = PartialDate.from_iso(card["expiry_date"]).shown()
    if has_expired(card, today):
        return "! " + _("Card expired {date}").format(date=until)
    return _("Good until {date}").format(date=until)
