"""A visit's slip from the screen: of the visit at hand, or of one that has ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reader import citizen_id
from reader.buddhist_date import show_time
from store import slips
from tui.cells import clean
from tui.messages import _
from tui.screens.ask import Question
from tui.screens.paper import ask_paper
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from store.visit import Visit
    from tui.app import NocopyApp


def ask_slip(office: NocopyApp, visit_id: str) -> None:
    """Ask for the folder, make the slip of that visit, and say where it is."""
    from tui.papers.slip import file_name, print_slip

    books = office.books
    ask_paper(
        office,
        _("The slip") + " · " + visit_id,
        _("A PDF for the citizen: what was obtained, what is awaited. The ledger notes it."),
        file_name(books, visit_id),
        lambda to: print_slip(books, visit_id, to),
    )


def ask_slip_of_ended(office: NocopyApp) -> None:
    """Of which of the visits that ended today? The one that ended last comes first."""
    names = {one.code: one.name for one in office.books.catalogue.services()}
    choices = [Choice(_row(visit, names), visit.id) for visit in slips.ended_today(office.books)]
    lines = [_("Visits that ended today. Of an earlier one: F3, find a line of it in the ledger, F7.")]
    office.push_screen(
        Question(_("The slip"), lines, choices), lambda chosen: ask_slip(office, chosen) if chosen else None
    )


def _row(visit: Visit, services: dict[str, str]) -> str:
    """Number, end, whom (masked: others see this screen) and service; the name is forgotten already."""
    at = show_time(datetime.fromisoformat(visit.ended_at or visit.opened_at))
    service = f"{visit.service[1:]} {clean(services.get(visit.service, ''))}"
    return f"{visit.id[-5:]}  {at}  {citizen_id.covered(visit.subject)}  {service}"
