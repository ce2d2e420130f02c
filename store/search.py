"""Finding lines of the ledger by what an officer types: words that each narrow the result.

The ledger holds no names of citizens, so none can be searched; their 13 digits can, in the sealed values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reader import citizen_id
from reader.buddhist_date import show_month, show_month_short
from reader.errors import BadCitizenId
from store.catalogue import Catalogue
from store.people import People

if TYPE_CHECKING:
    from store.database import Database

Clause = tuple[str, list[object]]

# A word as the screen shows it -> the column and the value that it stands for, ("outcome", "not_found").
Words = Mapping[str, tuple[str, str]]
_WORD_COLUMNS = ("kind", "channel", "outcome")
_RECENT_VISITS = 500
_SEQ_DIGITS = 15  # no ledger has more lines, and the database takes no larger number
_AHEAD = 543  # the Buddhist Era's lead


class Search:
    """Searches in one set of books."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, typed: str, words: Words, limit: int = 100_000) -> list[int]:
        """The numbers of the lines that fit every word typed, the newest first.

        A word fits by line or visit number, service, document, officer, month, year, day (beside a month),
        a word of `words`, or a citizen's 13 digits, which may contain spaces and dashes.
        """
        digits = _thirteen(typed)
        clauses = [_about(digits)] if digits else self._all_of(typed.split(), words)
        where = " AND ".join(f"({sql})" for sql, _ in clauses) or "TRUE"
        params = [value for _, values in clauses for value in values]
        rows = self._database.rows(
            f"SELECT seq FROM ledger WHERE {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608  (clauses of this file)
            (*params, limit),
        )
        return [int(row["seq"]) for row in rows]

    def often_used(self, login: str) -> dict[str, int]:
        """How often that person lately served each service, by code."""
        rows = self._database.rows(
            "SELECT service, count(*) AS n FROM (SELECT service FROM visit WHERE officer = ?"
            " ORDER BY opened_at DESC LIMIT ?) GROUP BY service",
            (login, _RECENT_VISITS),
        )
        return {row["service"]: int(row["n"]) for row in rows}

    def _all_of(self, terms: list[str], words: Words) -> list[Clause]:
        months = [_months_of(term) for term in terms]
        clauses: list[Clause] = []
        for n, term in enumerate(terms):
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
        if digits:
            if len(digits) <= _SEQ_DIGITS:
                found.append(("seq = ?", [int(digits)]))
            found.append(("service = ?", [f"S{digits.zfill(2)}"]))
            found.append(("visit LIKE ?", [f"%{digits}"]))
            if len(digits) == 4 and digits.startswith("25"):
                found.append(("month LIKE ?", [f"{int(digits) - _AHEAD}-%"]))
        if term.count("-") == 2 and term.replace("-", "").isdigit():
            found.append(("visit = ?", [term]))
        found += self._named(term)
        for shown, (column, value) in words.items():
            if term in shown and column in _WORD_COLUMNS:
                found.append((f"{column} = ?", [value]))
        if not found:
            return "FALSE", []
        return " OR ".join(sql for sql, _ in found), [value for _, values in found for value in values]

    def _named(self, term: str) -> list[Clause]:
        catalogue = Catalogue(self._database)
        found = {
            "document": [one.code for one in catalogue.documents() if term in one.name or term in one.short],
            "service": [one.code for one in catalogue.services() if term in one.name],
            "officer": [
                one.login for one in People(self._database).all() if term in one.name or term == one.login
            ],
        }
        return [_one_of(column, values) for column, values in found.items() if values]


def _thirteen(typed: str) -> str | None:
    try:
        return citizen_id.parse(typed)
    except BadCitizenId:
        return None


def _about(digits: str) -> Clause:
    """The lines of that person, and what followed from them."""
    mine = "SELECT seq FROM sealed WHERE field IN ('subject', 'comer') AND value = ?"
    return f"seq IN ({mine}) OR about IN ({mine})", [digits, digits]


def _one_of(column: str, values: list[str]) -> Clause:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def _months_of(term: str) -> list[str]:
    """The months (01 to 12) that a word names: พ.ย., พย, พฤศจิกายน."""
    plain = term.replace(".", "")
    found = []
    for number in range(1, 13):
        month = f"2000-{number:02}"
        names = (show_month(month).split()[0], show_month_short(month).split()[0].replace(".", ""))
        if plain in names:
            found.append(f"{number:02}")
    return found
