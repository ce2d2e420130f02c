"""Finds lines of the ledger by the words that somebody types; each word narrows the result.

The ledger holds no names of citizens, so only their numbers can be searched, in the sealed values. A search
by number writes a ledger line of its own, with the number sealed, so that it is known who looked for whom.
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

# {word as the screen shows it: the column and value that it means, such as ("outcome", "not_found")}.
Words = Mapping[str, tuple[str, str]]
_WORD_COLUMNS = ("kind", "channel", "outcome")
ALL_KINDS = "all"
"""The value of ("kind", ALL_KINDS) in the words: it means lines of every kind."""
_RECENT_VISITS = 500
_SEQ_DIGITS = 15  # longer numbers are no line numbers, and may be too large for the database
_VISIT_DIGITS = 5
_AHEAD = 543  # by so many years the Buddhist Era is ahead of the Common Era
_OPEN_DIGITS = 9  # of a visit's number; longer numbers are covered where others can read them
_LEAST_NUMBER = 5  # characters of a passport's or a group's number
_THAI_DIGITS = {ord("๐") + n: str(n) for n in range(10)}
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")

TYPED, CARD = "typed", "card"
"""The source of a searched number: typed, or read from the card in the reader."""


class Search:
    """Searches in one set of books, done by the person who opened them."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def find(
        self, typed: str, words: Words, limit: int = 100_000, *, by: str = TYPED, uses_first: bool = False
    ) -> list[int]:
        """The numbers of the lines that match every typed word, the newest first, at most `limit`.

        A word matches a line or visit number, service, document, officer, month, year, date, day (next to a
        month), a word of `words`, or a citizen's number; 13 digits may contain spaces and dashes. A search by
        a citizen's number first writes a line, with the number's source `by`. An outcome matches a use by its
        present outcome. `uses_first`: only uses, unless a word names a kind of line or a line's number.
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
        """The typed text as other people may read it, with citizens' numbers covered. Raises NotAllowed."""
        demand(self._office.who, "ledger_read")
        return without_numbers(" ".join(self._covered(term) for term in self._terms(typed))) or ""

    def _covered(self, term: str) -> str:
        number, digits = self._number(term), citizen_id.as_digits(term) or ""
        if number:
            return citizen_id.covered(number)
        # A mistyped or incomplete number is covered too, because the right one can be guessed from it.
        return "x" * len(digits) if len(digits) > _OPEN_DIGITS else term

    def _write_down(self, people: list[str], by: str) -> int:
        """Writes a line for each person who is searched for; returns the number of the first line."""
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
        """The reason in a correction line; None where there is none, or where it is erased."""
        demand(self._office.who, "ledger_read")
        found = self._database.value(
            "SELECT value FROM sealed JOIN ledger USING (seq)"
            " WHERE seq = ? AND field = 'basis' AND kind = 'correction'",
            (seq,),
        )
        return None if found is None else str(found)

    def back_entry(self, seq: int) -> BackEntry | None:
        """The back entry of a use; None where there is none, or where it is erased."""
        demand(self._office.who, "ledger_read")
        found = self._database.value(
            "SELECT value FROM sealed JOIN ledger USING (seq)"
            " WHERE seq = ? AND field = 'reference' AND kind = 'use' AND body ->> '$.error' = ?",
            (seq, BACK_ENTRY),
        )
        return None if found is None else BackEntry.of_reference(str(found))

    def often_used(self, login: str) -> dict[str, int]:
        """{service code: number of visits} among that person's latest 500."""
        rows = self._database.rows(
            "SELECT service, count(*) AS n FROM (SELECT service FROM visit WHERE officer = ?"
            " ORDER BY opened_at DESC LIMIT ?) GROUP BY service",
            (login, _RECENT_VISITS),
        )
        return {row["service"]: int(row["n"]) for row in rows}

    def _terms(self, typed: str) -> list[str]:
        """The typed words; a known passport number or group name that contains spaces is one word."""
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
        """The citizen's number that a word is: 13 digits, or another number in the books; else None."""
        number = _thirteen(term)
        if number or len(term) < _LEAST_NUMBER or term.isalpha():
            return number
        return self._known(term)

    def _known(self, number: str) -> str | None:
        """The number or group name as stored in the books (a passport's without spaces), or None."""
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
            # Five digits with a leading zero are the end of a visit's number, as the screen shows it.
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
    """The lines with that person's number, and the lines about those."""
    mine = "SELECT seq FROM sealed WHERE field IN ('subject', 'comer') AND value = ?"
    return f"seq IN ({mine}) OR about IN ({mine})", [number, number]


def _names_kind(term: str, words: Words) -> bool:
    return any(column == "kind" and term in shown for shown, (column, _value) in words.items())


def _uses_or(terms: list[str]) -> Clause:
    """Uses, and lines of any kind whose number is one of the words."""
    numbers = [
        digits for term in terms if (digits := citizen_id.as_digits(term)) and len(digits) <= _SEQ_DIGITS
    ]
    marks = ", ".join("?" * len(numbers))
    return f"kind = 'use' OR seq IN ({marks})", [int(digits) for digits in numbers]


def _stands(outcome: str) -> Clause:
    """Lines with that outcome, and uses whose last outcome it is."""
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
    """Lines for these services, and uses that were corrected to one of them."""
    sql, values = _one_of("service", codes)
    later = f"SELECT about FROM ledger WHERE month >= '' AND kind = 'correction' AND {sql}"  # noqa: S608
    return f"{sql} OR seq IN ({later})", [*values, *values]


def _day(term: str) -> date | None:
    """The day in a word such as 19/11/2569 or 2026-11-19, in either era; None where it is none."""
    plain = term.translate(_THAI_DIGITS)
    slashed, dashed = _DAY_FIRST.fullmatch(plain), _YEAR_FIRST.fullmatch(plain)
    if slashed:
        day, month, year = map(int, slashed.groups())
    elif dashed:
        year, month, day = map(int, dashed.groups())
    else:
        return None
    with suppress(ValueError):  # no such day, such as 31/2: it is treated as any other word
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
