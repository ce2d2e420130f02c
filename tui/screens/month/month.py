"""The month's work: summed up by an officer, checked by the controller, decided and reported by the head."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult

from reader.buddhist_date import show_month_short
from reader.errors import NocopyError
from store.formats.roles import Role
from store.months.trust import Trust, look
from store.months.values import Decision, Finding, MonthView
from store.people.permissions import may
from store.people.vault import Signer
from store.queue.job import JobState
from store.spans import MonthState
from tui.frame import keys
from tui.frame.ask_paper import ask_paper
from tui.frame.ask_signature import ask_signature
from tui.frame.background import Progress, in_background
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.ledger.ledger import LedgerScreen
from tui.screens.month import month_keys
from tui.screens.month.finding_questions import (
    ask_decision,
    ask_explanation,
    ask_own_finding,
    ask_send_back,
    finding_title,
)
from tui.screens.month.month_findings import unexplained
from tui.screens.month.month_panel import (
    delivered,
    head_lines,
    is_signed,
    officer_lines,
)
from tui.screens.month.month_steps import my_step
from tui.screens.month.month_table import table_rows
from tui.words.cells import clean, joined, pad
from tui.words.paper_words import MONTH
from tui.words.translate import _, mark


class MonthScreen(WorkScreen[None]):
    """One month; without `month`, the one that waits for the person who is logged in, else the newest."""

    OFFERS = (
        *(keys.Help, month_keys.Explain, month_keys.Decide, month_keys.Submit, month_keys.Paper),
        *(month_keys.SendBack, month_keys.Sign, keys.Network, keys.Move, month_keys.OtherMonth),
        *(month_keys.Lines, month_keys.AddFinding, keys.Back),
    )
    place = mark("The month's work")

    def __init__(self, month: str = "") -> None:
        super().__init__()
        self._month = month
        self._cursor = 0
        self._view: MonthView | None = None
        self._trust: Trust | None = None  # the check of books and signatures for the head, once it is done
        self._looked_at: object = None  # the month and state for which it was begun
        self._version = -1

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        books = self.program.books
        self._heads = [head.month for head in books.months.list()]
        if not self._month:
            mine = [head.month for head in books.months.list() if my_step(books, head) is not None]
            self._month = mine[-1] if mine else self._heads[0]
        self._is_head = may(books.who, "approve")
        self._names = {one.login: clean(one.name) for one in books.people.all()}
        self._services = {one.code: clean(one.name) for one in books.catalogue.services()}
        self._read()

    def _read(self) -> None:
        self._view = self.program.books.months.status(self._month)
        self._version = self.program.version
        # The table may have given way to findings: the cursor must be on a drawn row.
        self._cursor = max(self._cursor, -self._services_above())

        stands = (self._month, self._shown.revision, self._shown.state, self._shown.stations)
        if self._is_head and is_signed(self._shown) and stands != self._looked_at:
            self._looked_at, self._trust = stands, None
            self._look_at_trust()

    def _look_at_trust(self) -> None:
        """Check what the month rests on, in seconds. A result for another month or state is dropped."""
        books, month, stands = self.program.books, self._month, self._looked_at

        def work(progress: Progress) -> Trust:
            return look(books, month, lambda _line: progress(0.0))

        def looked(trust: Trust) -> None:
            self._trust = trust
            self.program.say("")  # the screen's own sentence says the result

        in_background(
            self.program, work, looked, wanted=lambda: stands == self._looked_at and self.is_mounted
        )

    @property
    def _shown(self) -> MonthView:
        assert self._view is not None
        return self._view

    def _step(self) -> str | None:
        return my_step(self.program.books, self._shown)

    def _findings(self) -> tuple[Finding, ...]:
        """The findings that are drawn: once there is a receipt, the officer's view has no room for any."""
        drawn = self._is_head or self._shown.receipt is None
        return tuple(self._shown.findings) if drawn else ()

    def _finding(self) -> Finding | None:
        findings = self._findings()
        return findings[self._cursor] if 0 <= self._cursor < len(findings) else None

    def _services_above(self) -> int:
        """The number of table rows above the findings; the cursor is below 0 on one of them."""
        return len(table_rows(self._shown, is_head=self._is_head))

    # --- drawing

    def paint_body(self) -> None:
        if self._version != self.program.version:
            before = self._shown.state
            self._read()
            if self._shown.state != before:
                self.program.say("")
        width = self.size.width or 80
        known = (self._shown, self._cursor, self.program.books, self._names, self._services)
        height = self.size.height - 6
        if self._is_head:
            lines = head_lines(*known, height, width, self._trust)
        else:
            lines = officer_lines(*known, height, width)
        self.query_one("#work", TextBlock).show([pad(line, width) for line in lines])

    def sentence(self) -> str:
        view, step = self._shown, self._step()
        if view.state == MonthState.ACKNOWLEDGED:
            return delivered(view)
        if step == "summarise" and view.state == MonthState.CUT_OFF and unexplained(view):
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
        if view.state == MonthState.SUBMITTED and view.goes_to_ict:
            return _("The report to ICT goes by itself when the network is back. F5 sends it now.")
        if view.state == MonthState.SUBMITTED:
            return _("The report goes by itself when the network is back. F5 sends it now.")
        if view.state == MonthState.OPEN:
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
            self.program.push_screen(
                LedgerScreen(
                    tuple(reversed(finding.lines)),
                    finding_title(finding),
                    finding.station,
                )
            )

    def can_add_finding(self) -> bool:
        return self._finding() is None and 0 <= self._cursor < self._count()

    def do_add_finding(self) -> None:
        ask_own_finding(self.program, self._act)

    # --- the steps

    def _refused(self) -> list[Finding]:
        return [one for one in self._shown.findings if one.decision == Decision.NOT_ACCEPTED]

    def can_explain(self) -> bool:
        # Explanations are part of the signed summary: to change one, the month has to be sent back.
        early = self._shown.state == MonthState.CUT_OFF
        return may(self.program.books.who, "visit") and early and self._finding() is not None

    def do_explain(self) -> None:
        finding = self._finding()
        if finding is not None:
            ask_explanation(self.program, finding, self._act)

    def can_decide(self) -> bool:
        return self._step() == "approve" and self._finding() is not None

    def do_decide(self) -> None:
        finding = self._finding()
        if finding is not None:
            ask_decision(self.program, finding, self._act)

    def can_send_back(self) -> bool:
        view, who = self._shown, self.program.books.who
        if view.state == MonthState.SUMMARISED:
            return may(who, "return") and self._step() is not None
        refused = view.state == MonthState.SUBMITTED and self._job_state() == JobState.QUARANTINED
        return (
            refused or view.state in (MonthState.CHECKED, MonthState.APPROVED, MonthState.FLAGGED)
        ) and may(who, "approve")

    def _job_state(self) -> str | None:
        """The state of the report's job in the queue."""
        job = self._shown.job
        return None if job is None else self.program.books.queue.get(job).state

    def do_send_back(self) -> None:
        ask_send_back(self.program, self._act)

    def _act(self, step: str, *words: object) -> None:
        """Take a step that needs no signature."""
        try:
            getattr(self.program.books.months, step)(self._month, *words)
        except NocopyError as error:
            self.program.tell(error)
            step = ""
        self._read()
        if step in _DONE:
            self.program.say(joined(_(_DONE[step]), self.sentence(), (self.size.width or 80) - 2))
        self.program.refresh_counts()
        self.paint()

    # --- signing

    def can_sign(self) -> bool:
        step = self._step()
        return step in ("summarise", "check") or (step == "approve" and not self._shown.undecided)

    def do_sign(self) -> None:
        step, month, refused = self._step() or "", self._month, self._refused()
        says = {"summarise": _("Sign the summary"), "check": _("Sign that it was checked")}
        approve = _("Sign, and report to ICT") if refused else _("Sign, and report to the Supervisor")
        lines = []
        if step == "summarise" and self._shown.findings:
            lines = [_("Once you sign, the explanations stay as they are until the month is sent back.")]
        months, sign = self.program.books.months, self._signed_step(step, refused)

        def work(signer: Signer) -> None:
            sign(signer)
            if step == "approve":
                months.submit(month)

        ask_signature(
            self.program,
            says.get(step, approve) + " · " + show_month_short(month),
            work,
            lambda _done: self._signed(step),
            lines=lines,
            doing=_("Signing"),
            failed=self._not_signed,
        )

    def _signed_step(self, step: str, refused: list[Finding]) -> Callable[[Signer], object]:
        months, month, shown = self.program.books.months, self._month, self._shown
        if step == "summarise":
            # An open month's figures are those of now; the cut-off, which comes first, fixes them.
            seen = shown if shown.state != MonthState.OPEN else None
            return lambda signer: months.summarise(month, signer, seen)
        if step == "check":
            return lambda signer: months.check(month, signer, shown)
        if refused:  # findings have their own reasons; this one is for undecided ones: none here
            return lambda signer: months.flag(month, signer, str(refused[0].reason), shown)
        return lambda signer: months.approve(month, signer, shown=shown)

    def _signed(self, step: str) -> None:
        self._read()
        self.program.refresh_counts()
        if step == "approve":
            self.program.network.send()
        to_ict = step == "approve" and self._shown.goes_to_ict
        self.program.say(_(_SIGNED_TO_ICT if to_ict else _SIGNED[step]))

    def _not_signed(self, error: NocopyError) -> None:
        self._read()
        self.program.tell(error)

    # --- the paper

    def do_paper(self) -> None:
        from tui.papers.month import file_name, print_month

        books, month = self.program.books, self._month
        ask_paper(
            self.program,
            MONTH,
            show_month_short(month),
            file_name(books, month),
            lambda to: print_month(books, month, to),
        )

    def can_submit(self) -> bool:
        return self._step() == "submit" or self._shown.state == MonthState.SUBMITTED

    def do_submit(self) -> None:
        if self._step() == "submit":
            self._act("submit")
        self.program.network.send()
        self.program.say_doing(_("Sending."))


_WAITS: dict[str, str] = {
    Role.OFFICER: mark("It waits for an officer's summary."),
    Role.CONTROLLER: mark("It waits for the controller, who must be another person than who summed up."),
    Role.HEAD: mark("It waits for the head of the unit."),
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
