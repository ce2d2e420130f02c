"""What a month adds up to: every use once, in its own month; what comes late is marked in the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.books import PASSPHRASE as GENERATED
from bench.books import make_books
from store.books import Books
from store.months.summary import Counts, added, count, read
from store.spans import Span
from tests.rig.argon import make_cheap
from tests.rig.lines import Bare, bare_ledger, uses_of
from tests.rig.office import CITIZEN

ASKED = {"service": "S01", "document": "D02", "channel": "linkage"}


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    return bare_ledger(tmp_path, "2026-11-30T10:00:00")


def asked(bare: Bare, visit: str) -> int:
    return bare.add(visit=visit, outcome="asked", subject=CITIZEN, **ASKED)


def month_of(bare: Bare, cut_off: int | None = None) -> Counts:
    """Up to a cut-off line, or from the line after it on."""
    last = bare.ledger.count() - 1
    span = Span(0, last) if cut_off is None else Span(cut_off + 1, last)
    counted = count(bare.database, span)
    assert uses_of(read(bare.database, span)) == counted.use
    return counted


def test_an_answer_after_the_cut_off_is_late_in_the_next_month_and_changes_nothing_in_its_own(
    bare: Bare,
) -> None:
    first, second, third = (asked(bare, f"01-69-0000{n}") for n in (1, 2, 3))
    bare.add("answer", about=first, outcome="obtained", **ASKED)
    with bare.database.write() as db:
        bare.clock.set("2026-12-01T08:00:00")
        (cut_off,) = bare.ledger.cut_off(db, "somchai", "2026-11")
    bare.add("answer", about=second, outcome="obtained", **ASKED)
    bare.add("expired", about=third, outcome="expired", **ASKED)
    bare.add("correction", about=first, **ASKED)
    asked(bare, "01-69-00002")  # the same visit goes on in December
    asked(bare, "01-69-00004")

    november = count(bare.database, Span(0, cut_off))
    assert november.outcomes == {"obtained": 1, "unanswered": 2}
    assert (november.total, november.visits, november.spared, november.late) == (3, 3, 1, [])
    december = month_of(bare, cut_off)
    key = ["somchai", "S01", "D02", "linkage"]
    assert december.late == [[*key, "corrected", 1], [*key, "expired", 1], [*key, "obtained", 1]]
    assert (december.total, december.visits, december.unanswered, december.spared) == (2, 1, 2, 1)
    assert november.visits + december.visits == 4
    both = added([november, december])
    assert (both.total, both.spared, both.rows[0].uses["linkage"]) == (5, 2, 5)


def test_the_last_word_about_a_use_counts(bare: Bare) -> None:
    first, second = asked(bare, "01-69-00001"), asked(bare, "01-69-00001")
    bare.add("answer", about=first, outcome="not_found", **ASKED)
    bare.add("quarantine", about=second, outcome="refused", **ASKED)
    bare.add("answer", about=second, outcome="obtained", **ASKED)
    assert month_of(bare).outcomes == {"not_found": 1, "obtained": 1}
    bare.add("correction", about=second, **ASKED)
    assert month_of(bare).outcomes == {"not_found": 1, "corrected": 1}
    assert month_of(bare).spared == 0


def test_what_the_rules_see_beside_the_uses(bare: Bare) -> None:
    bare.add("login")
    bare.clock.go(seconds=-3)
    bare.add("login")
    bare.clock.go(hours=-1)
    before = bare.ledger.count() - 1
    bare.add("login")
    refused = bare.add("login", outcome="refused", facts={"count": 7, "at": []})
    restored = bare.add("restore", facts={"lost": 4})
    others = read(bare.database, Span(0, restored)).others
    assert [one.behind for one in others if one.kind == "back"] == [3, 3600]
    assert [(one.seq, one.refused) for one in others if one.refused] == [(refused, 7)]
    assert [one.seq for one in others if one.kind == "restore"] == [restored]
    after = read(bare.database, Span(before + 1, restored)).others
    assert after[0].behind == 3600  # behind the line before the span


def test_generated_books_are_whole_and_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)
    made = make_books(tmp_path / "home", 600, months=3)
    books = Books.open(made.locations, made.logins[0], GENERATED)
    try:
        assert books.ledger.verify().months == made.months
        uses = books.database.value("SELECT count(*) FROM ledger WHERE kind = 'use'")
        views = [books.months.status(month) for month in made.months]
        assert sum(view.total for view in views) == uses
        assert [view.state for view in views] == ["cut_off", "cut_off", "open"]
        assert 600 <= made.lines < 700
        verified = books.ledger.verify()
        assert books.ledger.root(verified.size) == verified.root
    finally:
        books.close()
