"""Why a finding is shown, in the office's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from reader.buddhist_date import show_date, show_day
from store.months.anomalies import WHY
from store.months.values import Finding
from tui.words.cells import clean
from tui.words.translate import _, mark

RULES = {
    "outside_hours": mark("Outside office hours"),
    "no_identity": mark("Asked for without a card"),
    "not_appointed": mark("A service not assigned to the officer"),
    "colleague": mark("Oneself or a colleague looked up"),
    "clock_back": mark("The PC's clock was behind"),
    "unanswered": mark("Asked but never answered"),
    "not_found_many": mark("More not found than usual"),
    "same_citizen": mark("The same citizen again and again"),
    "consecutive": mark("Consecutive citizens' numbers"),
    "volume": mark("Far more than usual"),
    "refused_passphrase": mark("Refused passphrases"),
    "gap": mark("A gap in the ledger"),
    "head": mark("Found by the head"),
}


def why(
    finding: Finding,
    say: Callable[[str], str] = _,
    day: Callable[[date], str] = show_day,
    number: Callable[[object], str] = str,
) -> str:
    """One sentence with its figures; empty for what the head found without a rule.

    `say`, `day`, `number`: how words, days and figures are written.
    """
    if finding.rule not in WHY or not finding.facts:
        return ""
    facts = {
        name: day(date.fromisoformat(str(fact)))
        if name == "day"
        else fact
        if name in ("service", "person")
        else number(fact)
        for name, fact in finding.facts.items()
    }
    return say(WHY[finding.rule]).format(**facts)


def explanation(finding: Finding, names: Mapping[str, str]) -> str:
    """What was said about it, by whom and on which day; `names` are the people's, by log-in."""
    words = clean(finding.explanation) if finding.explanation else _("none yet")
    if finding.explained_by is None or finding.explained_at is None:
        return _("The officer's explanation: {words}").format(words=words)
    name = names.get(finding.explained_by, finding.explained_by)
    # The year is the month's own, or the next one's beginning.
    day = show_date(datetime.fromisoformat(finding.explained_at)).rpartition(" ")[0]
    return _("Explanation by {name} ({day}): {words}").format(name=name, day=day, words=words)
