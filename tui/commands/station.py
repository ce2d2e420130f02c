"""`nocopy station`: an office with several PCs, of which one reports for all."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.call import FILE, Call, Group, options, replacing
from tui.commands.month import MONTH
from tui.words.translate import _

if TYPE_CHECKING:
    from store.stations.peers import Brought

_file = click.argument("file", type=FILE)


@click.group(cls=Group, help=_("The other PCs of the office."))
@options()
def station(_call: Call) -> None:
    pass


@station.command(help=_("Show this PC's fingerprint, to be compared, and write its public keys to a file."))
@click.option("--out", type=FILE, metavar="FILE", help=_("Where to: for the other PC. A new file."))
@options(login=True)
def identity(call: Call, out: Path | None) -> None:
    from store.base import named_file
    from store.stations.stations import Stations

    with call.books() as (books, _passphrase):
        stations = Stations(books)
        me = stations.identity()
        if out is not None:
            named_file.write(out, f"{stations.identity_file()}\n".encode("ascii"), books.locations.home)
    call.give(
        {**asdict(me), "fingerprint": me.fingerprint, "file": str(out) if out else None},
        [
            _("Unit {unit}, station {station}").format(unit=me.unit, station=me.station),
            _("Fingerprint: {fingerprint}").format(fingerprint=me.fingerprint),
            _("The head reads it from this screen and types it on the other PC."),
        ],
    )


@station.command(help=_("The head trusts another PC whose fingerprint was read from its own screen."))
@_file
@click.option("--fingerprint", required=True, help=_("As it stands on the other PC's screen."))
@options(login=True)
def trust(call: Call, file: Path, fingerprint: str) -> None:
    from store.stations.stations import Stations
    from sync.carry.bundle import read

    token = read(file, call.locations().home).decode("ascii", "replace")
    with call.books() as (books, _passphrase):
        peer = Stations(books).trust(token, fingerprint)
    call.give(
        asdict(peer),
        [
            _("Station {station} is trusted; its months count from {month} on.").format(
                station=peer.station, month=peer.from_month
            )
        ],
    )


@station.command(help=_("The head no longer expects the months of a PC that is gone."))
@click.argument("number", metavar="STATION")
@click.option(
    "--after", type=MONTH, metavar="YYYY-MM", required=True, help=_("The last month expected of it.")
)
@click.option("--reason", required=True, help=_("Why, in a few words; it is kept."))
@options(login=True)
def release(call: Call, number: str, after: str, reason: str) -> None:
    from store.stations.stations import Stations

    with call.books() as (books, _passphrase):
        peer = Stations(books).release(number, after, reason)
    call.give(
        asdict(peer),
        [
            _("Station {station} is expected until {month}.").format(
                station=peer.station, month=peer.until_month
            )
        ],
    )


@station.command("list", help=_("The PCs that the head trusts, and the months that were imported."))
@options(login=True)
def list_(call: Call) -> None:
    from store.stations.stations import Stations

    with call.books() as (books, _passphrase):
        known, brought = Stations(books).known(), Stations(books).all_brought()
    months = {one.station: [b for b in brought if b.station == one.station] for one in known}
    call.give(
        [
            {
                **asdict(one),
                "months": [
                    {
                        **{"month": b.month, "from": b.first_seq, "to": b.last_seq, "root": b.root},
                        **{"epoch": b.epoch, "lost": b.lost},
                    }
                    for b in months[one.station]
                ],
            }
            for one in known
        ],
        [
            _("Station {station}: {months}").format(
                station=one.station, months=", ".join(b.month for b in months[one.station]) or "–"
            )
            for one in known
        ],
    )


@station.command(help=_("Write this PC's month out, sealed for the head's PC, which reports it."))
@click.argument("which", type=MONTH, metavar="YYYY-MM")
@_file
@click.option("--to", metavar="STATION", help=_("For which PC, where more than one is trusted."))
@replacing
@options(login=True)
def export(call: Call, which: str, file: Path, to: str | None, replace: bool) -> None:
    from sync.carry.station import out

    with call.books() as (books, _passphrase):
        made = out(books, which, file, to, replace=replace)
    call.give(
        {"file": str(file), "month": which, "for": made.peer.station, "lines": made.lines},
        [
            _("{lines} lines of {month} are written for station {station}.").format(
                lines=made.lines, month=which, station=made.peer.station
            )
        ],
    )


@station.command("import", help=_("Take in the month of another PC of the office; twice is once."))
@_file
@options(login=True)
def import_(call: Call, file: Path) -> None:
    from sync.carry.station import take_in

    with call.books() as (books, _passphrase):
        brought, new = take_in(books, file)
    words = (
        _("{month} of station {station} is here now: {lines} lines, all as that PC signed them.")
        if new
        else _("{month} of station {station} was here already: {lines} lines. Nothing was changed.")
    )
    lines = brought.last_seq - brought.first_seq + 1
    call.give(
        {
            "station": brought.station,
            "month": brought.month,
            "new": new,
            "lines": lines,
            "from": brought.first_seq,
            "to": brought.last_seq,
            "root": brought.root,
            "epoch": brought.epoch,
            "lost": brought.lost,
        },
        [
            words.format(month=brought.month, station=brought.station, lines=lines),
            *_restored(brought),
        ],
    )


def _restored(brought: Brought) -> list[str]:
    """What the head must know of a PC that was restored from a backup."""
    if not brought.lost:
        return []
    told = [
        _("That PC was restored from a backup: {lost} of its lines are lost, and the report says so.").format(
            lost=brought.lost
        )
    ]
    if brought.counted_in != brought.month:
        told.append(_("These lines count in {month}.").format(month=brought.counted_in))
    return told
