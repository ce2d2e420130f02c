"""How the findings of a month are drawn: a row for each, and the explanation of the chosen one."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from reader.buddhist_date import show_date, show_day, show_time
from store.books import Books
from store.months.values import Decision, Finding, MonthView
from store.spans import ledger_of
from store.stations.stations import Stations
from tui.screens.month.finding_questions import finding_title
from tui.words.cells import clean, pad, right, rule, wrap
from tui.words.finding_words import explanation, why
from tui.words.translate import _

SAID_ROWS = 2  # rows for an explanation, which is cut there


def explained_lines(view: MonthView, cursor: int, names: dict[str, str], width: int) -> list[str]:
    """The explanation of the finding under the cursor, cut to a few rows; the head's view shows all of it."""
    chosen = view.findings[cursor] if 0 <= cursor < len(view.findings) else None
    if chosen is None or chosen.explanation is None:
        return []
    rows = [f"    {row}" for row in wrap(explanation(chosen, names), width - 6)]
    if len(rows) > SAID_ROWS:
        rows = [*rows[: SAID_ROWS - 1], rows[SAID_ROWS - 1] + " …"]
    return [pad(row, width) for row in rows]


def unexplained(view: MonthView) -> int:
    """How many findings have neither explanation nor decision."""
    return sum(one.explanation is None and one.decision is None for one in view.findings)


def finding_lines(
    view: MonthView, cursor: int, names: dict[str, str], width: int, rows: int, *, open_: str
) -> list[str]:
    """The findings around the cursor; `open_` is the state of one without explanation and decision."""
    if not view.findings:
        return [" ● " + _("Nothing stands out.")]
    first = max(0, min(cursor - rows // 2, len(view.findings) - rows))
    lines = []
    for n, one in list(enumerate(view.findings))[first : first + rows]:
        sign = "►" if n == cursor else " "
        if one.decision:
            state = "● " + _("accepted") if one.decision == Decision.ACCEPTED else "× " + _("not accepted")
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
    """The rule, with the day of a finding about one day: an officer may have several of these."""
    title, day = finding_title(finding), finding.facts.get("day")
    return title if day is None else f"{title} {show_date(date.fromisoformat(str(day))).rpartition(' ')[0]}"


def _lines(n: int) -> str:
    if n < 2:
        return _("1 line") if n else "–"
    return _("{n} lines").format(n=n)


def detail_lines(finding: Finding, books: Books, names: dict[str, str], width: int) -> list[str]:
    title = finding_title(finding)
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
        word = _("accepted") if finding.decision == Decision.ACCEPTED else _("not accepted")
        reason = f" ({clean(finding.reason)})" if finding.reason else ""
        lines += [
            f" {part}" for part in wrap(_("Your decision: {word}").format(word=word) + reason, width - 2)
        ]
    return lines
