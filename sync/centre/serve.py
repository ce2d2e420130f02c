"""The ministry's side on one machine: serve the protocol, make codes, tell what has come.

The web framework and the database are an optional extra of the package, asked for here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reader.buddhist_date import now
from store.errors import NotFound
from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.errors import CentreExtraMissing

DATABASE = "centre.db"


@contextmanager
def centre_of(home: Path) -> Iterator[Centre]:
    """The centre that lives in `home`; the folder, its database and its keys are made where missing."""
    try:
        from sync.centre.records import SqlRecords
    except ImportError as error:
        raise CentreExtraMissing from error
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = SqlRecords.in_file(home / DATABASE)
    try:
        yield Centre(records, CentreKeys.in_home(home), now)
    finally:
        records.close()


def serve(home: Path, port: int, host: str = "127.0.0.1", ready: Callable[[int], None] | None = None) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM). Prints nothing.

    `ready` is called with the port as soon as connections are taken; port 0 takes a free one.
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

    with centre_of(home) as centre:
        app = make_app(centre)
        # uvicorn's own log would go to stdout, which belongs to the command line's result.
        config = uvicorn.Config(app, host=host, port=port, access_log=False, log_config=None, lifespan="off")
        _Server(config).run()


def make_code(home: Path, unit: str) -> str:
    """A fresh enrolment code for one unit, in groups of four, for the letter to its head."""
    with centre_of(home) as centre:
        return codes.new_code(centre, unit)


def status(home: Path) -> dict[str, Any]:
    """{units: [{unit, stations, months: [{month, revision, destination, received_at, late}]}]}, in order.

    NotFound where no centre lives in `home`: looking makes none.
    """
    if not (home / DATABASE).exists():
        raise NotFound(what="centre", name=str(home))
    with centre_of(home) as centre, centre.records.transaction() as tables:
        stations, reports = tables.stations(), tables.reports()
    units = sorted({one.unit for one in stations})
    return {
        "units": [
            {
                "unit": unit,
                "stations": [one.station for one in stations if one.unit == unit],
                "months": [
                    {
                        "month": one.month,
                        "revision": one.revision,
                        "destination": one.destination,
                        "received_at": one.received_at,
                        "late": one.late,
                    }
                    for one in sorted(reports, key=lambda one: (one.month or "", one.revision or 0))
                    if one.unit == unit
                ],
            }
            for unit in units
        ]
    }
