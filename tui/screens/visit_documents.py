"""A visit's documents: one key obtains them all, and where the line is cut the original takes their place.

Nothing that arrives moves the cursor. A question, once it is open, stays what it is: when the answer comes
meanwhile, Enter closes the question and records nothing.
"""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Horizontal

from store.card_face import CardFace
from store.catalogue import LASER
from store.errors import WrongState
from store.job import LIVE
from store.reasons import Reason
from store.visit import MISSING, Visit, Wanted
from tui import keys
from tui.at_desk import AtCounter
from tui.cells import clean, joined, pad
from tui.messages import _, mark
from tui.screens.answer import AnswerScreen
from tui.screens.ask import Question
from tui.screens.base import WorkScreen
from tui.screens.laser import ask_laser
from tui.screens.other_service import ask_other_service
from tui.screens.person_panel import WIDTH, PersonPanel
from tui.screens.slip import ask_slip
from tui.screens.visit_card import ask_other_card, card_event, continues, notice, other_card
from tui.screens.visit_panel import CHANNEL, NAME, RECORDED, Row, about_one, document_line, panel, question
from tui.screens.visit_questions import (
    Given,
    ask_cancel,
    ask_document,
    ask_finish,
    document_choices,
)
from tui.widgets.choice_list import Choice, ChoiceList
from tui.widgets.frame import Line

_LIST_ROWS = 7
_CAME = ("obtained", "not_found", "refused")


class DocumentsScreen(WorkScreen[None]):
    """One visit. `is_new`: it was begun a moment ago, and leaves no trace if nothing is asked for."""

    OFFERS = (
        *(
            keys.Help,
            keys.Card,
            keys.Channel,
            keys.Network,
            keys.RetryLookups,
            keys.TakeOver,
            keys.Slip,
            keys.CancelVisit,
            keys.Finish,
            keys.OtherArea,
        ),
        *(keys.Move, keys.Obtain, keys.Answer, keys.AddDocument, keys.Look, keys.Settle),
        *(keys.Park, keys.Back),
    )
    place = mark("Serve a citizen")

    def __init__(self, visit_id: str, *, is_new: bool = False) -> None:
        super().__init__()
        self._visit_id = visit_id
        self._is_new = is_new
        self._cursor = 0
        self._choices: ChoiceList[str] | None = None  # the open question, if any
        self._asked_about: tuple[int, str] = (0, "")  # its document's number, and state when it was opened
        self._in_question = False

    def body(self) -> ComposeResult:
        with Horizontal():
            yield PersonPanel(id="person")
            yield Line(id="right")

    def ready(self) -> None:
        self._me = self.office.books.who.login
        self._names = {one.login: clean(one.short_name()) for one in self.office.books.people.all()}
        if not self._is_new:
            self.office.books.visits.resume(self._visit_id)
        self._read()

    # --- what is known

    def _read(self) -> None:
        books = self.office.books
        self._visit: Visit = books.visits.get(self._visit_id)
        codes = [want.document for want in self._visit.wanted]
        self._rows = [
            self._row(want, codes[: n + 1].count(want.document)) for n, want in enumerate(self._visit.wanted)
        ]

    def _row(self, want: Wanted, copy: int) -> Row:
        books = self.office.books
        job = books.queue.get(want.job) if want.job else None
        seconds = None
        if job is not None and job.state == "sending":
            use = books.ledger.lines(about=want.use, kind="attempt", limit=1)
            began = datetime.fromisoformat(use[0].at) if use else self.office.clock()
            seconds = max(0, int((self.office.clock() - began).total_seconds()))
        answer = books.visits.answer(self._visit_id, want.n) if want.state == "obtained" else None
        owner = ""
        if job is not None and job.state in LIVE and job.state != "sending" and not job.goes_under(self._me):
            owner = self._names.get(job.owner, job.owner)
        return Row(want, books.catalogue.document(want.document), job, seconds, answer, owner, copy)

    def _current(self) -> Row | None:
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    def _recorded(self) -> bool:
        return any(row.want.use is not None for row in self._rows)

    def _outstanding(self) -> list[Row]:
        return [row for row in self._rows if row.want.state == "asked"]

    # --- drawing

    def paint_body(self) -> None:
        before = [row.want.state for row in self._rows]
        self._read()
        if any(
            old == "asked" and row.want.state in _CAME for old, row in zip(before, self._rows, strict=False)
        ):
            self.office.said = ""  # an answer came: how the visit stands now is the news
        person, height = AtCounter.of_visit(self._visit), self.size.height - 6
        self.query_one("#person", PersonPanel).show_person(
            person, self.office.card, self.office.clock().date(), height
        )
        self.query_one("#right", Line).show(self._right(self.size.width - WIDTH - 3))

    def _right(self, width: int) -> list[str]:
        service = self.office.books.catalogue.service(self._visit.service)
        lines = [
            pad(f"{service.code[1:]} {clean(service.name)}", width),
            self._number(),
            f"  {pad(_('Document'), NAME)} {pad(_('Channel'), CHANNEL)} {_('State')}",
        ]
        first = max(0, min(self._cursor - _LIST_ROWS // 2, len(self._rows) + 1 - _LIST_ROWS))
        listed = [*self._rows, None][first : first + _LIST_ROWS]
        for n, row in enumerate(listed, first):
            sign = " " if n != self._cursor else "»" if self._in_question else "►"
            lines.append(f"{sign} + " + _("add a document") if row is None else document_line(row, sign))
        current = self._current()
        room = self.size.height - 6 - len(lines) - 1
        if self._choices is not None and current is not None:
            asked = question(
                current, self._visit, width, overtaken=self._overtaken(), hindrance=self._hindrance()
            )
            lines += ["", *asked[: max(1, room - len(self._choices.choices))]]
            lines += self._choices.lines(width, active=self._in_question)
        elif current is not None:
            lines += ["", *panel(current, self._visit, width, room, self._hindrance())]
        return [pad(line, width) for line in lines]

    def _number(self) -> str:
        number = _("Visit number {id}").format(id=self._visit.id)
        besides = self._visit.reference or continues(self.office, self._visit, is_recorded=self._recorded())
        return f"{number} · {clean(besides)}" if besides else number

    def _hindrance(self) -> str:
        """Why a request cannot go now: "down", "unset" (no gateway on this PC), or empty."""
        if self.office.line.has_nowhere_to_ask:
            return "unset"
        return "down" if self.office.line.is_down else ""

    def _overtaken(self) -> bool:
        """An answer came while the question about its document was open."""
        n, state = self._asked_about
        return self._choices is not None and self._visit.want(n).state != state

    def sentence(self) -> str:
        if self._overtaken():
            return _("The answer is here. Enter closes the question; nothing is recorded.")
        if other_card(self.office, self._visit):
            return notice(self._visit)
        todo = [row for row in self._rows if row.want.state == "todo" and row.want.channel]
        waiting = self._outstanding()
        done = sum(row.want.state == "obtained" for row in self._rows)
        wanted = sum(row.want.state != "not_needed" for row in self._rows)
        if todo:
            return _("Press Enter to obtain {n} documents. The ledger records each one asked for.").format(
                n=len(todo)
            )
        others = [row.waits_for for row in waiting if row.waits_for]
        if others:
            return _("{n} requests wait for {name} to log in. F5 takes the visit over.").format(
                n=len(others), name=others[0]
            )
        if waiting and self.office.line.has_nowhere_to_ask:
            return _(
                "No gateway is set up on this PC: {n} requests cannot go. F4: use the originals."
            ).format(n=len(waiting))
        logins = sum(row.job is not None and row.job.state == "needs_login" for row in waiting)
        if logins:
            return _("Log in first, then press F5: {n} requests are kept.").format(n=logins)
        if waiting and self.office.line.is_down:
            return _("The network is down; {n} requests are kept. Go on with the originals, or wait.").format(
                n=len(waiting)
            )
        if one := about_one(self._rows, self._current()):
            return one
        if waiting:
            return _("{done} of {all} are here. Check them against the application meanwhile.").format(
                done=done, all=wanted
            )
        if self._visit.complete:
            return _("All {n} are here. Check them against the application, then press F9 to finish.").format(
                n=done
            )
        return _("{done} of {all} are here. Press F4 on the others, or F9 to finish.").format(
            done=done, all=wanted
        )

    # --- moving

    def enter_token(self) -> object:
        return (self._in_question, self._asked_about if self._in_question else None)

    def do_move(self, step: int) -> None:
        if self._in_question and self._choices is not None:
            self._choices.move(step)
        else:
            self._choices = None
            self._cursor = max(0, min(len(self._rows), self._cursor + step))

    def next_area(self, step: int) -> bool:
        # From an open question to the list first, then to the keys; Shift+Tab goes the other way.
        if self._choices is not None and self._in_question is (step > 0):
            self._in_question = not self._in_question
            return True
        return False

    def can_other_area(self) -> bool:
        return self._choices is not None

    def do_other_area(self) -> None:
        self._in_question = not self._in_question

    # --- obtaining

    def can_obtain(self) -> bool:
        # On the row "+ add a document" Enter adds one; on all others it obtains what is not there yet.
        free = not self._in_question and self._current() is not None
        return free and any(row.want.state == "todo" and row.want.channel is not None for row in self._rows)

    def do_obtain(self) -> None:
        self.office.books.visits.obtain(self._visit_id)
        self._is_new = False
        self.office.refresh_counts()
        self.office.line.send()
        self._read()
        if self._hindrance():
            self._ask_next()

    def can_look(self) -> bool:
        row = self._current()
        free = not self._in_question and not self.can_obtain()
        return free and row is not None and row.answer is not None

    def do_look(self) -> None:
        row = self._current()
        if row is not None and row.answer is not None:
            self.office.push_screen(AnswerScreen(row.name, row.answer.fields, self._visit_id, row.want.n))

    def can_settle(self) -> bool:
        return self.can_channel() and not self.can_obtain()

    def do_settle(self) -> None:
        self.do_channel()

    def can_add_document(self) -> bool:
        return not self._in_question and self._current() is None

    def do_add_document(self) -> None:
        ask_document(self.office, self._added)

    def _added(self, document: str) -> None:
        self.office.books.visits.add(self._visit_id, document)
        self._read()
        self._cursor = len(self._rows) - 1

    def can_retry_lookups(self) -> bool:
        return any(not row.waits_for for row in self._outstanding()) and not self.can_take_over()

    def can_take_over(self) -> bool:
        return any(row.waits_for for row in self._outstanding())

    def do_take_over(self) -> None:
        choices = [Choice(_("Leave it to them"), False), Choice(_("Take the visit over"), True)]
        lines = [
            _("What waits is cancelled, with a line in the ledger, and can be asked anew under your log-in.")
        ]
        self.office.push_screen(
            Question(_("Take the visit over"), lines, choices),
            lambda sure: self._take_over() if sure else None,
        )

    def _take_over(self) -> None:
        name = self._names.get(self._visit.officer, self._visit.officer)
        reason = _("taken over from {name}").format(name=name)
        self.office.books.visits.take_over(self._visit_id, reason)
        self._choices, self._in_question = None, False
        self.office.refresh_counts()
        self._read()

    def do_retry_lookups(self) -> None:
        self.office.books.queue.resume_logins(self.office.books.who.login)
        self.office.line.send()
        self.office.say("… " + _("Trying again."))

    # --- the question about one document

    def can_channel(self) -> bool:
        row = self._current()
        return row is not None and row.want.state != "obtained" and not self._in_question

    def do_channel(self) -> None:
        row = self._current()
        if row is not None:
            self._ask(row)

    def _ask(self, row: Row) -> None:
        """Open the question on the harmless answer; the officer's own key led here."""
        self._choices = ChoiceList(document_choices(row, self._visit))
        self._asked_about = (row.want.n, row.want.state)
        self._in_question = True

    def _ask_next(self) -> None:
        """The next document that waits, for the officer who has just answered or asked for all."""
        for n, row in enumerate(self._rows):
            if row.want.state == "asked":
                self._cursor = n
                self._ask(row)
                return
        self._choices, self._in_question = None, False

    def can_answer(self) -> bool:
        return self._in_question and self._choices is not None

    def do_answer(self) -> None:
        assert self._choices is not None
        n, state = self._asked_about
        chosen = self._choices.chosen
        self._choices, self._in_question = None, False
        self._read()
        came = self._visit.want(n).state != state
        if not came and chosen != "wait":
            try:
                self._record(n, chosen)
            except WrongState:  # the answer came between this line and the last
                came = True
        self.office.refresh_counts()
        self._read()
        if came and chosen != "wait":
            self.office.said = _("The answer came meanwhile; what you chose was not recorded.")
        elif not came and chosen in RECORDED:
            name = clean(self.office.books.catalogue.document(self._visit.want(n).document).short)
            told = _(RECORDED[chosen]).format(document=name)
            self.office.said = joined(told, self.sentence(), (self.size.width or 80) - 2)
        if state == "asked" and chosen != "wait" and self._hindrance():
            self._ask_next()

    def _record(self, n: int, chosen: str) -> None:
        visits = self.office.books.visits
        if chosen in ("copy", "sighted"):
            if self._visit.want(n).state == "not_needed":
                visits.want(self._visit_id, n)  # it was off the list, and is brought all the same
            visits.replace(self._visit_id, n, chosen)
            self._is_new = False
        elif chosen == "not_needed":
            visits.not_needed(self._visit_id, n)
        elif chosen == LASER:
            ask_laser(self.office, lambda face: self._check_laser(n, face))
        elif chosen == "want":
            visits.want(self._visit_id, n)

    def _check_laser(self, n: int, face: CardFace) -> None:
        self.office.books.visits.check_laser(self._visit_id, n, face)
        self._is_new = False
        self.office.refresh_counts()
        self.office.line.send()
        self._read()

    # --- the slip

    def can_slip(self) -> bool:
        return self._recorded()

    def do_slip(self) -> None:
        ask_slip(self.office, self._visit_id)

    # --- ending

    def can_finish(self) -> bool:
        return self._recorded()

    def do_finish(self) -> None:
        missing = [row for row in self._rows if row.want.state in MISSING]
        if missing:
            ask_finish(self.office, self._visit, len(missing), len(self._outstanding()), self._finish)
        else:
            self._finish(False)

    def _finish(self, force: bool) -> None:
        self.office.books.visits.close(self._visit_id, force=force)
        self._card_is_served()
        self.office.refresh_counts()
        self.dismiss()
        self.office.said = _("The visit is finished. Give the card and the originals back to the citizen.")
        if self._visit.back_entry is not None:
            self.office.said = _("It is written down.")

    def can_cancel_visit(self) -> bool:
        return self._recorded()

    def do_cancel_visit(self) -> None:
        ask_cancel(self.office, self._cancel)

    def _cancel(self, reason: Given) -> None:
        if reason.why is Reason.WRONG_SERVICE:
            ask_other_service(self.office, self._visit, self._service_changed)
            return
        self.office.books.visits.cancel(self._visit_id, reason.words, reason.why)
        self._card_is_served()
        self.office.refresh_counts()
        self.dismiss()
        self.office.said = _("The visit is cancelled. What was recorded stays in the ledger.")

    def _service_changed(self, told: str) -> None:
        self._cursor, self._choices, self._in_question = 0, None, False
        self.office.refresh_counts()
        self._read()
        self.office.said = joined(told, self.sentence(), (self.size.width or 80) - 2)

    def _card_is_served(self) -> None:
        """The citizen's card, if it is still in the reader, begins no other visit."""
        if not other_card(self.office, self._visit):
            self.office.card.serve()

    def can_park(self) -> bool:
        return self._recorded() and not self._in_question

    def do_park(self) -> None:
        self.office.books.visits.park(self._visit_id)
        self._card_is_served()
        self.dismiss()
        self.office.said = _("Visit {id} is set aside; what waits goes on arriving.").format(
            id=self._visit_id
        )

    def can_back(self) -> bool:
        return self._in_question or not self._recorded()

    def do_back(self) -> None:
        if self._in_question:
            self._choices, self._in_question = None, False
            return
        self.office.books.visits.discard(self._visit_id)
        self.office.refresh_counts()
        self.dismiss()

    # --- the card

    def do_card(self) -> None:
        if other_card(self.office, self._visit):
            ask_other_card(self.office, self._visit, self._set_aside)
        else:
            super().do_card()

    def _set_aside(self) -> None:
        """For another citizen: kept where anything was asked for, forgotten where nothing was."""
        if self._recorded():
            self.do_park()
        else:
            self._choices, self._in_question = None, False
            self.do_back()
        self.office.said = ""

    def card_changed(self) -> None:
        if said := card_event(self.office, self._visit):
            self.office.said = said
