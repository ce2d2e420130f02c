"""`nocopy setup --from FILE`: the first start of an office's PC."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.call import DONE, FAILED, FILE, Call, complain, options
from tui.words.translate import _


@click.command(help=_("Make this PC's books from a setup file, and write the recovery sheet."))
@click.option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    type=FILE,
    help=_("The setup file (docs/operate.md)."),
)
@click.option(
    "--recovery",
    metavar="FILE",
    type=FILE,
    help=_("Where to write the recovery sheet, outside the home folder; by default beside the setup file."),
)
@click.option("--delete-file", is_flag=True, help=_("Delete the setup file afterwards: it holds secrets."))
@options()
def setup(call: Call, source: Path, recovery: Path | None, delete_file: bool) -> int:
    from reader.buddhist_date import now
    from store.setup.create import create_books
    from store.setup.form import read_form, setup_of
    from store.staff.recovery import sheet_name
    from tui.login_names import remember

    locations = call.locations()
    file = read_form(source, locations.home)
    form = setup_of(file.form, source.parent)
    sheet = (recovery or source.parent / sheet_name(form.unit, form.station)).absolute()
    create_books(locations, form, recovery=sheet, clock=now)
    remember(locations.home, form.unit_name, form.station, form.people, sheet=str(sheet))
    delete = delete_file or (
        call.at_terminal
        and click.confirm(
            _("The setup file holds secrets. Delete {file}?").format(file=source), default=True, err=True
        )
    )
    deleted = delete and file.delete(locations.home)
    people = [person.login for person in form.people]
    call.give(
        {
            "home": str(locations.home),
            "unit": form.unit,
            "station": form.station,
            "people": people,
            "recovery": str(sheet),
            "deleted": deleted,
        },
        [
            _("The books of {unit}, station {station}, are in {home}.").format(
                unit=form.unit_name, station=form.station, home=locations.home
            ),
            _("Print the recovery sheet {file} and keep the paper under lock.").format(file=sheet),
            _("Each of {people} now changes the first passphrase with `nocopy passphrase`.").format(
                people=", ".join(people)
            ),
            _("Then the head types one group of it back: `nocopy people sheet --confirm` deletes the file."),
            *([] if deleted else [_("Delete {file}: it holds secrets.").format(file=source)]),
        ],
    )
    if delete and not deleted:
        complain(_("{file} could not be deleted: do it yourself.").format(file=source))
        return FAILED
    return DONE
