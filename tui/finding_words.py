"""Why a finding is shown, in the office's words."""

from __future__ import annotations

from datetime import date

from reader.buddhist_date import show_day
from store.anomalies import WHY
from store.month_values import Finding
from tui.messages import _


def why(finding: Finding) -> str:
    """One sentence with its figures; empty for what the head found without a rule."""
    if finding.rule not in WHY or not finding.facts:
        return ""
    facts = dict(finding.facts)
    if "day" in facts:
        facts["day"] = show_day(date.fromisoformat(str(facts["day"])))
    return _(WHY[finding.rule]).format(**facts)
