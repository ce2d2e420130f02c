"""`nocopy people`: who is appointed, who comes and goes, and the recovery sheet."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.formats.roles import Role
from tui.commands.call import DONE, FAILED, FILE, Call, Group, complain, options
from tui.commands.passphrase import new_passphrase
from tui.login_names import remember_people
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from store.people.people import Person
    from store.staff.appointments import Done, Term

DATE = click.DateTime(formats=["%Y-%m-%d"])
_ROLE = click.Choice([role.value for role in Role])


@click.group(cls=Group, help=_("The people of the unit, and the recovery sheet."))
@options()
def people(_call: Call) -> None:
    pass


def person_json(person: Person) -> dict[str, Any]:
    """A person for --json: no number, no key."""
    return {
        "login": person.login,
        "name": person.name,
        "level": person.level,
        "roles": list(person.roles),
        "services": list(person.services),
        "appointments": [
            {
                "role": one.role,
                "acting": one.acting,
                "order": one.order_no,
                "from": one.from_at,
                "until": one.until_at,
            }
            for one in person.appointments
        ],
        "has_keys": person.kid is not None,
        "first_until": person.first_until,
    }


@people.command("list", help=_("Who is appointed to what, since when and until when; also who has left."))
@options(login=True)
def list_(call: Call) -> None:
    with call.books() as (books, _passphrase):
        found = [person_json(person) for person in books.people.all()]
    lines = []
    for one in found:
        lines.append(f"{one['login']}  {one['name']}  {one['level']}  {' '.join(one['services'])}".rstrip())
        lines += [
            "    "
            + "  ".join(
                part
                for part in (held["role"], held["from"][:10], held["until"] or "", held["order"] or "")
                if part
            )
            for held in one["appointments"]
        ]
    call.give(found, lines)


def _term(function: Any) -> Any:
    """The options that say from when until when, and by which order."""
    for option in (
        click.option("--order", metavar="NO", help=_("The number of the order.")),
        click.option("--acting", is_flag=True, help=_("In the place of another: needs --until and --order.")),
        click.option("--until", type=DATE, metavar="DATE", help=_("The last day (C.E., YYYY-MM-DD).")),
        click.option(
            "--begin", type=DATE, metavar="DATE", help=_("The first day (C.E., YYYY-MM-DD); by default now.")
        ),
    ):
        function = option(function)
    return function


@people.command(
    help=_("Appoint new people from a form: [[person]] as in the setup file, with a first passphrase.")
)
@click.option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    type=FILE,
    help=_("The form (docs/operate.md)."),
)
@click.option("--delete-file", is_flag=True, help=_("Delete the form afterwards: it holds secrets."))
@_term
@options(login=True)
def add(call: Call, source: Path, delete_file: bool, **term: Any) -> int:
    from store.setup.form import people_of, read_form

    home = call.locations().home
    file = read_form(source, home)
    newcomers = people_of(file.form)
    with call.books() as (books, passphrase):
        signer = books.signer(passphrase)
        done = [books.appointments.add(one, signer, _wanted(**term)) for one in newcomers]
        remember_people(books)
    deleted = delete_file and file.delete(home)
    lines = [
        _("{login} is appointed and has a first passphrase, good once, until {until}.").format(
            login=one.person.login, until=one.person.first_until
        )
        for one in done
    ]
    if not deleted:
        lines.append(_("Delete {file}: it holds secrets.").format(file=source))
    call.give([_done_json(one) for one in done], lines)
    if delete_file and not deleted:
        complain(_("{file} could not be deleted: do it yourself.").format(file=source))
        return FAILED
    return DONE


@people.command(help=_("Give somebody a further role, for some time or for good."))
@click.argument("who", metavar="LOGIN")
@click.option("--role", type=_ROLE, required=True, help=_("To which role."))
@_term
@options(login=True)
def appoint(call: Call, who: str, role: str, **term: Any) -> None:
    with call.books() as (books, passphrase):
        done = books.appointments.appoint(who, role, books.signer(passphrase), _wanted(**term))
        _give(call, books, done, _("{login} is appointed.").format(login=who))


@people.command(
    help=_("End an appointment, now or on a day. Who has none left has left: the books get a new key.")
)
@click.argument("who", metavar="LOGIN")
@click.option("--role", type=_ROLE, help=_("Only this role; by default all."))
@click.option("--on", "day", type=DATE, metavar="DATE", help=_("The last day (C.E.); by default now."))
@click.option("--order", metavar="NO", help=_("The number of the order."))
@options(login=True)
def end(call: Call, who: str, role: str | None, day: Any, order: str | None) -> None:
    with call.books() as (books, passphrase):
        at = None if day is None else midnight(day.date() + timedelta(days=1))
        done = books.appointments.end(who, books.signer(passphrase), role=role, at=at, order_no=order)
        _give(call, books, done, _("The appointment of {login} is ended.").format(login=who))


@people.command(help=_("Change somebody's name, level or services."))
@click.argument("who", metavar="LOGIN")
@click.option("--name", help=_("The name with its title."))
@click.option("--level", help=_("The level."))
@click.option("--services", metavar="S,S", help=_("All services that this person gives, by code."))
@options(login=True)
def change(call: Call, who: str, name: str | None, level: str | None, services: str | None) -> None:
    codes = None if services is None else tuple(code for code in services.split(",") if code)
    with call.books() as (books, passphrase):
        done = books.appointments.change(
            who, books.signer(passphrase), name=name, level=level, services=codes
        )
        _give(call, books, done, _("{login} is changed.").format(login=who))


@people.command(
    help=_(
        "Give somebody who forgot the passphrase a first one (NOCOPY_NEW_PASSPHRASE, or typed). "
        "It is good once, for 72 hours; then the person has new keys."
    )
)
@click.argument("who", metavar="LOGIN")
@options(login=True)
def reset(call: Call, who: str) -> None:
    with call.books() as (books, passphrase):
        signer = books.signer(passphrase)
        books.people.get(who)  # before anything is typed
        done = books.appointments.reset(who, new_passphrase(call), signer)
        until = done.person.first_until
        _give(
            call,
            books,
            done,
            _("{login} has a first passphrase, good once, until {until}.").format(login=who, until=until),
        )


@people.command(
    help=_(
        "The recovery sheet. --new FILE writes a new one, outside the home folder; "
        "--confirm takes one group typed back from the paper, then deletes the file."
    )
)
@click.option("--new", "file", metavar="FILE", type=FILE, help=_("Where to write a new sheet."))
@click.option("--confirm", is_flag=True, help=_("Type one group back from the paper."))
@click.option("--group", metavar="TEXT", help=_("The group, where nobody can be asked."))
@options(login=True)
def sheet(call: Call, file: Path | None, confirm: bool, group: str | None) -> None:
    from store.staff import recovery

    if file is not None and confirm:
        raise click.UsageError(_("Either --new or --confirm."))
    with call.books() as (books, passphrase):
        rekeyed = None if file is None else recovery.renew_sheet(books, file, books.signer(passphrase))
        asked = recovery.unconfirmed(books.database)
        if confirm:
            _confirm(call, books, asked, group)
        elif asked is None:
            call.give(_sheet_json(None, rekeyed), [_("The recovery sheet was typed back.")])
        else:
            lines = [
                *_key_words(rekeyed),
                _("Print {file}, keep the paper under lock, then type group {n} back: --confirm.").format(
                    file=asked.file, n=asked.n
                ),
            ]
            call.give(_sheet_json(asked, rekeyed), lines)
        remember_people(books)


def _confirm(call: Call, books: Books, asked: Any, group: str | None) -> None:
    from store.staff import recovery

    if group is None and asked is not None and not call.at_terminal:
        raise click.UsageError(_("Give group {n} from the paper with --group.").format(n=asked.n))
    if group is None and asked is not None:
        group = click.prompt(_("Group {n} of the recovery key, from the paper").format(n=asked.n), err=True)
    deleted = recovery.confirm(books, group or "")
    call.give(
        {**_sheet_json(None, None), "deleted": deleted},
        [
            _("That is right. The sheet's file is deleted; the paper is all there is.")
            if deleted
            else _("That is right. No file was deleted at {file}: delete the sheet wherever it is.").format(
                file=asked.file
            )
        ],
    )


def _sheet_json(asked: Any, rekeyed: bool | None) -> dict[str, Any]:
    return {
        "confirmed": asked is None,
        "group": None if asked is None else asked.n,
        "file": None if asked is None else str(asked.file),
        "rekeyed": rekeyed,
    }


def midnight(day: date) -> str:
    """The stamp of a day's beginning."""
    return f"{day.isoformat()}T00:00:00+07:00"


def _wanted(begin: Any, until: Any, acting: bool, order: str | None) -> Term:
    from store.staff.appointments import Term

    return Term(
        None if begin is None else midnight(begin.date()),
        None if until is None else midnight(until.date() + timedelta(days=1)),
        order,
        acting,
    )


def _done_json(done: Done) -> dict[str, Any]:
    return {**person_json(done.person), "rekeyed": done.rekeyed, "list_job": done.list_job}


def _give(call: Call, books: Books, done: Done, first: str) -> None:
    remember_people(books)
    lines = [first, *_key_words(done.rekeyed)]
    if done.list_job is not None:
        lines.append(_("The next people list waits for the ministry; `nocopy sync` sends it."))
    call.give(_done_json(done), lines)


def _key_words(rekeyed: bool | None) -> list[str]:
    if rekeyed is None:
        return []
    if rekeyed:
        return [_("The books have a new key: what others kept of the old one opens nothing new.")]
    return [_("The books get their new key at the next log-in when no other program has them open.")]
