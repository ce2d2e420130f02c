"""The choice of a service: the person on the left, on the right the services that match what was typed."""

from __future__ import annotations

from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from reader.citizen_id import as_digits
from store.counter.visit import Visit
from store.counter.visitor import Visitor
from store.settings.catalogue import Need, Needed, Service
from tui.frame.ask import Question
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice, ChoiceList
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.screens.visit.person_panel import WIDTH, PersonPanel
from tui.words.cells import clean, pad, rule
from tui.words.translate import _, mark
from tui.words.visit_words import CHANNEL_NAMES

_LIST_ROWS = 8
T = TypeVar("T")


class ServiceList(WorkScreen[T], Generic[T]):
    """The officer's own services come first, the most used of them at the top. Typing filters."""

    place = mark("Serve a citizen")

    def __init__(self, person: Visitor) -> None:
        super().__init__()
        self._person = person
        self._services: list[Service] = []
        self._list: ChoiceList[Service | str] = ChoiceList([])

    # --- what each screen overrides

    def before_services(self) -> list[Choice[Service | str]]:
        """Choices above the services, shown while nothing is typed."""
        return []

    def visit(self) -> Visit:
        """The visit that decides which channel a document has."""
        return self._person.as_visit()

    def take(self, service: Service) -> None:
        """Called with the chosen service, after any warning about what the head will see."""
        raise NotImplementedError

    def need_words(self, need: Need) -> str:
        """The channel of a service's document, in a few words."""
        if need.need != Needed.REQUIRED:
            return _("only when chosen")
        channel = self.visit().default_channel(self._documents[need.document], need.whose)
        return _(CHANNEL_NAMES[channel]) if channel else _("from the original")

    def below_needs(self, service: Service, width: int) -> list[str]:
        """The rows below the service's documents."""
        return (
            ["", " " + pad(_("This list is an example, not the ministry's."), width - 1)]
            if service.example
            else []
        )

    # --- the list

    def body(self) -> ComposeResult:
        with Horizontal():
            yield PersonPanel(id="person")
            with Vertical(id="right"):
                yield TypingRow(max_length=30)
                yield TextBlock(id="services")

    def ready(self) -> None:
        books = self.program.books
        used = books.search.often_used(books.who.login)
        mine = books.who.services
        self._services = sorted(
            books.catalogue.services(),
            key=lambda service: (service.code not in mine, -used.get(service.code, 0), service.code),
        )
        self._documents = {document.code: document for document in books.catalogue.documents()}
        self.query_one(TypingRow).show_label(_("Service, type its number or name:") + " ")
        self.query_one("#field", ThaiInput).focus()
        self.filter("")

    def filter(self, typed: str) -> None:
        """List what matches; the cursor is on the first."""
        digits = as_digits(typed) if typed else None
        found = [service for service in self._services if _fits(service, typed.strip(), digits)]
        choices = [] if typed else self.before_services()
        choices += [Choice(f"{service.code[1:]}  {clean(service.name)}", service) for service in found]
        self._list = ChoiceList(choices)

    def on_input_changed(self, event: Input.Changed) -> None:
        self.filter(event.value)
        self.paint()

    def paint_body(self) -> None:
        self.query_one("#person", PersonPanel).show_person(
            self._person, self.program.card, self.program.clock().date(), self.size.height - 6
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
        chosen = self.chosen()
        if isinstance(chosen, Service):
            lines += self._needs(chosen, width)
        self.query_one("#services", TextBlock).show(lines)

    def _needs(self, service: Service, width: int) -> list[str]:
        lines = [rule(_("Service {n} needs").format(n=service.code[1:]), width)]
        for need in service.documents[:6]:
            document = self._documents[need.document]
            name = clean(document.short) + (" " + _("(if any)") if need.need == Needed.IF_ANY else "")
            lines.append(f" {pad(name, 24)} {self.need_words(need)}")
        return [*lines, *self.below_needs(service, width)]

    def chosen(self) -> Service | str | None:
        """What is under the cursor: a service, a value of `before_services`, or None."""
        return self._list.chosen if self._list.choices else None

    def enter_token(self) -> object:
        return "service"

    def do_move(self, step: int) -> None:
        self._list.move(step)

    def take_or_ask(self, service: Service) -> None:
        """Take the service; for one to which the officer is not appointed, warn once and ask."""
        if service.code in self.program.books.who.services:
            self.take(service)
            return
        choices = [Choice(_("Choose another service"), False), Choice(_("Go on"), True)]
        lines = [_("You may go on, but the head will see it in the month's report.")]
        title = _("You are not appointed to service {n}").format(n=service.code[1:])
        self.program.push_screen(
            Question(title, lines, choices), lambda sure: self.take(service) if sure else None
        )


def _fits(service: Service, typed: str, digits: str | None) -> bool:
    if not typed:
        return True
    if digits is not None and service.code[1:].startswith(digits):
        return True
    return typed in service.name
