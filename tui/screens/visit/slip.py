"""A visit's slip from the screen: of the open visit, of one that has ended, or one still to be written."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from reader import citizen_id
from reader.buddhist_date import show_date, show_time
from reader.errors import NocopyError
from store.base.errors import DiskFull, FileStalls, FolderClosed, FolderFails, NoSuchFolder
from store.counter import slips
from store.errors import BadInput
from tui.frame.ask import Question
from tui.frame.ask_paper import ask_paper
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.error import ErrorScreen
from tui.words.cells import clean
from tui.words.paper_words import SLIP
from tui.words.translate import _

if TYPE_CHECKING:
    from store.counter.visit import Visit
    from tui.program import Program


def ask_slip(program: Program, visit_id: str) -> None:
    """Ask for the folder, make the slip of that visit, and say where it is."""
    from tui.papers.slip import file_name, print_slip

    books = program.books
    ask_paper(
        program,
        SLIP,
        visit_id,
        file_name(books, visit_id),
        lambda to: print_slip(books, visit_id, to),
        lambda error: _keep(program, visit_id, error),
    )


def _keep(program: Program, visit_id: str, error: NocopyError) -> None:
    """Show the error; where another folder or a later time may help, the slip is kept as waiting."""
    note = ""
    if isinstance(error, (BadInput, DiskFull, FolderClosed, FileStalls, FolderFails, NoSuchFolder)):
        with suppress(DiskFull):  # a full disk: then it cannot be kept either
            slips.wait(program.books, visit_id)
            note = _(
                "The slip waits at Home as not printed; the visit can go on and end. Meanwhile write the"
                " visit number {id} down for the citizen by hand."
            ).format(id=visit_id)
    place = program.screen.place if isinstance(program.screen, WorkScreen) else ""
    program.push_screen(ErrorScreen(error, place=place, note=lambda _error: note))


def ask_waiting_slip(program: Program, visit_id: str) -> None:
    """Ask about a slip that could not be written: print it now, keep it waiting, or give it up."""

    def waits_no_more() -> None:
        program.refresh_counts()
        program.say(_("The slip of visit {id} waits no more.").format(id=visit_id))

    since = slips.waiting(program.books).get(visit_id)
    if since is None:  # another window has dealt with it
        waits_no_more()
        return
    at = datetime.fromisoformat(since)
    asked = _("It was asked for on {day} at {time}, and could not be written.")
    choices = [
        Choice(_("Leave it waiting"), ""),
        Choice(_("Print it now"), "now"),
        Choice(_("Nobody wants it any more"), "none"),
    ]

    def chosen(what: str | None) -> None:
        if what == "now":
            ask_slip(program, visit_id)
        elif what == "none":
            slips.let_go(program.books, visit_id)
            waits_no_more()

    about = asked.format(day=show_date(at), time=show_time(at))
    program.push_screen(Question(f"{_(SLIP.title)} · {visit_id}", [about], choices), chosen)


def ask_slip_of_ended(program: Program) -> None:
    """Ask for one of the visits that ended today, the last one first."""
    names = {one.code: one.name for one in program.books.catalogue.services()}
    choices = [Choice(_row(visit, names), visit.id) for visit in slips.ended_today(program.books)]
    lines = [_("Visits that ended today. Of an earlier one: F3, find a line of it in the ledger, F7.")]
    program.push_screen(
        Question(_(SLIP.title), lines, choices), lambda chosen: ask_slip(program, chosen) if chosen else None
    )


def _row(visit: Visit, services: dict[str, str]) -> str:
    """Number, end, citizen (masked: others see this screen) and service; the name is erased already."""
    at = show_time(datetime.fromisoformat(visit.ended_at or visit.opened_at))
    service = f"{visit.service[1:]} {clean(services.get(visit.service, ''))}"
    return f"{visit.id[-5:]}  {at}  {citizen_id.covered(visit.subject)}  {service}"
