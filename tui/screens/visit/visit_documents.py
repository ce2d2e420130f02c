"""A visit's documents: one key obtains them all; while the network is down, originals replace them.

No event moves the cursor, or changes an open question: when the document's answer comes meanwhile, Enter
closes the question and records nothing.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from store.counter.card_face import CardFace
from store.counter.reasons import Reason
from store.counter.visit import MISSING, Visit, WantedState
from store.counter.visitor import Visitor
from store.errors import WrongState
from store.settings.catalogue import Channel
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.visit import visit_keys
from tui.screens.visit.answer import AnswerScreen
from tui.screens.visit.document_question import DocumentQuestion, record, recorded_words
from tui.screens.visit.laser import ask_laser
from tui.screens.visit.other_service import ask_other_service
from tui.screens.visit.person_panel import WIDTH, PersonPanel
from tui.screens.visit.slip import ask_slip
from tui.screens.visit.visit_card import ask_other_card, card_event, continues, notice, other_card
from tui.screens.visit.visit_panel import CHANNEL, NAME, Row, document_line, panel
from tui.screens.visit.visit_questions import Given, ask_cancel, ask_document, ask_finish, ask_take_over
from tui.screens.visit.visit_rows import outstanding, read_rows, short_names, visit_sentence
from tui.words.cells import clean, joined, pad
from tui.words.translate import _, mark

_LIST_ROWS = 7
_CAME = (WantedState.OBTAINED, WantedState.NOT_FOUND, WantedState.REFUSED)


class DocumentsScreen(WorkScreen[None]):
    """One visit. `is_new`: nothing has been asked for yet, so leaving it leaves no trace."""

    OFFERS = (
        *(keys.Help, keys.Card, visit_keys.Channel, keys.Network, visit_keys.RetryLookups),
        *(visit_keys.TakeOver, visit_keys.Slip, visit_keys.CancelVisit, visit_keys.Finish),
        *(visit_keys.OtherArea, keys.Move, visit_keys.Obtain, visit_keys.Answer),
        *(visit_keys.AddDocument, visit_keys.Look, visit_keys.Settle, visit_keys.Park, keys.Back),
    )
    place = mark("Serve a citizen")

    def __init__(self, visit_id: str, *, is_new: bool = False) -> None:
        super().__init__()
        self._visit_id = visit_id
        self._is_new = is_new
        self._cursor = 0
        self._question = DocumentQuestion()

    def body(self) -> ComposeResult:
        with Horizontal():
            yield PersonPanel(id="person")
            yield TextBlock(id="right")

    def ready(self) -> None:
        self._names = short_names(self.program.books)
        if not self._is_new:
            self.program.books.visits.resume(self._visit_id)
        self._read()

    # --- what is known

    def _read(self) -> None:
        self._visit: Visit = self.program.books.visits.get(self._visit_id)
        self._rows = read_rows(self.program.books, self._visit, self._names, self.program.clock())

    def _current(self) -> Row | None:
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    def _is_recorded(self) -> bool:
        return any(row.want.use is not None for row in self._rows)

    def _outstanding(self) -> list[Row]:
        return outstanding(self._rows)

    # --- drawing

    def paint_body(self) -> None:
        before = [row.want.state for row in self._rows]
        self._read()
        if any(
            old == WantedState.ASKED and row.want.state in _CAME
            for old, row in zip(before, self._rows, strict=False)
        ):
            self.program.say("")  # an answer came: the screen's own sentence says how the visit stands
        person, height = Visitor.of_visit(self._visit), self.size.height - 6
        self.query_one("#person", PersonPanel).show_person(
            person, self.program.card, self.program.clock().date(), height
        )
        self.query_one("#right", TextBlock).show(self._right(self.size.width - WIDTH - 3))

    def _right(self, width: int) -> list[str]:
        service = self.program.books.catalogue.service(self._visit.service)
        lines = [
            pad(f"{service.code[1:]} {clean(service.name)}", width),
            self._number(),
            f"  {pad(_('Document'), NAME)} {pad(_('Channel'), CHANNEL)} {_('State')}",
        ]
        first = max(0, min(self._cursor - _LIST_ROWS // 2, len(self._rows) + 1 - _LIST_ROWS))
        listed = [*self._rows, None][first : first + _LIST_ROWS]
        for n, row in enumerate(listed, first):
            sign = " " if n != self._cursor else "»" if self._question.is_active else "►"
            lines.append(f"{sign} + " + _("add a document") if row is None else document_line(row, sign))
        current = self._current()
        room = self.size.height - 6 - len(lines) - 1
        if self._question.is_open and current is not None:
            lines += ["", *self._question.lines(current, self._visit, width, room, self._hindrance())]
        elif current is not None:
            lines += ["", *panel(current, self._visit, width, room, self._hindrance())]
        return [pad(line, width) for line in lines]

    def _number(self) -> str:
        number = _("Visit number {id}").format(id=self._visit.id)
        besides = self._visit.reference or continues(
            self.program, self._visit, is_recorded=self._is_recorded()
        )
        return f"{number} · {clean(besides)}" if besides else number

    def _hindrance(self) -> str:
        """Why a request cannot be sent now: "down", "unset" (no gateway on this PC), or empty."""
        if self.program.network.has_nowhere_to_ask:
            return "unset"
        return "down" if self.program.network.is_down else ""

    def sentence(self) -> str:
        if self._question.is_overtaken(self._visit):
            return _("The answer is here. Enter closes the question; nothing is recorded.")
        if other_card(self.program, self._visit):
            return notice(self._visit)
        return visit_sentence(self._rows, self._current(), self._visit, self._hindrance())

    # --- moving

    def enter_token(self) -> object:
        return self._question.token()

    def do_move(self, step: int) -> None:
        if self._question.is_active:
            self._question.move(step)
        else:
            self._question.close()
            self._cursor = max(0, min(len(self._rows), self._cursor + step))

    def next_area(self, step: int) -> bool:
        # Tab goes from an open question to the list, then to the keys; Shift+Tab goes the other way.
        if self._question.is_open and self._question.is_active is (step > 0):
            self._question.switch()
            return True
        return False

    def can_other_area(self) -> bool:
        return self._question.is_open

    def do_other_area(self) -> None:
        self._question.switch()

    # --- obtaining

    def can_obtain(self) -> bool:
        # On the row "+ add a document" Enter adds one; on all others it obtains what is not there yet.
        free = not self._question.is_active and self._current() is not None
        return free and any(
            row.want.state == WantedState.TODO and row.want.channel is not None for row in self._rows
        )

    def do_obtain(self) -> None:
        self.program.books.visits.obtain(self._visit_id)
        self._is_new = False
        self.program.refresh_counts()
        self.program.network.send()
        self._read()
        if self._hindrance():
            self._ask_next()

    def can_look(self) -> bool:
        row = self._current()
        free = not self._question.is_active and not self.can_obtain()
        return free and row is not None and row.answer is not None

    def do_look(self) -> None:
        row = self._current()
        if row is not None and row.answer is not None:
            self.program.push_screen(AnswerScreen(row.name, row.answer.fields, self._visit_id, row.want.n))

    def can_settle(self) -> bool:
        return self.can_channel() and not self.can_obtain()

    def do_settle(self) -> None:
        self.do_channel()

    def can_add_document(self) -> bool:
        return not self._question.is_active and self._current() is None

    def do_add_document(self) -> None:
        ask_document(self.program, self._added)

    def _added(self, document: str) -> None:
        self.program.books.visits.add(self._visit_id, document)
        self._read()
        self._cursor = len(self._rows) - 1

    def can_retry_lookups(self) -> bool:
        return any(not row.waits_for for row in self._outstanding()) and not self.can_take_over()

    def can_take_over(self) -> bool:
        return any(row.waits_for for row in self._outstanding())

    def do_take_over(self) -> None:
        ask_take_over(self.program, self._take_over)

    def _take_over(self) -> None:
        name = self._names.get(self._visit.officer, self._visit.officer)
        reason = _("taken over from {name}").format(name=name)
        self.program.books.visits.take_over(self._visit_id, reason)
        self._question.close()
        self.program.refresh_counts()
        self._read()

    def do_retry_lookups(self) -> None:
        self.program.books.queue.resume_logins(self.program.books.who.login)
        self.program.network.send()
        self.program.say_doing(_("Trying again."))

    # --- the question about one document

    def can_channel(self) -> bool:
        row = self._current()
        return row is not None and row.want.state != WantedState.OBTAINED and not self._question.is_active

    def do_channel(self) -> None:
        row = self._current()
        if row is not None:
            self._ask(row)

    def _ask(self, row: Row) -> None:
        self._question.open(row, self._visit)

    def _ask_next(self) -> None:
        """Open the question about the next document that waits; close it where there is none."""
        for n, row in enumerate(self._rows):
            if row.want.state == WantedState.ASKED:
                self._cursor = n
                self._ask(row)
                return
        self._question.close()

    def can_answer(self) -> bool:
        return self._question.is_active

    def do_answer(self) -> None:
        n, state, chosen = self._question.take()
        self._read()
        came = self._visit.want(n).state != state
        if not came and chosen != "wait":
            try:
                self._record(n, chosen)
            except WrongState:  # the answer came since _read() above
                came = True
        self.program.refresh_counts()
        self._read()
        if came and chosen != "wait":
            self.program.say(_("The answer came meanwhile; what you chose was not recorded."))
        elif not came and (recorded := recorded_words(chosen)):
            name = clean(self.program.books.catalogue.document(self._visit.want(n).document).short)
            said = _(recorded).format(document=name)
            self.program.say(joined(said, self.sentence(), (self.size.width or 80) - 2))
        if state == WantedState.ASKED and chosen != "wait" and self._hindrance():
            self._ask_next()

    def _record(self, n: int, chosen: str) -> None:
        if chosen == Channel.LASER:
            ask_laser(self.program, lambda face: self._check_laser(n, face))
        elif record(self.program.books.visits, self._visit, n, chosen):
            self._is_new = False

    def _check_laser(self, n: int, face: CardFace) -> None:
        self.program.books.visits.check_laser(self._visit_id, n, face)
        self._is_new = False
        self.program.refresh_counts()
        self.program.network.send()
        self._read()

    # --- the slip

    def can_slip(self) -> bool:
        return self._is_recorded()

    def do_slip(self) -> None:
        ask_slip(self.program, self._visit_id)

    # --- ending

    def can_finish(self) -> bool:
        return self._is_recorded()

    def do_finish(self) -> None:
        missing = [row for row in self._rows if row.want.state in MISSING]
        if missing:
            ask_finish(self.program, self._visit, len(missing), len(self._outstanding()), self._finish)
        else:
            self._finish(False)

    def _finish(self, force: bool) -> None:
        self.program.books.visits.close(self._visit_id, force=force)
        self._card_is_served()
        self.program.refresh_counts()
        self.dismiss()
        self.program.say(_("The visit is finished. Give the card and the originals back to the citizen."))
        if self._visit.back_entry is not None:
            self.program.say(_("It is written down."))

    def can_cancel_visit(self) -> bool:
        return self._is_recorded()

    def do_cancel_visit(self) -> None:
        ask_cancel(self.program, self._cancel)

    def _cancel(self, reason: Given) -> None:
        if reason.why is Reason.WRONG_SERVICE:
            ask_other_service(self.program, self._visit, self._service_changed)
            return
        self.program.books.visits.cancel(self._visit_id, reason.words, reason.why)
        self._card_is_served()
        self.program.refresh_counts()
        self.dismiss()
        self.program.say(_("The visit is cancelled. What was recorded stays in the ledger."))

    def _service_changed(self, said: str) -> None:
        self._cursor = 0
        self._question.close()
        self.program.refresh_counts()
        self._read()
        self.program.say(joined(said, self.sentence(), (self.size.width or 80) - 2))

    def _card_is_served(self) -> None:
        """Note that the citizen's card, if still in the reader, has had its visit and begins no other."""
        if not other_card(self.program, self._visit):
            self.program.card.serve()

    def can_park(self) -> bool:
        return self._is_recorded() and not self._question.is_active

    def do_park(self) -> None:
        self.program.books.visits.park(self._visit_id)
        self._card_is_served()
        self.dismiss()
        self.program.say(_("Visit {id} is set aside; what waits goes on arriving.").format(id=self._visit_id))

    def can_back(self) -> bool:
        return self._question.is_active or not self._is_recorded()

    def do_back(self) -> None:
        if self._question.is_active:
            self._question.close()
            return
        self.program.books.visits.discard(self._visit_id)
        self.program.refresh_counts()
        self.dismiss()

    # --- the card

    def do_card(self) -> None:
        if other_card(self.program, self._visit):
            ask_other_card(self.program, self._visit, self._set_aside)
        else:
            super().do_card()

    def _set_aside(self) -> None:
        """Leave the visit for another citizen's: it is kept if anything was asked for, else discarded."""
        if self._is_recorded():
            self.do_park()
        else:
            self._question.close()
            self.do_back()
        self.program.say("")

    def card_changed(self) -> None:
        if said := card_event(self.program, self._visit):
            self.program.say(said)
