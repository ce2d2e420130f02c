"""How the documents of a visit are drawn: the rows, and below them the details of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reader.buddhist_date import show_date, show_time
from store.counter.allow_list import Answer
from store.counter.visit import Visit, Wanted, WantedState
from store.queue.job import Job, JobState
from store.settings.catalogue import Document, Needed
from sync.errors import NoSession, Problem, RequestRefused, problem
from tui.words.answer_words import answer_rows, differences
from tui.words.cells import clean, pad, rule, wrap
from tui.words.translate import _, mark, sentences_of
from tui.words.visit_words import CHANNEL_NAMES, CHANNELS, WANTED

NAME, CHANNEL = 22, 10
_SLOW_S = 10  # after so long the original is offered in place of an answer
_SLOW_HERE = mark("{document}: {n} s without an answer. Wait, or F4: the original.")
_SLOW = mark("{document}: {n} s without an answer. Wait, or F4 there: the original.")
_REFUSED_HERE = mark("{document}: refused. F4: ask again, or the original.")
_REFUSED = mark("{document}: refused. F4 there: ask again, or the original.")


@dataclass(frozen=True)
class Row:
    """One document of the visit, with all that the screen shows of it."""

    want: Wanted
    document: Document
    job: Job | None
    seconds: int | None
    answer: Answer | None
    waits_for: str = ""  # the other officer, if only their log-in may send its request
    copy: int = 1  # the second of the same document in one visit is shown as (2)

    @property
    def is_slow(self) -> bool:
        """Whether it was sent and the answer takes long."""
        return self.seconds is not None and self.seconds >= _SLOW_S

    @property
    def name(self) -> str:
        return clean(self.document.short) + (f" ({self.copy})" if self.copy > 1 else "")


def document_line(row: Row, sign: str) -> str:
    """name, channel, state."""
    name = row.name + (" " + _("(if any)") if row.want.need == Needed.IF_ANY else "")
    channel = "–"
    if row.want.channel and row.want.state not in (WantedState.NOT_NEEDED, WantedState.CANCELLED):
        channel = _(CHANNEL_NAMES[row.want.channel])
    return f"{sign} {pad(name, NAME)} {pad(channel, CHANNEL)} {_state(row)}"


def _state(row: Row) -> str:
    if row.want.state == WantedState.ASKED and row.job is not None:
        if row.waits_for:
            return _("! waits for {name}").format(name=row.waits_for)
        if row.job.state == JobState.NEEDS_LOGIN:
            return _("! log in first")
        if row.seconds is not None:
            return _("… asking {n} s").format(n=row.seconds)
    return document_state(row.want)


def document_state(want: Wanted) -> str:
    """The state of a document in words, without its request."""
    return _("– not used") if _is_unused(want) else _(WANTED[want.state].row)


def panel(row: Row, visit: Visit, width: int, height: int, hindrance: str) -> list[str]:
    """The details of the chosen document, with a title, in at most `height` rows.

    `hindrance` is why requests cannot be sent now: "down", "unset" (no gateway is set up) or empty.
    """
    state = row.want.state
    if state == WantedState.OBTAINED:
        return _obtained(row, visit, width, height)
    lines = [rule(f"{row.name}: {_title(row.want)}", width)]
    text = _(WANTED[state].says)
    if state == WantedState.ASKED:
        text = _asked(row, hindrance)
    elif state == WantedState.REFUSED and row.job is not None:
        refused = problem(row.job.outcome, row.job.problem)
        text = _joined(refused, _(_AGAIN)) if refused is not None else text
    elif state == WantedState.TODO and row.want.channel is None:
        text = _("Only from the original. Press F4: own copy, or sighted.")
    return lines + [f" {line}" for line in wrap(text, width - 2)]


def question(row: Row, visit: Visit, width: int, *, overtaken: bool, hindrance: str) -> list[str]:
    """The text above the choices, when the officer is asked what to do about the document.

    `overtaken`: the answer came while the question was open. `hindrance` as for `panel`.
    """
    lines = [rule(f"{row.name}: {_title(row.want)}", width)]
    if overtaken:
        text = _("The answer came while this was open: whatever is chosen, nothing is recorded.")
        return lines + [f" {part}" for part in wrap(text, width - 2)]
    if row.want.state == WantedState.ASKED and hindrance == "unset":
        lines += [f" {part}" for part in wrap(_(_UNSET), width - 2)]
    elif row.want.state == WantedState.ASKED and row.seconds is not None:
        text = _(
            "It was asked {n} s ago. If you use the original, an answer that still comes is thrown away."
        )
        lines += [f" {part}" for part in wrap(text.format(n=row.seconds), width - 2)]
    elif row.want.state == WantedState.ASKED:
        text = _(
            "The request goes by itself when the network is back. It expires when the visit ends, or {when}."
        )
        lines += [f" {part}" for part in wrap(text.format(when=deadline_of(visit)), width - 2)]
    elif row.want.state == WantedState.NOT_FOUND:
        lines += [
            f" {part}"
            for part in wrap(
                _("The system answers: not found. The document may exist all the same."), width - 2
            )
        ]
    return [*lines, f" {_('Has the citizen brought the original?')}"]


def _title(want: Wanted) -> str:
    return _("not used") if _is_unused(want) else _(WANTED[want.state].title)


def _is_unused(want: Wanted) -> bool:
    """Whether it was asked for, and then marked as not needed."""
    return want.state == WantedState.NOT_NEEDED and want.use is not None


_UNSET = mark(
    "No gateway is set up on this PC, so the request cannot go: use the original. Whoever looks after the PC"
    " sets the gateway up."
)
_AGAIN = mark("Press F4 to ask again or to use the original.")


def _asked(row: Row, hindrance: str) -> str:
    if row.waits_for:
        return _(
            "{name} asked for it, and it goes only when {name} logs in. Press F5 to take the visit over and"
            " ask under your own log-in, or F4 if the original is here."
        ).format(name=row.waits_for)
    if row.job is not None and row.job.state == JobState.NEEDS_LOGIN:
        return clean(" ".join(sentences_of(problem(row.job.outcome, row.job.problem) or NoSession())))
    if row.is_slow:
        return _("No answer for {n} seconds. Keep waiting, or press F4 to use the original.").format(
            n=row.seconds
        )
    if row.seconds is not None:
        return _("Asking. You may look at the other documents meanwhile.")
    if hindrance == "unset":
        return _(_UNSET)
    if hindrance == "down":
        return _(
            "The network is down; the request is kept and goes by itself. Press F4 if the original is here."
        )
    met = problem(row.job.outcome, row.job.problem) if row.job is not None else None
    if met is not None:
        return _joined(met, _("Press F4 if the original is here."))
    return _("The request is kept and goes by itself. Press F4 if the original is here.")


def _joined(met: Problem, press: str) -> str:
    """What came in place of an answer, what to do about it, and the key."""
    says, do = sentences_of(met)
    # For a refusal the key leads to what is to be done, so `press` alone says it.
    return clean(" ".join([says, *([] if isinstance(met, RequestRefused) else [do]), press]))


def about_one(rows: Sequence[Row], current: Row | None) -> str:
    """A sentence about the row that needs the officer most: refused, or long without an answer."""
    refused = next((row for row in rows if row.want.state == WantedState.REFUSED), None)
    slow = max(rows, key=lambda row: row.seconds or 0, default=None)
    if refused is not None:
        words = _REFUSED_HERE if refused is current else _REFUSED
        return _(words).format(document=refused.name)
    if slow is not None and slow.is_slow:
        # F4 acts on the chosen row; for another one the sentence names the arrows first.
        words = _SLOW_HERE if slow is current else _SLOW
        return _(words).format(document=slow.name, n=slow.seconds)
    return ""


def _obtained(row: Row, visit: Visit, width: int, height: int) -> list[str]:
    at = f" · {show_time(datetime.fromisoformat(row.answer.got_at))}" if row.answer else ""
    lines = [rule(f"{row.name} · {clean(row.document.owner)}{at}", width)]
    if row.answer is None:
        channel = CHANNELS.get(row.want.channel or "")
        return [*lines, " " + _(channel.obtained if channel else mark("The answer has been erased."))]
    compared, differs = differences(row.answer.fields, visit.card)
    below = [_("Erased when the visit is finished")]
    if differs:
        text = _("Differs from the card: {what}. Ask the citizen before using it.").format(what=differs)
        below = [*wrap("! " + text, width - 2), *below]
    elif compared:
        below = ["● " + _("Agrees with the card"), *below]
    # What the officer must notice is always shown; Enter shows the rest of a long answer.
    fields, room = answer_lines(row.answer.fields, width), height - len(lines) - len(below)
    if len(fields) > room:
        fields = [*fields[: room - 1], " … " + _("Enter shows all of it")]
    elif len(fields) < room:
        fields.append("")
    return [*lines, *fields, *(f" {line}" for line in below)]


def deadline(at: str, today: date) -> str:
    """When a request expires, in words."""
    until = datetime.fromisoformat(at)
    if until.date() != today:
        return _("after {day}").format(day=show_date(until))
    return (
        _("at the end of the day")
        if show_time(until) == "23:59"
        else _("at {time}").format(time=show_time(until))
    )


def deadline_of(visit: Visit) -> str:
    """When the visit's requests expire, in words; the day is left out where it is the visit's."""
    return deadline(visit.deadline, datetime.fromisoformat(visit.opened_at).date())


def answer_lines(fields: dict[str, Any], width: int) -> list[str]:
    """The rows of an answer in `width` cells, with the fields' names in one column."""
    word = 18
    lines = []
    for name, value in answer_rows(fields):
        first, *rest = wrap(value, max(10, width - word - 3)) or [""]
        lines.append(f" {pad(name, word)} {first}")
        lines += [" " * (word + 2) + part for part in rest]
    return lines
