"""Each table of words has words for every member of its enum, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files

import pytest
from rich.cells import cell_len

from reader.reader_state import ReaderState
from store.counter.reasons import Reason
from store.counter.visit import Comer, Identity, SubjectKind, VisitState, WantedState
from store.formats.line import ClockWord, LineKind, Outcome
from store.formats.roles import SIGNING, Role
from store.months.anomalies import Rule
from store.months.values import Decision
from store.queue.job import JobKind, JobState
from store.settings.catalogue import OWN_WORK, Channel
from store.spans import MonthState
from sync.network.network_state import NetworkState
from tui import state_row
from tui.screens.month import month, month_duties, month_panel, month_steps
from tui.words import card_words, translate
from tui.words.finding_words import RULES
from tui.words.ledger_table import CLOCKS
from tui.words.ledger_words import KINDS, OUTCOMES
from tui.words.month_words import MONTHS
from tui.words.queue_words import JOB_KINDS, JOBS
from tui.words.reason_words import CANCELLATIONS, CORRECTIONS, REASONS
from tui.words.role_words import ROLE_WORDS
from tui.words.visit_words import (
    BACK_ENTRY_IDENTITY_WORDS,
    CHANNELS,
    COMER_WORDS,
    IDENTITY_WORDS,
    NUMBER_LABELS,
    VISIT_STATE_WORDS,
    WANTED,
)

TABLES: list[tuple[type[StrEnum], Iterable[str]]] = [
    (Channel, CHANNELS),
    (ClockWord, CLOCKS),
    (Comer, COMER_WORDS),
    (Identity, IDENTITY_WORDS),
    (Identity, BACK_ENTRY_IDENTITY_WORDS),
    (JobKind, JOB_KINDS),
    (JobState, JOBS),
    (LineKind, KINDS),
    (MonthState, MONTHS),
    (NetworkState, state_row._NETWORK),
    (Outcome, OUTCOMES),
    (ReaderState, state_row._CARD),
    (Role, ROLE_WORDS),
    (Rule, RULES),
    (SubjectKind, NUMBER_LABELS),
    (VisitState, VISIT_STATE_WORDS),
    (WantedState, WANTED),
]


@pytest.mark.parametrize(("words", "table"), TABLES)
def test_every_member_has_its_words(words: type[StrEnum], table: Iterable[str]) -> None:
    assert set(table) == set(words)


def test_every_ready_made_reason_has_its_words_and_is_offered_for_something() -> None:
    assert set(REASONS) == set(Reason) - {Reason.OTHER} == {*CORRECTIONS, *CANCELLATIONS}


@pytest.mark.parametrize(
    "table",
    [month_duties._WAITS, month_steps._STEP_OF, month._WAITS, month_panel._SIGNERS, month_panel._DONE],
)
def test_every_role_that_signs_has_its_words(table: Iterable[str]) -> None:
    assert set(table) == set(SIGNING)


def test_home_says_something_of_every_reader_that_reads_nothing() -> None:
    works = {ReaderState.UNKNOWN, ReaderState.EMPTY, ReaderState.READING, ReaderState.TEXT, ReaderState.WHOLE}
    fails = {ReaderState.FAILED}  # what is said then hangs on the error
    assert set(card_words.STATES) == set(ReaderState) - works - fails
    assert card_words.fault(ReaderState.FAILED, None)


def words_of_paper(paper: str, table: str) -> set[str]:
    """The keys of a table of words in a Typst template."""
    text = (files("tui.papers") / f"{paper}.typ").read_text("utf-8")
    found = re.search(rf"#let {table} = \((.*?)\n\)", text, re.DOTALL) or re.search(
        rf"#let {table} = \((.*)\)", text
    )
    assert found is not None
    return set(re.findall(r"(\w+): (?:\"|\(|none)", found[1]))


@pytest.mark.parametrize(
    ("paper", "table", "words", "never"),
    [
        ("month", "roles", SIGNING, ()),
        ("month", "outcome-words", Outcome, (Outcome.ASKED,)),
        ("month", "states", MonthState, (MonthState.RETURNED,)),
        ("month", "decision-words", Decision, ()),
        ("slip", "kind-words", SubjectKind, ()),
        ("slip", "comer-words", Comer, (Comer.SELF,)),
        ("slip", "outcome-words", WantedState, ()),
    ],
)
def test_a_paper_has_words_for_what_can_stand_on_it(
    paper: str, table: str, words: Iterable[str], never: tuple[str, ...]
) -> None:
    assert set(words) - set(never) <= words_of_paper(paper, table)


def test_the_officers_own_work_has_words_to_offer_it_and_to_confirm_it() -> None:
    for channel in OWN_WORK:
        words = CHANNELS[channel]
        assert words.offer
        assert "{document}" in words.recorded


@pytest.mark.parametrize("lang", translate.LANGUAGES)
def test_the_title_of_a_channels_column_is_short(lang: str) -> None:
    translate.use(lang)
    titles = [translate._(words.column) for words in CHANNELS.values()]
    translate.use("th")
    assert max(map(cell_len, titles)) <= 7
    assert len(set(titles)) == len(titles)
