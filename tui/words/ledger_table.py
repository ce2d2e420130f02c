"""The ledger as a table for people: the columns' titles and the cells of a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import show_date, show_time
from store.counter.back_entry import BACK_ENTRY, BackEntry
from store.formats.line import ClockWord
from store.search.export import Cell, ExportRow
from tui.words.ledger_words import ERASED, KINDS, OUTCOMES, kind_word, marks
from tui.words.translate import _, mark
from tui.words.visit_words import CHANNEL_NAMES, COMER_WORDS, IDENTITY_WORDS, show_moment

if TYPE_CHECKING:
    from store.books import Books

_HEADS = (
    *(mark("Line"), mark("Date"), mark("Time"), mark("Entry"), mark("Visit"), mark("Service")),
    *(mark("Document"), mark("Channel"), mark("Outcome"), mark("Citizen"), mark("Who came")),
    *(mark("Number of who came"), mark("Identity"), mark("Card read at"), mark("By"), mark("Seconds")),
    *(mark("About line"), mark("Reference"), mark("Purpose"), mark("Basis or reason"), mark("Remark")),
    *(mark("PC"), mark("PC's clock"), mark("Fingerprint of the line")),
)
CLOCKS: dict[str, str] = {
    ClockWord.OK: "",
    ClockWord.BACK: mark("went back"),
    ClockWord.DOUBTFUL: mark("in doubt"),
}


def heads() -> list[str]:
    """The titles of the columns."""
    return [_(head) for head in _HEADS]


def cells_of(books: Books) -> Callable[[ExportRow], list[Cell]]:
    """The function that makes a row of the table from a line of these books."""
    documents = {one.code: one.name for one in books.catalogue.documents()}
    services = {one.code: f"{one.code[1:]} {one.name}" for one in books.catalogue.services()}
    people = {one.login: one.name for one in books.people.all()}

    def cells(row: ExportRow) -> list[Cell]:
        line = row.line
        at = datetime.fromisoformat(line.at)
        seen = line.card_seen_at and show_time(datetime.fromisoformat(line.card_seen_at))
        sealed = line.subject_kind is not None and line.kind in KINDS
        return [
            *(line.seq, show_date(at), show_time(at), kind_word(line), line.visit),
            services.get(line.service or "", line.service),
            documents.get(line.document or "", line.document),
            _word(CHANNEL_NAMES, line.channel),
            _word(OUTCOMES, line.outcome),
            row.subject or (_(ERASED) if sealed else None),
            _word(COMER_WORDS, line.comer),
            row.comer,
            _word(IDENTITY_WORDS, line.identity),
            seen,
            people.get(line.officer or "", line.officer),
            None if line.ms is None else f"{line.ms / 1000:.1f}",
            *(line.about, _reference(row), row.purpose, row.basis, ", ".join(marks(line)) or line.error),
            line.station,
            _(CLOCKS.get(line.clock, line.clock)),
            line.leaf,
        ]

    return cells


def _reference(row: ExportRow) -> str | None:
    if row.reference is None or row.line.error != BACK_ENTRY:
        return row.reference
    before = BackEntry.of_reference(row.reference)
    return f"{show_moment(before.served_at)} {before.why}"


def _word(words: dict[str, str], value: str | None) -> str | None:
    return _(words[value]) if value in words else value
