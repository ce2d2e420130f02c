"""A visit begins: who stands here, and which service. Nothing is recorded before a document is asked for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from reader import citizen_id
from reader.buddhist_date import PartialDate
from reader.citizen_id import as_digits
from reader.errors import CardSwapped
from store.catalogue import Service
from store.visit import NUMBERED
from tui import keys
from tui.at_desk import AtCounter
from tui.cells import clean, pad, rule
from tui.messages import _, mark
from tui.screens.ask import Question
from tui.screens.base import WorkScreen
from tui.screens.person_panel import WIDTH, PersonPanel, has_expired
from tui.screens.visit_documents import DocumentsScreen
from tui.screens.visit_panel import CHANNELS
from tui.screens.who_came import ask_who_came
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.frame import Line
from tui.widgets.thai_input import ThaiInput, TypingRow

_LIST_ROWS = 8


class ServiceScreen(WorkScreen[None]):
    """The person on the left; the services, most used first, on the right. Typing filters them."""

    OFFERS = (
        keys.Help,
        keys.Card,
        keys.WhoCame,
        keys.Network,
        keys.Move,
        keys.ChooseService,
        keys.Back,
    )
    place = mark("Serve a citizen")

    def __init__(self, person: AtCounter) -> None:
        super().__init__()
        self._person = person
        self._services: list[Service] = []
        self._list: ChoiceList[Service | str] = ChoiceList([])
        self._reader: str | None = None  # where the card is that this person was read from

    def body(self) -> ComposeResult:
        with Horizontal():
            yield PersonPanel(id="person")
            with Vertical(id="right"):
                yield TypingRow(max_length=30)
                yield Line(id="services")

    def ready(self) -> None:
        if self._person.card is not None:
            self._reader = self.office.card.reader
            self.set_interval(1.0, self._clear_if_gone)
        books = self.office.books
        used = books.search.often_used(books.who.login)
        mine = books.who.services
        self._services = sorted(
            books.catalogue.services(),
            key=lambda service: (service.code not in mine, -used.get(service.code, 0), service.code),
        )
        self._documents = {document.code: document for document in books.catalogue.documents()}
        self.query_one(TypingRow).show_label(_("Service, type its number or name:") + " ")
        self.query_one("#field", ThaiInput).focus()
        self._filter("")

    def _filter(self, typed: str) -> None:
        digits = as_digits(typed) if typed else None
        found = [service for service in self._services if _fits(service, typed.strip(), digits)]
        choices: list[Choice[Service | str]] = []
        if not typed:
            for visit in self.office.books.visits.unfinished():
                if visit.subject == self._person.subject:
                    words = _("Open visit {number}: go on with it").format(number=visit.id)
                    choices.append(Choice(words, visit.id))
        choices += [Choice(f"{service.code[1:]}  {clean(service.name)}", service) for service in found]
        self._list = ChoiceList(choices)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter(event.value)
        self.paint()

    def paint_body(self) -> None:
        self.query_one("#person", PersonPanel).show_person(
            self._person, self.office.card, self.office.clock().date(), self.size.height - 6
        )
        width = self.size.width - WIDTH - 3
        found = len(self._list.choices)
        services = sum(isinstance(one.value, Service) for one in self._list.choices)
        if found > _LIST_ROWS:
            lines = ["", *self._list.lines(width, rows=_LIST_ROWS - 1)]
            lines.append("  " + _("{n} in all: type a number or a name, or press ↓").format(n=services))
        elif found:
            lines = ["", *self._list.lines(width, rows=found)]
        else:
            lines = ["", "  " + _("No service fits what was typed.")]
        lines += [""] * (_LIST_ROWS + 1 - len(lines))
        chosen = self._chosen()
        if isinstance(chosen, Service):
            lines += self._needs(chosen, width)
        self.query_one("#services", Line).show(lines)

    def _needs(self, service: Service, width: int) -> list[str]:
        lines = [rule(_("Service {n} needs").format(n=service.code[1:]), width)]
        for need in service.documents[:6]:
            document = self._documents[need.document]
            words = _("only when chosen")
            if need.need == "required":
                channel = self._person.as_visit().default_channel(document, need.whose)
                words = _(CHANNELS[channel]) if channel else _("from the original")
            name = clean(document.short) + (" " + _("(if any)") if need.need == "if_any" else "")
            lines.append(f" {pad(name, 24)} {words}")
        if service.example:
            lines += ["", " " + _("This list is an example, not the ministry's.")]
        return lines

    def _chosen(self) -> Service | str | None:
        return self._list.chosen if self._list.choices else None

    def sentence(self) -> str:
        card = self._person.card
        if card is not None and self._other_card():
            return _("Another card was put in. F2 begins with it.")
        if self.office.books.people.by_citizen_id(self._person.subject) is not None:
            return _("This is somebody who works here: the head will see it in the month's report.")
        if card is not None and "wrong_check_digit" in card["warnings"]:
            return _("The number on the chip is not right: compare it with the face. No lookups.")
        if card is not None and has_expired(card, self.office.clock().date()):
            day = PartialDate.from_iso(card["expiry_date"]).shown()
            return _("The card expired {date}. You may go on if you think fit; the ledger says so.").format(
                date=day
            )
        if card is not None:
            return _("Compare name and face with the person before you, then choose the service.")
        return _("Check the number against the document shown, then choose the service.")

    def enter_token(self) -> object:
        return "service"

    def can_choose_service(self) -> bool:
        return bool(self._list.choices)

    def do_move(self, step: int) -> None:
        self._list.move(step)

    def do_who_came(self) -> None:
        ask_who_came(self.office, self._person, self._is_now)

    def _is_now(self, person: AtCounter) -> None:
        self._person = person
        self._filter(self.query_one("#field", ThaiInput).value)
        if person.subject_kind not in NUMBERED or person.back_entry is not None:
            self.office.said = _("Choose the service. Nothing can be looked up: originals alone.")
            return
        number = person.subject
        if person.subject_kind == "juristic":
            number = citizen_id.shown_company(number)
        elif citizen_id.is_valid(number):
            number = citizen_id.masked(number)
        self.office.said = _("Choose the service. Lookups will be about {number} alone.").format(
            number=number
        )

    def _other_card(self) -> bool:
        """Another citizen's card came into a second reader."""
        card, mine = self.office.card.card, self._person.card
        if card is None or mine is None or card.citizen_id in ("", mine["citizen_id"]):
            return False
        return self.office.books.people.by_citizen_id(card.citizen_id) is None

    def do_card(self) -> None:
        if self._other_card():
            self.office.switch_screen(ServiceScreen(AtCounter.of_card(self.office.card)))
        else:
            super().do_card()

    def card_changed(self) -> None:
        card = self.office.card
        if card.latest == "removed" and card.reader == self._reader:
            self._clear()
        elif card.latest == "failed" and card.reader == self._reader and isinstance(card.error, CardSwapped):
            self._throw_away()
        else:
            self._clear_if_gone()

    def _clear_if_gone(self) -> None:
        # With several readers, the card that leaves may not be the one that was told of last.
        if self._reader is not None and not self.office.card.has_card_in(self._reader):
            self._clear()

    def _clear(self) -> None:
        """No visit is open yet: what was read of a card is seen only while that card is here."""
        if self._reader is not None:
            self._reader = None
            self.office.back_to_home()
            self.office.said = _("The card was taken out: nothing was recorded. Put it in again to begin.")

    def _throw_away(self) -> None:
        """Another card answered under this one's photo: whose text this is, nobody knows. Home tells."""
        self._reader = None
        self.office.back_to_home()
        if isinstance(self.office.screen, WorkScreen):
            self.office.screen.card_changed()

    def do_choose_service(self) -> None:
        chosen = self._chosen()
        if isinstance(chosen, str):
            self.office.switch_screen(DocumentsScreen(chosen))
        elif chosen is not None and chosen.code not in self.office.books.who.services:
            self._ask_not_appointed(chosen)
        elif chosen is not None:
            self._begin(chosen)

    def _ask_not_appointed(self, service: Service) -> None:
        choices = [Choice(_("Choose another service"), False), Choice(_("Go on"), True)]
        lines = [_("You may go on, but the head will see it in the month's report.")]
        title = _("You are not appointed to service {n}").format(n=service.code[1:])
        self.office.push_screen(
            Question(title, lines, choices), lambda sure: self._begin(service) if sure else None
        )

    def _begin(self, service: Service) -> None:
        person, card = self._person, self.office.card
        photo = person.photo
        if photo is None and person.card and card.holds(person.card["citizen_id"]):
            photo = card.photo
        visit = self.office.books.visits.open(
            service.code,
            subject_kind=person.subject_kind,
            subject=person.subject,
            identity=person.identity,
            comer=person.comer,
            comer_id=person.comer_id,
            basis=person.basis,
            card_seen_at=person.card_seen_at,
            card_json=person.card,
            photo=photo,
            back_entry=person.back_entry,
        )
        self.office.refresh_counts()
        self.office.switch_screen(DocumentsScreen(visit.id, is_new=True))


def _fits(service: Service, typed: str, digits: str | None) -> bool:
    if not typed:
        return True
    if digits is not None and service.code[1:].startswith(digits):
        return True
    return typed in service.name
