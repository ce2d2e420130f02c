"""The ledger's pages: the lines that a search found, with the head of the ledger at that time.

Kept outside this PC such a paper is evidence: `nocopy ledger verify --head` takes the head printed on it.
Citizens' numbers are masked, also in the searched text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reader import citizen_id
from reader.buddhist_date import BANGKOK, letter_day
from store.counter.back_entry import BACK_ENTRY
from store.formats.line import Line
from store.people.permissions import demand
from store.search.errors import TooManyLines
from tui.papers.figures import clock_time, figure, moment_of, short_print
from tui.papers.paper import paper_name, write_paper
from tui.papers.pdf import qr, typeset
from tui.words.ledger_words import OUTCOMES, kind_word, marks
from tui.words.paper_words import LEDGER
from tui.words.translate import in_thai
from tui.words.visit_words import CHANNEL_NAMES

if TYPE_CHECKING:
    from store.books import Books

MOST = 1000
"""The most ledger lines of one paper, which are some forty pages."""
_READ = 0.4  # the share of the progress that is reading; the rest is typesetting


def file_name(books: Books) -> str:
    """The name of the file, with the day."""
    return paper_name(books, books.station, LEDGER.what, f"{books.clock().astimezone(BANGKOK):%Y-%m-%d}")


def demand_fit(count: int) -> None:
    """Raises TooManyLines where so many lines do not fit one paper: nothing is left out silently."""
    if count > MOST:
        raise TooManyLines(count=f"{count:,}", most=f"{MOST:,}")


def print_ledger(
    books: Books, typed: str, seqs: Sequence[int], to: Path, progress: Callable[[float], None]
) -> int:
    """Writes these lines, found by the search for `typed`, as a new file; returns the `paper` line's number.

    `progress(part)` is called with 0 to 1, and may raise to stop: then nothing is written. Raises
    NotAllowed, TooManyLines, NotFound, BadInput, DiskFull, NoSuchFolder, FolderClosed.
    """
    demand(books.who, LEDGER.action)
    demand_fit(len(seqs))
    size = books.ledger.count()
    lines = []
    for n, seq in enumerate(sorted(seqs)):
        progress(_READ * n / len(seqs))
        lines.append(books.ledger.line(seq))
    progress(_READ)
    content = ledger_pages(books, typed, lines, size)
    progress(1.0)
    return write_paper(books, LEDGER, content, to, lines=len(lines), size=size)


def ledger_pages(books: Books, typed: str, lines: Sequence[Line], size: int) -> bytes:
    """The PDF, with the head of the first `size` lines."""
    now = books.clock().astimezone(BANGKOK)
    return typeset(LEDGER.what, _data(books, typed, lines, size, now), now)


def _data(books: Books, typed: str, lines: Sequence[Line], size: int, now: datetime) -> dict[str, Any]:
    root = books.ledger.root(size).hex()
    names = {one.login: one.name for one in books.people.all()}
    documents = {one.code: one.name for one in books.catalogue.documents()}
    used = {line.service for line in lines}
    days = [letter_day(datetime.fromisoformat(line.at)) for line in [*lines[:1], *lines[-1:]]]
    return {
        "unit": {"code": books.unit, "name": books.unit_name},
        "station": books.station,
        "searched": books.search.shown(typed),
        "count": figure(len(lines)),
        "days": list(dict.fromkeys(days)),
        "printed": moment_of(now.isoformat()),
        "printed_by": names[books.who.login],
        "head": {
            "size": figure(size),
            "plain_size": str(size),
            "root": short_print(root),
            "whole": [root[n : n + 4] for n in range(0, len(root), 4)],
            "qr": qr(f"{size}:{root}"),
        },
        "services": [[one.code[1:], one.name] for one in books.catalogue.services() if one.code in used],
        "rows": [_row(books, line, names, documents) for line in lines],
    }


def _row(books: Books, line: Line, names: dict[str, str], documents: dict[str, str]) -> list[str]:
    number = line.subject or line.whom
    before = books.search.back_entry(line.seq) if line.error == BACK_ENTRY else None
    served = f" (ให้บริการ {_moment(before.served_at)})" if before else ""
    marked = marks(line, in_thai)
    return [
        figure(line.seq),
        _moment(line.at) + served,
        kind_word(line, in_thai),
        citizen_id.covered(number) if number else "–",
        line.visit or "–",
        (line.service or "–").removeprefix("S"),
        documents.get(line.document or "", line.document or "–"),
        in_thai(CHANNEL_NAMES.get(line.channel or "", line.channel or "–")),
        in_thai(OUTCOMES.get(line.stands or "", line.stands or "–"))
        + (f" ({', '.join(marked)})" if marked else ""),
        names.get(line.officer or "", line.officer or "–"),
    ]


def _moment(stamp: str) -> str:
    at = datetime.fromisoformat(stamp)
    return f"{letter_day(at)} {clock_time(at)}"
