"""The month's work: summed up by an officer, checked by the controller, decided and reported by the head."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from textual.app import ComposeResult

from reader.buddhist_date import show_month_short
from reader.errors import NocopyError
from store.errors import WrongPassphrase
from store.free_text import words
from store.month_trust import Trust, look
from store.month_values import Finding, MonthView
from store.permissions import may
from store.vault import Signer
from tui import keys
from tui.background import Finished
from tui.cells import clean, joined, pad
from tui.duties import my_step
from tui.finding_words import RULES
from tui.messages import _, mark
from tui.screens.ask import Question, TypeIn
from tui.screens.base import WorkScreen
from tui.screens.hand import why_refused
from tui.screens.ledger import LedgerScreen
from tui.screens.month_panel import delivered, head_lines, is_signed, officer_lines, table_rows, unexplained
from tui.screens.paper import ask_paper
from tui.screens.visit_questions import Given, ask_reason
from tui.widgets.choice_list import Choice
from tui.widgets.frame import Line

_BACK_REASONS = (
    mark("Please explain the findings"),
    mark("The counts do not agree with the papers"),
    mark("A finding is missing"),
)


class _NoLonger(Exception):
    """The month that was looked at is shown no more."""


class MonthScreen(WorkScreen[None]):
    """One month; without one, that which waits for the person who is logged in, else the newest."""

    OFFERS = (
        *(
            keys.Help,
            keys.Explain,
            keys.Decide,
            keys.Submit,
            keys.Paper,
            keys.SendBack,
            keys.Sign,
            keys.Network,
        ),
        *(keys.Move, keys.OtherMonth, keys.Lines, keys.AddFinding, keys.Back),
    )
    place = mark("The month's work")

    def __init__(self, month: str = "") -> None:
        super().__init__()
        self._month = month
        self._cursor = 0
        self._view: MonthView | None = None
        self._trust: Trust | None = None  # what the head's view says of books and signatures, once looked at
        self._looked_at: object = None  # what it was, or is being, looked at for
        self._version = -1

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def ready(self) -> None:
        books = self.office.books
        self._heads = [head.month for head in books.months.list()]
        if not self._month:
            mine = [head.month for head in books.months.list() if my_step(books, head) is not None]
            self._month = mine[-1] if mine else self._heads[0]
        self._is_head = may(books.who, "approve")
        self._names = {one.login: clean(one.name) for one in books.people.all()}
        self._services = {one.code: clean(one.name) for one in books.catalogue.services()}
        self._read()

    def _read(self) -> None:
        self._view = self.office.books.months.status(self._month)
        self._version = self.office.version
        # The figures may have become findings: the cursor stays on what is drawn.
        self._cursor = max(self._cursor, -self._services_above())

        stands = (self._month, self._shown.revision, self._shown.state, self._shown.stations)
        if self._is_head and is_signed(self._shown) and stands != self._looked_at:
            self._looked_at, self._trust = stands, None
            self.run_worker(
                lambda: self._look(stands), thread=True, group="trust", exclusive=True, exit_on_error=False
            )

    def _look(self, stands: tuple[str, int, str, tuple[str, ...]]) -> None:
        """In a thread: a long ledger takes seconds. What was asked for another month or state is dropped."""
        books, office, generation = self.office.books, self.office, self.office.generation

        def go_on(_lines: int) -> None:
            if stands != self._looked_at or office.generation != generation or not self.is_mounted:
                raise _NoLonger

        with suppress(_NoLonger):
            finished = Finished(generation, lambda trust: self._looked(stands, trust), office.tell)
            try:
                finished.result = look(books, stands[0], go_on)
            except _NoLonger:
                raise
            except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which tells or fails
                finished.error = error
            office.post_message(finished)

    def _looked(self, stands: object, trust: Trust) -> None:
        if stands == self._looked_at:
            self._trust = trust

    @property
    def _shown(self) -> MonthView:
        assert self._view is not None
        return self._view

    def _step(self) -> str | None:
        return my_step(self.office.books, self._shown)

    def _findings(self) -> tuple[Finding, ...]:
        """Those that are drawn: with the receipt here, the officer's view has no room for any."""
        drawn = self._is_head or self._shown.receipt is None
        return tuple(self._shown.findings) if drawn else ()

    def _finding(self) -> Finding | None:
        findings = self._findings()
        return findings[self._cursor] if 0 <= self._cursor < len(findings) else None

    def _services_above(self) -> int:
        """How many rows of the table the cursor can go up to; below 0 it stands on one of them."""
        return len(table_rows(self._shown, is_head=self._is_head))

    # --- drawing

    def paint_body(self) -> None:
        if self._version != self.office.version:
            before = self._shown.state
            self._read()
            if self._shown.state != before:
                self.office.said = (
                    ""  # what it said has come true: the sentence of the new state takes its place
                )
        width = self.size.width or 80
        known = (self._shown, self._cursor, self.office.books, self._names, self._services)
        height = self.size.height - 6
        if self._is_head:
            lines = head_lines(*known, height, width, self._trust)
        else:
            lines = officer_lines(*known, height, width)
        self.query_one("#work", Line).show([pad(line, width) for line in lines])

    def sentence(self) -> str:
        view, step = self._shown, self._step()
        if view.state == "acknowledged":
            return delivered(view)
        if step == "summarise" and view.state == "cut_off" and unexplained(view):
            return _(
                "{n} findings are not explained: F4 explains one before the head asks; F9 signs."
            ).format(n=unexplained(view))
        if step == "summarise":
            return _("Look at the figures, then press F9 to sign the summary.")
        if step == "check":
            return _("Check the figures against the ledger, then F9 to sign, or F8 to send it back.")
        if step == "approve" and self._trust is not None and not self._trust.is_right:
            return _("Something is not as it should be (× or ! above). Do not sign yet; tell ICT.")
        if step == "approve" and view.undecided:
            return _("{n} findings are still without your decision: F4, one by one. Then F9.").format(
                n=view.undecided
            )
        if step == "approve" and self._refused():
            return _("F9 signs and reports {n} findings to ICT.").format(n=len(self._refused()))
        if step == "approve":
            return _("Nothing abnormal is left. F9 signs, and reports to the Supervisor.")
        if view.state == "submitted" and view.goes_to_ict:
            return _("The report to ICT goes by itself when the network is back. F5 sends it now.")
        if view.state == "submitted":
            return _("The report goes by itself when the network is back. F5 sends it now.")
        if view.state == "open":
            return _("This month still runs; the figures are those of now.")
        if view.next_role is not None:
            return _WAITS.get(view.next_role, "") and _(_WAITS[view.next_role])
        return ""

    # --- moving

    def enter_token(self) -> object:
        return (self._month, self._cursor)

    def _count(self) -> int:
        own = self._is_head and self._step() == "approve"
        return len(self._findings()) + own

    def can_move(self) -> bool:
        return self._count() + self._services_above() > 1

    def do_move(self, step: int) -> None:
        self._cursor = max(-self._services_above(), min(self._count() - 1, self._cursor + step))

    def can_other_month(self) -> bool:
        return len(self._heads) > 1

    def do_other_month(self, step: int) -> None:
        at = self._heads.index(self._month) - step
        self._month = self._heads[max(0, min(len(self._heads) - 1, at))]
        self._cursor = 0
        self._read()

    def can_lines(self) -> bool:
        finding = self._finding()
        return finding is not None and bool(finding.lines)

    def do_lines(self) -> None:
        finding = self._finding()
        if finding is not None:
            self.office.push_screen(
                LedgerScreen(
                    tuple(reversed(finding.lines)),
                    _(RULES.get(finding.rule, finding.rule)),
                    finding.station,
                )
            )

    def can_add_finding(self) -> bool:
        return self._finding() is None and 0 <= self._cursor < self._count()

    def do_add_finding(self) -> None:
        ask = TypeIn(
            _("A finding of your own"),
            [_("Write no citizen's name or number.")],
            _("What was found"),
            check=partial(words, "finding"),
        )
        self.office.push_screen(ask, lambda text: self._act("add_finding", text) if text else None)

    # --- the steps

    def _refused(self) -> list[Finding]:
        return [one for one in self._shown.findings if one.decision == "not_accepted"]

    def can_explain(self) -> bool:
        # Once the summary is signed, other words need a month that was sent back.
        early = self._shown.state == "cut_off"
        return may(self.office.books.who, "visit") and early and self._finding() is not None

    def do_explain(self) -> None:
        finding = self._finding()
        if finding is not None:
            ask = TypeIn(
                _(RULES.get(finding.rule, finding.rule)),
                [_("The head reads this. Write no citizen's name or number.")],
                _("Explanation"),
                check=partial(words, "explanation"),
                initial=finding.explanation or "",
            )
            self.office.push_screen(ask, lambda text: self._act("explain", finding.n, text) if text else None)

    def can_decide(self) -> bool:
        return self._step() == "approve" and self._finding() is not None

    def do_decide(self) -> None:
        finding = self._finding()
        if finding is None:
            return
        choices = [
            Choice(_("Not decided yet"), ""),
            Choice(_("The explanation is accepted"), "accepted"),
            Choice(_("Not accepted (will be reported to ICT)"), "refused"),
            Choice(_("Ask for more explanation (sends the month back)"), "more"),
        ]
        title = _(RULES.get(finding.rule, finding.rule))
        self.office.push_screen(Question(title, [], choices), lambda word: self._decided(finding, word or ""))

    def _decided(self, finding: Finding, word: str) -> None:
        if word == "accepted":
            self._act("decide", finding.n, True)
        elif word == "more":
            # The reason stands in the officer's month as any other: it names the finding.
            reason = _("Explain more: {finding}").format(finding=_(RULES.get(finding.rule, finding.rule)))
            self._act("send_back", reason)
        elif word == "refused":
            ask = TypeIn(
                _("Not accepted"),
                [_("ICT reads this. Write no citizen's name or number.")],
                _("Reason"),
                check=partial(words, "reason"),
            )
            self.office.push_screen(
                ask, lambda text: self._act("decide", finding.n, False, text) if text else None
            )

    def can_send_back(self) -> bool:
        view, who = self._shown, self.office.books.who
        if view.state == "summarised":
            return may(who, "return") and self._step() is not None
        refused = view.state == "submitted" and self._job_state() == "quarantined"
        return (refused or view.state in ("checked", "approved", "flagged")) and may(who, "approve")

    def _job_state(self) -> str | None:
        """How far the report has come in the queue."""
        job = self._shown.job
        return None if job is None else self.office.books.queue.get(job).state

    def do_send_back(self) -> None:
        choices = [Choice(_(reason), Given(_(reason))) for reason in _BACK_REASONS]
        title, nothing = _("Send back"), _("Do not send back")
        lines = [_("It goes back to the officer; the signatures stay in its history.")]
        ask_reason(self.office, title, lines, nothing, choices, lambda one: self._act("send_back", one.words))

    def _act(self, step: str, *words: object) -> None:
        """A step that needs no signature."""
        try:
            getattr(self.office.books.months, step)(self._month, *words)
        except NocopyError as error:
            self.office.tell(error)
            step = ""
        self._read()
        if step in _DONE:
            self.office.said = joined(_(_DONE[step]), self.sentence(), (self.size.width or 80) - 2)
        self.office.refresh_counts()
        self.paint()

    # --- signing

    def can_sign(self) -> bool:
        step = self._step()
        return step in ("summarise", "check") or (step == "approve" and not self._shown.undecided)

    def do_sign(self) -> None:
        self._ask_passphrase("")

    def _ask_passphrase(self, wrong: str) -> None:
        says = {"summarise": _("Sign the summary"), "check": _("Sign that it was checked")}
        refused = self._refused()
        approve = _("Sign, and report to ICT") if refused else _("Sign, and report to the Supervisor")
        step = self._step() or ""
        title = says.get(step, approve) + " · " + show_month_short(self._month)
        lines = []
        if step == "summarise" and self._shown.findings:
            lines = [_("Once you sign, the explanations stay as they are until the month is sent back.")]
        self.office.push_screen(
            TypeIn(title, lines, _("Your passphrase"), password=True, check=lambda text: text, wrong=wrong),
            lambda typed: self._sign(step, typed) if typed else None,
        )

    def _sign(self, step: str, passphrase: str) -> None:
        books, month = self.office.books, self._month
        refused = self._refused()

        def work() -> None:
            self._signed_step(step, refused)(books.signer(passphrase))
            if step == "approve":
                books.months.submit(month)

        not_signed = partial(self._not_signed, passphrase)
        self.office.slow(_("Signing"), work, lambda _done: self._signed(step), not_signed)

    def _signed_step(self, step: str, refused: list[Finding]) -> Callable[[Signer], object]:
        months, month = self.office.books.months, self._month
        if step == "summarise":
            return lambda signer: months.summarise(month, signer)
        if step == "check":
            return lambda signer: months.check(month, signer)
        if refused:  # each with its own reason; this one is for what is not decided, and here all is
            return lambda signer: months.flag(month, signer, str(refused[0].reason))
        return lambda signer: months.approve(month, signer)

    def _signed(self, step: str) -> None:
        self._read()
        self.office.refresh_counts()
        if step == "approve":
            self.office.line.send()
        to_ict = step == "approve" and self._shown.goes_to_ict
        self.office.said = _(_SIGNED_TO_ICT if to_ict else _SIGNED[step])

    def _not_signed(self, typed: str, error: NocopyError) -> None:
        self._read()
        if isinstance(error, WrongPassphrase):
            self._ask_passphrase(why_refused(typed, error))
        else:
            self.office.tell(error)

    # --- the paper

    def do_paper(self) -> None:
        from tui.papers.month import file_name, print_month

        books, month = self.office.books, self._month
        ask_paper(
            self.office,
            _("The month's paper") + " · " + show_month_short(month),
            _("A PDF with counts, findings and signatures; no citizen stands in it. The ledger notes it."),
            file_name(books, month),
            lambda to: print_month(books, month, to),
        )

    def can_submit(self) -> bool:
        return self._step() == "submit" or self._shown.state == "submitted"

    def do_submit(self) -> None:
        if self._step() == "submit":
            self._act("submit")
        self.office.line.send()
        self.office.said = "… " + _("Sending.")


_WAITS = {
    "officer": mark("It waits for an officer's summary."),
    "controller": mark("It waits for the controller, who must be another person than who summed up."),
    "head": mark("It waits for the head of the unit."),
}
_DONE = {
    "explain": mark("The explanation is kept."),
    "add_finding": mark("Your finding is kept."),
    "send_back": mark("Sent back."),
}
_SIGNED = {
    "summarise": mark("The summary is signed. Now the controller checks it (F12 to change)."),
    "check": mark("Checked and signed. Now the head looks at it (F12 to change)."),
    "approve": mark("Signed. The report goes by itself; its receipt will stand here."),
}
_SIGNED_TO_ICT = mark("Signed. The report to ICT goes by itself; its receipt will stand here.")
