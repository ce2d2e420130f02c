"""The card during a visit: it is taken out, its photo comes, another one is put in; and the visit before.

Another card changes nothing by itself: the officer presses F2 and says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from reader.reader_state import EventKind
from store.counter.visit import Visit
from store.counter.visitor import Visitor
from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.screens.card.practice_cards import ask_practice_card
from tui.words import card_words
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

NOT_USED, CONCERNED, NEW_CITIZEN, PRACTICE = "not_used", "concerned", "new_citizen", "practice"


def other_card(program: Program, visit: Visit) -> bool:
    """Whether the reader holds a card of somebody who is neither in this visit nor an officer."""
    card = program.card.card
    if card is None or program.card.served or not card.citizen_id:
        return False
    if card.citizen_id in (visit.subject, visit.comer_id):
        return False
    return program.books.people.by_citizen_id(card.citizen_id) is None


def notice(visit: Visit) -> str:
    """The sentence for row 23 while such a card is in the reader."""
    return _("Another card is in while visit {id} is open: F2 asks whose it is.").format(id=visit.id[-5:])


def card_event(program: Program, visit: Visit) -> str:
    """The sentence for an event of the reader, or nothing. Keeps a photo that comes late."""
    card = program.card
    mine = visit.card.citizen_id if visit.card else None
    if card.latest == EventKind.PHOTO and mine and card.holds(mine) and not visit.photo and card.photo:
        program.books.visits.keep_photo(visit.id, card.photo)
    if card.latest == EventKind.REMOVED:
        return _("The card is out. What was read stays usable until the visit is finished.")
    if card.latest in (EventKind.NO_SERVICE, EventKind.NO_READER):
        return _("No card can be read now. What was read stays usable until the visit's end.")
    unreadable = card.latest == EventKind.FAILED and card.card is None
    if unreadable or (card.latest == EventKind.CARD and card.card is not None and not card.card.citizen_id):
        return card_words.fault_in_visit(card.error)
    if card.latest == EventKind.CARD and card.card is not None:
        officer = program.books.people.by_citizen_id(card.card.citizen_id)
        if officer is not None:
            return _("This card belongs to an officer ({name}); the visit stays as it is.").format(
                name=clean(officer.name)
            )
        if other_card(program, visit):
            return notice(visit)
    return ""


def ask_other_card(program: Program, visit: Visit, leave: Callable[[], None]) -> None:
    """Ask whose card it is. `leave` sets this visit aside, if it is a new citizen's."""
    person = program.card.owner()
    assert person.card is not None
    choices = [
        Choice(_("Do not use this card"), NOT_USED),
        Choice(_("Someone concerned in this matter"), CONCERNED),
        Choice(_("A new citizen: visit {id} is set aside").format(id=visit.id[-5:]), NEW_CITIZEN),
    ]
    if program.practice is not None:
        choices.append(Choice(_("Practice: the card reader"), PRACTICE))

    def chosen(way: str | None) -> None:
        if way == NOT_USED:
            program.card.serve()
        elif way == CONCERNED:
            _begin_concerned(program, visit, person)
        elif way == NEW_CITIZEN:
            leave()
            program.begin_visit(person)
        elif way == PRACTICE and program.practice is not None:
            ask_practice_card(program, program.practice)

    lines = [
        clean(person.card.name_th.full()),
        _("Someone concerned gets the documents of this matter in a visit of their own that names this one."),
    ]
    program.push_screen(Question(_("Whose card is it?"), lines, choices), chosen)


def _begin_concerned(program: Program, visit: Visit, person: Visitor) -> None:
    own = program.books.visits.open(
        visit.service, person, reference=_("concerned in visit {id}").format(id=visit.id)
    )
    program.refresh_counts()
    program.open_visit(own.id, is_new=True)


def continues(program: Program, visit: Visit, *, is_recorded: bool) -> str:
    """The earlier visit of the same citizen and service, in words, or nothing.

    Only shown, never written: an earlier visit does not prove that this one continues it. For a number that
    was only typed nothing is shown before the ledger has a line that says who asked about it.
    """
    if not (Visitor.of_visit(visit).is_owner or is_recorded):
        return ""
    at = datetime.fromisoformat(visit.opened_at)
    found = program.books.visits.continued(visit.subject_kind, visit.subject, at).get(visit.service)
    return _("continues {id}").format(id=found.id) if found else ""
