"""`nocopy centre`: the ministry's receiver, with a home of its own, and the office's enrolment at it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.queue.job import JobKind, JobState
from tui.commands.call import DONE, FAILED, FILE, Call, Group, Whole, options, replacing
from tui.commands.queue import after
from tui.words.translate import _, mark, sentences_of

if TYPE_CHECKING:
    from sync.centre.carried import Carried

_SENDERS = ("supervisor", "ict")
_PEOPLE = {"confirmed": mark("people confirmed"), "unconfirmed": mark("people not confirmed yet")}
# How the number of a bundle follows those before it; for the usual case nothing is said.
_ORDERS = {
    "next": "",
    "again": mark("It is the same bundle as before: its receipts are the same again."),
    "late": mark("A later bundle came before it; nothing of this one was lost by that."),
    "gap": mark("A bundle before it has not come; this one holds everything that still waited."),
    "other": mark("Another bundle came under this number: were the books of that PC restored from a backup?"),
}


@click.group(cls=Group, help=_("The ministry's side: receive reports; and the office's enrolment there."))
@options()
def centre(_call: Call) -> None:
    pass


def _home(call: Call) -> Path:
    """The centre's own folder. There is no default, so that it is never the office's by mistake."""
    if not call.home:
        raise click.UsageError(_("Name the centre's own folder with --home."))
    return Path(call.home).expanduser().absolute()


@centre.command(help=_("Serve the centre's protocol until stopped."))
@click.option("--port", type=Whole(0, 65535), required=True, help=_("0 takes a free one."))
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


@centre.command(
    help=_("Which units are enrolled, what each has reported, and how its PCs stand. It knows no citizen.")
)
@options()
def status(call: Call) -> None:
    from sync.centre.serve import status as centre_status

    found = centre_status(_home(call))
    lines = [line for unit in found["units"] for line in _unit_lines(unit)]
    call.give(found, lines or [_("No unit is enrolled yet.")])


def _unit_lines(unit: dict[str, Any]) -> list[str]:
    head = _("Unit {unit}, stations {stations}").format(
        unit=unit["unit"], stations=", ".join(unit["stations"])
    )
    lines = [f"{head}, {_(_PEOPLE[unit['people']])}"]
    for month in unit["months"]:
        words = [month["month"], month["destination"], month["received_at"]]
        words += [_("late")] if month["late"] else []
        words += [_("returned")] if month["returned"] else []
        lines.append("  " + "  ".join(words))
    return lines + [_pc_line(pc) for pc in unit["pcs"]]


def _pc_line(pc: dict[str, Any]) -> str:
    if pc["revoked"]:
        return "  " + _("PC {station}: let in no more").format(station=pc["station"])
    if pc["seen_at"] is None:
        line = _("PC {station}: not heard of yet").format(station=pc["station"])
    else:
        line = _(
            "PC {station}: seen {seen_at}, {waiting} waiting, {quarantined} set aside, "
            "clock {clock_s} s ahead, version {version}"
        ).format(**pc)
    if pc["broken_seq"] is not None:
        line += "; " + _("its ledger is broken at line {broken_seq}, found {broken_at}").format(**pc)
    if pc["missing"]:
        numbers = ", ".join(str(n) for n in pc["missing"])
        line += "; " + _("bundles that never came: {numbers}").format(numbers=numbers)
    return "  " + line


@centre.command(
    help=_("Take in a bundle from a USB stick, and write the answer for its PC: receipts and messages.")
)
@click.argument("file", type=FILE)
@click.option(
    "--receipts",
    "answer",
    required=True,
    type=FILE,
    metavar="FILE",
    help=_("Where the answer goes: back to the office on the stick."),
)
@replacing
@options()
def accept(call: Call, file: Path, answer: Path, replace: bool) -> int:
    from sync.carry import bundle
    from sync.centre.carried import accept as take_in
    from sync.centre.serve import existing

    home = _home(call)
    bundle.may_write(answer, home, replace=replace)
    with existing(home) as here:
        made = take_in(here, bundle.read(file, home))
    bundle.write(answer, made.sealed, home, replace=replace)
    call.give(
        {
            "unit": made.unit,
            "station": made.station,
            "bundle": made.n,
            "order": made.order,
            "missing": made.missing,
            "received": made.received,
            "refused": made.refused,
            "messages": made.messages,
            "receipts": str(answer),
        },
        _accepted_lines(made, answer),
    )
    return FAILED if made.refused else DONE


def _accepted_lines(made: Carried, answer: Path) -> list[str]:
    lines = [
        _("Bundle {n} of unit {unit}, station {station}: {received} received, {refused} refused.").format(
            n=made.n,
            unit=made.unit,
            station=made.station,
            received=len(made.received),
            refused=len(made.refused),
        )
    ]
    if _ORDERS[made.order]:
        lines.append(_(_ORDERS[made.order]))
    if made.missing:
        numbers = ", ".join(str(n) for n in made.missing)
        lines.append(_("Of this PC there never came: bundle {numbers}.").format(numbers=numbers))
    for one in made.refused:
        reason = made.reasons.get(one["id"])
        lines.append(f"  {one['id']}: " + (" ".join(sentences_of(reason)) if reason else one["detail"]))
    return [*lines, _("The answer is in {file}: back to the office with it.").format(file=answer)]


@centre.command(help=_("Say something to a unit: it is shown there when the unit next has the network."))
@click.option("--unit", required=True, metavar="CODE", help=_("The unit's code."))
@click.option("--text", required=True, help=_("What to say; no citizen's number."))
@click.option("--kind", type=click.Choice(["notice", "finding"]), default="notice", show_default=True)
@click.option("--month", metavar="YYYY-MM", help=_("The month that it is about."))
@click.option("--from", "sender", type=click.Choice(_SENDERS), default="supervisor", show_default=True)
@options()
def message(call: Call, unit: str, text: str, kind: str, month: str | None, sender: str) -> None:
    from sync.centre import announcements
    from sync.centre.serve import existing

    with existing(_home(call)) as here:
        n = announcements.say(here, unit, text, kind=kind, sender=sender, month=month)
    call.give({"unit": unit, "n": n}, [_("Unit {unit} is told.").format(unit=unit)])


@centre.command(
    "return", help=_("Give a unit's report back: it may send the month again, with new signatures.")
)
@click.option("--unit", required=True, metavar="CODE", help=_("The unit's code."))
@click.option("--month", required=True, metavar="YYYY-MM", help=_("The month of the report."))
@click.option("--reason", required=True, help=_("Why, in words for the office."))
@click.option("--from", "sender", type=click.Choice(_SENDERS), default="supervisor", show_default=True)
@options()
def return_(call: Call, unit: str, month: str, reason: str, sender: str) -> None:
    from sync.centre import announcements
    from sync.centre.serve import existing

    with existing(_home(call)) as here:
        n = announcements.give_back(here, unit, month, reason, sender=sender)
    call.give(
        {"unit": unit, "month": month, "n": n},
        [_("The report of {month} goes back to unit {unit}.").format(month=month, unit=unit)],
    )


@centre.command(
    help=_("A unit's people were compared by their fingerprints: its receipts say `confirmed` from now on.")
)
@click.option("--unit", required=True, metavar="CODE", help=_("The unit's code."))
@click.option("--station", metavar="NN", default="01", show_default=True, help=_("The PC that was compared."))
@click.option(
    "--fingerprint", required=True, help=_("What the head read out: `nocopy centre fingerprints` there.")
)
@options()
def confirm(call: Call, unit: str, station: str, fingerprint: str) -> None:
    from sync.centre import admission
    from sync.centre.serve import existing

    with existing(_home(call)) as here:
        found = admission.confirm(here, unit, station, fingerprint)
    people = [
        {name: one[name] for name in ("login", "name", "role", "from", "until")} for one in found.people
    ]
    call.give(
        {"unit": unit, "people": people},
        [f"{one['login']}  {one['name']}  {_(one['role'])}" for one in people]
        + [_("The people of unit {unit} are confirmed.").format(unit=unit)],
    )


@centre.command(help=_("Take the tokens of a unit's PCs away: nothing is received from them any more."))
@click.option("--unit", required=True, metavar="CODE", help=_("The unit's code."))
@click.option("--station", metavar="NN", help=_("This PC alone; else all of the unit."))
@options()
def revoke(call: Call, unit: str, station: str | None) -> None:
    from sync.centre import admission
    from sync.centre.serve import existing

    with existing(_home(call)) as here:
        stations = admission.revoke(here, unit, station)
    call.give(
        {"unit": unit, "stations": stations},
        [
            _("Unit {unit}, stations {stations}: let in no more. A new code lets them in again.").format(
                unit=unit, stations=", ".join(stations)
            )
        ],
    )


@centre.command(help=_("Publish the ministry's services and documents from FILE (JSON) to all units."))
@click.argument("file", type=FILE)
@options()
def publish(call: Call, file: Path) -> None:
    from store.errors import BadInput
    from store.formats import jws
    from store.formats.errors import DamagedJws
    from sync.carry import bundle
    from sync.centre import announcements
    from sync.centre.serve import existing

    try:
        catalogue = jws.strict_object(bundle.read(file, _home(call)), "catalogue")
    except DamagedJws:
        raise BadInput(what="file", problem="it is not a catalogue in JSON form") from None
    with existing(_home(call)) as here:
        made = announcements.publish(here, catalogue)
    call.give({"n": made.n, "sha256": made.sha256}, [_("Published as number {n}.").format(n=made.n)])


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
    from store.exchange import enrolment
    from sync.run.engine import Engine

    with call.books() as (books, passphrase):
        job_id = enrolment.request(books, books.signer(passphrase), url, letter_code)
        Engine(books).run(kinds=[JobKind.ENROLMENT])
        job = books.queue.get(job_id)
        call.give(
            {"job": job.id, "state": job.state, "enrolled": books.is_enrolled},
            [
                _("This office is enrolled at the centre.")
                if job.state == JobState.DONE
                else _("The enrolment waits.")
            ],
        )
        return after(job)


@centre.command(help=_("On the office's PC: the fingerprints that head and ministry compare by telephone."))
@options(login=True)
def fingerprints(call: Call) -> None:
    from store.settings.centre import fingerprint
    from store.staff.people_list import PeopleLists, grouped

    with call.books() as (books, _passphrase):
        from store.exchange.stick import centre_keys

        keys, last = centre_keys(books), PeopleLists(books).last()
    found = {
        "centre": fingerprint(keys) if keys else None,
        "people": grouped(last.sha256) if last else None,
        "list": last.n if last else None,
    }
    call.give(
        found,
        [
            _("The centre: {centre}").format(centre=found["centre"] or "-"),
            _("The people of this unit: {people}").format(people=found["people"] or "-"),
        ],
    )


@centre.command(
    help=_("Write a received month into FILE, with all that an outsider needs to check it: `nocopy verify`.")
)
@click.argument("month", metavar="YYYY-MM")
@click.argument("file", type=FILE)
@options(login=True)
def proof(call: Call, month: str, file: Path) -> None:
    from store.base import named_file
    from store.exchange import month_proof

    with call.books() as (books, _passphrase):
        named_file.write(file, month_proof.make(books, month), books.locations.home)
    call.give(
        {"month": month, "file": str(file)}, [_("{month} is in {file}.").format(month=month, file=file)]
    )


@centre.command(help=_("On the office's PC: what the ministry said, the newest first."))
@click.option("--all", "everything", is_flag=True, help=_("Also what the head has read."))
@options(login=True)
def messages(call: Call, everything: bool) -> None:
    from store.exchange.ministry_messages import Messages

    with call.books() as (books, _passphrase):
        found = Messages(books).list(unread=not everything)
    call.give(
        [vars(one) for one in found],
        [f"{one.at[:10]}  {one.sender}  {one.month or '-'}  {one.text}" for one in found]
        or [_("The ministry has said nothing new.")],
    )
