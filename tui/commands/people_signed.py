"""`nocopy people sign` and `nocopy people head`: what the recovery sheet, or a head once, signs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.call import FILE, Call, options
from tui.commands.passphrase import sheet_text
from tui.commands.people import people, person_json
from tui.login_names import remember_people
from tui.words.role_words import role_words
from tui.words.translate import _

if TYPE_CHECKING:
    from store.people.people import Person


@people.command(
    help=_(
        "Sign the list of people once, in books that an earlier version began. "
        "Read it first with `nocopy people list`."
    )
)
@click.option(
    "--recovery",
    type=FILE,
    metavar="FILE",
    help=_("The recovery sheet's file, or - to type its key; needed where the office is not enrolled."),
)
@options(login=True)
def sign(call: Call, recovery: Path | None) -> None:
    from store.settings.documents import to_be_signed
    from store.staff.adopt import adopt
    from store.staff.recovery import read_key
    from tui.words.setting_words import signing_words

    identity = None if recovery is None else read_key(sheet_text(call, recovery))
    with call.books() as (books, passphrase):
        with books.database.reading() as db:
            settings = signing_words(to_be_signed(db))
        adopt(books, books.signer(passphrase), identity)
        signed = books.people.all()
        remember_people(books)
    lines = [_("The list of people is signed. From now on it says who may do what."), *map(_said, signed)]
    lines += [_("The settings are signed with it:"), *settings]
    call.give([person_json(one) for one in signed], lines)


@people.command(help=_("Name a head with the recovery sheet, where no head can."))
@click.argument("who", metavar="LOGIN")
@click.option(
    "--recovery",
    type=FILE,
    metavar="FILE",
    required=True,
    help=_("The recovery sheet's file, or - to type its key."),
)
@click.option("--instead-of", "former", metavar="LOGIN", help=_("The head whose appointment ends with it."))
@options()
def head(call: Call, who: str, recovery: Path, former: str | None) -> None:
    from reader.buddhist_date import now
    from store.staff.recovery import read_key
    from store.staff.rescue import name_head

    identity = read_key(sheet_text(call, recovery))
    name_head(call.locations(), who, identity, now, instead_of=former)
    call.give({"login": who, "role": "head", "instead_of": former}, [_("{login} is head.").format(login=who)])


def _said(person: Person) -> str:
    return f"  {person.login}  {person.name}  {role_words(person.roles)}"
