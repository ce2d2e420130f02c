"""What an officer with the database key does to the settings: nothing is sent by it, and it is seen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from store.base.database import Tables
from store.ledger.errors import LedgerBroken
from store.settings.errors import NotAsSigned
from sync.errors import SettingsMoved
from sync.gateways.drivers.gdx import TOKEN_PATH, Gdx
from sync.network.http import Limits
from sync.network.open_client import open_client
from sync.run.probe import probe
from tests.rig.faults import Answer, Seen
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, ask, decide, open_books
from tests.sync.run.settings_office import (
    Attacked,
    forged_document,
    forged_publication,
    older_document,
    older_publication,
    row,
    sql,
)
from tui import cli, passphrases
from tui.words.setting_words import settings_warning

Attack = Callable[[Attacked, Tables], object]
ATTACKS: dict[str, Attack] = {
    "address": row("gateways.gdx.url"),
    "address of a gateway that was not set up": row("gateways.linkage2.url"),
    "certificate authority": row("gateways.gdx.ca", "-----BEGIN CERTIFICATE-----"),
    "secret": row("gateways.gdx.consumer_secret", "his own"),
    "secret taken out": sql("DELETE FROM setting WHERE name = 'gateways.gdx.consumer_secret'"),
    "threshold": row("anomaly.refused.least", "999"),
    "hours": row("office.close", "23:59"),
    "retention": row("ledger.years", "1"),
    "backup folder": row("backup.folder", "/tmp"),
    "address of the centre": row("centre.url"),
    "address of an enrolment": row("centre.enrolling"),
    "the centre's keys": row("centre.keys", '{"receipt":"AAAA"}'),
    "the centre's keys taken out": sql("DELETE FROM setting WHERE name = 'centre.keys'"),
    "code of a document": sql(
        """UPDATE document SET codes = '{"linkage": {"office": "1"}}' WHERE code = 'D02'"""
    ),
    "fields that are kept": sql(
        """UPDATE document SET keep = '["firstName", "religion"]' WHERE code = 'D02'"""
    ),
    "a document of his own": sql(
        "INSERT INTO document(code, name, short, owner, channels, codes, keep)"
        " SELECT 'D99', name, short, owner, channels, codes, keep FROM document WHERE code = 'D02'"
    ),
    "what a service asks for": sql("UPDATE service_document SET need = 'if_any', whose = 'comer'"),
    "legal basis of a service": sql("UPDATE service SET legal = 'none'"),
    "document by an officer's key": forged_document,
    "older document under the next number": partial(older_document, under=1),
    "older document under its own number": partial(older_document, under=-1),
    "document deleted": sql("DELETE FROM settings_document WHERE n = (SELECT max(n) FROM settings_document)"),
    "all documents deleted": sql("DELETE FROM settings_document"),
    "document exchanged": sql(
        "UPDATE settings_document SET token = (SELECT token FROM settings_document WHERE n = 0)"
    ),
    "older publication": older_publication,
    "publication of another centre": forged_publication,
    "publication deleted": sql("DELETE FROM publication WHERE n = 8"),
}


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Attacked]:
    attacked = Attacked(tmp_path / "home")
    yield attacked
    attacked.close()


def test_what_the_head_signed_is_sent(at: Attacked) -> None:
    """Without an attack, so that the tests below show what an attack changes."""
    at.run()
    assert [call.query["ServiceID"] for call in at.gateway.lookups] == ["008"]
    assert at.centre.calls
    assert at.attacker.calls == []
    anew = at.open_anew()
    assert settings_warning(anew) == ""
    anew.settings.verify()
    anew.close()


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_by_what_an_officer_changed_nothing_is_sent_anywhere(at: Attacked, attack: Attack) -> None:
    for warm in (True, False):
        if warm:
            assert at.books.settings.demand_as_signed(), "this process has verified what is in force"
            with at.books.database.write() as db:
                attack(at, db)
        else:
            at.books.close()
            try:
                at.books = at.open_anew()
            except LedgerBroken:
                return  # a line that only a head may write: the log-in itself says so
        with pytest.raises(NotAsSigned) as told:
            at.run()
        assert told.value.exit_code == 5
        with pytest.raises(NotAsSigned):
            probe(at.books)
        assert at.sent() == 0
        # What is shown meanwhile is what the head signed, never what stands in the row.
        assert at.books.settings.get("gateways.gdx.url") != at.attacker.url
        assert at.books.settings.get("centre.url") != at.attacker.url
        assert at.books.settings.get("ledger.years") is None
        # It is seen at the log-in, and by `ledger verify`.
        assert settings_warning(at.books)
        with pytest.raises(NotAsSigned):
            at.books.settings.verify()
    assert len(at.books.queue.list(["waiting"])) == 2, "what waits is kept"


def test_the_command_line_says_so_and_ends_with_5(
    at: Attacked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(passphrases, "_taken", {"NOCOPY_PASSPHRASE": PASSPHRASE[OFFICER]})
        code = cli.run([*words, "--home", str(at.locations.home), "--login", OFFICER, "--lang", "en"])
        return code, capsys.readouterr().err

    assert run("ledger", "verify", "--offline") == (0, "")
    with at.books.database.write() as db:
        ATTACKS["address"](at, db)
    for words in (("ledger", "verify", "--offline"), ("ledger", "verify"), ("sync",)):
        code, err = run(*words)
        assert code == 5, words
        assert "What the head signed was changed in these books (gateways.gdx.url): nothing is sent." in err
    code, err = run("catalogue")
    assert code == 0, "what leaves nothing goes on"
    assert "What the head signed was changed" in err
    assert at.sent() == 0


def test_the_heads_next_change_puts_back_what_was_signed_and_says_so(at: Attacked) -> None:
    with at.books.database.write() as db:
        ATTACKS["address"](at, db)
        ATTACKS["code of a document"](at, db)
    decide(at.books, {"office.open": "08:00"})
    [line] = at.books.ledger.lines(kind="settings", limit=1)
    assert (line.officer, line.facts["names"]) == (HEAD, ["office.open"])
    assert line.facts["put_back"] == ["D02", "gateways.gdx.url"]
    assert at.run().done == 1
    assert [call.query["ServiceID"] for call in at.gateway.lookups] == ["008"]
    assert at.attacker.calls == []


def test_the_head_cannot_sign_over_a_document_that_is_gone(at: Attacked) -> None:
    with at.books.database.write() as db:
        ATTACKS["document deleted"](at, db)
    head = open_books(at.locations, HEAD)
    with pytest.raises(NotAsSigned):
        head.settings.set("office.open", "08:00", head.signer(PASSPHRASE[HEAD]))
    head.close()


def test_a_request_by_codes_that_the_head_did_not_sign_is_set_aside(at: Attacked) -> None:
    with at.books.database.write() as db:
        [body] = db.execute("SELECT body FROM job WHERE kind = 'lookup'").fetchone()
        asked = json.loads(body)
        asked["route"]["service"] = "001"
        db.execute("UPDATE job SET body = ? WHERE kind = 'lookup'", [json.dumps(asked).encode()])
    at.run()
    assert at.gateway.lookups == []
    [job] = [job for job in at.books.queue.list() if job.kind == "lookup"]
    assert (job.state, job.outcome) == ("quarantined", "codes_changed")


def test_a_change_in_another_process_is_taken_up(at: Attacked) -> None:
    assert at.books.settings.get("gateways.gdx.url") == at.gateway.url
    elsewhere = at.open_anew()
    decide(elsewhere, {"gateways.gdx.url": at.attacker.url})  # this time the head did sign it
    elsewhere.close()
    at.run()
    assert at.gateway.calls == []
    assert len(at.attacker.lookups) == 1


def test_a_connection_of_before_makes_no_call_after_a_change(at: Attacked) -> None:
    wire = open_client(at.books, "gateways.gdx", Limits())
    assert wire.call("GET", at.gateway.url).status == 200
    decide(at.books, {"gateways.gdx.url": at.attacker.url})
    with pytest.raises(SettingsMoved):
        wire.call("GET", at.gateway.url)
    wire.close()
    wire = open_client(at.books, "gateways.gdx", Limits())
    with at.books.database.write() as db:
        ATTACKS["hours"](at, db)
    with pytest.raises(SettingsMoved):
        wire.call("GET", at.gateway.url)
    wire.close()
    assert len(at.gateway.calls) == 1


def test_what_was_not_sent_yet_is_not_even_taken_up(at: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """One lookup after the other: for the second, no attempt is written that never was one."""
    monkeypatch.setattr(Gdx, "at_once", 1)
    ask(at.books)
    take = at.gateway.take

    def change(call: Seen) -> Answer:
        if call.path != TOKEN_PATH:
            decide(at.books, {"office.open": "08:00"})
        return take(call)

    monkeypatch.setattr(at.gateway, "take", change)
    assert at.run().stopped == "settings"
    assert len(at.gateway.lookups) == len(at.books.ledger.lines(kind="attempt")) == 1


def test_a_run_ends_where_the_settings_change_under_it(at: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        ask(at.books)
    take, changing, changed = at.gateway.take, threading.Lock(), threading.Event()

    def change_first(call: Seen) -> Answer:
        with changing:  # no call is answered before the change is done
            if call.path != TOKEN_PATH and not changed.is_set():
                decide(at.books, {"gateways.gdx.url": at.attacker.url})
                changed.set()
        return take(call)

    monkeypatch.setattr(at.gateway, "take", change_first)
    report = at.run()
    assert (report.stopped, report.exit_code) == ("settings", 6)
    before = len(at.gateway.lookups)
    assert 1 <= before <= 4, "the last one was not claimed any more"
    assert at.attacker.calls == []
    # The next run goes where the settings of now say, also with those that were claimed already.
    assert at.run().stopped is None
    assert (len(at.gateway.lookups), len(at.attacker.lookups)) == (before, 5 - before)
