"""The beginning of a visit: visitor and service. Nothing is recorded until a document is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reader import citizen_id
from reader.buddhist_date import show_date
from reader.card import WRONG_NUMBER
from reader.errors import CardSwapped
from reader.reader_state import EventKind
from store.counter.visit import NUMBERED, SubjectKind, Visit
from store.counter.visitor import Visitor
from store.settings.catalogue import Service
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.thai_input import ThaiInput
from tui.screens.visit import visit_keys
from tui.screens.visit.service_list import ServiceList
from tui.screens.visit.visit_documents import DocumentsScreen
from tui.screens.visit.who_came import ask_who_came
from tui.words.cells import pad
from tui.words.translate import _


class ServiceScreen(ServiceList[None]):
    """The services for a visitor, after their own open visits."""

    OFFERS = (
        keys.Help,
        keys.Card,
        visit_keys.WhoCame,
        keys.Network,
        keys.Move,
        visit_keys.ChooseService,
        keys.Back,
    )

    def __init__(self, person: Visitor) -> None:
        super().__init__(person)
        self._before: dict[str, Visit] = {}  # by service: the visit that was finished last
        self._reader: str | None = None  # the reader with the card that this person was read from

    def ready(self) -> None:
        if self._person.card is not None:
            self._reader = self.program.card.reader
            self.set_interval(1.0, self._clear_if_gone)
        self._before = self.program.books.visits.continued(self._person.subject_kind, self._person.subject)
        super().ready()

    def before_services(self) -> list[Choice[Service | str]]:
        return [
            Choice(_("Open visit {number}: go on with it").format(number=visit.id), visit.id)
            for visit in self.program.books.visits.unfinished()
            if self._person.subject in (visit.subject, visit.comer_id)
        ]

    def below_needs(self, service: Service, width: int) -> list[str]:
        lines = super().below_needs(service, width)
        before = self._before.get(service.code) if self._person.is_owner else None
        if before is None or before.ended_at is None:
            return lines
        day = show_date(datetime.fromisoformat(before.ended_at)).rsplit(" ", 1)[0]
        words = _("Continues visit {id}, finished {day}").format(id=before.id, day=day)
        return [" " + pad(words, width - 1), *lines[1:]]

    def sentence(self) -> str:
        card = self._person.card
        if card is not None and self._other_card():
            return _("Another card was put in. F2 begins with it.")
        if self.program.books.people.by_citizen_id(self._person.subject) is not None:
            return _("This is somebody who works here: the head will see it in the month's report.")
        if card is not None and WRONG_NUMBER in card.warnings:
            return _("The number on the chip is not right: compare it with the face. No lookups.")
        if card is not None and card.expiry_date and card.has_expired(self.program.clock().date()):
            day = card.expiry_date.shown()
            return _("The card expired {date}. You may go on if you think fit; the ledger says so.").format(
                date=day
            )
        if card is not None:
            return _("Compare name and face with the person before you, then choose the service.")
        return _("Check the number against the document shown, then choose the service.")

    def can_choose_service(self) -> bool:
        return bool(self._list.choices)

    def do_who_came(self) -> None:
        ask_who_came(self.program, self._person, self._is_now)

    def _is_now(self, person: Visitor) -> None:
        self._person = person
        self.filter(self.query_one("#field", ThaiInput).value)
        if person.subject_kind not in NUMBERED or person.back_entry is not None:
            self.program.say(_("Choose the service. Nothing can be looked up: originals alone."))
            return
        number = person.subject
        if person.subject_kind == SubjectKind.JURISTIC:
            number = citizen_id.shown_company(number)
        elif citizen_id.is_valid(number):
            number = citizen_id.masked(number)
        self.program.say(_("Choose the service. Lookups will be about {number} alone.").format(number=number))

    def _other_card(self) -> bool:
        """Whether the newest card, in a second reader, is another citizen's."""
        card, mine = self.program.card.card, self._person.card
        if card is None or mine is None or card.citizen_id in ("", mine.citizen_id):
            return False
        return self.program.books.people.by_citizen_id(card.citizen_id) is None

    def do_card(self) -> None:
        if self._other_card():
            self.program.switch_screen(ServiceScreen(self.program.card.owner()))
        else:
            super().do_card()

    def card_changed(self) -> None:
        card = self.program.card
        if card.latest == EventKind.REMOVED and card.reader == self._reader:
            self._clear()
        elif (
            card.latest == EventKind.FAILED
            and card.reader == self._reader
            and isinstance(card.error, CardSwapped)
        ):
            self._throw_away()
        else:
            self._clear_if_gone()

    def _clear_if_gone(self) -> None:
        # With several readers, the card that was taken out need not be that of the last event.
        if self._reader is not None and not self.program.card.has_card_in(self._reader):
            self._clear()

    def _clear(self) -> None:
        """Go back to Home: no visit is open yet, so a card's data are shown only while it is in."""
        if self._reader is not None:
            self._reader = None
            self.program.back_to_home()
            self.program.say(_("The card was taken out: nothing was recorded. Put it in again to begin."))

    def _throw_away(self) -> None:
        """Cards were swapped during the photo, so the text may be either's: drop it; Home shows the error."""
        self._reader = None
        self.program.back_to_home()
        if isinstance(self.program.screen, WorkScreen):
            self.program.screen.card_changed()

    def do_choose_service(self) -> None:
        chosen = self.chosen()
        if isinstance(chosen, str):
            self.program.switch_screen(DocumentsScreen(chosen))
        elif chosen is not None:
            self.take_or_ask(chosen)

    def take(self, service: Service) -> None:
        person, card = self._person, self.program.card
        photo = person.photo
        if photo is None and person.card and card.holds(person.card.citizen_id):
            photo = card.photo
        visit = self.program.books.visits.open(service.code, replace(person, photo=photo))
        self.program.refresh_counts()
        self.program.switch_screen(DocumentsScreen(visit.id, is_new=True))
