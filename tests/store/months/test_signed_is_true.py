"""Nobody signs what somebody with the database key has put into a table: every member, at every signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from store.counter.visitor import Visitor
from store.formats import jws
from store.formats.canonical import b64, canonical, unb64
from store.formats.report import REPORT
from store.ledger.errors import LedgerBroken
from store.months.errors import FoundAnew, NotAsInLines
from store.people.errors import CopiesDiffer
from store.proof import break_memory
from store.queue.job import Job
from store.settings.errors import NotAsSigned
from store.staff.people_list import PeopleLists
from tests.rig.lines import tamper
from tests.rig.office import CITIZEN, CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.rig.signed_people import held_until, sign_change
from tests.store.months.month_office import NOVEMBER, Office, report_of

STEPS = {"summarise": OFFICER, "check": CONTROLLER, "approve": HEAD, "flag": HEAD}
MOMENTS = {OFFICER: "2026-12-01T08:47:00", CONTROLLER: "2026-12-02T09:00:00", HEAD: "2026-12-02T15:10:00"}
EXPLAINED = "บัตรอ่านไม่ได้"


@pytest.fixture
def ready(office: Office) -> Office:
    """November is cut off; an officer has explained the first of its two findings."""
    office.serve_november(bare=True)
    with office.at(OFFICER, "2026-12-01T08:30:00") as books:
        books.months.cut_off(NOVEMBER)
        books.months.explain(NOVEMBER, 1, EXPLAINED)
    return office


def up_to(office: Office, step: str) -> Office:
    """Signs what comes before the step; before the head's, the head has decided on the first finding."""
    if step != "summarise":
        office.summarised()
    if step in ("approve", "flag"):
        office.checked()
        with office.at(HEAD, "2026-12-02T14:00:00") as books:
            books.months.decide(NOVEMBER, 1, step == "approve", "เห็นแล้ว")
    return office


def changed(office: Office, *sql: str) -> None:
    """A change of the books by somebody who has their key."""
    with office.at(OFFICER) as books:
        path, key = office.locations.books, books.database.key
    tamper(path, *sql, key=key)


def sign(office: Office, step: str) -> None:
    login = STEPS[step]
    with office.at(login, MOMENTS[login]) as books:
        more = () if step in ("summarise", "check") else ("อธิบายได้",)
        getattr(books.months, step)(NOVEMBER, books.signer(PASSPHRASE[login]), *more)


def refused(office: Office, step: str) -> tuple[str, ...]:
    """The members that the refusal names; no signature and no line was written."""
    before = signatures(office)
    with pytest.raises(NotAsInLines) as error:
        sign(office, step)
    assert error.value.exit_code == 5
    assert signatures(office) == before
    return error.value.members


def signatures(office: Office) -> list[dict[str, Any]]:
    with office.at(OFFICER) as books:
        return books.database.rows("SELECT * FROM signature ORDER BY n")


def payload(office: Office) -> dict[str, Any]:
    with office.at(OFFICER) as books:
        found: dict[str, Any] = json.loads(books.database.value("SELECT payload FROM month"))
    return found


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize("step", STEPS)
def test_what_was_not_changed_is_signed(ready: Office, step: str) -> None:
    up_to(ready, step)
    before = signatures(ready)
    sign(ready, step)
    assert len(signatures(ready)) == len(before) + 1


OTHER: dict[str, Callable[[Any], Any]] = {
    "v": lambda _: 2,
    "unit": lambda _: "5002",
    "month": lambda _: "2026-10",
    "revision": lambda n: n + 1,
    "replaces": lambda _: "00000000-0000-5000-8000-000000000000",
    "chains": lambda chains: [{**chains[0], "from": 1}],
    "use": lambda use: use[1:],
    "visits": lambda n: n + 1,
    "spared": lambda n: n + 1,
    "offline_min": lambda n: n + 1,
    "unanswered": lambda n: n - 1,
    "findings": lambda found: found[1:],
    "lost_lines": lambda n: n + 1,
    "people": lambda _: "0" * 64,
    "late": lambda _: [[OFFICER, "S01", "D02", "linkage", "obtained", 1]],
    "more": lambda _: "x",
}


def test_every_member_of_the_payload_is_tried(ready: Office) -> None:
    ready.summarised()
    assert payload(ready).keys() | {"late", "more"} == OTHER.keys()


@pytest.mark.parametrize("step", [step for step in STEPS if step != "summarise"])
@pytest.mark.parametrize("member", OTHER)
def test_no_member_of_the_stored_payload_is_believed(ready: Office, step: str, member: str) -> None:
    up_to(ready, step)
    value = payload(ready)
    wrong = canonical({**value, member: OTHER[member](value.get(member))}).decode()
    changed(ready, f"UPDATE month SET payload = {quoted(wrong)}")
    assert refused(ready, step) == (member,)


@pytest.mark.parametrize("member", sorted(OTHER.keys() - {"more", "late"}))
def test_the_sentence_names_the_member(ready: Office, member: str) -> None:
    ready.summarised()
    value = payload(ready)
    wrong = canonical({**value, member: OTHER[member](value[member])}).decode()
    changed(ready, f"UPDATE month SET payload = {quoted(wrong)}")
    with pytest.raises(NotAsInLines) as error:
        sign(ready, "check")
    assert str(error.value).startswith(f"Nobody can sign {NOVEMBER}: the ")


ROWS = {
    # what the rules found
    "DELETE FROM finding WHERE n = 2": "findings",
    "INSERT INTO finding(month, revision, n, rule, lines, about)"
    " VALUES ('2026-11', 1, 9, 'gap', '[]', 'unit')": "findings",
    "UPDATE finding SET n = n + 1 WHERE n = 2": "findings",
    "UPDATE finding SET rule = 'volume' WHERE n = 1": "findings",
    "UPDATE finding SET lines = '[1]' WHERE n = 1": "findings",
    "UPDATE finding SET about = 'wipha' WHERE n = 1": "findings",
    "UPDATE finding SET facts = '{\"n\":1}' WHERE n = 1": "findings",
    "UPDATE finding SET station = '02' WHERE n = 1": "findings",
    "UPDATE finding SET explanation = 'x' WHERE n = 1": "findings",
    "UPDATE finding SET explanation = 'x', explained_by = 'somchai' WHERE n = 2": "findings",
    "UPDATE finding SET explained_by = 'wipha' WHERE n = 1": "findings",
    "UPDATE finding SET explained_at = '2026-12-01T08:00:00+07:00' WHERE n = 1": "findings",
    # what the head decides, before he does or after
    "UPDATE finding SET decision = 'accepted', reason = 'y' WHERE n = 2": "findings",
    "UPDATE finding SET reason = 'y' WHERE n = 1": "findings",
    # the month's row
    "UPDATE month SET first_seq = first_seq + 1": "chains",
    "UPDATE month SET cut_off_seq = cut_off_seq - 1": "chains",
    "UPDATE month SET reason = 'x'": "revision",
    "UPDATE month SET submission = x'00'": "report",
    "UPDATE month SET findings = '{}'": "report",
    "UPDATE month SET receipt = 'x'": "report",
    # a signature that nobody made
    "INSERT INTO signature(month, revision, n, role, login, says, at, protected, signature) VALUES"
    " ('2026-11', 1, 9, 'officer', 'somchai', 'summarised', '2026-12-01', 'e30', 'x')": "signatures",
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("sql", ROWS)
def test_no_row_of_a_table_is_believed(ready: Office, step: str, sql: str) -> None:
    up_to(ready, step)
    changed(ready, sql)
    assert refused(ready, step) == (ROWS[sql],)


SIGNED = {
    "role": "'head'",
    "login": "'wipha'",
    "says": "'checked'",
    "at": "'2026-12-01T08:00:00+07:00'",
    "protected": "'e30'",
    "signature": "(SELECT 'AAAA')",
    "withdrawn": "1",
    "reason": "'x'",
    "n": "7",
}


@pytest.mark.parametrize("step", [step for step in STEPS if step != "summarise"])
@pytest.mark.parametrize("column", SIGNED)
def test_no_column_of_an_earlier_signature_is_believed(ready: Office, step: str, column: str) -> None:
    up_to(ready, step)
    changed(ready, f"UPDATE signature SET {column} = {SIGNED[column]} WHERE role = 'officer'")
    assert refused(ready, step) == ("signatures",)
    changed(ready, "DELETE FROM signature")
    assert refused(ready, step) == ("signatures",)


def test_a_key_of_ones_own_in_place_of_the_officers_is_refused(ready: Office) -> None:
    """Somebody signs another payload with a key that he wrote into every table as the officer's."""
    ready.summarised()
    seed = bytes(range(32))
    public = jws.public_of(seed)
    kid, key = jws.thumbprint(public), b64(public)
    with ready.at(OFFICER) as books:
        listed = json.loads(books.database.value("SELECT payload FROM people_list"))
        row = books.database.row("SELECT * FROM signature")
        stored = books.database.value("SELECT payload FROM month")
    assert row is not None
    for one in listed["people"]:
        if one["login"] == OFFICER:
            one |= {"kid": kid, "key": key}
    header = {name: json.loads(unb64(row["protected"]))[name] for name in ("login", "role", "says", "at")}
    protected, made = jws.sign_one(stored.encode(), typ=REPORT, header=header, seed=seed)
    changed(
        ready,
        f"UPDATE people_list SET payload = {quoted(canonical(listed).decode())}",
        f"UPDATE signature SET protected = '{protected}', signature = '{made}'",
    )
    assert refused(ready, "check") == ("signatures",)
    changed(
        ready,
        "INSERT INTO person_key(kid, login, signing_key, age_key)"
        f" VALUES ('{kid}', '{OFFICER}', '{key}', 'x')",
    )
    # The table of keys is a copy of a signed list: over it nobody opens the books at all.
    with pytest.raises(CopiesDiffer):
        sign(ready, "check")


def test_a_changed_people_list_is_refused(ready: Office) -> None:
    ready.summarised()
    changed(ready, "UPDATE people_list SET payload = replace(payload, 'วิภา', 'วิไล')")
    assert refused(ready, "check") == ("people",)


@pytest.mark.parametrize("step", ["check", "approve"])
def test_a_state_that_no_line_tells_of_is_refused(ready: Office, step: str) -> None:
    ready.summarised()
    if step == "check":
        ready.checked()
    other = "summarised" if step == "check" else "checked"
    changed(ready, f"UPDATE month SET state = '{other}'")
    assert "state" in refused(ready, step)


def test_outages_come_from_their_lines_alone(ready: Office) -> None:
    changed(
        ready,
        "INSERT INTO outage VALUES ('2026-11-10T09:00:00+07:00', '2026-11-10T10:00:00+07:00',"
        " '2026-11-10T10:00:00+07:00', 'no_line')",
    )
    ready.summarised()
    assert payload(ready)["offline_min"] == 0


def test_a_column_that_lies_changes_no_figure(office: Office) -> None:
    """The tables are made to say that December's visit began in November."""
    office.serve_november()
    with office.at(OFFICER, "2026-12-01T10:00:00") as books:
        visit = books.visits.open("S01", Visitor(CITIZEN, identity="card_face"), documents=["D11"])
        books.visits.obtain(visit.id, {1: "sighted"})
    with office.at(CONTROLLER, "2027-01-04T08:30:00") as books:
        books.months.cut_off("2026-12", confirmed=True)
    lies = f"replace(sql, 'body ->> ' || quote('$.visit'), quote('{visit.id}'))"
    changed(
        office,
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_schema SET sql = {lies} WHERE name = 'ledger'",
    )
    changed(office, "REINDEX ledger_visit")
    with office.at(OFFICER) as books:
        assert books.months.counts("2026-12").visits == 0
        view = books.months.summarise("2026-12", books.signer(PASSPHRASE[OFFICER]))
    assert view.visits == 1


def test_before_anybody_signs_the_findings_are_found_anew(ready: Office) -> None:
    """The officer is told, looks again, and can sign; what was explained is in the ledger and stays."""
    changed(ready, "DELETE FROM finding WHERE n = 1", "UPDATE finding SET lines = '[1]'")
    with pytest.raises(FoundAnew):
        sign(ready, "summarise")
    with ready.at(OFFICER) as books:
        found = books.months.status(NOVEMBER).findings
    assert [(one.rule, one.explanation) for one in found] == [
        ("no_identity", EXPLAINED),
        ("unanswered", None),
    ]
    sign(ready, "summarise")


def test_sent_back_it_is_found_anew(ready: Office) -> None:
    ready.summarised()
    changed(ready, "DELETE FROM finding")
    assert refused(ready, "check") == ("findings",)
    with ready.at(CONTROLLER) as books:
        view = books.months.send_back(NOVEMBER, "ตารางไม่ตรง")
    assert [one.explanation for one in view.findings] == [EXPLAINED, None]
    sign(ready, "summarise")
    sign(ready, "check")


def test_who_was_shown_other_figures_does_not_sign(ready: Office) -> None:
    """The payload is changed while the controller looks, and put back before he signs."""
    ready.summarised()
    value = payload(ready)
    true, wrong = (canonical({**value, "visits": n}).decode() for n in (value["visits"], 7))
    changed(ready, f"UPDATE month SET payload = {quoted(wrong)}")
    with ready.at(CONTROLLER, MOMENTS[CONTROLLER]) as books:
        shown = books.months.status(NOVEMBER)
        assert shown.visits == 7, "what is signed is shown, and no live figure"
        with books.database.write() as db:
            db.execute("UPDATE month SET payload = ?", [true])
        with pytest.raises(NotAsInLines) as error:
            books.months.check(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]), shown)
        assert error.value.members == ("shown",)
        books.months.check(NOVEMBER, books.signer(PASSPHRASE[CONTROLLER]), books.months.status(NOVEMBER))


def test_what_is_flagged_is_what_the_head_decided(ready: Office) -> None:
    up_to(ready, "flag")
    with ready.at(HEAD, MOMENTS[HEAD]) as books:
        books.months.flag(NOVEMBER, books.signer(PASSPHRASE[HEAD]), "ไม่มีบัตร")
        job = books.months.submit(NOVEMBER)
        assert isinstance(job, Job)
        sent = json.loads(report_of(books, job).findings or b"")["findings"]
    assert [(one["explanation"], one["reason"]) for one in sent] == [
        (EXPLAINED, "เห็นแล้ว"),
        (None, "ไม่มีบัตร"),
    ]


@pytest.mark.parametrize("step", STEPS)
def test_nobody_signs_where_ledger_verify_would_say_5(ready: Office, step: str) -> None:
    """A line from before everybody's last log-in, which no log-in looks at again."""
    up_to(ready, step)
    with ready.at(STEPS[step]):
        pass  # the mark of who signs next covers the line
    changed(ready, "UPDATE ledger SET body = replace(body, '\"v\":2', '\"v\":3') WHERE seq = 3")
    with pytest.raises(LedgerBroken):
        sign(ready, step)


def test_a_list_that_the_head_would_sign_besides_is_proved_too(ready: Office) -> None:
    """The head signs each list up to the named one: one before it is changed."""
    with ready.at(HEAD) as books:
        lists = PeopleLists(books)
        with books.database.write() as db:
            lists.current(db)
        sign_change(books, books.signer(PASSPHRASE[HEAD]), held_until(OFFICER, "2027-12-31T00:00:00+07:00"))
    ready.summarised()
    changed(ready, "UPDATE people_list SET payload = replace(payload, 'วิภา', 'วิไล') WHERE n = 1")
    assert refused(ready, "check") == ("people",)


@pytest.mark.parametrize("step", STEPS)
def test_nobody_signs_by_settings_that_the_head_did_not_sign(ready: Office, step: str) -> None:
    up_to(ready, step)
    changed(ready, "INSERT INTO setting(name, value) VALUES ('anomaly.unanswered.least', '2')")
    with pytest.raises(NotAsSigned):
        sign(ready, step)


def test_who_has_typed_the_passphrase_before_the_break_was_found_does_not_sign(ready: Office) -> None:
    ready.summarised()
    with ready.at(CONTROLLER, MOMENTS[CONTROLLER]) as books:
        signer = books.signer(PASSPHRASE[CONTROLLER])
        found = LedgerBroken(seq=3, month=NOVEMBER, problem="its text was changed")
        break_memory.remember(books.locations, found, books.clock())
        with pytest.raises(LedgerBroken):
            books.months.check(NOVEMBER, signer)
        with pytest.raises(LedgerBroken):
            books.signer(PASSPHRASE[CONTROLLER])
