"""A line of the ledger in the office's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from reader import citizen_id
from reader.buddhist_date import show_date, show_month_short, show_time
from reader.card import CARD_EXPIRED, WRONG_NUMBER
from store.counter.back_entry import BACK_ENTRY
from store.counter.mobile_day import MOBILE_DAY
from store.counter.reasons import Reason
from store.formats.line import ClockWord, LineKind, Outcome
from store.ledger.ledger import Line
from store.search.search import ALL_KINDS
from store.settings.catalogue import Document
from tui.words.cells import clean, pad, right
from tui.words.month_words import MONTHS
from tui.words.paper_words import PAPERS
from tui.words.translate import _, mark
from tui.words.visit_words import CHANNEL_NAMES

OUTCOMES: dict[str, str] = {
    Outcome.OBTAINED: mark("obtained"),
    Outcome.ASKED: mark("asked"),
    Outcome.UNANSWERED: mark("unanswered"),
    Outcome.NOT_FOUND: mark("not found"),
    Outcome.REFUSED: mark("refused"),
    Outcome.CANCELLED: mark("cancelled"),
    Outcome.EXPIRED: mark("expired"),
    Outcome.NOT_NEEDED: mark("not used"),
    Outcome.CORRECTED: mark("corrected"),
}
KINDS: dict[str, str] = {
    LineKind.USE: mark("use"),
    LineKind.ATTEMPT: mark("sent"),
    LineKind.ANSWER: mark("answer"),
    LineKind.CORRECTION: mark("correction"),
    LineKind.EXPIRED: mark("expired"),
    LineKind.LOGIN: mark("logged in"),
    LineKind.PEOPLE: mark("people"),
    LineKind.KEYS: mark("keys"),
    LineKind.CATALOGUE: mark("catalogue"),
    LineKind.SETTINGS: mark("settings"),
    LineKind.CLOCK: mark("clock"),
    LineKind.OUTAGE: mark("network down"),
    LineKind.QUARANTINE: mark("refused for good"),
    LineKind.EXPORT: mark("export"),
    LineKind.PAPER: mark("paper"),
    LineKind.PURGED: mark("data erased"),
    LineKind.CUT_OFF: mark("month cut off"),
    LineKind.MONTH: mark("month's work"),
    LineKind.BACKUP: mark("backup"),
    LineKind.RESTORE: mark("restore"),
    LineKind.RECEIPT: mark("receipt"),
}
ALL = mark("everything")
"""The search word for lines of every kind; without it the list shows uses alone."""
ERASED = mark("(erased)")
"""Shown in place of a number that was erased because its years were over."""
_MARKS = {
    CARD_EXPIRED: mark("the card had expired"),
    WRONG_NUMBER: mark("wrong number on the chip"),
    BACK_ENTRY: mark("written down afterwards"),
    MOBILE_DAY: mark("on a mobile service day"),
}
_WHAT: dict[tuple[str, str], str] = {
    (LineKind.EXPORT, "search"): mark("search by number"),
    (LineKind.EXPORT, "answer"): mark("another officer's answer looked at"),
    **{(LineKind.PAPER, paper.what): paper.called for paper in PAPERS},
}
HEAD = (7, 13, 17, 3, 13, 9)


def search_words() -> dict[str, tuple[str, str]]:
    """What may be typed for a kind, a channel or an outcome, in the language in use."""
    words: dict[str, tuple[str, str]] = {_(shown): ("kind", value) for value, shown in KINDS.items()}
    words[_(ALL)] = ("kind", ALL_KINDS)
    words |= {_(shown): ("channel", value) for value, shown in CHANNEL_NAMES.items()}
    written = {value: shown for value, shown in OUTCOMES.items() if value != Outcome.UNANSWERED}
    return words | {_(shown): ("outcome", value) for value, shown in written.items()}


def heading() -> str:
    """The titles of the columns."""
    titles = (_("Line"), _("Date, time"), _("Citizen"), _("Svc"), _("Document"), _("Channel"))
    return (
        " "
        + " ".join(pad(title, width) for title, width in zip(titles, HEAD, strict=True))
        + " "
        + _("Outcome")
    )


def masked(subject: str | None) -> str:
    """A citizen's number with all but its middle hidden, or a dash."""
    return citizen_id.covered(subject) if subject else "–"


def kind_word(line: Line, say: Callable[[str], str] = _) -> str:
    """What the line is; `say` puts it into words."""
    return say(_WHAT.get((line.kind, str(line.facts.get("what"))), KINDS[line.kind]))


def line_row(line: Line, documents: dict[str, Document], width: int) -> str:
    """One row of the list, without the cursor's sign."""
    at = datetime.fromisoformat(line.at)
    day = show_date(at).rsplit(" ", 1)[0]
    document = documents.get(line.document or "")
    what = clean(document.short) if document else kind_word(line)
    channel = _(CHANNEL_NAMES[line.channel]) if line.channel in CHANNEL_NAMES else "–"
    cells = (
        right(_number(line.seq), HEAD[0]),
        right(f"{day} {show_time(at)}", HEAD[1]),
        pad(masked(line.subject or line.whom), HEAD[2]),
        pad((line.service or "–").removeprefix("S"), HEAD[3]),
        pad(what, HEAD[4]),
        pad(channel, HEAD[5]),
        outcome(line),
    )
    return pad(" ".join(cells), width)


def line_words(line: Line, documents: dict[str, Document]) -> str:
    """A row of the command line's list: as the screen's, with the year, the person and the visit."""
    at = datetime.fromisoformat(line.at)
    document = documents.get(line.document or "")
    parts = (
        str(line.seq),
        f"{show_date(at)} {show_time(at)}",
        kind_word(line),
        line.officer,
        line.visit,
        document.short if document else line.document,
        _(CHANNEL_NAMES[line.channel]) if line.channel in CHANNEL_NAMES else None,
        outcome(line) if line.stands else None,
        masked(line.subject or line.whom) if line.subject or line.whom else None,
    )
    return "  ".join(clean(part) for part in parts if part)


def _number(seq: int) -> str:
    """The line's number; from a million on without commas, because it must never be cut."""
    return f"{seq:,}" if len(f"{seq:,}") <= HEAD[0] else str(seq)


def outcome(line: Line) -> str:
    """A use's outcome as of now, in a word; for a line without an outcome, its kind."""
    if line.stands:
        return _(OUTCOMES[line.stands]) if line.stands in OUTCOMES else clean(line.stands)
    # A line about a document needs the word; any other line has its kind in the document's column.
    return kind_word(line) if line.document else "–"


def follower_row(line: Line, reason: str | None = None) -> str:
    """A line that belongs to an earlier one, as drawn below it: number, time, kind, outcome, reason."""
    at = datetime.fromisoformat(line.at)
    channel = (
        f"  {_(CHANNEL_NAMES[line.channel])}"
        if line.kind == LineKind.USE and line.channel in CHANNEL_NAMES
        else ""
    )
    what = f"{kind_word(line)}{channel}"
    if line.error == Reason.WRONG_SERVICE and line.service:
        what += f" {_('Svc')} {line.service[1:]}"
    if line.outcome:
        what += f": {outcome(line)}"
    if reason:
        what += f": {clean(reason)}"
    when = f"{show_date(at).rsplit(' ', 1)[0]} {show_time(at)}"
    return _("followed by line {n}").format(n=f"{line.seq:,}") + f"  {when}  {what}"


def line_details(line: Line, service_name: str, officer_name: str) -> list[str]:
    """The details of the chosen line, without the lines that belong to it."""
    parts = [f"{_('Visit')} {line.visit}"] if line.visit else []
    if line.service:
        parts.append(f"{_('Service')} {line.service[1:]} {service_name}")
    lines = ["  ".join(parts)] if parts else []
    who = [f"{_('By')} {officer_name}"] if officer_name else []
    who.append(_("PC {station}").format(station=line.station))
    if line.card_seen_at:
        who.append(_("card read {time}").format(time=show_time(datetime.fromisoformat(line.card_seen_at))))
    if line.ms is not None:
        who.append(_("took {s} s").format(s=f"{line.ms / 1000:.1f}"))
    lines.append("  ".join(who))
    parts = [kind_word(line)]
    if line.outcome:
        parts.append(outcome(line))
    parts += marks(line)
    if line.about is not None:
        parts.append(_("about line {n}").format(n=f"{line.about:,}"))
    if line.clock != ClockWord.OK:
        parts.append(_("the PC's clock was in doubt"))
    parts += [_fact(name, value) for name, value in line.facts.items() if name in _SHOWN_FACTS and value != 0]
    lines.append("  ".join(parts))
    return lines


# Of an administrative line only what an officer understands; keys and hashes are left to --json.
_SHOWN_FACTS = {
    "state": mark("step"),
    "name": mark("name"),
    "names": mark("name"),
    "words": mark("where"),
    "month": mark("month"),
    "login": mark("of"),
    "from": mark("from"),
    "until": mark("until"),
    "cause": mark("cause"),
    "action": mark("what"),
    "count": mark("refused passphrases"),
    "tries": mark("refused passphrases before"),
}
_LOST = {"lost": mark("their count is missing or was changed")}
_NAMES = {MOBILE_DAY: mark("Mobile service day")}


def marks(line: Line, say: Callable[[str], str] = _) -> list[str]:
    """The marks of a use, in words: about the card that it relied on, or that it is a back entry.

    `say` puts them into words.
    """
    found = (line.error or "").split(",") if line.kind == LineKind.USE else []
    return [say(_MARKS[one]) for one in found if one in _MARKS]


def _fact(name: str, value: object) -> str:
    """A fact of an administrative line in the office's words; a message id is translated."""
    shown = ", ".join(clean(one) for one in value) if isinstance(value, list) else clean(value)
    if name == "state":
        shown = _(MONTHS[shown].step) if shown in MONTHS else shown
    elif name == "name":
        shown = _(_NAMES.get(shown, shown))
    elif name == "month":
        shown = show_month_short(shown)
    elif name == "tries":
        shown = _(_LOST.get(shown, shown))
    else:
        shown = _(shown)
    return f"{_(_SHOWN_FACTS[name])} {shown}"
