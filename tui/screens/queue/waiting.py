"""What waits to be sent: four states in the office's words; below, why, what it means and what to press."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult

from reader.buddhist_date import BANGKOK, show_month_short, show_time, stamp
from store.counter.visit import UNFINISHED
from store.people.permissions import may
from store.queue.job import SUBMISSIONS, Job, JobKind, JobState
from store.queue.queue import Queue as Waiting
from sync.errors import problem
from tui.frame import keys
from tui.frame.ask import Question
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.frame import TextBlock
from tui.screens.queue import queue_keys
from tui.screens.queue.stick import by_stick
from tui.screens.visit.visit_panel import deadline
from tui.words.cells import clean, pad, rule, wrap
from tui.words.queue_words import JOB_KINDS, JOBS
from tui.words.translate import _, mark, sentences_of

_ROWS = 8
_OTHERS = (
    mark("It waits for {name} to log in: a request goes only under the log-in of who asked."),
    mark("Enter opens its visit, where F5 takes it over: then it is asked under your own log-in."),
)


class WaitingScreen(WorkScreen[None]):
    """The jobs that have not ended, in the order in which they were queued."""

    OFFERS = (
        *(keys.Help, queue_keys.ByStick, keys.SendNow, queue_keys.CancelItem, keys.Network),
        *(keys.Move, queue_keys.OpenVisit, keys.Back),
    )
    place = mark("Waiting to be sent")

    def __init__(self) -> None:
        super().__init__()
        self._chosen: str | None = None
        self._jobs: list[Job] = []

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        self._documents = {one.code: clean(one.short) for one in self.program.books.catalogue.documents()}
        self._names = {one.login: one.short_name() for one in self.program.books.people.all()}

    def _queue(self) -> Waiting:
        return self.program.books.queue

    def _current(self) -> Job | None:
        return next((job for job in self._jobs if job.id == self._chosen), None)

    def paint_body(self) -> None:
        self._jobs = self._queue().list()
        if self._current() is None:
            # The chosen job is gone: the cursor is on none until the officer moves it.
            self._chosen = self._chosen if self._chosen else self._jobs[0].id if self._jobs else None
        width = self.size.width or 80
        head = (
            pad(_("State"), 18),
            pad(_("What"), 17),
            pad(_("Visit"), 12),
            pad(_("Owner"), 8),
            pad(_("Since"), 5),
        )
        lines = ["  " + " ".join(head) + " " + _("Again")]
        chosen = next((n for n, job in enumerate(self._jobs) if job.id == self._chosen), 0)
        first = max(0, min(chosen - _ROWS // 2, len(self._jobs) - _ROWS))
        lines += [self._row(job) for job in self._jobs[first : first + _ROWS]]
        if not self._jobs:
            lines += ["", "  ● " + _("Nothing waits.")]
        lines += [""] * (_ROWS + 2 - len(lines))
        current = self._current()
        if current is not None:
            lines += self._details(current, width)
        self.query_one("#work", TextBlock).show([pad(line, width) for line in lines])

    def _row(self, job: Job) -> str:
        again = "–"
        if not self._goes(job):
            again = _("after log-in")
        elif job.state == JobState.WAITING:
            again = show_time(datetime.fromisoformat(job.next_at))
            if self.program.network.is_down:
                again = _("with network")
            elif job.next_at <= stamp(self.program.clock()):
                again = _("now")
        elif job.state == JobState.NEEDS_LOGIN:
            again = _("after log-in")
        cells = (
            pad(_(JOBS[job.state].row) if self._goes(job) else self._waits_for(job), 18),
            pad(self._what(job), 17),
            pad(job.visit or (show_month_short(job.month) if job.month else "–"), 12),
            pad(clean(self._names.get(job.owner, job.owner)), 8),
            pad(show_time(datetime.fromisoformat(job.made_at)), 5),
        )
        return ("► " if job.id == self._chosen else "  ") + " ".join(cells) + " " + again

    def _goes(self, job: Job) -> bool:
        """Whether this log-in may send it, or it is being sent already."""
        return job.state == JobState.SENDING or job.goes_under(self.program.books.who.login)

    def _waits_for(self, job: Job) -> str:
        return _("! waits for {name}").format(name=clean(self._names.get(job.owner, job.owner)))

    def _what(self, job: Job) -> str:
        if job.use is not None:
            document = self.program.books.ledger.line(job.use).document
            return self._documents.get(document or "", document or "")
        return _(JOB_KINDS[job.kind])

    def _details(self, job: Job, width: int) -> list[str]:
        state, can_open = JOBS[job.state], self.can_open_visit()
        press = state.do if can_open else state.do_alone or state.do
        told_by = problem(job.outcome, job.problem)
        lines = [rule(self._what(job) + (f" · {job.visit}" if job.visit else ""), width)]
        words = [_(state.means), _(press)]
        if not self._goes(job):
            name = clean(self._names.get(job.owner, job.owner))
            words = [_(_OTHERS[0]).format(name=name), *([_(_OTHERS[1])] if can_open else [])]
        elif told_by is not None and job.state == JobState.NEEDS_LOGIN:
            words = [clean(part) for part in sentences_of(told_by)]  # names the person and the gateway
        elif told_by is not None and job.state == JobState.QUARANTINED:
            words[0] = clean(sentences_of(told_by)[0])  # says the same, with the reason
        elif told_by is not None:
            words.insert(1, clean(sentences_of(told_by)[0]))
        for text in words:
            lines += [f" {part}" for part in wrap(text, width - 2) if part]
        lines.append("")
        text = _("It does not expire.")
        if job.expires_at:
            when = deadline(job.expires_at, self.program.clock().astimezone(BANGKOK).date())
            text = _("It expires when its visit ends, or {when}.").format(when=when)
        return lines + [f" {part}" for part in wrap(text, width - 2)]

    def sentence(self) -> str:
        if not self._jobs:
            return _("Nothing waits to be sent.")
        if not any(self._goes(job) for job in self._jobs):
            return _("These wait for who asked to log in. Enter opens the visit, to take it over.")
        logins = sum(job.state == JobState.NEEDS_LOGIN for job in self._jobs if self._goes(job))
        if logins:
            return _("Log in first, then press F5: {n} requests are kept.").format(n=logins)
        if not any(job.state in (JobState.WAITING, JobState.SENDING) for job in self._jobs):
            return _("These do not go by themselves: see below what each of them needs.")
        return _("These go by themselves when the network is back; nobody need watch the screen.")

    # --- keys

    def can_move(self) -> bool:
        return bool(self._jobs)

    def do_move(self, step: int) -> None:
        places = [job.id for job in self._jobs]
        at = places.index(self._chosen) + step if self._chosen in places else 0
        self._chosen = places[max(0, min(len(places) - 1, at))]

    def can_send_now(self) -> bool:
        return any(self._goes(job) for job in self._jobs)

    def can_by_stick(self) -> bool:
        return any(job.kind in SUBMISSIONS for job in self._jobs)

    def do_by_stick(self) -> None:
        by_stick(self.program)

    def do_send_now(self) -> None:
        current = self._current()
        queue = self._queue()
        queue.resume_logins(self.program.books.who.login)
        if (
            current is not None
            and current.state in (JobState.WAITING, JobState.QUARANTINED)
            and self._goes(current)
        ):
            queue.retry(current.id, self.program.books.who)
        self.program.network.send()
        self.program.say_doing(_("Sending."))

    def can_cancel_item(self) -> bool:
        current = self._current()
        return (
            current is not None
            and current.kind == JobKind.LOOKUP
            and current.state != JobState.SENDING
            and self._may_serve()
        )

    def _may_serve(self) -> bool:
        return may(self.program.books.who, "visit")

    def do_cancel_item(self) -> None:
        current = self._current()
        if current is None:
            return
        choices = [Choice(_("Do not cancel"), False), Choice(_("Cancel this request"), True)]
        lines = [_("The ledger will say that it was cancelled. The original can be used instead.")]
        self.program.push_screen(
            Question(_("Cancel the item"), lines, choices),
            lambda sure: self._cancel(current) if sure else None,
        )

    def _cancel(self, job: Job) -> None:
        self._queue().cancel(job.id, self.program.books.who)
        self._chosen = None
        self.program.refresh_counts()
        self.program.say(_("The request is cancelled."))

    def can_open_visit(self) -> bool:
        current = self._current()
        return current is not None and current.visit is not None and self._may_serve()

    def enter_token(self) -> object:
        return self._chosen

    def do_open_visit(self) -> None:
        current = self._current()
        if current is not None and current.visit is not None:
            visit = self.program.books.visits.get(current.visit)
            if visit.state in UNFINISHED:
                self.program.open_visit(visit.id, instead=True)
            else:
                self.program.say(_("That visit has ended."))
