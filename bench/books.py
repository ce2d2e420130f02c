"""Makes books with any number of ledger lines: invented people, the example catalogue, months cut off.

Everything that a verifier checks is real: the canonical bodies, the chain, the tree, the sealed values with
their keys, the signed checkpoints. To be fast, rows are inserted by the thousand instead of one durable line
at a time.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from reader.buddhist_date import BANGKOK, now, stamp
from reader.citizen_id import check_digit
from store.base.database import Database, Tables
from store.base.locations import Locations
from store.books import change_passphrase
from store.formats import tree
from store.formats.canonical import b64, unb64
from store.formats.jws import public_of, thumbprint
from store.formats.line import SEALED, leaf_hash, month_after, month_before, seal
from store.formats.note import sign_note
from store.formats.session import Certificate, Tail, claimed_row, public_key, sign_certificate, sign_row
from store.people.vault import Keyring
from store.settings.catalogue import LOOKUPS, Catalogue, Service
from store.settings.example import example_content
from store.settings.office_hours import is_working_day, last_working_day
from store.setup.create import create_books
from store.setup.form import read_setup

OFFICERS = ("somchai", "malee", "wichai", "kanya", "prasan", "duangjai", "anan", "suda", "narong", "pim")
CONTROLLER, HEAD = "wipha", "prasit"
PASSPHRASE = "river mango lantern bell"
"""Everybody's passphrase."""
_FIRST = "first-word-0"
_LINES_A_MONTH = 17_000
_LINES_A_SESSION = 200  # an officer's morning
_CHUNK = 20_000
_RANDOM_BLOCK = 1 << 20
_AT_ONCE = 200  # different citizens for each thousand lines

_INSERTS = {
    "ledger": "INSERT INTO ledger(seq, body, prev, leaf) VALUES (?, ?, ?, ?)",
    "sealed": "INSERT INTO sealed(seq, field, key, value) VALUES (?, ?, ?, ?)",
    "node": "INSERT INTO node(level, n, hash) VALUES (?, ?, ?)",
    "checkpoint": "INSERT INTO checkpoint(size, at, note, queued) VALUES (?, ?, ?, 0)",
    "session": "INSERT INTO session(session, login, certificate, row) VALUES (?, ?, ?, ?)",
}


@dataclass(frozen=True)
class Made:
    """Generated books: their folder, the people who can open them (all with PASSPHRASE), and their months."""

    locations: Locations
    logins: tuple[str, ...]
    lines: int
    months: tuple[str, ...]


def make_books(
    home: Path, lines: int, *, months: int | None = None, until: datetime | None = None, seed: int = 1
) -> Made:
    """Make books in `home` (missing or empty) of `lines` ledger lines, or a few more to end a visit.

    By default a month gets about 17,000 lines; all months but the last are cut off. The last line is of the
    working day before `until` (default: now). `seed` seeds the invented days; keys are random.
    """
    end = last_working_day((until or now()).astimezone(BANGKOK).date() - timedelta(days=1))
    names = [f"{end:%Y-%m}"]
    for _ in range((months or max(1, round(lines / _LINES_A_MONTH))) - 1):
        names.insert(0, month_before(names[0]))
    begin = datetime.fromisoformat(f"{names[0]}-01T07:00:00+07:00")
    locations = Locations(home)
    db_key = _make_office(locations, begin)
    database = Database(locations.books, db_key)
    try:
        with database.write() as db:
            db.execute("DROP INDEX sealed_value")  # made at the end: its order is random
        keyring = Keyring(locations.keys)
        seeds = {login: keyring.unlock(login, PASSPHRASE).seed for login in OFFICERS}
        writer = _Writer(database, random.Random(seed), {login: seed or b"" for login, seed in seeds.items()})
        for n, month in enumerate(names, 1):
            wanted = writer.start + (lines - writer.start) * n // len(names)
            last = end if n == len(names) else date.fromisoformat(month_after(month) + "-01")
            _fill_month(writer, month, wanted, last, cut=n < len(names))
        writer.finish()
        with database.write() as db:
            db.execute("CREATE INDEX sealed_value ON sealed(field, value)")
        size = int(database.value("SELECT max(seq) + 1 FROM ledger"))
    finally:
        database.close()
    return Made(locations, (OFFICERS[0], CONTROLLER, HEAD), size, tuple(names))


# --- the office ---


def _make_office(locations: Locations, begin: datetime) -> bytes:
    """Books with line 0 and the people; returns the database key."""
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "office.toml"
        form.write_text(_form(), encoding="utf-8")
        create_books(locations, read_setup(form), recovery=Path(folder) / "sheet.txt", clock=lambda: begin)
    for login in (*OFFICERS, CONTROLLER, HEAD):
        change_passphrase(locations, login, _FIRST, PASSPHRASE, clock=lambda: begin)
    return Keyring(locations.keys).unlock(HEAD, PASSPHRASE).db_key


def _form() -> str:
    text = '[unit]\ncode = "5001"\nname = "สำนักงานตัวอย่าง"\nstation = "01"\n'
    roles = [*((login, "officer") for login in OFFICERS), (CONTROLLER, "controller"), (HEAD, "head")]
    for n, (login, role) in enumerate(roles):
        services = [f"S{code:02}" for code in range(1, 25)] if role == "officer" else []
        text += (
            f'[[person]]\nlogin = "{login}"\nname = "นาย{login} ตัวอย่าง"\nlevel = "ชำนาญงาน"\n'
            f'citizen_id = "{_citizen(900_000_000 + n)}"\nroles = ["{role}"]\n'
            f'services = {json.dumps(services)}\nfirst_passphrase = "{_FIRST}"\n'
        )
    return text


def _citizen(n: int) -> str:
    """The n-th invented number, with its right check digit."""
    first = f"350{n:09}"
    return first + check_digit(first)


# --- the days ---


@dataclass
class _Day:
    """The clock of a working day; each line advances it by a step."""

    at: datetime
    step: float

    def next(self) -> str:
        self.at += timedelta(seconds=self.step)
        return self.at.isoformat(timespec="seconds")


def _fill_month(writer: _Writer, month: str, wanted: int, last: date, *, cut: bool) -> None:
    """Write lines until there are `wanted`, spread over the month's working days before `last`."""
    days = list(_working_days(month, last))
    for n, day in enumerate(days, 1):
        goal = writer.seq + (wanted - writer.seq) // (len(days) - n + 1)
        here = datetime(day.year, day.month, day.day, 8, 31, tzinfo=BANGKOK)
        going = _Day(here, 27_000 / max(1, goal - writer.seq))
        writer.month = month
        writer.log_in(going.next())
        writer.checkpoint(stamp(here))
        while writer.seq < goal:
            if writer.session_lines >= _LINES_A_SESSION:
                writer.log_in(going.next())
            _visit(writer, going)
    if cut:
        at = f"{month_after(month)}-01T08:00:00+07:00"
        facts = {"first": writer.month_begins, "last": writer.seq - 1, "month": month}
        writer.line("cut_off", at, officer=writer.officer, facts=facts)
        writer.checkpoint(at)
        writer.month_begins = writer.seq


def _working_days(month: str, last: date) -> Iterator[date]:
    day = date.fromisoformat(f"{month}-01")
    found = []
    while f"{day:%Y-%m}" == month and day <= last:
        if is_working_day(day):
            found.append(day)
        day += timedelta(days=1)
    return iter(found or [date.fromisoformat(f"{month}-01")])


def _visit(writer: _Writer, day: _Day) -> None:
    """Write one visit: the documents of a service, and the outcome of each."""
    pick = writer.pick
    service = pick.choice(writer.services)
    writer.visits += 1
    bare = pick.random() < 0.003
    by_other = pick.random() < 0.08
    seen = day.at.isoformat(timespec="seconds")
    common = {
        "officer": writer.officer,
        "visit": f"01-{(day.at.year + 543) % 100:02}-{writer.visits:05}",
        "service": service.code,
        "comer": "mandate" if by_other else "self",
        "identity": "none" if bare else "card_face",
        "card_seen_at": None if bare else seen,
        "legal": service.legal,
    }
    about_whom = writer.citizen()
    for need in service.documents:
        if need.need == "if_any" and pick.random() < 0.6:
            continue
        company = need.whose == "company"
        values = {"subject": writer.company() if company else about_whom, "purpose": service.purpose}
        if by_other:
            values |= {"comer": writer.citizen(), "basis": "หนังสือมอบอำนาจ"}
        _document(writer, day, need.document, {**common, "subject_kind": _kind(company)}, values)


def _kind(company: bool) -> str:
    return "juristic" if company else "thai_person"


def _document(writer: _Writer, day: _Day, code: str, common: dict[str, Any], values: dict[str, str]) -> None:
    pick = writer.pick
    channel = writer.channels[code][0]
    if channel in LOOKUPS and pick.random() < 0.1:
        channel = "copy"
    lookup = channel in LOOKUPS
    fields = {**common, "document": code, "channel": channel}
    use = writer.line("use", day.next(), outcome="asked" if lookup else "obtained", values=values, **fields)
    if not lookup:
        return
    told = {name: fields[name] for name in ("officer", "visit", "service", "document", "channel")}
    writer.line("attempt", day.next(), about=use, **told)
    fate = pick.random()
    if fate < 0.93:
        outcome = "obtained" if fate < 0.88 else "not_found"
        writer.line("answer", day.next(), about=use, outcome=outcome, ms=300 + int(fate * 900), **told)
    elif fate < 0.98:
        writer.line("expired", day.next(), about=use, outcome="expired", **told)


# --- the lines ---


@dataclass
class _Writer:
    """Appends to the ledger. Rows are buffered here and inserted in chunks."""

    database: Database
    pick: random.Random
    seeds: dict[str, bytes]
    month: str = ""
    visits: int = 0
    _rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    _block: bytes = b""
    _used: int = 0

    def __post_init__(self) -> None:
        catalogue = Catalogue(example_content)
        self.services: list[Service] = catalogue.services()
        self.channels = {one.code: one.channels for one in catalogue.documents()}
        self.officer = OFFICERS[0]
        self.session_lines = 0
        self._certificate = ""
        self._tails: dict[str, Tail] = {}
        for row in self.database.rows("SELECT login, row FROM session ORDER BY session"):
            self._tails[row["login"]] = claimed_row(row["row"])
        book = {row["name"]: row["value"] for row in self.database.rows("SELECT name, value FROM book")}
        self._origin, self._seed = book["origin"], unb64(book["station_seed"])
        self._rows = {name: [] for name in _INSERTS}
        self.seq = 0
        self._edge: list[tuple[int, bytes]] = []
        for row in self.database.rows("SELECT seq, leaf FROM ledger ORDER BY seq"):
            self._leaf = bytes(row["leaf"])
            self._grow(keep=False)
            self.seq += 1
        self.start = self.seq
        self.month_begins = 0

    def citizen(self) -> str:
        """The number of a random citizen; some come several times."""
        return _citizen(self.pick.randrange(1 + max(2_000, self.seq * _AT_ONCE // 1000)))

    def company(self) -> str:
        first = f"0505{self.pick.randrange(5_000):08}"
        return first + check_digit(first)

    def line(self, kind: str, at: str, *, values: dict[str, str] | None = None, **fields: Any) -> int:
        """Append a line; `values` are sealed. Returns its number."""
        seq, marks = self.seq, ["null"] * len(SEALED)
        for name, value in (values or {}).items():
            key = self._random(32)
            marks[SEALED.index(name)] = f'"{seal(key, name, value)}"'
            self._rows["sealed"].append((seq, name, key, value))
        text = self._body(kind, at, marks, fields)
        prev, self._leaf = self._leaf, leaf_hash(self._leaf, text.encode())
        self._rows["ledger"].append((seq, text, prev, self._leaf))
        self._grow(keep=True)
        self.seq += 1
        self.session_lines += 1
        if len(self._rows["ledger"]) >= _CHUNK:
            self.flush()
        return seq

    def log_in(self, at: str) -> None:
        """End the session that is open, and begin one of a random officer."""
        self._end_session()
        self.officer = self.pick.choice(OFFICERS)
        self._session_seed, self._session = self._random(32), self.seq
        seed, before = self.seeds[self.officer], self._tails.get(self.officer)
        certificate = Certificate(
            session=self.seq,
            login=self.officer,
            kid=thumbprint(public_of(seed)),
            key=public_key(self._session_seed),
            origin=self._origin,
            root=tree.edge_root(self._edge),
            roles=None,
            settings=None,
            previous=before.names() if before else None,
        )
        self._certificate = sign_certificate(certificate, seed)
        self.line("login", at, officer=self.officer)

    def _end_session(self) -> None:
        if self._certificate:
            tail = Tail(self._session, self.session_lines, self.seq - 1, self._leaf)
            row = (self._session, self.officer, self._certificate, sign_row(tail, self._session_seed))
            self._rows["session"].append(row)
            self._tails[self.officer] = tail
        self._certificate, self.session_lines = "", 0

    def finish(self) -> None:
        """Insert what is left."""
        self._end_session()
        self.flush()

    def checkpoint(self, at: str) -> None:
        """Add a checkpoint: the signed head of the present ledger."""
        made = tree.edge_root(self._edge)
        self._rows["checkpoint"].append((self.seq, at, sign_note(self._origin, self.seq, made, self._seed)))

    def flush(self) -> None:
        """Insert the buffered rows."""
        with self.database.write() as db:
            for name, rows in self._rows.items():
                _put(db, _INSERTS[name], rows)
                rows.clear()

    def _body(self, kind: str, at: str, marks: list[str], fields: dict[str, Any]) -> str:
        """The body as store/formats/canonical.py writes it, built by hand: that is ten times as fast."""
        get = fields.get
        basis, comer, purpose, reference, subject = (
            marks[SEALED.index(name)] for name in ("basis", "comer", "purpose", "reference", "subject")
        )
        facts = f'"facts":{json.dumps(get("facts"), separators=(",", ":"))},' if "facts" in fields else ""
        return (
            f'{{"about":{_json(get("about"))},"at":"{at}","card_seen_at":{_json(get("card_seen_at"))}'
            f',"channel":{_json(get("channel"))},"clock":"ok","comer":{_json(get("comer"))}'
            f',"document":{_json(get("document"))},"error":null,{facts}"identity":{_json(get("identity"))}'
            f',"kind":"{kind}","legal":{_json(get("legal"))},"month":"{self.month}","ms":{_json(get("ms"))}'
            f',"nonce":"{b64(self._random(16))}","officer":{_json(get("officer"))}'
            f',"outcome":{_json(get("outcome"))},"sealed":{{"basis":{basis},"comer":{comer}'
            f',"purpose":{purpose},"reference":{reference},"subject":{subject}}},"seq":{self.seq}'
            f',"service":{_json(get("service"))},"session":{self._session},"station":"01"'
            f',"subject_kind":{_json(get("subject_kind"))},"v":2,"visit":{_json(get("visit"))}}}'
        )

    def _grow(self, *, keep: bool) -> None:
        """Add the line to the tree; the edge holds (level, hash) of the complete subtrees, tallest first."""
        level, made = 0, self._leaf
        while self._edge and self._edge[-1][0] == level:
            made = tree.inner(self._edge.pop()[1], made)
            level += 1
            if keep:
                self._rows["node"].append((level, self.seq >> level, made))
        self._edge.append((level, made))

    def _random(self, size: int) -> bytes:
        if self._used + size > len(self._block):
            self._block, self._used = os.urandom(_RANDOM_BLOCK), 0
        self._used += size
        return self._block[self._used - size : self._used]


@cache
def _word(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(value: str | int | None) -> str:
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    assert isinstance(value, str)
    # Times and visits' numbers hardly repeat, so they are not cached, and they need no escaping.
    return f'"{value}"' if value[:1].isdigit() else _word(value)


def _put(db: Tables, sql: str, rows: list[tuple[Any, ...]]) -> None:
    db.conn.executemany(sql, rows)
