"""How a month is drawn: the figures for officer and controller, the findings for the head."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from rich.cells import cell_len

from reader.buddhist_date import show_date, show_day, show_month, show_time
from store.books import Books
from store.month_trust import Trust
from store.month_values import Finding, MonthHead, MonthView, SentBack
from store.office_hours import last_working_day
from store.permissions import may
from store.stations import Stations
from store.summary import ServiceRow, ledger_of
from tui.cells import clean, pad, right, rule, wrap
from tui.finding_words import RULES, explanation, why
from tui.messages import _, mark

_STEPS = (
    ("officer", mark("Sum up")),
    ("controller", mark("Check")),
    ("head", mark("Approve")),
)
_TO_ICT = mark("Report to ICT")
# The states of a month in which each role's step is done.
_WHAT_FOLLOWS = mark("All accepted: a report to the Supervisor. Any not accepted: a report to ICT.")
_AFTER_HEAD = ("approved", "flagged", "submitted", "acknowledged")
_DONE = {
    "officer": ("summarised", "checked", *_AFTER_HEAD),
    "controller": ("checked", *_AFTER_HEAD),
    "head": _AFTER_HEAD,
}
_TABLE_ROWS = 5
_SAID_ROWS = 2
_NUMBERS = (("visits", 7), ("card", 6), ("linkage", 9), ("gdx", 5), ("copy", 8), ("sighted", 9), ("total", 6))
_TITLES = {
    "visits": mark("Visits"),
    "card": mark("Card"),
    "linkage": mark("Linkage"),
    "gdx": mark("GDx"),
    "copy": mark("Copies"),
    "sighted": mark("Sighted"),
    "total": mark("All"),
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
    """Progress, the table by service, the outcomes, and what the head will ask."""
    lines = [*_top(view, books, width), *_table(view, cursor, services, width)]
    lines += [_outcomes(view), _offline(view)]
    if view.receipt is not None:
        return [*lines, *_receipt(view)]
    if view.state in ("open", "cut_off"):
        lines += [rule(_("Before signing"), width), " " + _readiness(view, books)]
    asked = _("What the head will ask: explain it before")
    asked = asked if may(books.who, "visit") and view.state == "cut_off" else _("What the head will ask")
    room = max(1, height - len(lines) - 1)
    more = f" ({len(view.findings)})" if len(view.findings) > room else ""  # all of them do not fit
    lines.append(rule(asked + more, width))
    said = _explained(view, cursor, names, width) if room > _SAID_ROWS else []
    found = _findings(view, cursor, names, width, room - len(said), open_=mark("not explained yet"))
    return [*lines, *found, *said]


def _explained(view: MonthView, cursor: int, names: dict[str, str], width: int) -> list[str]:
    """What was said about the finding under the cursor, in a few rows; the head reads it whole."""
    chosen = view.findings[cursor] if 0 <= cursor < len(view.findings) else None
    if chosen is None or chosen.explanation is None:
        return []
    rows = [f"    {row}" for row in wrap(explanation(chosen, names), width - 6)]
    if len(rows) > _SAID_ROWS:
        rows = [*rows[: _SAID_ROWS - 1], rows[_SAID_ROWS - 1] + " …"]
    return [pad(row, width) for row in rows]


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
    """Progress, what the month stands on, the findings, and the chosen one with its explanation and decision.

    `trust` is None while it is looked at.
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
    own = view.state == "checked"
    lines += _findings(view, cursor, names, width, 4, open_=mark("not decided yet"))
    if own:
        lines.append(
            ("► " if cursor == len(view.findings) else "  ") + "+ " + _("add what you found yourself")
        )
    if view.receipt is not None:
        return [*lines, *_receipt(view)]
    if cursor < len(view.findings):
        lines += _details(view.findings[cursor], books, names, width)
        if own:
            lines = [*lines[: height - 2], "", " " + _(_WHAT_FOLLOWS)]
    elif not view.findings:
        lines += _table(view, cursor, services, width)
    return lines[:height]


def table_rows(view: MonthView, *, is_head: bool) -> list[ServiceRow]:
    """The services that the table names one by one, those of most uses; none where no table is drawn.

    The cursor goes up into them: -1 is the last of them.
    """
    if is_head and (view.findings or view.receipt is not None):
        return []
    most = sorted(view.rows, key=lambda row: (-row.total, row.service))[:_TABLE_ROWS]
    return sorted(most, key=lambda row: row.service)


def is_signed(view: MonthView) -> bool:
    """Somebody's signature stands under it: from then on a head asks what it stands on."""
    return view.state not in ("open", "cut_off")


_SIGNERS = {"officer": mark("summary"), "controller": mark("check"), "head": mark("decision")}


def trust_words(trust: Trust | None) -> str:
    """What the month stands on, in one line where nothing is wrong; what is wrong stands first."""
    if trust is None:
        return "… " + _("The books of all PCs and the signatures are being checked.")
    parts = []
    if trust.broken:
        parts.append("× " + _("Books not as they were written: PC {n}").format(n=", ".join(trust.broken)))
    if not trust.agrees:
        parts.append("× " + _("The signed figures are not those of the books"))
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


def unexplained(view: MonthView) -> int:
    """How many findings nobody has said anything about yet."""
    return sum(one.explanation is None and one.decision is None for one in view.findings)


def _readiness(view: MonthView, books: Books) -> str:
    """What is still open on this PC and what the other PCs of the office still owe, in one line."""
    # What began after the month was over counts in another one.
    visits = sum(one.opened_at[:7] <= view.month for one in books.visits.unfinished())
    waiting = sum(one.kind == "lookup" and one.made_at[:7] <= view.month for one in books.queue.list())
    # Of the other PCs this one knows no open visits: it says whose these are.
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
    elif view.missing and view.state in ("open", "cut_off"):
        lines.append(" ! " + _("Still to be imported: station {n}").format(n=", ".join(view.missing)))
    elif view.state == "cut_off" and view.returned and view.sent_back is None:
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
    """To whom an acknowledged report went, and when the ministry had it."""
    at = datetime.fromisoformat(str((view.receipt or {}).get("received_at")))
    words = _("Delivered to ICT. Receipt of {day}, {time}.")
    if not view.goes_to_ict:
        words = _("Delivered to the Supervisor. Receipt of {day}, {time}.")
    return words.format(day=show_day(at), time=show_time(at))


def _spaced(parts: list[str]) -> tuple[str, str]:
    return "  ".join(parts), " ".join(parts)


def _progress(view: MonthView, books: Books, days: int) -> list[str]:
    """The steps, for one line. `days` 2: each with its day; 1: only what is to come; 0: names alone."""
    short = {one.login: clean(one.short_name()) for one in books.people.all()}
    parts = [("●" if view.state != "open" else "○") + " " + _("Cut off")]
    current = True
    for role, usual in _STEPS:
        words = _TO_ICT if role == "head" and view.goes_to_ict else usual
        signed = next((one for one in view.signatures if one.role == role and not one.withdrawn), None)
        if signed is not None and view.state in _DONE[role]:
            at = datetime.fromisoformat(signed.at)
            day = f" {_day(at)}" if days == 2 else ""
            parts.append(f"● {_(words)} {short.get(signed.login, signed.login)}{day}")
            continue
        sign = "►" if current and view.next_role == role else "○"
        current = False
        due = view.due_report if role == "head" else view.due_check
        parts.append(f"{sign} {_(words)}" + (" " + _("by {day}").format(day=_day(due)) if days else ""))
    sent = "●" if view.state == "acknowledged" else "…" if view.state == "submitted" else "○"
    return [*parts, f"{sent} {_('Send')}"]


def _day(day: date | datetime) -> str:
    return show_date(day).rsplit(" ", 1)[0]


def _due(view: MonthView) -> str:
    """The last working day before the report is due, where the date itself is none."""
    due, last = view.due_report, last_working_day(view.due_report)
    if last == due:
        return _("To be reported by {day}").format(day=show_day(due))
    return _("{day} is no working day; the last one before it is {last}").format(
        day=show_day(due), last=show_day(last)
    )


def _table(view: MonthView, cursor: int, services: dict[str, str], width: int) -> list[str]:
    """The line above is free for the whole name of the service under the cursor, which its row may cut."""
    name = width - sum(cells for _n, cells in _NUMBERS) - 2
    shown = table_rows(view, is_head=False)
    head = "".join(right(_(_TITLES[field]), cells) for field, cells in _NUMBERS)
    whole, lines = "", [" " + pad(_("Service"), name) + head]
    for n, row in enumerate(shown, -len(shown)):
        words = f"{row.service[1:]} {services.get(row.service, '')}"
        whole = words if n == cursor else whole
        lines.append(("►" if n == cursor else " ") + pad(words, name) + _figures([row]))
    rest = [row for row in view.rows if row not in shown]
    if rest:
        lines.append(" " + pad(_("{n} other services").format(n=len(rest)), name) + _figures(rest))
    lines.append(" " + pad(_("All"), name) + _figures(view.rows))
    return [*(f" {part}" for part in wrap(whole, width - 2)), *lines]


def _figures(rows: Sequence[ServiceRow]) -> str:
    return "".join(right(f"{sum(getattr(row, field) for row in rows):,}", cells) for field, cells in _NUMBERS)


def _outcomes(view: MonthView) -> str:
    words = (
        ("obtained", mark("obtained {n}")),
        ("not_found", mark("not found {n}")),
        ("unanswered", mark("unanswered {n}")),
        ("expired", mark("expired {n}")),
        ("cancelled", mark("cancelled {n}")),
    )
    return " " + "  ".join(_(word).format(n=view.outcomes.get(name, 0)) for name, word in words)


def _offline(view: MonthView) -> str:
    text = " " + _("Network down {h} h {m} min, {n} times").format(
        h=view.offline_min // 60, m=view.offline_min % 60, n=view.outages
    )
    if view.late_answers:
        text += "   " + _("late from closed months {n}").format(n=view.late_answers)
    if view.stations:
        text += "   ● " + _("imported: station {n}").format(n=", ".join(view.stations))
    return text


def _findings(
    view: MonthView, cursor: int, names: dict[str, str], width: int, rows: int, *, open_: str
) -> list[str]:
    """The findings around the cursor; `open_` says what one still lacks."""
    if not view.findings:
        return [" ● " + _("Nothing stands out.")]
    first = max(0, min(cursor - rows // 2, len(view.findings) - rows))
    lines = []
    for n, one in list(enumerate(view.findings))[first : first + rows]:
        sign = "►" if n == cursor else " "
        if one.decision:
            state = "● " + _("accepted") if one.decision == "accepted" else "× " + _("not accepted")
        else:
            state = _("explained") if one.explanation else _(open_)
        about = names.get(one.about, _("the whole unit"))
        cells = (
            pad(_title(one), 28),
            right(_lines(len(one.lines)), 9),
            pad(" " + about, 18),
            state,
        )
        lines.append(f"{sign} {'●' if one.decision else '!'} " + " ".join(cells))
    return [pad(line, width) for line in lines]


def _title(finding: Finding) -> str:
    """The rule, and the day where it is of one: an officer may have several such days."""
    title, day = _(RULES.get(finding.rule, finding.rule)), finding.facts.get("day")
    return title if day is None else f"{title} {show_date(date.fromisoformat(str(day))).rpartition(' ')[0]}"


def _lines(n: int) -> str:
    if n < 2:
        return _("1 line") if n else "–"
    return _("{n} lines").format(n=n)


def _details(finding: Finding, books: Books, names: dict[str, str], width: int) -> list[str]:
    title = _(RULES.get(finding.rule, finding.rule))
    if finding.station is not None:
        number, epoch = ledger_of(finding.station)
        whose = _("station {n}") if epoch == 1 else _("station {n}, since it was restored")
        title += " · " + whose.format(n=number)
    lines = [rule(title, width)]
    lines += [f" {part}" for part in wrap(why(finding), width - 2) if part]
    if finding.lines:
        line_of = books.ledger.line
        if finding.station is not None:
            line_of = partial(Stations(books).line, finding.station)
        first, last = line_of(finding.lines[0]), line_of(finding.lines[-1])
        begin, end = datetime.fromisoformat(first.at), datetime.fromisoformat(last.at)
        span = f"{show_day(begin)} {show_time(begin)}"
        if f"{end:%Y%m%d%H%M}" != f"{begin:%Y%m%d%H%M}":
            span += (
                f" – {show_day(end)} {show_time(end)}" if begin.date() != end.date() else f"–{show_time(end)}"
            )
        visits = sorted({line_of(seq).visit or "" for seq in finding.lines[:50]} - {""})
        lines.append(" " + _("{when}, {n} uses").format(when=span, n=len(finding.lines)))
        if visits:
            shown = ", ".join(visits[:3]) + (" …" if len(visits) > 3 else "")
            lines.append(" " + _("Visits {ids}").format(ids=shown))
    lines.append("")
    lines += [f" {part}" for part in wrap(explanation(finding, names), width - 2)]
    if finding.decision:
        word = _("accepted") if finding.decision == "accepted" else _("not accepted")
        reason = f" ({clean(finding.reason)})" if finding.reason else ""
        lines += [
            f" {part}" for part in wrap(_("Your decision: {word}").format(word=word) + reason, width - 2)
        ]
    return lines


def _receipt(view: MonthView) -> list[str]:
    receipt = view.receipt or {}
    at = datetime.fromisoformat(str(receipt.get("received_at")))
    return [
        "",
        " ● " + _("The ministry's receipt"),
        "   " + _("Number {id}").format(id=clean(receipt.get("id", ""))),
        "   " + _("Received {day} {time}").format(day=show_day(at), time=show_time(at)),
    ]
