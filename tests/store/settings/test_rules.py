"""What the head may change: by name, within what makes sense, each change a line that names no value."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.books import Books
from store.errors import BadInput, NotAllowed, NotFound
from store.upkeep.retention import Retention
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, copy_office, head_signer, open_books


@pytest.fixture
def head(tmp_path: Path) -> Iterator[Books]:
    books = open_books(copy_office(tmp_path / "home"), HEAD)
    yield books
    books.close()


def test_the_head_changes_what_holds_from_then_on(head: Books) -> None:
    usual = {one.name: one.value for one in head.settings.all()}
    assert (usual["ledger.years"], usual["office.open"], usual["gateways.gdx.url"]) == ("5", "08:30", None)
    signer = head.signer(PASSPHRASE[HEAD])
    head.settings.set("ledger.years", " 7 ", signer)
    # One act may change several: one document, one line.
    head.settings.change(
        {"disk.short_mb": "900", "gateways.gdx.consumer_secret": "s3cret-of-the-unit"}, signer
    )
    assert Retention(head).years() == 7
    found = {one.name: one for one in head.settings.all()}
    assert (found["disk.short_mb"].value, found["disk.short_mb"].usual) == ("900", "500")
    assert found["disk.short_mb"].is_changed
    assert (
        found["gateways.gdx.consumer_secret"].value,
        found["gateways.gdx.consumer_secret"].is_changed,
    ) == (
        None,
        True,
    )
    told = head.ledger.lines(kind="settings", limit=2)
    assert [(line.facts["names"], line.facts["document"]["n"]) for line in reversed(told)] == [
        (["ledger.years"], 1),
        (["disk.short_mb", "gateways.gdx.consumer_secret"], 2),
    ]
    for line in told:
        assert line.facts.keys() == {"names", "document"}
        assert line.facts["document"].keys() == {"n", "sha256"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ledger.years", "0"),
        ("ledger.years", "๕"),
        ("disk.stop_mb", "501"),
        ("office.open", "8.30"),
        ("anomaly.refused.least", "-1"),
        ("gateways.gdx.url", "http://gateway.example.go.th"),
        ("gateways.gdx.url", "gateway.example.go.th"),
        ("gateways.gdx.consumer_key", "กุญแจ"),
        ("gateways.gdx.ca", "-----BEGIN CERTIFICATE-----"),
        ("disk.short_mb", "  "),
        ("backup.folder", "stick"),
        ("centre.url", "http://centre.example.go.th"),
    ],
)
def test_what_makes_no_sense_is_refused(head: Books, name: str, value: str) -> None:
    lines = head.ledger.count()
    with pytest.raises(BadInput):
        head.settings.set(name, value, head.signer(PASSPHRASE[HEAD]))
    assert head.ledger.count() == lines


def test_only_the_head_and_only_what_is_a_setting(head: Books) -> None:
    for name in ("hours.opens", "ledger.year", ""):
        with pytest.raises(NotFound):
            head.settings.set(name, "1", head.signer(PASSPHRASE[HEAD]))
    officer = open_books(head.locations, OFFICER)
    for signer in (officer.signer(PASSPHRASE[OFFICER]), head_signer(head.locations)):
        with pytest.raises(NotAllowed):
            officer.settings.set("ledger.years", "7", signer)
    assert len(officer.settings.all()) > 10
    officer.close()
