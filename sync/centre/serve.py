"""The ministry's side on one machine: serves the protocol, makes codes, shows what was received.

The web framework and the database are an optional extra of the package; only this file imports them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reader.buddhist_date import now
from store.errors import BadInput, NotFound
from store.staff.people_list import grouped
from sync.centre import codes, content
from sync.centre.carried import missing_numbers
from sync.centre.errors import CannotListen, CentreExtraMissing
from sync.centre.judge import Centre
from sync.centre.keys import KEYS, CentreKeys
from sync.centre.storage import Station, StationStatus, Tables

DATABASE = "centre.db"
DATABASE_URL = "NOCOPY_CENTRE_DATABASE"
"""The environment variable for another database (a SQLAlchemy URL, which may contain a password)."""


@contextmanager
def centre_of(home: Path) -> Iterator[Centre]:
    """The centre in the folder `home`; the folder, its database and its keys are made where missing."""
    try:
        from sync.centre.records import SqlRecords
    except ImportError as error:
        raise CentreExtraMissing from error
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = os.environ.get(DATABASE_URL)
    records = SqlRecords(url) if url else SqlRecords.in_file(home / DATABASE)
    try:
        yield Centre(records, CentreKeys.in_home(home), now)
    finally:
        records.close()


def serve(home: Path, port: int, host: str = "127.0.0.1", ready: Callable[[int], None] | None = None) -> None:
    """Serve until the process gets SIGINT or SIGTERM. Prints nothing.

    `ready` is called with the port as soon as connections are accepted; port 0 takes a free one. Raises
    CannotListen.
    """
    try:
        import uvicorn

        from sync.centre.app import make_app
    except ImportError as error:
        raise CentreExtraMissing from error

    class _Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if ready is not None and self.started:
                ready(self.servers[0].sockets[0].getsockname()[1])

    with centre_of(home) as centre, _listening(host, port) as listening:
        app = make_app(centre)
        # uvicorn's own log would go to stdout, which only carries the command line's result.
        config = uvicorn.Config(app, access_log=False, log_config=None, lifespan="off")
        _Server(config).run([listening])


def _listening(host: str, port: int) -> socket.socket:
    """The listening socket. With a taken port uvicorn would log it and exit with a code of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CannotListen(address=f"{host}:{port}") from error


@contextmanager
def existing(home: Path) -> Iterator[Centre]:
    """The centre in `home`, without creating one. Raises NotFound where there is none."""
    if not (home / KEYS).exists():
        raise NotFound(what="centre", name=str(home))
    with centre_of(home) as centre:
        yield centre


def make_code(home: Path, unit: str) -> str:
    """A new enrolment code for one unit, in groups of four, for the letter to its head. Raises BadInput."""
    if not content.UNIT.fullmatch(unit):
        raise BadInput(what="the unit's code", problem="it must be up to 12 letters and digits")
    with centre_of(home) as centre:
        return codes.new_code(centre, unit)


def status(home: Path) -> dict[str, Any]:
    """What the centre knows of each unit, in counts, without any citizen. Raises NotFound.

    {catalogue, units: [{unit, stations, people, fingerprints, months: [{month, revision, destination,
    received_at, late, returned}], pcs: [{station, enrolled_at, revoked, seen_at, waiting, quarantined,
    clock_s, version, broken_seq, broken_at, bundles, missing}]}]}; `clock_s` is how far the PC's clock is
    ahead, in seconds; `broken_seq` the first bad line of its ledger, `broken_at` when that was found.
    """
    with existing(home) as centre, centre.records.transaction() as tables:
        stations, statuses = tables.stations(), {(one.unit, one.station): one for one in tables.statuses()}
        published = tables.catalogue()
        units = sorted({one.unit for one in stations})
        return {
            "catalogue": published.n if published else None,
            "units": [
                {
                    "unit": unit,
                    "stations": [one.station for one in stations if one.unit == unit],
                    **_people(tables, unit),
                    "months": _months(tables, unit),
                    "pcs": [
                        _pc(tables, one, statuses.get((unit, one.station)))
                        for one in stations
                        if one.unit == unit
                    ],
                }
                for unit in units
            ],
        }


def _people(tables: Tables, unit: str) -> dict[str, Any]:
    lists = tables.people(unit)
    newest = {one.station: one for one in lists}
    confirmed = bool(newest) and all(one.confirmed for one in newest.values())
    return {
        "people": "confirmed" if confirmed else "unconfirmed",
        "fingerprints": {station: grouped(one.sha256) for station, one in newest.items()},
    }


def _months(tables: Tables, unit: str) -> list[dict[str, Any]]:
    reports = [one for one in tables.reports() if one.unit == unit]
    return [
        {
            "month": one.month,
            "revision": one.revision,
            "destination": one.destination,
            "received_at": one.received_at,
            "late": one.late,
            "returned": tables.is_returned(one.id),
        }
        for one in sorted(reports, key=lambda one: (one.month or "", one.revision or 0))
    ]


def _pc(tables: Tables, station: Station, status: StationStatus | None) -> dict[str, Any]:
    numbers = {one.n for one in tables.bundles(station.unit, station.station)}
    return {
        "station": station.station,
        "enrolled_at": station.enrolled_at,
        "revoked": station.is_revoked,
        "seen_at": status.seen_at if status else None,
        "waiting": status.waiting if status else None,
        "quarantined": status.quarantined if status else None,
        "clock_s": content.seconds_between(status.said_at, status.seen_at) if status else None,
        "version": status.version if status else None,
        "broken_seq": status.broken_seq if status else None,
        "broken_at": status.broken_at if status else None,
        "bundles": len(numbers),
        "missing": missing_numbers(numbers),
    }
