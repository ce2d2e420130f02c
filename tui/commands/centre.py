"""`nocopy centre`: the ministry's receiver, with a home of its own, and the office's enrolment at it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from tui.commands.call import Call, Group, options
from tui.commands.later import not_yet
from tui.commands.queue import after
from tui.messages import _


@click.group(cls=Group, help=_("The ministry's side: receive reports; and the office's enrolment there."))
@options()
def centre(_call: Call) -> None:
    pass


def _home(call: Call) -> Path:
    """The centre's own folder. It has no default: it must never become the office's by mistake."""
    if not call.home:
        raise click.UsageError(_("Name the centre's own folder with --home."))
    return Path(call.home).expanduser().absolute()


@centre.command(help=_("Serve the centre's protocol until stopped."))
@click.option("--port", type=click.IntRange(0, 65535), required=True, help=_("0 takes a free one."))
@click.option("--host", default="127.0.0.1", show_default=True, help=_("The address to listen at."))
@options()
def serve(call: Call, port: int, host: str) -> None:
    from sync.centre.serve import serve as serve_centre

    home = _home(call)

    def ready(taken: int) -> None:
        url = f"http://{host}:{taken}"
        call.give({"url": url, "port": taken}, [_("The centre answers at {url}.").format(url=url)])

    with suppress(KeyboardInterrupt):  # Ctrl+C is how it is stopped
        serve_centre(home, port, host, ready)


@centre.command(help=_("Make an enrolment code for one unit: for a letter to its head, good once, 30 days."))
@click.option("--unit", required=True, metavar="CODE", help=_("The unit's code."))
@options()
def code(call: Call, unit: str) -> None:
    from sync.centre.serve import make_code

    made = make_code(_home(call), unit)
    call.give({"unit": unit, "code": made}, [made])


@centre.command(help=_("Which units are enrolled, and what each has reported."))
@options()
def status(call: Call) -> None:
    from sync.centre.serve import status as centre_status

    found = centre_status(_home(call))
    lines = []
    for unit in found["units"]:
        lines.append(
            _("Unit {unit}, stations {stations}").format(
                unit=unit["unit"], stations=", ".join(unit["stations"])
            )
        )
        lines += [
            f"  {month['month']}  {month['destination']}  {month['received_at']}"
            + (f"  {_('late')}" if month["late"] else "")
            for month in unit["months"]
        ]
    call.give(found, lines or [_("No unit is enrolled yet.")])


@centre.command(
    help=_("The head enrols this office at the centre, with the code from the ministry's letter.")
)
@click.option("--url", help=_("The centre's address; by default the one in the books."))
@click.option(
    "--code",
    "letter_code",
    metavar="CODE",
    help=_("The code from the letter; by default the one in the books."),
)
@options(login=True)
def enrol(call: Call, url: str | None, letter_code: str | None) -> int:
    from store import enrolment
    from sync.engine import Engine

    with call.books() as (books, passphrase):
        job_id = enrolment.request(books, books.signer(passphrase), url, letter_code)
        Engine(books).run(kinds=["enrolment"])
        job = books.queue.get(job_id)
        call.give(
            {"job": job.id, "state": job.state, "enrolled": enrolment.is_enrolled(books)},
            [
                _("This office is enrolled at the centre.")
                if job.state == "done"
                else _("The enrolment waits.")
            ],
        )
        return after(job)


centre.add_command(not_yet("centre accept"))
