"""Another service for a visit with the wrong one. Answers are kept, and nothing is asked for twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from store.counter.reasons import Reason
from store.counter.visit import Visit, Wanted, WantedState
from store.counter.visitor import Visitor
from store.settings.catalogue import Need, Needed, Service
from tui.frame import keys
from tui.frame.choice_list import Choice
from tui.screens.visit import visit_keys
from tui.screens.visit.service_list import ServiceList
from tui.screens.visit.visit_panel import document_state
from tui.screens.visit.visit_questions import given
from tui.words.cells import clean, wrap
from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program

_AS_IT_IS = "as it is"
_UNSETTLED = (WantedState.TODO, WantedState.NOT_NEEDED)


def ask_other_service(program: Program, visit: Visit, changed: Callable[[str], None]) -> None:
    """Ask for the right service and change the visit to it; `changed` then gets a sentence that says so."""

    def chosen(code: str | None) -> None:
        if code is not None:
            program.books.visits.change_service(visit.id, code, given(Reason.WRONG_SERVICE).words)
            changed(_words(program.books, visit, code))

    program.push_screen(OtherServiceScreen(visit.id, Visitor.of_visit(visit)), chosen)


def _words(books: Books, visit: Visit, code: str) -> str:
    """The sentence afterwards. A visit of someone concerned in this one keeps its service, and is named."""
    for other in books.visits.unfinished():
        if visit.id in (other.reference or "") and other.service == visit.service:
            return _(
                "Service {n} now. Visit {id} of someone concerned is still for {other}: F8 there."
            ).format(n=code[1:], id=other.id[-5:], other=other.service[1:])
    return _("Service {n} now.").format(n=code[1:])


class OtherServiceScreen(ServiceList[str | None]):
    """For a visit with lines in the ledger. The result is the right service's code, or None for no change.

    The cursor begins on the choice that changes nothing.
    """

    OFFERS = (keys.Help, keys.Card, keys.Network, keys.Move, visit_keys.ChangeService, keys.Back)

    def __init__(self, visit_id: str, person: Visitor) -> None:
        super().__init__(person)
        self._visit_id = visit_id

    def ready(self) -> None:
        self._read()
        super().ready()
        self._services = [one for one in self._services if one.code != self._visit.service]
        self.filter("")

    def _read(self) -> None:
        self._visit = self.program.books.visits.get(self._visit_id)

    def visit(self) -> Visit:
        return self._visit

    def before_services(self) -> list[Choice[Service | str]]:
        words = _("Leave it at service {n}").format(n=self._visit.service[1:])
        return [Choice(words, _AS_IT_IS)]

    def paint_body(self) -> None:
        self._read()  # answers may have arrived
        super().paint_body()

    def need_words(self, need: Need) -> str:
        for want in self._visit.wanted:
            if self._key(want) == self._key(need) and want.state not in _UNSETTLED:
                return document_state(want)
        return super().need_words(need)

    def below_needs(self, service: Service, width: int) -> list[str]:
        asked_for = {self._key(need) for need in service.documents}
        left = [
            want
            for want in self._visit.wanted
            if want.state == WantedState.OBTAINED
            and want.need != Needed.ADDED
            and self._key(want) not in asked_for
        ]
        if not left:
            return []
        names = ", ".join(clean(self._documents[want.document].short) for want in left)
        return [
            "",
            *(
                f" {part}"
                for part in wrap(_("Not used there: {documents}").format(documents=names), width - 2)
            ),
        ]

    def _key(self, one: Need | Wanted) -> object:
        return one.document, self._visit.target(one.whose)

    def sentence(self) -> str:
        return _("Choose the right service. What is here goes along; nothing is asked for twice.")

    def can_change_service(self) -> bool:
        return bool(self._list.choices)

    def do_change_service(self) -> None:
        chosen = self.chosen()
        if isinstance(chosen, Service):
            self.take_or_ask(chosen)
        else:
            self.dismiss(None)

    def take(self, service: Service) -> None:
        self.dismiss(service.code)

    def do_back(self) -> None:
        self.dismiss(None)
