"""`nocopy catalogue`: the services, the documents that each needs, and who can give them."""

from __future__ import annotations

import click

from tui.commands.call import Call, options
from tui.words.translate import _


@click.command(help=_("The services of the unit and the documents that they need."))
@options(login=True)
def catalogue(call: Call) -> None:
    with call.books() as (books, _passphrase):
        found = books.catalogue.as_json()
    lines = [f"{one['code']}  {one['name']}: {', '.join(one['documents'])}" for one in found["services"]]
    for one in found["documents"]:
        lines.append(f"{one['code']}  {one['name']} ({one['owner']}): {', '.join(one['channels'])}")
    call.give(found, lines)
