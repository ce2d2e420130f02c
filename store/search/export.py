"""Exports the ledger of a month as a table: CSV or XLSX, safe to open, each export recorded in the ledger.

A spreadsheet treats a text that begins with = + - @ as a formula. In CSV such a text gets an apostrophe in
front, as a spreadsheet itself would do; in XLSX every text is stored as text. A text is judged, and citizens'
numbers in it are covered, after the signs that nobody sees were taken out: a spreadsheet drops them as well.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from reader import citizen_id
from store.base import named_file
from store.counter.back_entry import BACK_ENTRY, BackEntry
from store.counter.handed_out import hand_out
from store.errors import BadInput, NotFound
from store.formats.canonical import sha256_hex
from store.formats.free_text import without_numbers
from store.formats.line import Entry, Line, LineKind
from store.people.permissions import demand
from store.proof.ledger_watch import demand_whole

if TYPE_CHECKING:
    from store.office import Office

Cell = str | int | None
SUFFIXES = (".csv", ".xlsx")
_FORMULA = "=+-@\u2212"
_INSTEAD = {**dict.fromkeys(("Cc", "Cs", "Zl", "Zp"), "\ufffd"), "Cf": ""}
# What may stand before a formula without being seen: spaces, marks without a letter, and what no category
# names (fillers of Hangul, an empty Braille cell) or what stands for a control character.
_UNSEEN = {"Zs", "Mn", "Me", "Co", "Cn"}
_BLANK = "\ufffd\u115f\u1160\u3164\uffa0\u2800"
_LONGEST = 32_767  # characters of a cell in XLSX; a longer text would silently be left out
_WIDEST = 40


@dataclass(frozen=True)
class ExportRow:
    """A line and its sealed values as they may be shown; None where there is none or it is erased."""

    line: Line
    subject: str | None = field(repr=False)
    comer: str | None = field(repr=False)
    basis: str | None = field(repr=False)
    reference: str | None = field(repr=False)
    purpose: str | None = field(repr=False)


@dataclass(frozen=True)
class Exported:
    """A written export: its number of lines, the file's SHA-256 (hex), and `seq` of the line about it.

    `seq` is None for books that are so broken that they get no line.
    """

    lines: int
    sha256: str
    seq: int | None


class Exports:
    """Exports from one set of books, done by the person who opened them."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def write(
        self,
        month: str,
        to: Path,
        heads: Sequence[str],
        cells: Callable[[ExportRow], Sequence[Cell]],
        *,
        whole_ids: bool = False,
    ) -> Exported:
        """Writes a month's lines, oldest first, to a new .csv or .xlsx file that only this user may read.

        `heads` are the column titles; `cells` makes a row's cells. Citizens' numbers are masked, also within
        free text, unless the head asks for `whole_ids`. An `export` line records it, except in books that are
        so broken that no line can follow. Raises NotAllowed, NotFound, BadInput, what named_file.write()
        raises, and LedgerBroken for whole numbers of broken books.
        """
        demand(self._office.who, "export")
        if whole_ids:
            demand(self._office.who, "ledger_whole_ids")
            demand_whole(self._office)
        named_file.demand_place(to, self._office.locations.home)
        suffix = to.suffix.lower()
        if suffix not in SUFFIXES:
            raise BadInput(what="file", problem="its name must end in .csv or .xlsx")
        table = [cells(row) for row in self._rows(month, whole_ids)]
        content = _csv(heads, table) if suffix == ".csv" else _xlsx(month, heads, table)
        digest = sha256_hex(content)
        if self._office.database.is_read_alone:
            named_file.write(to, content, self._office.locations.home)
            return Exported(len(table), digest, None)
        facts = {
            "what": "ledger",
            "month": month,
            "format": suffix[1:],
            "lines": len(table),
            "whole_ids": whole_ids,
            "sha256": digest,
        }
        seq = hand_out(self._office, to, content, Entry(LineKind.EXPORT, self._office.who.login, facts=facts))
        return Exported(len(table), digest, seq)

    def _rows(self, month: str, whole_ids: bool) -> list[ExportRow]:
        lines = self._office.ledger.lines(month=month, newest_first=False, limit=-1)
        if not lines:
            raise NotFound(what="month", name=month)
        sealed: dict[int, dict[str, str]] = {}
        for row in self._office.database.rows(
            "SELECT seq, field, value FROM sealed WHERE seq BETWEEN ? AND ?", (lines[0].seq, lines[-1].seq)
        ):
            sealed.setdefault(row["seq"], {})[row["field"]] = row["value"]
        number, words = (_whole, str) if whole_ids else (citizen_id.covered, _covered)
        rows = []
        for line in lines:
            values = sealed.get(line.seq, {})
            subject, comer = (
                number(values[name]) if name in values else None for name in ("subject", "comer")
            )
            basis, purpose = (
                words(values[name]) if name in values else None for name in ("basis", "purpose")
            )
            reference = _reference(line, values["reference"], words) if "reference" in values else None
            rows.append(ExportRow(line, subject, comer, basis, reference, purpose))
        return rows


def _whole(number: str) -> str:
    """The number with its dashes, because a spreadsheet would show 13 digits as 1.23457E+12."""
    return citizen_id.shown(number) if citizen_id.is_valid(number) else number


def _reference(line: Line, text: str, words: Callable[[str], str]) -> str:
    """The reference with its words covered; a back entry's time is kept, although it has many digits."""
    if line.error != BACK_ENTRY:
        return words(text)
    before = BackEntry.of_reference(text)
    return BackEntry(before.served_at, words(before.why)).reference


def _covered(text: str) -> str:
    return without_numbers(_plain(text)) or ""


def _plain(text: str) -> str:
    """The text without characters that control a terminal, change the writing direction, or break a row."""
    return "".join(_INSTEAD.get(unicodedata.category(sign), sign) for sign in text)


def _csv(heads: Sequence[str], table: list[Sequence[Cell]]) -> bytes:
    """The CSV bytes: UTF-8 with a byte order mark, without which Excel shows Thai wrongly."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in (heads, *table):
        writer.writerow([_in_csv(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _in_csv(cell: Cell) -> str:
    if not isinstance(cell, str):
        return "" if cell is None else str(cell)
    text = _plain(cell)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Whether the first sign that is seen begins a formula, in any of its widths."""
    seen = (sign for sign in text if unicodedata.category(sign) not in _UNSEEN and sign not in _BLANK)
    return unicodedata.normalize("NFKC", next(seen, "."))[0] in _FORMULA


def _xlsx(title: str, heads: Sequence[str], table: list[Sequence[Cell]]) -> bytes:
    import xlsxwriter  # imported here, because it takes 60 ms and only an export needs it

    content = io.BytesIO()
    # In memory, because its temporary files would contain citizens' data.
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for n, head in enumerate(heads):
            longest = max((len(str(row[n])) for row in table if row[n] is not None), default=0)
            sheet.set_column(n, n, min(_WIDEST, max(len(head), longest) + 2))
            sheet.write_string(0, n, head, bold)
        for down, row in enumerate(table, 1):
            for n, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(down, n, _plain(cell)[:_LONGEST])
                elif cell is not None:
                    sheet.write_number(down, n, cell)
        sheet.autofilter(0, 0, len(table), len(heads) - 1)
    return content.getvalue()
