"""The centre's address and keys count as the head signed for them, also after the office moves to another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from store.exchange import enrolment, ministry_catalogue
from store.exchange.errors import ForgedCentre
from store.exchange.stick import centre_keys
from store.formats.line import Entry, LineKind
from store.settings import documents
from store.settings.centre import fingerprint
from store.settings.errors import NotAsSigned
from store.staff.adopt import adopt
from sync.centre import admission, announcements
from sync.practice.centre_twin import PracticeCentre
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, decide
from tests.rig.older_books import make_older
from tests.sync.centre.ministrys_catalogue import MINISTRYS
from tests.sync.unit import SET_UP, Unit


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    unit = Unit(tmp_path / "office", "")
    yield unit
    unit.close()


@pytest.fixture
def centres() -> Iterator[tuple[PracticeCentre, PracticeCentre]]:
    both = tuple(PracticeCentre(clock=lambda: SET_UP + timedelta(days=30)) for _ in range(2))
    for one in both:
        one.start()
    yield both[0], both[1]
    for one in both:
        one.stop()


def test_the_head_signs_for_the_address_and_for_the_fingerprint_in_the_letter(
    unit: Unit, centres: tuple[PracticeCentre, PracticeCentre]
) -> None:
    unit.url = centres[0].url
    code = enrolment.normal(centres[0].code("5001"))
    books = unit.books(HEAD)
    job = enrolment.request(books, books.signer(PASSPHRASE[HEAD]), unit.url, code)
    get = books.settings.get
    assert (get("centre.url"), get("centre.keys")) == (None, None)
    assert (get("centre.enrolling"), get("centre.enrolling_job")) == (unit.url, job)
    assert get("centre.enrolling_fingerprint") == code[16:]
    signed = len(books.database.rows("SELECT n FROM settings_document"))
    assert unit.run(books).exit_code == 0
    assert (get("centre.url"), get("centre.enrolling")) == (unit.url, None)
    assert fingerprint(centre_keys(books)) == code[16:]
    assert len(books.database.rows("SELECT n FROM settings_document")) == signed, "the answer needs no head"
    books.settings.verify()
    decide(books, {"office.open": "08:00"})
    assert (get("centre.url"), get("centre.fingerprint")) == (unit.url, code[16:])
    books.settings.verify()


def test_an_answer_counts_only_for_the_enrolment_that_the_head_asked_for_last(
    unit: Unit, centres: tuple[PracticeCentre, PracticeCentre]
) -> None:
    books = unit.books(HEAD)
    first = enrolment.request(books, books.signer(PASSPHRASE[HEAD]), centres[0].url, centres[0].code("5001"))
    answer = admission.enrol(centres[0].centre, books.queue.get(first).body)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), centres[1].url, centres[1].code("5001"))
    with books.database.write() as db:  # an officer takes the first one out of the wastebasket
        db.execute("UPDATE job SET state = 'sending', lease_by = 'x' WHERE id = ?", [first])
    with pytest.raises(ForgedCentre):
        enrolment.accepted(books, books.queue.get(first), answer)
    assert not books.is_enrolled


def test_a_receipt_that_was_made_up_moves_nothing(
    unit: Unit, centres: tuple[PracticeCentre, PracticeCentre]
) -> None:
    """An officer writes that the centre has answered: its keys are not here, so nothing is sent anywhere."""
    unit.url = centres[0].url
    assert unit.enrol(centres[0].code("5001")).exit_code == 0
    head = unit.books(HEAD)
    job = enrolment.request(head, head.signer(PASSPHRASE[HEAD]), centres[1].url, centres[1].code("5001"))
    books = unit.books(OFFICER)
    with books.database.write() as db:
        facts = {"kind": "enrolment", "job": job, "centre": "x", "receipt_key": "x"}
        books.ledger.append(db, Entry(LineKind.RECEIPT, OFFICER, facts=facts))
    assert books.settings.get("centre.keys") is None
    with pytest.raises(NotAsSigned, match="the centre's keys"):
        unit.run(books)


def test_an_office_moves_to_another_centre_and_keeps_what_the_first_published(
    unit: Unit, centres: tuple[PracticeCentre, PracticeCentre]
) -> None:
    unit.url = centres[0].url
    assert unit.enrol(centres[0].code("5001")).exit_code == 0
    books = unit.books(HEAD)
    old = books.settings.get("centre.keys")
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), centres[1].url, centres[1].code("5001"))
    # While the enrolment is on its way, the first centre publishes its last catalogue.
    assert ministry_catalogue.take(books, announcements.publish(centres[0].centre, MINISTRYS).body)
    held = ministry_catalogue.held(books)
    assert held is not None
    assert unit.run(books).exit_code == 0
    assert books.settings.get("centre.keys") not in (None, old)
    assert [one.code for one in books.catalogue.services()] == ["S77"]
    assert ministry_catalogue.held(books) == held
    books.settings.verify()
    # With the head's next document the catalogue is part of it, and the first centre's keys are not needed.
    decide(books, {"office.open": "08:00"})
    with books.database.write() as db:
        db.execute("DELETE FROM setting WHERE name = 'centre.keys_before'")
        db.execute("DELETE FROM publication")
    books.settings.verify()
    assert [one.code for one in books.catalogue.services()] == ["S77"]
    assert ministry_catalogue.held(books) == held


def test_an_enrolled_office_of_the_version_before_keeps_its_centre(
    unit: Unit, centres: tuple[PracticeCentre, PracticeCentre]
) -> None:
    unit.url = centres[0].url
    assert unit.enrol(centres[0].code("5001")).exit_code == 0
    unit.close()
    make_older(unit.locations)
    head = unit.books(HEAD)
    keys = head.settings.get("centre.keys")
    with head.database.write() as db:
        db.execute("INSERT OR REPLACE INTO setting VALUES ('centre.url', ?)", [unit.url])
        shown = documents.to_be_signed(db)
    adopt(head, head.signer(PASSPHRASE[HEAD]), None)
    assert shown["centre.fingerprint"] == fingerprint(centre_keys(head))
    assert head.settings.get("centre.keys") == keys
    assert head.is_enrolled
    head.settings.verify()
    assert unit.run(head).exit_code == 0
