"""What is signed: a month computed anew from the verified ledger, and compared with what the tables hold.

Everybody who opens the books can edit every table. So before each of the three signatures the whole ledger is
verified against all evidence, as `nocopy ledger verify` does, and the month is computed anew from its lines:
the payload, the findings with explanations and decisions, whose signatures there are, the state. Where a
table holds anything else, nobody signs (NotAsInLines names it).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from store.formats import jws
from store.formats.canonical import sha256_hex, unb64
from store.formats.errors import BadSignature
from store.formats.report import REPORT
from store.ledger.errors import LedgerBroken
from store.ledger.tree_rows import count_lines
from store.ledger.verify import verify_new
from store.months.anomalies import Rule
from store.months.errors import NotAsInLines
from store.months.findings import Findings, Marked
from store.months.month_lines import MONTHS_BEFORE, MonthLines
from store.months.other_pcs import OtherPcs
from store.months.payload import MonthReport, payload_of
from store.months.told import Signed, ToldLines, told_anew
from store.months.values import SHOWN, Finding, MonthView, figures_of
from store.people.standing import Standing
from store.proof.fixed_lines import prove
from store.proof.ledger_watch import demand_whole, found_break
from store.settings import documents
from store.spans import MonthState
from store.staff.errors import PeopleChanged
from store.staff.people_list import PeopleLists

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office

Progress = Callable[[int], object]
"""Called now and then with the number of this PC's lines verified so far; what it raises ends the work."""
_UNTOUCHED = (
    *("login", "outage", "clock", "use", "attempt", "answer", "expired", "correction", "quarantine"),
    *("backup", "export", "paper"),
)
"""Kinds of line that, written after a month was cut off, change nothing of it."""


@dataclass(frozen=True)
class Anew:
    """A month as the verified lines tell it. `size` and `root` are of all lines that were verified.

    `state` and `revision` are the month's, `returned` the reason of a revision above 1. `content` is the
    payload without the people list, `marked` the lines of the findings for the head to report, `signed` all
    signatures that lines tell of, `keys` {kid: (login, public key)} of all signing keys that a line names.
    """

    size: int
    root: bytes
    lines: MonthLines
    state: str
    revision: int
    returned: str | None
    content: dict[str, Any]
    findings: tuple[Finding, ...]
    marked: Marked
    signed: tuple[Signed, ...]
    keys: dict[str, tuple[str, str]]

    @property
    def month(self) -> str:
        return self.lines.month

    def still_stands(self, office: Office, db: Tables) -> bool:
        """Whether no line was written since that tells anything of a month; raises LedgerBroken."""
        try:
            verify_new(db, self.size, self.root, Standing)
        except LedgerBroken as error:
            raise found_break(office, error) from None
        later = db.execute("SELECT body ->> '$.kind' FROM ledger NOT INDEXED WHERE seq >= ?", [self.size])
        return all(kind in _UNTOUCHED for (kind,) in later)


def compute_anew(office: Office, month: str, progress: Progress | None = None) -> Anew:
    """Verifies everything and computes the month; takes long.

    Raises LedgerBroken where `ledger verify` would, NotAsSigned where the settings are not those that the
    head signed, StationMissing, StationBroken, and NotAsInLines where the tables tell of other PCs, or of
    another unit, than the lines.
    """
    demand_whole(office)
    with office.database.reading() as db:
        if documents.is_signed(db):
            office.settings.verify()
        proof = prove(office, progress=progress)
        if proof.broken is not None:
            raise found_break(office, proof.broken)
        told = told_anew(db)
        if (told.first.get("unit"), told.first.get("station")) != (office.unit, office.station):
            raise NotAsInLines(month, "unit")
        lines = _lines(office, told, month)
        state, (revision, returned) = told.state(month), told.revision(month)
        findings = Findings(office).found(lines, told.said(month, revision))
        by_rules = [one for one in findings if one.rule != Rule.HEADS_OWN]
        return Anew(
            size=count_lines(db),
            root=proof.root,
            lines=lines,
            state=state,
            revision=revision,
            returned=returned,
            content=MonthReport(office).content(db, lines, revision, by_rules),
            findings=findings,
            # Read here, where they are verified, and only for the head, who alone may report them.
            marked=Findings(office).lines_of(findings, lines) if state == MonthState.CHECKED else {},
            signed=tuple(told.signed(month, revision)),
            keys=told.keys(),
        )


def _lines(office: Office, told: ToldLines, month: str) -> MonthLines:
    span, others = told.span(month), OtherPcs(office, told, month)
    if span is None:
        raise NotAsInLines(month, "month")
    others.demand_tables()
    parts = others.parts(month)
    earlier = []
    for one in told.cut_before(month)[:MONTHS_BEFORE]:
        own = told.span(one)
        assert own is not None  # it is one of those that were cut off
        earlier.append((own.own, *(part.span for part in others.parts(one))))
    lost = told.lost(span) + sum(one.lost for one in parts)
    return MonthLines(month, span, parts, told.epochs(), tuple(earlier), lost, are_verified=True)


# ---- compared with the tables


def demand_findings(office: Office, anew: Anew) -> None:
    """Raises NotAsInLines where the stored findings are not those of the lines, to the last word."""
    if Findings(office).of(anew.month, anew.revision) != anew.findings:
        raise NotAsInLines(anew.month, "findings")


def demand_row(office: Office, anew: Anew, row: dict[str, Any]) -> None:
    """Raises NotAsInLines where the month's row, its payload or its signatures are not those of the lines.

    Before the summary there is no payload; before the head's signature no findings, report or receipt.
    """
    wrong = _wrong_payload(anew, row) if anew.state != MonthState.CUT_OFF else []
    if anew.state == MonthState.CUT_OFF and row["payload"] is not None:
        wrong.append("report")
    place = (row["revision"], row["reason"], row["first_seq"], row["cut_off_seq"])
    span = anew.lines.span
    if place[:2] != (anew.revision, anew.returned):
        wrong.append("revision")
    if place[2:] != (span.first, span.last):
        wrong.append("chains")
    if row["state"] != anew.state:
        wrong.append("state")
    before_head = anew.state in (MonthState.CUT_OFF, MonthState.SUMMARISED, MonthState.CHECKED)
    if before_head and any(row[name] is not None for name in ("findings", "submission", "job", "receipt")):
        wrong.append("report")
    if not wrong and not _signatures_fit(office, anew, row):
        wrong.append("signatures")
    if wrong:
        raise NotAsInLines(anew.month, *dict.fromkeys(wrong))
    if row["payload"] is not None:
        demand_people(office, anew, row)


def _wrong_payload(anew: Anew, row: dict[str, Any]) -> list[str]:
    """The members of the stored payload that the lines tell otherwise."""
    stored = row["payload"] or ""
    try:
        value = json.loads(stored)
        people = str(value["people"])
        members = {*value, *anew.content, "people"}
    except (ValueError, KeyError, TypeError):
        return ["report"]
    true = {**anew.content, "people": people}
    wrong = [name for name in sorted(members) if name not in true or value.get(name) != true[name]]
    if wrong:
        return wrong
    if stored.encode("utf-8") != payload_of(anew.content, people):
        return ["report"]
    # The lines name the payload's hash: with all other members right, only the people list can differ.
    named = next((one.payload for one in reversed(anew.signed) if one.back is None), None)
    return [] if sha256_hex(stored.encode("utf-8")) == named else ["people"]


def demand_people(office: Office, anew: Anew, row: dict[str, Any]) -> None:
    """Raises NotAsInLines unless the people list that the payload names is here, byte for byte, with those
    before it, and each key in it is named by a `keys` line; PeopleChanged where an enrolment replaced it.
    """
    listed = PeopleLists(office).named(row)
    lists = PeopleLists(office).until(listed.n)
    # The head signs them all: the hash in the payload proves the last, and each proves the one before.
    follow = all(
        json.loads(after.payload)["prev"] == sha256_hex(before.payload) for before, after in pairwise(lists)
    )
    keys = [(one["kid"], one["login"], one["key"]) for one in listed.people]
    known = all(anew.keys.get(kid) == (login, key) for kid, login, key in keys)
    if sha256_hex(listed.payload) != listed.sha256 or not known or not follow:
        raise NotAsInLines(anew.month, "people")


def demand_shown(anew: Anew, shown: MonthView | None) -> None:
    """Raises NotAsInLines where a person was shown other figures or findings than those that are signed."""
    if shown is None:
        return
    figures = figures_of(anew.content)
    same = all(getattr(shown, name) == figures[name] for name in SHOWN)
    if not same or shown.revision != anew.revision or shown.findings != anew.findings:
        raise NotAsInLines(anew.month, "shown")


def _signatures_fit(office: Office, anew: Anew, row: dict[str, Any]) -> bool:
    """Whether the rows are the signatures of which the lines tell, and each that counts verifies."""
    rows = office.database.rows(
        "SELECT * FROM signature WHERE month = ? AND revision = ? ORDER BY n", (anew.month, anew.revision)
    )
    if [one["n"] for one in rows] != list(range(1, len(anew.signed) + 1)):
        return False
    return all(
        _is_told(told, one) and (told.back is not None or is_signed_by(office, row, one, anew.keys))
        for told, one in zip(anew.signed, rows, strict=True)
    )


def _is_told(told: Signed, one: dict[str, Any]) -> bool:
    """Whether a signature's row says what its line and its own header say."""
    row = (one["says"], one["login"], bool(one["withdrawn"]), one["reason"])
    if row != (told.says, told.login, told.back is not None, told.back):
        return False
    try:
        header = json.loads(unb64(one["protected"]))
    except ValueError:
        return False
    return all(header.get(name) == one[name] for name in ("login", "role", "says", "at"))


def is_signed_by(
    office: Office, row: dict[str, Any], made: dict[str, Any], keys: dict[str, tuple[str, str]]
) -> bool:
    """Whether that person signed the payload of the month's row, in a role of the list that it names."""
    try:
        people = {(one["login"], one["role"], one["kid"]) for one in PeopleLists(office).named(row).people}
    except PeopleChanged:
        return False

    def key_of(kid: str) -> str | None:
        if (made["login"], made["role"], kid) not in people:
            return None
        login, key = keys.get(kid, (None, None))
        return key if login == made["login"] else None

    file = jws.assemble(row["payload"].encode("utf-8"), [(made["protected"], made["signature"])])
    try:
        (header,) = jws.read_general(file, typ=REPORT, key_of=key_of).headers
    except BadSignature:
        return False
    return (header["login"], header["role"]) == (made["login"], made["role"])
