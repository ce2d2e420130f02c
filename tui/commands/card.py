"""`nocopy card`: what is on an ID card. Needs no log-in and keeps nothing."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.apart import GoesOn, apart
from tui.commands.call import DONE, FAILED, NOT_THERE, Call, Group, OutputLost, complain, options
from tui.messages import _, mark, told

if TYPE_CHECKING:
    from reader.card import Card
    from reader.watch import CardEvent

WAIT_S = 3.0  # for a card that is just being put in

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
    "damaged text": mark("damaged text"),
    "empty on the card": mark("empty on the card"),
    "not read": mark("not read"),
    "unusual form": mark("unusual form"),
    "cut short": mark("cut short: it fills its place on the chip"),
    "wrong check digit": mark("wrong check digit"),
    "not 13 digits": mark("not 13 digits"),
    "not a date": mark("not a date"),
    "unknown code": mark("unknown code"),
    "impossible length": mark("impossible length"),
    "not a JPEG": mark("not a picture"),
}
_WARNINGS = {
    "card_expired": mark("This card has expired."),
    "wrong_check_digit": mark("The number on the chip is not right: compare it with the card's face."),
    "damaged": mark("Parts of the chip are damaged: look at the card's face."),
    "not_read": mark("The card did not give all of its text: look at the card's face."),
    "cut_short": mark("The end of the address may be missing on the chip: look at the card's face."),
}


@click.group(cls=Group, help=_("Read ID cards."))
@options()
def card(_call: Call) -> None:
    pass


@card.command(help=_("Read the card that is in the reader."))
@click.option(
    "--photo",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("Write the photo (JPEG) there."),
)
@click.option(
    "--laser", is_flag=True, help=_("Read the number on the card's back too, where the chip has it.")
)
@click.option("--reader", metavar="NAME", help=_("Look at this reader alone."))
@options()
def read(call: Call, photo: Path | None, laser: bool, reader: str | None) -> int:
    found, picture = apart(lambda goes_on: _read(laser, reader, goes_on))
    if photo and picture:
        try:
            _write(photo, picture)
        except OSError as error:
            raise click.FileError(str(photo), error.strerror) from None
    value = found.as_json(len(picture or b""))
    call.give(value, lines(value))
    lost = [field for field, what in _problems(value) if what == "not read"]
    if lost:
        names = ", ".join(_(_FIELDS[field]) for field in lost)
        complain(_("The card did not give these, even when asked again: {names}.").format(names=names))
        return FAILED
    if photo and not picture:
        complain(_("There is no photo on this card: {file} was not written.").format(file=photo))
        return NOT_THERE
    return DONE


def _read(laser: bool, reader: str | None, goes_on: GoesOn) -> tuple[Card, bytes | None]:
    from reader.once import read_card
    from reader.pcsc import PcscDesk

    desk = PcscDesk()
    try:
        return read_card(desk, wait_s=WAIT_S, laser=laser, reader=reader, goes_on=goes_on)
    finally:
        desk.close()


def _write(path: Path, picture: bytes) -> None:
    """The photo, readable by its owner alone, whole or not at all."""
    if path.exists() and not path.is_file():  # a pipe or a device: nothing may take its place
        path.write_bytes(picture)
        return
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(picture)
        os.replace(part, path)
    except OSError:
        os.unlink(part)
        raise


@card.command(help=_("Print a line for each event at the readers, until stopped."))
@click.option("--reader", metavar="NAME", help=_("Look at this reader alone."))
@options()
def watch(call: Call, reader: str | None) -> int:
    from reader.pcsc import PcscDesk
    from reader.watch import CardWatch

    stop = threading.Event()
    lost: list[OutputLost] = []
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())

    def tell(event: CardEvent) -> None:
        if event.kind != "progress":
            try:
                _give(call, event)
            except BrokenPipeError:
                stop.set()
            except OutputLost as error:
                lost.append(error)
                stop.set()

    watching = CardWatch(PcscDesk(), tell, reader)
    watching.start()
    while not stop.wait(1.0):  # a wait without an end would not see Ctrl+C on Windows either
        watching.look_after()
    watching.stop()
    if lost:
        raise lost[0]
    return DONE


def _give(call: Call, event: CardEvent) -> None:
    value: dict[str, Any] = {"event": event.kind, "generation": event.generation, "reader": event.reader}
    text = [event.kind, event.reader or ""]
    if event.kind in ("card", "photo") and event.card:
        value["card"] = event.card.as_json(len(event.photo or b""))
        text += lines(value["card"])
    if event.error:
        value["reason"] = _snake(type(event.error).__name__)
        value["error"] = " ".join(told(event.error, at_command_line=True)).strip()
        text.append(value["error"])
    call.give(value, ["  ".join(text)])


def _snake(name: str) -> str:
    """MuteCard as mute_card: the kind of an error for programs."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


def _problems(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Each problem of a card's JSON: the field, and what is wrong with it."""
    return [
        (field, what) for field, _colon, what in (problem.partition(": ") for problem in value["problems"])
    ]


def _day(iso: str | None) -> str:
    from reader.buddhist_date import PartialDate

    return PartialDate.from_iso(iso).shown() if iso else _("not known")


def lines(value: dict[str, Any]) -> list[str]:
    """A card's JSON as lines for a person: what to know first, then the card, then each damaged field."""
    from reader.card import Name
    from reader.citizen_id import shown

    unknown = _("not known")
    until = _("for life") if value["lifelong"] else _day(value["expiry_date"])
    address = value["address"]["raw"].replace("#", " ") if value["address"] else unknown
    found = [
        *(f"! {_(_WARNINGS[warning])}" for warning in value["warnings"]),
        shown(value["citizen_id"]) if value["citizen_id"] else unknown,
        Name(**value["name_th"]).full(),
        Name(**value["name_en"]).full(),
        _("Born {date}").format(date=_day(value["birth_date"])),
        " ".join(address.split()),
        _("Issued {date}, valid until {until}, by {issuer}").format(
            date=_day(value["issue_date"]), until=until, issuer=value["issuer"] or unknown
        ),
        _("Photo: {count} bytes").format(count=value["photo_bytes"]),
    ]
    if value["laser"]:
        found.append(_("Number on the back: {number}").format(number=value["laser"]))
    for field, what in _problems(value):
        problem = f"{_(_FIELDS[field])}: {_(_PROBLEMS[what])}"
        found.append(_("Note: {problem}").format(problem=problem))
    return found
