"""How a month is drawn: the figures for officer and controller, the findings for the head."""

from __future__ import annotations

from datetime import date, datetime

from rich.cells import cell_len

from reader.buddhist_date import show_date, show_day, show_month, show_time
from store.books import Books
from store.formats.line import Outcome
from store.formats.roles import Role
from store.months.trust import Trust
from store.months.values import MonthHead, MonthView, SentBack
from store.people.permissions import may
from store.queue.job import JobKind
from store.settings.office_hours import last_working_day
from store.spans import UNSIGNED, MonthState
from tui.screens.month.month_findings import (
    SAID_ROWS,
    detail_lines,
    explained_lines,
    finding_lines,
)
from tui.screens.month.month_table import table
from tui.words.cells import clean, pad, rule, wrap
from tui.words.translate import _, mark

_STEPS = (
    (Role.OFFICER, mark("Sum up")),
    (Role.CONTROLLER, mark("Check")),
    (Role.HEAD, mark("Approve")),
)
_TO_ICT = mark("Report to ICT")
_WHAT_FOLLOWS = mark("All accepted: a report to the Supervisor. Any not accepted: a report to ICT.")
_AFTER_HEAD = (MonthState.APPROVED, MonthState.FLAGGED, MonthState.SUBMITTED, MonthState.ACKNOWLEDGED)
# The states of a month in which each role's step is done.
_DONE: dict[str, tuple[MonthState, ...]] = {
    Role.OFFICER: (MonthState.SUMMARISED, MonthState.CHECKED, *_AFTER_HEAD),
    Role.CONTROLLER: (MonthState.CHECKED, *_AFTER_HEAD),
    Role.HEAD: _AFTER_HEAD,
}


def officer_lines(
    view: MonthView,
    cursor: int,
    books: Books,
    names: dict[str, str],
    services: dict[str, str],
    height: int,
    width: int,
) -> list[str]:
    """Progress, the table by service, the outcomes, and the findings that the head will ask about."""
    lines = [*_top(view, books, width), *table(view, cursor, services, width)]
    lines += [_outcomes(view), _offline(view)]
    if view.receipt is not None:
        return [*lines, *_receipt(view)]
    if view.state in UNSIGNED:
        lines += [rule(_("Before signing"), width), " " + _readiness(view, books)]
    asked = _("What the head will ask: explain it before")
    asked = (
        asked if may(books.who, "visit") and view.state == MonthState.CUT_OFF else _("What the head will ask")
    )
    room = max(1, height - len(lines) - 1)
    more = f" ({len(view.findings)})" if len(view.findings) > room else ""  # not all of them fit
    lines.append(rule(asked + more, width))
    said = explained_lines(view, cursor, names, width) if room > SAID_ROWS else []
    found = finding_lines(view, cursor, names, width, room - len(said), open_=mark("not explained yet"))
    return [*lines, *found, *said]


def head_lines(
    view: MonthView,
    cursor: int,
    books: Books,
    names: dict[str, str],
    services: dict[str, str],
    height: int,
    width: int,
    trust: Trust | None,
) -> list[str]:
    """Progress, what the month rests on, the findings, and the chosen one with its explanation and decision.

    `trust` is None while it is being checked.
    """
    lines = _top(view, books, width)
    lines.append(
        " "
        + _("{uses} uses in {visits} visits, {n} of them obtained").format(
            uses=view.total, visits=view.visits, n=view.spared
        )
    )
    if is_signed(view):
        lines += [f" {part}" for part in wrap(trust_words(trust), width - 2)]
    lines.append(rule(_("{n} things to look at").format(n=len(view.findings)), width))
    own = view.state == MonthState.CHECKED
    lines += finding_lines(view, cursor, names, width, 4, open_=mark("not decided yet"))
    if own:
        lines.append(
            ("► " if cursor == len(view.findings) else "  ") + "+ " + _("add what you found yourself")
        )
    if view.receipt is not None:
        return [*lines, *_receipt(view)]
    if cursor < len(view.findings):
        lines += detail_lines(view.findings[cursor], books, names, width)
        if own:
            lines = [*lines[: height - 2], "", " " + _(_WHAT_FOLLOWS)]
    elif not view.findings:
        lines += table(view, cursor, services, width)
    return lines[:height]


def is_signed(view: MonthView) -> bool:
    """Whether somebody has signed it: from then on the head is shown what it rests on."""
    return view.state not in UNSIGNED


_SIGNERS: dict[str, str] = {
    Role.OFFICER: mark("summary"),
    Role.CONTROLLER: mark("check"),
    Role.HEAD: mark("decision"),
}


def trust_words(trust: Trust | None) -> str:
    """What the month rests on, in one row where nothing is wrong; else what is wrong comes first."""
    if trust is None:
        return "… " + _("The books of all PCs and the signatures are being checked.")
    parts = []
    if trust.broken:
        parts.append("× " + _("Books not as they were written: PC {n}").format(n=", ".join(trust.broken)))
    if not trust.agrees:
        parts.append("× " + _("What was signed is not what the lines of the books say"))
    if trust.forged:
        parts.append("× " + _("Signature not right: {who}").format(who=_signers(trust.forged)))
    if trust.missing:
        parts.append("! " + _("Still to be imported: station {n}").format(n=", ".join(trust.missing)))
    if trust.whole:
        parts.append("● " + _("Books whole: PC {n}").format(n=", ".join(trust.whole)))
    if trust.signed:
        parts.append("● " + _("Signatures right: {who}").format(who=_signers(trust.signed)))
    return "  ".join(parts)


def _signers(roles: tuple[str, ...]) -> str:
    return ", ".join(_(_SIGNERS[role]) for role in roles)


def _readiness(view: MonthView, books: Books) -> str:
    """What is still open on this PC, and which of the office's other PCs have not delivered, in one row."""
    # What began after the month counts in a later one.
    visits = sum(one.opened_at[:7] <= view.month for one in books.visits.unfinished())
    waiting = sum(one.kind == JobKind.LOOKUP and one.made_at[:7] <= view.month for one in books.queue.list())
    # The open visits of other PCs are not known here: so this PC's are marked as its own.
    others = view.missing or view.stations
    here = _("PC {station}").format(station=books.station) + ":  " if others else ""
    parts = [
        "! " + _("{n} visits are open").format(n=visits) if visits else "● " + _("no visit is open"),
        "! " + _("{n} requests wait").format(n=waiting) if waiting else "● " + _("no request waits"),
    ]
    if view.missing:
        parts.append("! " + _("Still to be imported: station {n}").format(n=", ".join(view.missing)))
    elif view.stations:
        parts.append("● " + _("imported: station {n}").format(n=", ".join(view.stations)))
    return here + "  ".join(parts)


def _top(view: MonthView, books: Books, width: int) -> list[str]:
    title = (
        " "
        + show_month(view.month)
        + (f"   {_('revision {n}').format(n=view.revision)}" if view.revision > 1 else "")
    )
    late = "   ! " + _("overdue") if view.late else ""
    progress = next(
        (line for days in (2, 1) for line in _spaced(_progress(view, books, days)) if cell_len(line) < width),
        " ".join(_progress(view, books, 0)),
    )
    lines = [title + late, " " + pad(progress, width - 1)]
    if view.handed_over is not None:
        lines.append(" " + _("Written out for station {n}, which reports it.").format(n=view.handed_over))
    elif view.missing and view.state in UNSIGNED:
        lines.append(" ! " + _("Still to be imported: station {n}").format(n=", ".join(view.missing)))
    elif view.state == MonthState.CUT_OFF and view.returned and view.sent_back is None:
        lines.append(" ! " + _("Given back by the ministry: {reason}").format(reason=clean(view.returned)))
    elif view.sent_back is not None:
        lines.append(" ! " + _back(view.sent_back, books))
    elif view.receipt is not None:
        lines.append(" ● " + delivered(view))
    else:
        lines.append(" " + _due(view))
    return lines


def _back(sent_back: SentBack, books: Books) -> str:
    reason = _(clean(sent_back.reason))
    if sent_back.by is None:
        return _("Sent back: {reason}").format(reason=reason)
    name = clean(books.people.get(sent_back.by).short_name())
    return _("Sent back by {name}: {reason}").format(name=name, reason=reason)


def delivered(view: MonthHead) -> str:
    """To whom an acknowledged report went, and when the ministry received it."""
    at = datetime.fromisoformat(str((view.receipt or {}).get("received_at")))
    words = _("Delivered to ICT. Receipt of {day}, {time}.")
    if not view.goes_to_ict:
        words = _("Delivered to the Supervisor. Receipt of {day}, {time}.")
    return words.format(day=show_day(at), time=show_time(at))


def _spaced(parts: list[str]) -> tuple[str, str]:
    return "  ".join(parts), " ".join(parts)


def _progress(view: MonthView, books: Books, days: int) -> list[str]:
    """The steps, for one row. `days` 2: each with its day; 1: only those to come; 0: none."""
    short = {one.login: clean(one.short_name()) for one in books.people.all()}
    parts = [("●" if view.state != MonthState.OPEN else "○") + " " + _("Cut off")]
    current = True
    for role, usual in _STEPS:
        words = _TO_ICT if role == Role.HEAD and view.goes_to_ict else usual
        signed = next((one for one in view.signatures if one.role == role and not one.withdrawn), None)
        if signed is not None and view.state in _DONE[role]:
            at = datetime.fromisoformat(signed.at)
            day = f" {_day(at)}" if days == 2 else ""
            parts.append(f"● {_(words)} {short.get(signed.login, signed.login)}{day}")
            continue
        sign = "►" if current and view.next_role == role else "○"
        current = False
        due = view.due_report if role == Role.HEAD else view.due_check
        parts.append(f"{sign} {_(words)}" + (" " + _("by {day}").format(day=_day(due)) if days else ""))
    sent = (
        "●" if view.state == MonthState.ACKNOWLEDGED else "…" if view.state == MonthState.SUBMITTED else "○"
    )
    return [*parts, f"{sent} {_('Send')}"]


def _day(day: date | datetime) -> str:
    return show_date(day).rsplit(" ", 1)[0]


def _due(view: MonthView) -> str:
    """When the report is due; where that is no working day, with the last one before it."""
    due, last = view.due_report, last_working_day(view.due_report)
    if last == due:
        return _("To be reported by {day}").format(day=show_day(due))
    return _("{day} is no working day; the last one before it is {last}").format(
        day=show_day(due), last=show_day(last)
    )


def _outcomes(view: MonthView) -> str:
    words = (
        (Outcome.OBTAINED, mark("obtained {n}")),
        (Outcome.NOT_FOUND, mark("not found {n}")),
        (Outcome.UNANSWERED, mark("unanswered {n}")),
        (Outcome.EXPIRED, mark("expired {n}")),
        (Outcome.CANCELLED, mark("cancelled {n}")),
    )
    return " " + "  ".join(_(word).format(n=view.outcomes.get(name, 0)) for name, word in words)


def _offline(view: MonthView) -> str:
    words = _("Network down {h} h {m} min, {n} times")
    if view.outages is None:
        words = _("Network down {h} h {m} min")
    text = " " + words.format(h=view.offline_min // 60, m=view.offline_min % 60, n=view.outages)
    if view.late_answers:
        text += "   " + _("late from closed months {n}").format(n=view.late_answers)
    if view.stations:
        text += "   ● " + _("imported: station {n}").format(n=", ".join(view.stations))
    return text


def _receipt(view: MonthView) -> list[str]:
    receipt = view.receipt or {}
    at = datetime.fromisoformat(str(receipt.get("received_at")))
    return [
        "",
        " ● " + _("The ministry's receipt"),
        "   " + _("Number {id}").format(id=clean(receipt.get("id", ""))),
        "   " + _("Received {day} {time}").format(day=show_day(at), time=show_time(at)),
    ]
