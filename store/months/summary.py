"""Counts a month's lines in one pass.

Each use is counted once, in the month of its own line, with the last outcome that this month's lines give,
and for the service that the last line about it names, because the first service may have been wrong. An
answer, an expiry or a correction after the cut-off does not change that month, which may be signed already;
it counts as `late` in the month in which it was written. A visit counts in the month of its first line, for
its last service.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from store.formats.line import OUTCOME_KINDS, ClockWord, LineKind, Outcome, sql_words
from store.formats.report import MarkedLine
from store.months.anomalies import Seen, is_looked_at
from store.settings.catalogue import Channel
from store.spans import Span, ledger_of

if TYPE_CHECKING:
    from store.base.database import Database, Tables

_WORDS = frozenset(OUTCOME_KINDS)
"""The kinds of line that give the outcome of a use."""

Key = tuple[str | None, ...]
"""(officer, service, document, channel, outcome)"""


@dataclass(frozen=True)
class ServiceRow:
    """One row of the month's table; `uses` is {channel: number}, of any outcome, and has every channel.

    `visits` is None in a month that is signed: what is signed has only the sum of all services.
    """

    service: str
    visits: int | None
    uses: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.uses.values())


@dataclass(frozen=True)
class Counts:
    """`use` is [[officer, service, document, channel, outcome, n], ...] as it goes into the report.

    `late` has the same form, for uses of months that were closed already. `spared` is the number of
    documents that citizens did not have to hand in as a copy, because they were obtained. `offline_min` are
    the whole minutes, and `outages` the number, of the outages of the network that ended in these lines.
    """

    use: list[list[Any]]
    late: list[list[Any]]
    rows: tuple[ServiceRow, ...]
    offline_min: int = 0
    outages: int = 0

    @property
    def outcomes(self) -> dict[str, int]:
        """{outcome: number of uses}."""
        found: Counter[str] = Counter()
        for row in self.use:
            found[row[4]] += row[5]
        return dict(found)

    @property
    def visits(self) -> int:
        return sum(row.visits or 0 for row in self.rows)

    @property
    def spared(self) -> int:
        """Includes uses of earlier months that were obtained in this one: no month counted them before."""
        return sum(row[5] for row in [*self.use, *self.late] if row[4] == Outcome.OBTAINED)

    @property
    def unanswered(self) -> int:
        return self.outcomes.get(Outcome.UNANSWERED, 0)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)


@dataclass(frozen=True)
class Month:
    """The lines of a span as the rules see them.

    `others` are the lines besides uses that a rule looks at: lines written after the clock went back, refused
    passphrases, restores, and lines after a gap in the numbers.
    """

    uses: list[Seen]
    others: list[Seen]


def count(database: Database, span: Span, *, anew: bool = False) -> Counts:
    """The counts of a span's lines. `anew`: read from the lines' bodies alone, not by any index; slower."""
    counting, outages = _Counting(), list[timedelta]()
    names, own = (*_COUNTED, "facts.from", "facts.until"), len(_COUNTED)
    for fields in _fields(database, span, names, _ONLY_COUNTED):
        if fields[_KIND] == LineKind.OUTAGE:
            begin, end = (datetime.fromisoformat(one) for one in fields[own:])
            outages.append(end - begin)
        else:
            counting.step(fields[:own])
    counts = counting.end(database, span, anew=anew)
    seconds = int(sum(outages, timedelta()).total_seconds())
    return replace(counts, offline_min=seconds // 60, outages=len(outages))


def uses_by_officer(database: Database, span: Span) -> Counter[str | None]:
    """{login: number of uses} in a span's lines."""
    only = f"AND body ->> '$.kind' = '{LineKind.USE}'"
    return Counter(officer for (officer,) in _fields(database, span, ("officer",), only))


def read(database: Database, span: Span) -> Month:
    """The lines of a span, with the citizens' numbers where these are not erased."""
    reading = _Reading(_at_before(database, span))
    for fields in _fields(database, span, _SEEN):
        reading.step(fields)
    with database.reading() as db:
        sql = f"SELECT seq, value FROM {span.sealed} WHERE {span.where} AND field = 'subject'"  # noqa: S608
        numbers = dict(db.execute(sql, span.params).fetchall())
        others = [one._replace(refused=_refused(db, span, one)) for one in reading.others]
    return Month(reading.seen(numbers), others)


def added(several: Sequence[Counts]) -> Counts:
    """The sum of the counts of several PCs, which have no visit and no use in common."""
    use: Counter[Key] = Counter()
    late: Counter[Key] = Counter()
    visits: Counter[str] = Counter()
    for one in several:
        use.update({tuple(row[:5]): row[5] for row in one.use})
        late.update({tuple(row[:5]): row[5] for row in one.late})
        visits.update({row.service: row.visits or 0 for row in one.rows})
    return replace(
        _counts(use, late, visits),
        offline_min=sum(one.offline_min for one in several),
        outages=sum(one.outages for one in several),
    )


def marked_lines(database: Database, span: Span, wanted: Iterable[int]) -> list[MarkedLine]:
    """The `wanted` lines of a span as they go to the ministry; marked() later replaces numbers by letters."""
    month, chosen = read(database, span), set(wanted)
    lines = {one.seq: one for one in [*month.others, *month.uses] if one.seq in chosen}
    return [
        MarkedLine(station=span.station, **{name: getattr(lines[seq], name) for name in _MARKED})
        for seq in sorted(lines)
    ]


_MARKED = (
    *("seq", "at", "officer", "service", "document", "channel"),
    *("identity", "outcome", "subject"),
)


_SEEN = Seen._fields[: Seen._fields.index("subject")]
_COUNTED = _SEEN[: _SEEN.index("about") + 1]
_ONLY_COUNTED = f"AND body ->> '$.kind' IN ({sql_words((LineKind.USE, *OUTCOME_KINDS, LineKind.OUTAGE))})"
_SERVICE, _OUTCOME, _SEQ, _KIND, _AT, _CLOCK = (
    _SEEN.index(name) for name in ("service", "outcome", "seq", "kind", "at", "clock")
)
# A correction with one of these outcomes changes the use's service, and repeats its present outcome.
_REPEATED = (Outcome.ASKED, Outcome.OBTAINED, Outcome.NOT_FOUND, Outcome.REFUSED, Outcome.EXPIRED)


def _fields(
    database: Database, span: Span, names: Sequence[str], only: str = ""
) -> Iterator[tuple[Any, ...]]:
    """The values of these fields of each line's body, in the order of the lines."""
    columns = ", ".join(f"body ->> '$.{name}'" for name in names)
    sql = f"SELECT {columns} FROM {span.lines} NOT INDEXED WHERE {span.where} {only} ORDER BY seq"  # noqa: S608
    with database.reading() as db:
        yield from db.execute(sql, span.params)


class _Counting:
    """Counts lines one by one. step() must stay cheap: it runs up to a hundred thousand times a month."""

    def __init__(self) -> None:
        self.words: dict[int, Key] = {}
        self._use: Counter[Key] = Counter()
        self._of: dict[int, Key] = {}
        self._same: dict[Key, Key] = {}
        self._visits: defaultdict[str | None, set[str]] = defaultdict(set)
        self._rightly: dict[str, str] = {}  # the service that a correction names for a visit
        self.chosen: dict[int, tuple[str | None, str | None]] = {}  # of a use its new service, and by whom

    def step(self, fields: tuple[Any, ...]) -> None:
        officer, service, document, channel, outcome, seq, kind, visit, about = fields
        key: Key = (officer, service, document, channel, outcome)
        if kind == LineKind.USE:
            key = self._of[seq] = self._same.setdefault(key, key)
            self._use[key] += 1
            self._visits[service].add(visit)
        elif about is not None and kind in _WORDS:
            if kind == LineKind.CORRECTION:
                if outcome is None or (outcome in _REPEATED and self._is_late(about)):
                    key = (officer, service, document, channel, Outcome.CORRECTED)
                if visit is not None and service is not None:
                    self._rightly[visit] = service
                asked = self._of.get(about)
                if asked is not None and self.chosen.get(about, (asked[_SERVICE], None))[0] != service:
                    self.chosen[about] = service, officer
            if key[_OUTCOME] is not None:
                self.words[about] = key

    def _is_late(self, about: int) -> bool:
        """Whether the use is in a closed month, and no line of this month gave it an outcome before."""
        word = self.words.get(about)
        return about not in self._of and (word is None or word[_OUTCOME] == Outcome.CORRECTED)

    def end(self, database: Database, span: Span, *, anew: bool) -> Counts:
        late: Counter[Key] = Counter()
        for about, word in self.words.items():
            asked = self._of.get(about)
            if asked is None:
                late[word] += about < span.first
            else:
                self._use[asked] -= 1
                self._use[(*_for_service(asked, word), word[_OUTCOME])] += 1
        use: Counter[Key] = Counter()
        for key, n in self._use.items():
            if n:
                use[(*key[:_OUTCOME], judged(key[_OUTCOME]))] += n
        everyone = set().union(*self._visits.values())
        for visit, service in self._rightly.items():
            if visit in everyone:
                for ids in self._visits.values():
                    ids.discard(visit)
                self._visits[service].add(visit)
        before = _begun_before(database, span, everyone, anew=anew)
        return _counts(use, +late, {code or "": len(ids - before) for code, ids in self._visits.items()})


class _Reading:
    """Counts like _Counting, and keeps the lines that the rules look at."""

    def __init__(self, at_before: str | None) -> None:
        self.counting = _Counting()
        self.others: list[Seen] = []
        self._uses: list[tuple[Any, ...]] = []
        self._at = at_before
        self._seq: int | None = None

    def step(self, fields: tuple[Any, ...]) -> None:
        self.counting.step(fields[: len(_COUNTED)])
        kind, seq = fields[_KIND], fields[_SEQ]
        if kind == LineKind.USE:
            self._uses.append(fields)
        elif is_looked_at(kind, fields[_OUTCOME]):
            self.others.append(Seen(*fields))
        if self._seq is not None and seq != self._seq + 1:
            self.others.append(Seen(*fields)._replace(kind="gap"))
        # The `clock` line about a clock that went back and the line after it both have this mark, but only
        # the first of them is behind the line before.
        if fields[_CLOCK] == ClockWord.BACK and (behind := self._behind(fields[_AT])):
            self.others.append(Seen(*fields)._replace(kind=ClockWord.BACK, behind=behind))
        self._seq, self._at = seq, fields[_AT]

    def seen(self, numbers: dict[int, str]) -> list[Seen]:
        """The uses, each with its last known outcome and its citizen's number."""
        words = self.counting.words
        found = []
        for fields in self._uses:
            seq = fields[_SEQ]
            word = words.get(seq)
            outcome = judged(fields[_OUTCOME] if word is None else word[_OUTCOME])
            key = fields[:_OUTCOME] if word is None else _for_service(fields, word)
            chose = self.counting.chosen.get(seq, (None, None))[1]
            found.append(Seen._make((*key, outcome, *fields[_SEQ:], numbers.get(seq), 0, 0, chose)))
        return found

    def _behind(self, at: str) -> int:
        """By how many seconds the clock went back since the line before; 0 where it did not."""
        if self._at is None:
            return 0
        return max(0, int((datetime.fromisoformat(self._at) - datetime.fromisoformat(at)).total_seconds()))


def _for_service(use: tuple[Any, ...], word: Key) -> Key:
    """A use's key without its outcome, with the service that the last line about it names."""
    service = word[_SERVICE]
    if service is None or service == use[_SERVICE]:
        return use[:_OUTCOME]  # the usual case, which needs no new parts
    return (*use[:_SERVICE], service, *use[_SERVICE + 1 : _OUTCOME])


def judged(outcome: str | None) -> str | None:
    """The outcome at the month's end: a use that is still asked then counts as unanswered."""
    return Outcome.UNANSWERED if outcome == Outcome.ASKED else outcome


def _refused(db: Tables, span: Span, line: Seen) -> int:
    """The number of refused passphrases in a line about such; 0 for any other line."""
    if line.outcome != Outcome.REFUSED:
        return 0
    one = Span(line.seq, line.seq, span.station)
    sql = f"SELECT coalesce(body ->> '$.facts.count', 1) FROM {one.lines} WHERE {one.where}"  # noqa: S608
    return int(db.execute(sql, one.params).fetchone()[0])


def _at_before(database: Database, span: Span) -> str | None:
    before = span.first - 1
    if span.station is None:
        found = database.value("SELECT body ->> '$.at' FROM ledger WHERE seq = ?", (before,))
    else:
        # The line before the first one of a restored ledger was imported with an earlier epoch.
        found = database.value(
            "SELECT body ->> '$.at' FROM station_line WHERE station = ? AND epoch <= ? AND seq = ?"
            " ORDER BY epoch DESC LIMIT 1",
            (*ledger_of(span.station), before),
        )
    return None if found is None else str(found)


def _begun_before(database: Database, span: Span, visits: set[str], *, anew: bool) -> frozenset[str]:
    """The visits among these that have a line before the span."""
    mine = "" if span.station is None else " AND station = ?3"
    wanted, params = (
        "SELECT value FROM json_each(?1)",
        (json.dumps(sorted(visits)), span.first, *span.params[2:3]),
    )
    if anew:
        sql = (
            f"SELECT DISTINCT body ->> '$.visit' AS visit FROM {span.lines} NOT INDEXED"  # noqa: S608
            f" WHERE seq < ?2{mine} AND body ->> '$.visit' IN ({wanted})"
        )
    else:
        sql = (
            f"SELECT value AS visit FROM json_each(?1) WHERE EXISTS (SELECT 1 FROM {span.lines} AS line"  # noqa: S608
            f" WHERE line.visit = value AND line.seq < ?2{mine})"
        )
    return frozenset(row["visit"] for row in database.rows(sql, params))


def _counts(use: Counter[Key], late: Counter[Key], visits: dict[str, int] | Counter[str]) -> Counts:
    by_service: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (_officer, service, _document, channel, _outcome), n in use.items():
        by_service[service or ""][channel or ""] += n
    rows = [
        ServiceRow(
            service=code,
            visits=visits.get(code, 0),
            uses={channel: by_service[code][channel] for channel in Channel},
        )
        for code in sorted(by_service)
    ]
    return Counts(_listed(use), _listed(late), tuple(rows))


def _listed(counted: Counter[Key]) -> list[list[Any]]:
    # A correction outside any visit may have no service: None sorts as the empty string.
    return [[*key, counted[key]] for key in sorted(counted, key=lambda key: [part or "" for part in key])]
