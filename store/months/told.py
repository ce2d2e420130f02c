"""What the ledger's administrative lines say of a month: cut-offs, steps, explanations, decisions, restores.

Tables are copies for the screen. What is signed is derived from these lines, read out of the bodies of all
lines after the ledger was verified: whoever has the database key can edit every table and index, and no line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from store.formats.canonical import canonical, sha256_hex
from store.formats.line import LineKind, month_after, sql_words
from store.proof.epoch import Epoch
from store.spans import MonthSpan, MonthState

if TYPE_CHECKING:
    from store.base.database import Tables

EXPLAINED, OWN = "explained", "own"
"""What a `month` line about findings says, beside the two decisions of the head (Decision)."""
_KINDS = (
    *(LineKind.CUT_OFF, LineKind.RESTORE, LineKind.MONTH, LineKind.RECEIPT, LineKind.KEYS),
    LineKind.PURGED,
)
_COLUMNS = (
    "SELECT ledger.seq, body, (SELECT value FROM sealed WHERE sealed.seq = ledger.seq AND field = 'basis')"
)


class Told(NamedTuple):
    """One line; `basis` is the sealed text that belongs to it, None where there is none or it was purged."""

    seq: int
    kind: str
    at: str
    month: str
    officer: str | None
    facts: dict[str, Any]
    basis: str | None

    def __repr__(self) -> str:
        return f"Told({self.seq}, {self.kind})"  # a text must not reach a log


@dataclass
class SaidOfFindings:
    """What people said about the findings of one revision of a month.

    `explained` is {key of a finding: (text, login, stamp)}, `decided` {key: (decision, reason)}, `own` the
    texts of the head's own findings.
    """

    explained: dict[str, tuple[str | None, str | None, str]] = field(default_factory=dict)
    decided: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    own: list[str | None] = field(default_factory=list)


class Signed(NamedTuple):
    """A step that somebody signed, by its `month` line; `back` is the reason for which it was withdrawn."""

    says: str
    login: str | None
    payload: str
    back: str | None


class ToldLines:
    """The administrative lines of one ledger, in their order."""

    def __init__(self, lines: Sequence[Told]) -> None:
        self.lines = lines

    @property
    def first(self) -> dict[str, Any]:
        """The facts of line 0: unit, station, origin, epoch, station_key."""
        return self.lines[0].facts if self.lines and self.lines[0].seq == 0 else {}

    def span(self, month: str) -> MonthSpan | None:
        """The lines of a month by its cut-off line; None where it is not cut off."""
        for one in self._of(LineKind.CUT_OFF):
            if one.month == month:
                return MonthSpan(int(one.facts["first"]), one.seq, is_cut=True)
        return None

    def cut_before(self, month: str) -> list[str]:
        """The months that were cut off before that one, the newest first."""
        return sorted((one.month for one in self._of(LineKind.CUT_OFF) if one.month < month), reverse=True)

    def epochs(self) -> tuple[Epoch, ...]:
        """All epochs of the ledger, the oldest first."""
        begins = [one for one in self.lines if one.seq == 0 or one.kind == LineKind.RESTORE]
        named = [(one.facts.get("origin"), one.seq) for one in begins]
        return tuple(Epoch(str(origin), seq) for origin, seq in named if origin is not None)

    def lost(self, span: MonthSpan) -> int:
        """The lines that the `restore` lines of a month say to be lost."""
        restores = [one for one in self._of(LineKind.RESTORE) if span.first <= one.seq <= span.last]
        return sum(int(one.facts.get("lost") or 0) for one in restores)

    def state(self, month: str, before: int | None = None) -> str:
        """The state of a month's newest revision, by the last line (below line `before`) about it."""
        state: str = MonthState.CUT_OFF
        for one in self._steps(month):
            if before is None or one.seq < before:
                state = str(one.facts["state"])
        return MonthState.CUT_OFF if state == MonthState.RETURNED else state

    def revision(self, month: str) -> tuple[int, str | None]:
        """(number of a month's newest revision, why the ministry returned the one before)."""
        back = [one for one in self._steps(month) if one.facts["state"] == MonthState.RETURNED]
        return len(back) + 1, back[-1].facts.get("reason") if back else None

    def signed(self, month: str, revision: int) -> list[Signed]:
        """The signatures under a revision that its lines tell of, also those that were withdrawn."""
        found: list[Signed] = []
        for one in self._steps(month):
            facts = one.facts
            if facts["revision"] != revision:
                continue
            if facts["state"] == MonthState.CUT_OFF:
                why = str(facts.get("reason"))
                found = [each if each.back is not None else each._replace(back=why) for each in found]
            elif "payload" in facts:
                found.append(Signed(str(facts["state"]), one.officer, str(facts["payload"]), None))
        return found

    def said(self, month: str, revision: int) -> SaidOfFindings:
        """What people said about its findings: explanations of any revision, decisions since it came back."""
        said = SaidOfFindings()
        for one in self._of(LineKind.MONTH):
            facts = one.facts
            if facts.get("month") != month:
                continue
            what, keys = facts.get("says"), facts.get("findings") or []
            if what == EXPLAINED:
                said.explained |= {key: (one.basis, one.officer, one.at) for key in keys}
            elif facts["revision"] != revision:
                continue
            elif facts.get("state") == MonthState.CUT_OFF:
                said.decided, said.own = {}, []
            elif what == OWN:
                said.own.append(one.basis)
            elif what is not None:
                said.decided |= {key: (str(what), one.basis) for key in keys}
        return said

    def first_unsigned(self, before: int) -> str:
        """The oldest month that nobody had signed when line `before` was written."""
        month, now = self.lines[0].month, self.lines[0].month
        for one in self.lines:
            if one.seq <= before:
                now = one.month
        while month < now and self.state(month, before) != MonthState.CUT_OFF:
            month = month_after(month)
        return month

    def of_stations(self) -> list[Told]:
        """The lines about the office's other PCs: whom the head trusts, and what was brought."""
        about = (LineKind.KEYS, LineKind.RECEIPT)
        return [one for one in self.lines if one.kind in about and "station" in one.facts and one.seq > 0]

    def keys(self) -> dict[str, tuple[str, str]]:
        """{kid: (login, public key)} of all signing keys that a `keys` line names."""
        named = [one.facts for one in self._of(LineKind.KEYS) if "kid" in one.facts]
        return {str(facts["kid"]): (str(facts["login"]), str(facts["key"])) for facts in named}

    def _of(self, kind: str) -> list[Told]:
        return [one for one in self.lines if one.kind == kind]

    def _steps(self, month: str) -> list[Told]:
        return [
            one
            for one in self._of(LineKind.MONTH)
            if one.facts.get("month") == month and "state" in one.facts
        ]


def told_anew(db: Tables) -> ToldLines:
    """Read from the bodies of all lines, which the caller has verified in the same transaction."""
    only = f"body ->> '$.kind' IN ({sql_words(_KINDS)})"
    return _read(db.execute(f"{_COLUMNS} FROM ledger NOT INDEXED WHERE {only} ORDER BY ledger.seq"))


def told_of_month(db: Tables, month: str) -> ToldLines:
    """The `month` lines since that month, by the index: for what is shown, never for what is signed."""
    where = "month >= ? AND kind = 'month'"
    return _read(db.execute(f"{_COLUMNS} FROM ledger WHERE {where} ORDER BY +ledger.seq", [month]))


def _read(rows: Iterable[tuple[int, str, str | None]]) -> ToldLines:
    found = []
    for seq, text, basis in rows:
        body = json.loads(text)
        facts = body.get("facts") or {}
        found.append(Told(seq, body["kind"], body["at"], body["month"], body["officer"], facts, basis))
    return ToldLines(found)


def finding_key(rule: str, about: str, station: str | None, lines: Sequence[int]) -> str:
    """What a `month` line calls a finding: SHA-256 (hex) of its rule, whom it is about, and its lines."""
    return sha256_hex(canonical({"rule": rule, "about": about, "station": station, "lines": list(lines)}))
