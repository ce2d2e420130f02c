"""The left side of a visit: the visitor. The photo is below the text, so that nothing moves when it comes."""

from __future__ import annotations

from datetime import date

from rich.text import Text

from reader import citizen_id
from reader.card import ADDRESS_CUT, DAMAGED, INCOMPLETE, WRONG_NUMBER, Address
from reader.card_record import CardRecord
from reader.reader_state import ReaderState
from store.counter.visit import NUMBERED, Comer, SubjectKind
from store.counter.visitor import Visitor
from tui.card_state import CardState
from tui.frame.frame import TextBlock, inked
from tui.screens.visit.photo import NoPicture, half_blocks
from tui.words.cells import clean, wrap
from tui.words.translate import _, mark
from tui.words.visit_words import BACK_ENTRY_IDENTITY_WORDS, COMER_WORDS, IDENTITY_WORDS, show_moment

WIDTH = 27
_TEXT = 25
_ADDRESS_ROWS = 5
_LEAST_PHOTO_ROWS = 7


class PersonPanel(TextBlock):
    """Name, number, birth, address, the card's validity and who came; the photo in the room that is left."""

    def show_person(self, person: Visitor, reader: CardState, today: date, height: int) -> None:
        """Draw the person. The photo is the person's, else that of the card in the reader if it is theirs."""
        lines = person_lines(person, today)
        room = height - len(lines) - 1
        painted = inked(lines)
        photo = person.photo or None
        same = (
            reader.card is not None
            and person.card is not None
            and reader.card.citizen_id == person.card.citizen_id
        )
        if photo is None and same:
            photo = reader.photo or None
        below = inked(_of_photo(reader)) if same and photo is None else None
        if photo is not None and room >= _LEAST_PHOTO_ROWS:
            try:
                below = half_blocks(photo, _TEXT - 4, room)
            except NoPicture:
                below = inked(_unreadable())
        self.show(painted if below is None else Text("\n").join([painted, Text(""), below]))


def _of_photo(reader: CardState) -> str:
    """How much of the photo is read, or that it cannot be read."""
    if reader.state is ReaderState.TEXT:
        return "… " + _("reading the photo {n}%").format(n=reader.percent)
    if reader.card is not None and reader.card.photo_length:
        return _unreadable()
    return "– " + _("no photo on the card")


def _unreadable() -> str:
    return "! " + _("the photo is unreadable")


def person_lines(person: Visitor, today: date) -> list[str]:
    """The text of the panel, each row at most 25 cells."""
    lines = _card_lines(person.card, today) if person.card else _typed_lines(person)
    came = (
        mark("in person") if person.comer == Comer.SELF and person.card is None else COMER_WORDS[person.comer]
    )
    lines += wrap(_("Came: {who}").format(who=_(came)), _TEXT)
    if person.comer != Comer.SELF:
        lines += ["", *wrap(_("Business of:"), _TEXT), *wrap(clean(_subject(person)), _TEXT)]
    return [clean(line) for line in lines]


def _subject(person: Visitor) -> str:
    if person.subject_kind == SubjectKind.JURISTIC:
        return citizen_id.shown_company(person.subject)
    return citizen_id.shown(person.subject) if person.subject_kind in NUMBERED else person.subject


def _typed_lines(person: Visitor) -> list[str]:
    number = person.subject if person.comer == Comer.SELF else person.comer_id
    lines = wrap(_("No card was read"), _TEXT)
    if number:
        lines += wrap(citizen_id.shown(number) if citizen_id.is_valid(number) else clean(number), _TEXT)
    how = (BACK_ENTRY_IDENTITY_WORDS if person.back_entry else IDENTITY_WORDS)[person.identity]
    lines += wrap(_("Identity: {how}").format(how=_(how)), _TEXT)
    if person.back_entry is not None:
        when = show_moment(person.back_entry.served_at)
        lines += wrap("! " + _("Back entry: served {when}").format(when=when), _TEXT)
    return lines


def _card_lines(card: CardRecord, today: date) -> list[str]:
    lines = [*wrap(clean(card.name_th.full()), _TEXT), citizen_id.shown(card.citizen_id)]
    if card.birth_date:
        born = card.birth_date
        words = _("Born {date} ({age})").format(date=born.shown(), age=born.age(today))
        if born.earliest() > today:
            words = "! " + _("Born {date}: not yet. Look at the card's face.").format(date=born.shown())
        lines += wrap(words, _TEXT)
    else:
        lines += wrap(
            _("Born: none on the chip") if card.is_empty("birth_date") else _("Born: not readable"), _TEXT
        )
    if card.is_empty("address"):
        lines += wrap(_("Address: none on the chip"), _TEXT)
    else:
        lines += _address(card.address) if card.address else wrap(_("Address: not readable"), _TEXT)
    if ADDRESS_CUT in card.warnings:
        lines += wrap("! " + _("The address may be cut off: look at the card's face"), _TEXT)
    lines += wrap(validity(card, today), _TEXT)
    if WRONG_NUMBER in card.warnings:
        lines += wrap("! " + _("Wrong number: its last digit does not fit"), _TEXT)
    if {DAMAGED, INCOMPLETE} & set(card.warnings):
        lines += wrap("! " + _("Parts of the chip are unreadable: look at the card's face"), _TEXT)
    return lines


def _address(address: Address) -> list[str]:
    """An address in as few rows as it needs, never cut: the district is at its end."""
    lines = [part for line in address.lines() for part in wrap(clean(line), _TEXT)]
    if len(lines) > _ADDRESS_ROWS:
        lines = wrap(clean(" ".join(address.lines())), _TEXT)
    return lines


def validity(card: CardRecord, today: date) -> str:
    """Until when the card is valid, in words."""
    if card.lifelong:
        return _("Card for life")
    if card.is_empty("expiry_date"):
        return _("Good until: none on the chip")
    if not card.expiry_date:
        return _("The card's expiry date is unreadable")
    until = card.expiry_date.shown()
    if card.has_expired(today):
        return "! " + _("Card expired {date}").format(date=until)
    return _("Good until {date}").format(date=until)
