"""`nocopy card`: what is on an ID card. Needs no log-in and keeps nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reader.card import (
    ADDRESS_CUT,
    BAD_LENGTH,
    CARD_EXPIRED,
    CUT_SHORT,
    DAMAGED,
    DAMAGED_TEXT,
    EMPTY,
    INCOMPLETE,
    NO_PICTURE,
    NOT_A_DATE,
    NOT_DIGITS,
    NOT_READ,
    UNKNOWN_CODE,
    UNUSUAL_FORM,
    WRONG_CHECK_DIGIT,
    WRONG_NUMBER,
    Card,
)
from reader.errors import CardServiceHangs
from reader.reader_state import EventKind
from store.base.hang_guard import GoesOn, Result, apart
from tui.commands.call import DONE, FAILED, FILE, NOT_THERE, Call, Group, OutputLost, complain, options
from tui.words.translate import _, mark, sentences_of

if TYPE_CHECKING:
    from reader.buddhist_date import PartialDate
    from reader.card_record import CardRecord
    from reader.watch import CardEvent

WAIT_S = 3.0  # for a card that is just being put in
_SILENT_S = 6.0  # longer than the longest wait for a card, or for another program that holds it

# The words of Card.results, Card.problems and Card.warnings for a person.
_FIELDS = {
    "citizen_id": mark("citizen ID"),
    "name_th": mark("Thai name"),
    "name_en": mark("English name"),
    "birth_date": mark("date of birth"),
    "sex": mark("sex"),
    "request_no": mark("request number"),
    "issuer": mark("issuing place"),
    "issue_date": mark("date of issue"),
    "expiry_date": mark("date of expiry"),
    "card_type": mark("kind of card"),
    "address": mark("address"),
    "photo_no": mark("number under the photo"),
    "photo": mark("photo"),
    "laser": mark("number on the back"),
}
_PROBLEMS = {
    DAMAGED_TEXT: mark("damaged text"),
    EMPTY: mark("empty on the card"),
    NOT_READ: mark("not read"),
    UNUSUAL_FORM: mark("unusual form"),
    CUT_SHORT: mark("cut short: it fills its place on the chip"),
    WRONG_CHECK_DIGIT: mark("wrong check digit"),
    NOT_DIGITS: mark("not 13 digits"),
    NOT_A_DATE: mark("not a date"),
    UNKNOWN_CODE: mark("unknown code"),
    BAD_LENGTH: mark("impossible length"),
    NO_PICTURE: mark("not a picture"),
}
_WARNINGS = {
    CARD_EXPIRED: mark("This card has expired."),
    WRONG_NUMBER: mark("The number on the chip is not right: compare it with the card's face."),
    DAMAGED: mark("Parts of the chip are damaged: look at the card's face."),
    INCOMPLETE: mark("The card did not give all of its text: look at the card's face."),
    ADDRESS_CUT: mark("The end of the address may be missing on the chip: look at the card's face."),
}


@click.group(cls=Group, help=_("Read ID cards."))
@options()
def card(_call: Call) -> None:
    pass


@card.command(help=_("Read the card that is in the reader."))
@click.option(
    "--photo",
    metavar="FILE",
    type=FILE,
    help=_("Write the photo (JPEG) there, as a new file."),
)
@click.option(
    "--laser", is_flag=True, help=_("Read the number on the card's back too, where the chip has it.")
)
@click.option("--reader", metavar="NAME", help=_("Look at this reader alone."))
@options()
def read(call: Call, photo: Path | None, laser: bool, reader: str | None) -> int:
    from reader.card_record import CardRecord
    from store.base import named_file

    home = call.locations().home
    if photo:
        named_file.demand_place(photo, home)  # before anything is read from the card
    found, picture = at_reader(lambda goes_on: _read(laser, reader, goes_on))
    if photo and picture:
        named_file.write(photo, picture, home)
    record = CardRecord.of(found, len(picture or b""))
    call.give(record.as_json(), lines(record))
    lost = [field for field, what in _problems(record) if what == NOT_READ]
    if lost:
        names = ", ".join(_(_FIELDS[field]) for field in lost)
        complain(_("The card did not give these, even when asked again: {names}.").format(names=names))
        return FAILED
    if photo and not picture:
        complain(_("There is no photo on this card: {file} was not written.").format(file=photo))
        return NOT_THERE
    return DONE


def _read(laser: bool, reader: str | None, goes_on: GoesOn) -> tuple[Card, bytes | None]:
    from reader.pcsc import PcscSlots
    from reader.read_once import read_card

    readers = PcscSlots()
    try:
        return read_card(readers, wait_s=WAIT_S, laser=laser, reader=reader, goes_on=goes_on)
    finally:
        readers.close()


def at_reader(work: Callable[[GoesOn], Result]) -> Result:
    """What `work(goes_on)` at a card reader returns or raises; CardServiceHangs where it goes on no more."""
    return apart(work, _SILENT_S, CardServiceHangs())


@card.command(help=_("Print a line for each event at the readers, until stopped."))
@click.option("--reader", metavar="NAME", help=_("Look at this reader alone."))
@options()
def watch(call: Call, reader: str | None) -> int:
    from reader.pcsc import PcscSlots
    from reader.watch import CardWatch

    stop = threading.Event()
    lost: list[OutputLost] = []
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())

    def tell(event: CardEvent) -> None:
        if event.kind != EventKind.PROGRESS:
            try:
                _give(call, event)
            except BrokenPipeError:
                stop.set()
            except OutputLost as error:
                lost.append(error)
                stop.set()

    watching = CardWatch(PcscSlots(), tell, reader)
    watching.start()
    while not stop.wait(1.0):  # on Windows, Ctrl+C does not interrupt a wait without a timeout
        watching.look_after()
    watching.stop()
    if lost:
        raise lost[0]
    return DONE


def _give(call: Call, event: CardEvent) -> None:
    from reader.card_record import CardRecord

    value: dict[str, Any] = {"event": event.kind, "generation": event.generation, "reader": event.reader}
    text = [event.kind, event.reader or ""]
    if event.kind in (EventKind.CARD, EventKind.PHOTO) and event.card:
        record = CardRecord.of(event.card, len(event.photo or b""))
        value["card"] = record.as_json()
        text += lines(record)
    if event.error:
        value["reason"] = event.error.kind
        value["error"] = " ".join(sentences_of(event.error, at_command_line=True)).strip()
        text.append(value["error"])
    call.give(value, ["  ".join(text)])


def _problems(card: CardRecord) -> list[tuple[str, str]]:
    """Each problem of a card: the field, and what is wrong with it."""
    return [(field, what) for field, _colon, what in (problem.partition(": ") for problem in card.problems)]


def _day(date: PartialDate | None) -> str:
    return date.shown() if date else _("not known")


def lines(card: CardRecord) -> list[str]:
    """A card as rows for a person: first what to know, then the card, then each damaged field."""
    from reader.citizen_id import shown

    unknown = _("not known")
    until = _("for life") if card.lifelong else _day(card.expiry_date)
    address = card.address.raw.replace("#", " ") if card.address else unknown
    found = [
        *(f"! {_(_WARNINGS[warning])}" for warning in card.warnings),
        shown(card.citizen_id) if card.citizen_id else unknown,
        card.name_th.full(),
        card.name_en.full(),
        _("Born {date}").format(date=_day(card.birth_date)),
        " ".join(address.split()),
        _("Issued {date}, valid until {until}, by {issuer}").format(
            date=_day(card.issue_date), until=until, issuer=card.issuer or unknown
        ),
        _("Photo: {count} bytes").format(count=card.photo_bytes),
    ]
    if card.laser:
        found.append(_("Number on the back: {number}").format(number=card.laser))
    for field, what in _problems(card):
        problem = f"{_(_FIELDS[field])}: {_(_PROBLEMS[what])}"
        found.append(_("Note: {problem}").format(problem=problem))
    return found
