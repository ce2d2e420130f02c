"""Why something is a finding, in the office's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from reader.buddhist_date import show_date, show_day
from store.months.anomalies import WHY, Rule
from store.months.values import Finding
from tui.words.cells import clean
from tui.words.translate import _, mark

RULES: dict[str, str] = {
    Rule.OUTSIDE_HOURS: mark("Outside office hours"),
    Rule.NO_IDENTITY: mark("Asked for without a card"),
    Rule.NOT_APPOINTED: mark("A service not assigned to the officer"),
    Rule.COLLEAGUE: mark("Oneself or a colleague looked up"),
    Rule.CLOCK_BACK: mark("The PC's clock was behind"),
    Rule.UNANSWERED: mark("Asked but never answered"),
    Rule.NOT_FOUND_MANY: mark("More not found than usual"),
    Rule.SAME_CITIZEN: mark("The same citizen again and again"),
    Rule.CONSECUTIVE: mark("Consecutive citizens' numbers"),
    Rule.VOLUME: mark("Far more than usual"),
    Rule.REFUSED_PASSPHRASE: mark("Refused passphrases"),
    Rule.GAP: mark("A gap in the ledger"),
    Rule.HEADS_OWN: mark("Found by the head"),
}


def why(
    finding: Finding,
    say: Callable[[str], str] = _,
    day: Callable[[date], str] = show_day,
    number: Callable[[object], str] = str,
) -> str:
    """A sentence with its figures; empty for the head's own finding, which has no rule.

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
    """The explanation, by whom and on which day; `names` are people's names by login."""
    words = clean(finding.explanation) if finding.explanation else _("none yet")
    if finding.explained_by is None or finding.explained_at is None:
        return _("The officer's explanation: {words}").format(words=words)
    name = names.get(finding.explained_by, finding.explained_by)
    # Without the year: it is the month's own, or the next one's beginning.
    day = show_date(datetime.fromisoformat(finding.explained_at)).rpartition(" ")[0]
    return _("Explanation by {name} ({day}): {words}").format(name=name, day=day, words=words)
