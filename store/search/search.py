"""Finding lines of the ledger by what an officer types: words that each narrow the result.

The ledger holds no names of citizens, so none can be searched; their numbers can, in the sealed values. A
search by a number is written in the ledger itself, with the number sealed: who looks for a person is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

from reader import citizen_id
from reader.buddhist_date import month_names
from reader.errors import BadCitizenId
from store.counter.back_entry import BACK_ENTRY, BackEntry
from store.formats.free_text import without_numbers
from store.formats.line import Entry, LineKind, Outcome, says_outcome
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.office import Office

Clause = tuple[str, list[object]]

# A word as the screen shows it -> the column and the value that it stands for, ("outcome", "not_found").
Words = Mapping[str, tuple[str, str]]
_WORD_COLUMNS = ("kind", "channel", "outcome")
ALL_KINDS = "all"
"""The kind that every line has: ("kind", ALL_KINDS) among the words."""
_RECENT_VISITS = 500
_SEQ_DIGITS = 15  # no ledger has more lines, and the database takes no larger number
_VISIT_DIGITS = 5
_AHEAD = 543  # the Buddhist Era's lead
_OPEN_DIGITS = 9  # of a visit's number: nothing longer stands open where others read it
_LEAST_NUMBER = 5  # characters of a passport's or a group's number
_THAI_DIGITS = {ord("๐") + n: str(n) for n in range(10)}
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")

TYPED, CARD = "typed", "card"
"""How the number of a search came: typed, or read from the card in the reader."""


class Search:
    """Searches in one set of books, by the person who opened them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def find(
        self, typed: str, words: Words, limit: int = 100_000, *, by: str = TYPED, uses_first: bool = False
    ) -> list[int]:
        """The numbers of the lines that fit every word typed, the newest first.

        A word fits by line or visit number, service, document, officer, month, year, date, day (beside a
        month), a word of `words`, or a citizen's number; 13 digits may contain spaces and dashes. A search
        by a number writes a line before anything is found; `by` says how it came. An outcome finds a use by
        how it stands now. `uses_first`: uses alone, unless a word names a kind of line, or one by its number.
        Raises NotAllowed.
        """
        demand(self._office.who, "ledger_read")
        terms = self._terms(typed)
        people = [one for one in map(self._number, terms) if one]
        upto = self._write_down(people, by) if people else self._office.ledger.count()
        clauses: list[Clause] = [("seq < ?", [upto]), *self._all_of(terms, words)]
        if uses_first and not any(_names_kind(term, words) for term in terms):
            clauses.append(_uses_or(terms))
        where = " AND ".join(f"({sql})" for sql, _ in clauses)
        params: list[object] = [value for _, values in clauses for value in values]
        rows = self._database.rows(
            f"SELECT seq FROM ledger WHERE {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608  (clauses of this file)
            (*params, limit),
        )
        return [int(row["seq"]) for row in rows]

    def shown(self, typed: str) -> str:
        """What was typed, as others may read it: the number of whoever is looked for is covered."""
        demand(self._office.who, "ledger_read")
        return without_numbers(" ".join(self._covered(term) for term in self._terms(typed))) or ""

    def _covered(self, term: str) -> str:
        number, digits = self._number(term), citizen_id.as_digits(term) or ""
        if number:
            return citizen_id.covered(number)
        # Of a number that was typed wrong, or not to its end, the rest can be guessed.
        return "x" * len(digits) if len(digits) > _OPEN_DIGITS else term

    def _write_down(self, people: list[str], by: str) -> int:
        """A line for each person who is looked for; the number of the first."""
        with self._database.write() as db:
            return min(
                self._office.ledger.append(
                    db,
                    Entry(
                        LineKind.EXPORT,
                        self._office.who.login,
                        subject=one,
                        facts={"what": "search", "by": by},
                    ),
                )
                for one in people
            )

    def reason(self, seq: int) -> str | None:
        """What was given as the reason in a correction line, while it is kept."""
        demand(self._office.who, "ledger_read")
        found = self._database.value(
            "SELECT value FROM sealed JOIN ledger USING (seq)"
            " WHERE seq = ? AND field = 'basis' AND kind = 'correction'",
            (seq,),
        )
        return None if found is None else str(found)

    def back_entry(self, seq: int) -> BackEntry | None:
        """When and why a use that was written down afterwards was served, while it is kept."""
        demand(self._office.who, "ledger_read")
        found = self._database.value(
            "SELECT value FROM sealed JOIN ledger USING (seq)"
            " WHERE seq = ? AND field = 'reference' AND kind = 'use' AND body ->> '$.error' = ?",
            (seq, BACK_ENTRY),
        )
        return None if found is None else BackEntry.of_reference(str(found))

    def often_used(self, login: str) -> dict[str, int]:
        """How often that person lately served each service, by code."""
        rows = self._database.rows(
            "SELECT service, count(*) AS n FROM (SELECT service FROM visit WHERE officer = ?"
            " ORDER BY opened_at DESC LIMIT ?) GROUP BY service",
            (login, _RECENT_VISITS),
        )
        return {row["service"]: int(row["n"]) for row in rows}

    def _terms(self, typed: str) -> list[str]:
        """The words typed. A number that holds spaces, as a passport's or a group's name may, is one word."""
        number = _thirteen(typed)
        if number:
            return [number]
        words, terms = typed.split(), list[str]()
        while words:
            runs = (" ".join(words[:n]) for n in range(len(words), 1, -1))
            term = next((run for run in runs if self._known(run)), words[0])
            terms.append(term)
            del words[: term.count(" ") + 1]
        return terms

    def _number(self, term: str) -> str | None:
        """The citizen's number that a word is: 13 digits, or another number that stands in the books."""
        number = _thirteen(term)
        if number or len(term) < _LEAST_NUMBER or term.isalpha():
            return number
        return self._known(term)

    def _known(self, number: str) -> str | None:
        """As it stands in the books: a group's name as it is, a passport's number without spaces."""
        found = self._database.value(
            "SELECT value FROM sealed WHERE field IN ('subject', 'comer') AND value IN (?, ?) LIMIT 1",
            (number, "".join(number.split()).upper()),
        )
        return None if found is None else str(found)

    def _all_of(self, terms: list[str], words: Words) -> list[Clause]:
        months = [_months_of(term) for term in terms]
        clauses: list[Clause] = []
        for n, term in enumerate(terms):
            number = self._number(term)
            if number:
                clauses.append(_about(number))
                continue
            if months[n]:
                clauses.append(_one_of("substr(month, 6, 2)", months[n]))
                continue
            beside = (n > 0 and months[n - 1]) or (n + 1 < len(terms) and months[n + 1])
            digits = citizen_id.as_digits(term)
            if digits and beside and len(digits) <= 2:
                clauses.append(("substr(at, 9, 2) = ?", [digits.zfill(2)]))
            else:
                clauses.append(self._any_meaning(term, digits, words))
        return clauses

    def _any_meaning(self, term: str, digits: str | None, words: Words) -> Clause:
        found: list[Clause] = []
        if digits and len(digits) == _VISIT_DIGITS and digits.startswith("0"):
            # Nobody writes a line's number so; the end of a visit's is what the screen shows of it.
            found.append(("visit LIKE ?", [f"%-{digits}"]))
        elif digits:
            if len(digits) <= _SEQ_DIGITS:
                found.append(("seq = ?", [int(digits)]))
            found.append(_for_service([f"S{digits.zfill(2)}"]))
            found.append(("visit LIKE ?", [f"%{digits}"]))
            if len(digits) == 4 and digits.startswith("25"):
                found.append(("month LIKE ?", [f"{int(digits) - _AHEAD}-%"]))
        day = _day(term)
        if day:
            found.append(("substr(at, 1, 10) = ?", [day.isoformat()]))
        if term.count("-") == 2 and term.replace("-", "").isdigit():
            found.append(("visit = ?", [term]))
        found += self._named(term)
        for shown, (column, value) in words.items():
            if term not in shown or column not in _WORD_COLUMNS:
                continue
            if column == "outcome":
                found.append(_stands(value))
            elif value == ALL_KINDS:
                found.append(("TRUE", []))
            else:
                found.append((f"{column} = ?", [value]))
        if not found:
            return "FALSE", []
        return " OR ".join(sql for sql, _ in found), [value for _, values in found for value in values]

    def _named(self, term: str) -> list[Clause]:
        catalogue = self._office.catalogue
        services = [one.code for one in catalogue.services() if term in one.name]
        found = {
            "document": [one.code for one in catalogue.documents() if term in one.name or term in one.short],
            "officer": [
                one.login for one in self._office.people.all() if term in one.name or term == one.login
            ],
        }
        named = [_one_of(column, values) for column, values in found.items() if values]
        return [*named, _for_service(services)] if services else named


def _thirteen(typed: str) -> str | None:
    try:
        return citizen_id.parse(typed)
    except BadCitizenId:
        return None


def _about(number: str) -> Clause:
    """The lines of that person, and what followed from them."""
    mine = "SELECT seq FROM sealed WHERE field IN ('subject', 'comer') AND value = ?"
    return f"seq IN ({mine}) OR about IN ({mine})", [number, number]


def _names_kind(term: str, words: Words) -> bool:
    return any(column == "kind" and term in shown for shown, (column, _value) in words.items())


def _uses_or(terms: list[str]) -> Clause:
    """The uses, and the line of which a word is the number."""
    numbers = [
        digits for term in terms if (digits := citizen_id.as_digits(term)) and len(digits) <= _SEQ_DIGITS
    ]
    marks = ", ".join("?" * len(numbers))
    return f"kind = 'use' OR seq IN ({marks})", [int(digits) for digits in numbers]


def _stands(outcome: str) -> Clause:
    """What says itself that outcome, and the uses of which the last word about them does."""
    return f"{_ITSELF} OR seq IN ({_LAST_WORD})", [outcome, outcome]


_LATER = f"NOT EXISTS (SELECT 1 FROM ledger AS later WHERE {says_outcome('later')}"  # noqa: S608
_ITSELF = f"(outcome = ? AND (kind <> 'use' OR {_LATER} AND later.about = ledger.seq)))"
_LAST_WORD = (
    f"SELECT said.about FROM ledger AS said WHERE coalesce(said.outcome, '{Outcome.CORRECTED}') = ?"  # noqa: S608
    f" AND said.about IS NOT NULL AND {says_outcome('said')}"
    f" AND {_LATER} AND later.about = said.about AND later.seq > said.seq)"
)


def _one_of(column: str, values: list[str]) -> Clause:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def _for_service(codes: list[str]) -> Clause:
    """What was written for these services, and the uses that turned out to be for one of them."""
    sql, values = _one_of("service", codes)
    later = f"SELECT about FROM ledger WHERE month >= '' AND kind = 'correction' AND {sql}"  # noqa: S608
    return f"{sql} OR seq IN ({later})", [*values, *values]


def _day(term: str) -> date | None:
    """19/11/2569 or 2026-11-19; a year of either era."""
    plain = term.translate(_THAI_DIGITS)
    slashed, dashed = _DAY_FIRST.fullmatch(plain), _YEAR_FIRST.fullmatch(plain)
    if slashed:
        day, month, year = map(int, slashed.groups())
    elif dashed:
        year, month, day = map(int, dashed.groups())
    else:
        return None
    with suppress(ValueError):  # no such day, like 31/2: a word as any other
        return date(year - _AHEAD if year > 2400 else year, month, day)
    return None


def _months_of(term: str) -> list[str]:
    """The months (01 to 12) that a word names: พ.ย., พย, พฤศจิกายน, Nov, november."""
    plain = term.replace(".", "").lower()
    return [
        f"{number:02}"
        for number in range(1, 13)
        if plain in [name.replace(".", "").lower() for name in month_names(number)]
    ]
