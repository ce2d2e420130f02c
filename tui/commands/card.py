"""`nocopy card`: what is on an ID card. Needs no log-in and keeps nothing."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.call import DONE, NOT_THERE, Call, Group, complain, options
from tui.messages import _, told

if TYPE_CHECKING:
    from reader.watch import CardEvent

WAIT_S = 3.0  # for a card that is just being put in


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
@options()
def read(call: Call, photo: Path | None) -> int:
    from reader.once import read_card
    from reader.pcsc import PcscDesk

    desk = PcscDesk()
    try:
        found, picture = read_card(desk, wait_s=WAIT_S)
    finally:
        desk.close()
    if photo and picture:
        try:
            _write(photo, picture)
        except OSError as error:
            raise click.FileError(str(photo), error.strerror) from None
    value = found.as_json(len(picture or b""))
    call.give(value, lines(value))
    if photo and not picture:
        complain(_("There is no photo on this card: {file} was not written.").format(file=photo))
        return NOT_THERE
    return DONE


def _write(path: Path, picture: bytes) -> None:
    """The photo, readable by its owner alone, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as target:
        target.write(picture)
    os.replace(part, path)


@card.command(help=_("Print a line for each event at the readers, until stopped."))
@options()
def watch(call: Call) -> int:
    from reader.pcsc import PcscDesk
    from reader.watch import CardWatch

    stop = threading.Event()
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: stop.set())

    def tell(event: CardEvent) -> None:
        if event.kind != "progress":
            try:
                _give(call, event)
            except BrokenPipeError:
                stop.set()

    watching = CardWatch(PcscDesk(), tell)
    watching.start()
    # A wait without an end would not see Ctrl+C on Windows.
    while not stop.wait(0.5):
        pass
    watching.stop()
    return DONE


def _give(call: Call, event: CardEvent) -> None:
    value: dict[str, Any] = {"event": event.kind, "generation": event.generation, "reader": event.reader}
    text = [event.kind, event.reader or ""]
    if event.kind in ("card", "photo") and event.card:
        value["card"] = event.card.as_json(len(event.photo or b""))
        text += lines(value["card"])
    if event.error:
        value["error"] = " ".join(told(event.error)).strip()
        text.append(value["error"])
    call.give(value, ["  ".join(text)])


def lines(value: dict[str, Any]) -> list[str]:
    """A card's JSON as lines for a person."""
    from reader.card import Name
    from reader.citizen_id import shown

    until = _("for life") if value["lifelong"] else value["expiry_date"]
    return [
        shown(value["citizen_id"]),
        Name(**value["name_th"]).full(),
        Name(**value["name_en"]).full(),
        _("Born {date}").format(date=value["birth_date"]),
        value["address"]["raw"].replace("#", " "),
        _("Issued {date}, valid until {until}, by {issuer}").format(
            date=value["issue_date"], until=until, issuer=value["issuer"]
        ),
        _("Photo: {count} bytes").format(count=value["photo_bytes"]),
        *(_("Note: {problem}").format(problem=problem) for problem in value["problems"]),
    ]
