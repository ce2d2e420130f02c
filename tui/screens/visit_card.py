"""Whose visit it is: the card leaves, its photo comes, another one is put in; which visit came before.

Another card never does anything by itself: the officer presses F2 and says whose it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from store.visit import Visit
from tui.at_desk import AtCounter
from tui.cells import clean
from tui.messages import _
from tui.screens.ask import Question
from tui.screens.person_panel import full_name
from tui.screens.practice_cards import ask_practice_card
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

NOT_USED, CONCERNED, NEW_CITIZEN, PRACTICE = "not_used", "concerned", "new_citizen", "practice"


def other_card(app: NocopyApp, visit: Visit) -> bool:
    """A card about which the officer has to be asked: of nobody in this visit, and of no officer."""
    card = app.card.card
    if card is None or app.card.served or not card.citizen_id:
        return False
    if card.citizen_id in (visit.subject, visit.comer_id):
        return False
    return app.books.people.by_citizen_id(card.citizen_id) is None


def notice(visit: Visit) -> str:
    """Row 23 while such a card is in the reader."""
    return _("Another card is in while visit {id} is open: F2 asks whose it is.").format(id=visit.id[-5:])


def card_event(app: NocopyApp, visit: Visit) -> str:
    """What an event at the reader means for this visit: a sentence, or nothing. Keeps a late photo."""
    card = app.card
    mine = visit.card["citizen_id"] if visit.card else None
    if card.latest == "photo" and mine and card.holds(mine) and not visit.photo and card.photo:
        app.books.visits.keep_photo(visit.id, card.photo)
    if card.latest == "removed":
        return _("The card is out. What was read stays usable until the visit is finished.")
    if card.latest in ("no_service", "no_reader"):
        return _("No card can be read now. What was read stays usable until the visit's end.")
    unreadable = card.latest == "failed" and card.card is None
    if unreadable or (card.latest == "card" and card.card is not None and not card.card.citizen_id):
        return _("The card in the reader cannot be read; the visit stays as it is.")
    if card.latest == "card" and card.card is not None:
        officer = app.books.people.by_citizen_id(card.card.citizen_id)
        if officer is not None:
            return _("This card belongs to an officer ({name}); the visit stays as it is.").format(
                name=clean(officer.name)
            )
        if other_card(app, visit):
            return notice(visit)
    return ""


def ask_other_card(app: NocopyApp, visit: Visit, leave: Callable[[], None]) -> None:
    """Whose card is it? `leave` sets the visit aside, for the card of a new citizen."""
    person = AtCounter.of_card(app.card)
    assert person.card is not None
    choices = [
        Choice(_("Do not use this card"), NOT_USED),
        Choice(_("Someone concerned in this matter"), CONCERNED),
        Choice(_("A new citizen: visit {id} is set aside").format(id=visit.id[-5:]), NEW_CITIZEN),
    ]
    if app.practice is not None:
        choices.append(Choice(_("Practice: the card reader"), PRACTICE))

    def chosen(way: str | None) -> None:
        if way == NOT_USED:
            app.card.serve()
        elif way == CONCERNED:
            _begin_concerned(app, visit, person)
        elif way == NEW_CITIZEN:
            leave()
            _begin_new(app, person)
        elif way == PRACTICE and app.practice is not None:
            ask_practice_card(app, app.practice)

    lines = [
        clean(full_name(person.card["name_th"])),
        _("Someone concerned gets the documents of this matter in a visit of their own that names this one."),
    ]
    app.push_screen(Question(_("Whose card is it?"), lines, choices), chosen)


def _begin_new(app: NocopyApp, person: AtCounter) -> None:
    from tui.screens.visit_service import ServiceScreen  # it shows this visit's screen itself

    app.push_screen(ServiceScreen(person))


def _begin_concerned(app: NocopyApp, visit: Visit, person: AtCounter) -> None:
    from tui.screens.visit_documents import DocumentsScreen  # it asks this file

    own = app.books.visits.open(
        visit.service,
        subject_kind=person.subject_kind,
        subject=person.subject,
        identity=person.identity,
        card_seen_at=person.card_seen_at,
        card_json=person.card,
        photo=person.photo,
        reference=_("concerned in visit {id}").format(id=visit.id),
    )
    app.refresh_counts()
    app.push_screen(DocumentsScreen(own.id, is_new=True))


def continues(app: NocopyApp, visit: Visit, *, is_recorded: bool) -> str:
    """The earlier visit of the same citizen and service, in words, or nothing.

    Shown, and never written: that the books know an earlier one does not say that this continues it. Of a
    number that was only typed nothing is told before a line in the ledger says who asked about it.
    """
    if not (AtCounter.of_visit(visit).is_owner or is_recorded):
        return ""
    at = datetime.fromisoformat(visit.opened_at)
    found = app.books.visits.continued(visit.subject_kind, visit.subject, at).get(visit.service)
    return _("continues {id}").format(id=found.id) if found else ""
