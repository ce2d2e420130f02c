"""An officer with the database key, Python and every file tries to become more than an officer.

Each way alone: it gives nothing in books that are open, and the next log-in of anybody tells of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from typing import Any

import pytest

from store.base.locations import Locations
from store.books import Books, change_passphrase
from store.formats.canonical import b64
from store.formats.jws import public_of, thumbprint
from store.formats.line import Entry, LineKind
from store.ledger.errors import LedgerBroken
from store.people import roles_in_force
from store.people.errors import NoFirstKey
from store.people.roles_document import appointment, sign_document, sign_keys
from store.people.roles_in_force import Roles
from store.people.vault import Keyring, Signer
from store.staff.appointments import Term
from store.staff.errors import ActingHead, ListRefused, NoHeadNow
from store.staff.recovery import renew_sheet, sheet_facts
from tests.rig.lines import HandClock, tamper
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE, open_books
from tests.rig.signed_people import sign_change

FIRST, OWN = "first-word-7", "lantern kite mango river"
ROWS = {
    "a role": "INSERT INTO appointment(login, role, from_at) VALUES ('somchai', 'head', '2026')",
    "another's role": "UPDATE appointment SET login = 'somchai' WHERE role = 'head'",
    "a role that is not acting": "UPDATE appointment SET acting = 1 WHERE role = 'head'",
    "a term": "UPDATE appointment SET until_at = '2027' WHERE login = 'somchai'",
    "an earlier begin": "UPDATE appointment SET from_at = '2020' WHERE login = 'somchai'",
    "a role taken away": "DELETE FROM appointment WHERE login = 'prasit'",
    "a key": "INSERT INTO person_key(kid, login, signing_key, age_key) VALUES ('k', 'prasit', 'x', 'y')",
    "a changed key": "UPDATE person_key SET signing_key = 'x' WHERE login = 'prasit'",
    "a key that ended": "UPDATE person_key SET until_at = '2026-11-23' WHERE login = 'prasit'",
    "the key in force": "UPDATE person SET kid = NULL, signing_key = NULL WHERE login = 'prasit'",
    "another's age key": "UPDATE person SET age_key = 'age1' WHERE login = 'prasit'",
    "a level": "UPDATE person SET level = 'อำนวยการ' WHERE login = 'somchai'",
    "a name": "UPDATE person SET name = 'นางใคร ก็ได้' WHERE login = 'somchai'",
    "a service": "UPDATE person SET services = '[\"S01\",\"S24\"]' WHERE login = 'somchai'",
    "services that are none": "UPDATE person SET services = '{' WHERE login = 'somchai'",
    "a citizen's number": "UPDATE person SET citizen_id = '3501200456785' WHERE login = 'somchai'",
    "a person": "INSERT INTO person(login, name, citizen_id, level, services)"
    " VALUES ('nobody', 'x', '3501200456785', 'x', '[]')",
    "a longer first passphrase": "UPDATE person SET first_until = '2030' WHERE login = 'somchai'",
    "the sheet that new keys are sealed to": "UPDATE book SET value = 'age1x' WHERE name = 'recovery_key'",
    "the document deleted": "DELETE FROM roles_document",
    "another document": "UPDATE roles_document SET token = 'x.y.z'",
}


def db_key(office: Locations) -> bytes:
    return Keyring(office.keys).unlock(OFFICER, PASSPHRASE[OFFICER]).db_key


def seen_by_everybody(office: Locations, clock: HandClock) -> None:
    """Every log-in is refused with exit code 5; read alone, the books give nobody more than before."""
    for login in (OFFICER, CONTROLLER, HEAD):
        with pytest.raises(LedgerBroken) as broken:
            open_books(office, login, clock)
        assert broken.value.exit_code == 5
        books = Books.open(office, login, PASSPHRASE[login], clock=clock, even_broken=True)
        with closing(books):
            assert books.broken is not None
            if login == OFFICER:
                assert "head" not in books.who.roles


@pytest.mark.parametrize("what", ROWS)
def test_a_row_gives_nothing_and_is_seen_at_the_next_log_in(
    books: Books, office: Locations, clock: HandClock, what: str
) -> None:
    before = books.people.all()
    tamper(office.books, ROWS[what], key=db_key(office))
    if what == "a citizen's number":
        with pytest.raises(LedgerBroken):
            books.people.get(OFFICER)
    else:
        assert books.people.all() == before
    books.close()
    seen_by_everybody(office, clock)


# --- lines and documents of his own making, in a session of his own ---

Forged = Callable[[Books, Signer, Any], dict[str, Any]]


def _named(db: Any, roles: Roles, signer: Signer, *, n: int, prev: str | None) -> dict[str, Any]:
    """He makes himself head in a document that he signs himself."""
    people = deepcopy(dict(roles.people))
    people[OFFICER]["appointments"].append(appointment("head", "2026", None, False, None))
    place = {"unit": roles.unit, "station": roles.station, "n": n, "prev": prev}
    token, sha256 = sign_document(place, people.values(), signer)
    db.execute("INSERT OR REPLACE INTO roles_document VALUES (?, ?, ?)", [n, token, sha256])
    return {"roles": {"n": n, "sha256": sha256}}


def own_document(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    roles = roles_in_force.now(db)
    return _named(db, roles, signer, n=1, prev=roles.sha256)


def document_zero_anew(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    return _named(db, roles_in_force.now(db), signer, n=0, prev=None)


def document_that_skips(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    roles = roles_in_force.now(db)
    return _named(db, roles, signer, n=7, prev=roles.sha256)


def own_sheet(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    return sheet_facts(roles_in_force.now(db), b64(public_of(signer.seed)), "age1x", signer)


def the_heads_key(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    """New keys in the head's name, for which he himself gives his word."""
    roles, fresh = roles_in_force.now(db), Signer(HEAD, "", bytes(range(32)))
    facts = {"login": HEAD, **own_keys(fresh), "roles_n": roles.n}
    place = {"unit": roles.unit, "station": roles.station}
    return {**facts, "signed": sign_keys({**place, **facts}, signer)}


def own_keys(signer: Signer) -> dict[str, str]:
    public = public_of(signer.seed)
    return {"kid": thumbprint(public), "key": b64(public), "age_key": "age1x"}


def keys_of_no_form(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    return {"login": HEAD, "kid": ["x"], "key": {}, "age_key": 1, "roles_n": "0", "signed": []}


def his_key_as_the_heads(books: Books, signer: Signer, db: Any) -> dict[str, Any]:
    return {"login": HEAD, **own_keys(signer)}


LINES: dict[str, tuple[str, Forged]] = {
    "a document that he signed": (LineKind.PEOPLE, own_document),
    "document 0 again": (LineKind.PEOPLE, document_zero_anew),
    "a document that skips numbers": (LineKind.PEOPLE, document_that_skips),
    "a sheet of his own": (LineKind.KEYS, own_sheet),
    "new keys for the head": (LineKind.KEYS, the_heads_key),
    "keys of no form": (LineKind.KEYS, keys_of_no_form),
    "his key under the head's name": (LineKind.KEYS, his_key_as_the_heads),
}


@pytest.mark.parametrize("what", LINES)
def test_a_line_of_his_own_making_gives_nothing(office: Locations, clock: HandClock, what: str) -> None:
    kind, forged = LINES[what]
    books = open_books(office, OFFICER, clock)
    with closing(books):
        signer = books.signer(PASSPHRASE[OFFICER])
        with books.database.write() as db:
            facts = forged(books, signer, db)
            books.ledger.append(db, Entry(kind, OFFICER, facts=facts))
        with pytest.raises(LedgerBroken):
            books.people.get(OFFICER)
    seen_by_everybody(office, clock)


def test_an_older_document_does_not_come_back(books: Books, office: Locations, clock: HandClock) -> None:
    signer = books.signer(PASSPHRASE[HEAD])
    books.appointments.appoint(OFFICER, "head", signer)
    with books.database.write() as db:
        (with_head,) = db.execute("SELECT token FROM roles_document WHERE n = 1").fetchone()
    books.appointments.end(OFFICER, signer, role="head")
    books.close()
    clock.go(minutes=1)
    open_books(office, OFFICER, clock).close()
    for wrong in (
        f"UPDATE roles_document SET token = '{with_head}' WHERE n = 2",
        "DELETE FROM roles_document WHERE n = 2",
    ):
        saved = office.books.read_bytes()
        tamper(office.books, wrong, key=db_key(office))
        with pytest.raises(LedgerBroken):
            open_books(office, HEAD, clock)
        with closing(
            Books.open(office, OFFICER, PASSPHRASE[OFFICER], clock=clock, even_broken=True)
        ) as again:
            assert again.broken is not None
        for leftover in office.home.glob("books.db-*"):
            leftover.unlink()
        office.books.write_bytes(saved)


def test_a_line_that_names_a_document_cannot_be_edited(
    books: Books, office: Locations, clock: HandClock
) -> None:
    """Before the mark of a log-in only the root of the lines is compared; these lines are proved each."""
    books.appointments.change(OFFICER, books.signer(PASSPHRASE[HEAD]), level="ชำนาญการ")
    seq = books.ledger.count() - 1
    books.close()
    for login in PASSPHRASE:
        open_books(office, login, clock).close()
    tamper(
        office.books,
        f"UPDATE ledger SET body = replace(body, '\"roles\":', '\"rolex\":') WHERE seq = {seq}",
        "DELETE FROM roles_document WHERE n = 1",
        "UPDATE person SET level = 'ชำนาญงาน' WHERE login = 'somchai'",
        key=db_key(office),
    )
    seen_by_everybody(office, clock)


def test_not_even_the_head_leaves_a_number_out(books: Books, office: Locations, clock: HandClock) -> None:
    signer = books.signer(PASSPHRASE[HEAD])
    with books.database.write() as db:
        roles = roles_in_force.now(db)
        place = {"unit": roles.unit, "station": roles.station, "n": 2, "prev": roles.sha256}
        token, sha256 = sign_document(place, roles.people.values(), signer)
        db.execute("INSERT INTO roles_document VALUES (2, ?, ?)", [token, sha256])
        facts = {"roles": {"n": 2, "sha256": sha256}}
        books.ledger.append(db, Entry(LineKind.PEOPLE, HEAD, facts=facts))
    seen_by_everybody(office, clock)


# --- first passphrases ---


def test_nobody_claims_the_place_of_a_person_with_a_first_passphrase(
    books: Books, office: Locations, clock: HandClock
) -> None:
    """He seals a box of his own under the head's login, who has no keys yet: his key has nobody's word."""
    signer = books.signer(PASSPHRASE[HEAD])
    books.appointments.appoint(CONTROLLER, "head", signer)
    books.appointments.reset(CONTROLLER, FIRST, signer)
    books.close()
    honest = office.keys.read_bytes()
    Keyring(office.keys).add_first(CONTROLLER, "made up first", db_key(office))
    with pytest.raises(NoFirstKey):
        change_passphrase(office, CONTROLLER, "made up first", OWN, clock=clock)
    office.keys.write_bytes(honest)
    change_passphrase(office, CONTROLLER, FIRST, OWN, clock=clock)
    Books.open(office, CONTROLLER, OWN, clock=clock).close()


def test_a_first_passphrase_brings_keys_once(books: Books, office: Locations, clock: HandClock) -> None:
    """Whoever typed the first passphrase, and kept the old file, cannot bring keys in a second time."""
    books.appointments.reset(CONTROLLER, FIRST, books.signer(PASSPHRASE[HEAD]))
    books.close()
    kept = next(one for one in json.loads(office.keys.read_bytes())["people"] if one["login"] == CONTROLLER)
    change_passphrase(office, CONTROLLER, FIRST, OWN, clock=clock)
    content = json.loads(office.keys.read_bytes())
    content["people"] = [kept if one["login"] == CONTROLLER else one for one in content["people"]]
    office.keys.write_text(json.dumps(content))
    with pytest.raises(NoFirstKey):
        change_passphrase(office, CONTROLLER, FIRST, "another four small words", clock=clock)


# --- who acts for the head ---


@pytest.fixture
def acting(books: Books, office: Locations, clock: HandClock) -> Books:
    """Books of the officer, who acts as head until the end of November."""
    term = Term(until_at="2026-12-01T00:00:00+07:00", order_no="77/2569", acting=True)
    books.appointments.appoint(OFFICER, "head", books.signer(PASSPHRASE[HEAD]), term)
    books.close()
    return open_books(office, OFFICER, clock)


def _extended(people: dict[str, Any]) -> None:
    people[OFFICER]["appointments"][-1]["until"] = "2027-12-01T00:00:00+07:00"


def _for_good(people: dict[str, Any]) -> None:
    people[OFFICER]["appointments"].append(appointment("head", "2026", None, False, None))


def _head_ended(people: dict[str, Any]) -> None:
    people[HEAD]["appointments"][0]["until"] = "2026-11-23T09:00:00+07:00"


def _head_named(people: dict[str, Any]) -> None:
    people[CONTROLLER]["appointments"].append(appointment("head", "2026", None, False, None))


def _head_renamed(people: dict[str, Any]) -> None:
    people[HEAD]["name"] = "x"


def _head_reset(people: dict[str, Any]) -> None:
    person = people[HEAD]
    person["keys"][0]["until"] = "2026-11-23T09:00:00+07:00"
    person["first"] = {"key": b64(public_of(bytes(32))), "age_key": "age1", "until": "2027"}


@pytest.mark.parametrize(
    "change", [_extended, _for_good, _head_ended, _head_named, _head_renamed, _head_reset]
)
def test_who_acts_for_the_head_changes_no_head(
    acting: Books, office: Locations, clock: HandClock, change: Callable[[dict[str, Any]], None]
) -> None:
    signer = acting.signer(PASSPHRASE[OFFICER])
    with pytest.raises(ListRefused):
        sign_change(acting, signer, change)
    # Without this program's own check he writes it all the same: then every log-in refuses it.
    with acting.database.write() as db:
        roles = roles_in_force.now(db)
        people = deepcopy(dict(roles.people))
        change(people)
        place = {"unit": roles.unit, "station": roles.station, "n": 2, "prev": roles.sha256}
        token, sha256 = sign_document(place, people.values(), signer)
        db.execute("INSERT INTO roles_document VALUES (2, ?, ?)", [token, sha256])
        facts = {"login": OFFICER, "did": "changed", "roles": {"n": 2, "sha256": sha256}}
        acting.ledger.append(db, Entry(LineKind.PEOPLE, OFFICER, facts=facts))
    acting.close()
    with pytest.raises(LedgerBroken):
        open_books(office, HEAD, clock)


def test_who_acts_for_the_head_does_the_heads_daily_work(
    acting: Books, office: Locations, clock: HandClock
) -> None:
    signer = acting.signer(PASSPHRASE[OFFICER])
    acting.appointments.change(CONTROLLER, signer, level="ชำนาญการพิเศษ")
    with pytest.raises(ActingHead):  # a sheet can name heads
        renew_sheet(acting, office.home.parent / "new.html", signer)
    assert not (office.home.parent / "new.html").exists()
    acting.close()
    for day in ("2026-11-30T16:00:00", "2026-12-01T08:30:00"):
        clock.set(day)
        open_books(office, OFFICER, clock).close()
    clock.set("2026-11-24T08:30:00")  # the clock set back does not bring the role back
    change_passphrase(office, OFFICER, PASSPHRASE[OFFICER], OWN, clock=clock)
    change_passphrase(office, OFFICER, OWN, PASSPHRASE[OFFICER], clock=clock)
    with closing(open_books(office, OFFICER, clock)) as books:
        assert books.people.roles().sure == "2026-12-01T08:30:00+07:00"
        assert books.who.roles == ("officer",)
        with pytest.raises(NoHeadNow):
            sign_change(books, books.signer(PASSPHRASE[OFFICER]), _for_good)
