"""Accepting a break that was found: head and recovery sheet sign what is there now, and the office goes on.

Nothing is mended by it. The first bad line is named for good, the lines from it to the acceptance are as they
are, and evidence that contradicts stays contradicted: the centre's witness goes on with none of it. A restore
from a backup is the better way wherever there is one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pyrage

from reader.buddhist_date import stamp
from store.formats import jws, tree
from store.formats.canonical import b64, canonical
from store.formats.line import Entry, LineKind
from store.formats.roles import Role
from store.ledger.accepted import ACCEPTED, SHEET, digest_of, facts_of
from store.ledger.errors import LedgerBroken
from store.ledger.tree_rows import count_lines, node_reader
from store.ledger.verify_lines import parsed
from store.people.permissions import demand_signer
from store.people.sheet_key import sheet_signer
from store.people.vault import Keyring
from store.proof import break_memory
from store.proof.errors import EvidenceForged, NothingToAccept, OnlyARestore, OtherBooks
from store.proof.evidence import Evidence, EvidenceKind
from store.proof.fixed_lines import prove
from store.proof.ledger_watch import known_break
from store.staff.recovery import read_key

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.vault import Seen, Signer


def accept_break(office: Office, signer: Signer, sheet: str, reason: str) -> LedgerBroken:
    """Writes the line that accepts the break that is known; returns the break. `sheet` is the sheet's text.

    Raises NotAllowed, WrongSheet, NothingToAccept where no break is known, and OnlyARestore where the books
    are not enough of a ledger to be built on.
    """
    demand_signer(office.who, signer, "recovery")
    error = known_break(office)
    if error is None:
        raise NothingToAccept
    identity = read_key(sheet)
    Keyring(office.locations.keys).recover(identity)
    mine = Keyring(office.locations.keys).seen_by_all().get(office.who.login)
    marks = [] if mine is None else [_mark(office.who.login, mine)]
    first = prove(office, marks).broken or error
    if isinstance(first, OtherBooks) or office.database.is_read_alone:
        raise OnlyARestore(seq=int(first.facts["seq"]))
    against: set[tuple[int, str]] = set()
    # Evidence about lines after the bad one shows only once that is accepted.
    while (more := _accept(office, signer, identity, reason, (error, first), marks, against)) - against:
        against |= more
    break_memory.forget(office.locations)
    office.broken = None
    return error


def _accept(
    office: Office,
    signer: Signer,
    identity: str,
    reason: str,
    errors: tuple[LedgerBroken, LedgerBroken],
    marks: list[Evidence],
    against: set[tuple[int, str]],
) -> set[tuple[int, str]]:
    """Writes the line, with the evidence `against` the ledger as it is. Returns what else contradicts then;
    where anything does, nothing is written.
    """
    with suppress(_Contradicted), office.database.write() as db:
        value = {
            **_what(office, errors, against),
            **_as_it_is(db, errors[1]),
            "sheet": {
                "age": str(pyrage.x25519.Identity.from_str(identity).to_public()),
                "key": b64(jws.public_of(sheet_signer(identity).seed)),
            },
            "at": stamp(office.clock()),
        }
        content = canonical(value)
        by_head = {"login": signer.login, "role": Role.HEAD}
        token = jws.assemble(
            content,
            [
                jws.sign_one(content, typ=ACCEPTED, header=by_head, seed=signer.seed),
                jws.sign_one(content, typ=ACCEPTED, header={"role": SHEET}, seed=sheet_signer(identity).seed),
            ],
        )
        entry = Entry(LineKind.SETTINGS, office.who.login, basis=reason, facts=facts_of(value, token))
        office.ledger.append(db, entry)
        proof = prove(office, marks)
        found = {(one.evidence.size, one.evidence.root.hex()) for one in proof.weighed if one.agrees is False}
        if found - against:
            raise _Contradicted
        if proof.broken is not None:
            raise OnlyARestore(seq=int(errors[1].facts["seq"]))
    return found


class _Contradicted(Exception):
    """More evidence contradicts: the line must name it."""


def _mark(login: str, seen: Seen) -> Evidence:
    return Evidence(EvidenceKind.SEEN, login, None, None, seen.size, seen.root)


def _what(
    office: Office, errors: tuple[LedgerBroken, LedgerBroken], against: set[tuple[int, str]]
) -> dict[str, Any]:
    """What is accepted: the break, and the evidence that contradicts the ledger as it is."""
    known = errors[0]
    of = {str(one.facts["by"]) for one in errors if isinstance(one, EvidenceForged)}
    return {
        **{"v": 1, "unit": office.unit, "station": office.station, "kind": type(known).__name__},
        "found_at": str(known.facts.get("found_at") or stamp(office.clock())),
        "heads": [list(one) for one in sorted(against)],
        "of": sorted(of - {""}),
    }


def _as_it_is(db: Tables, error: LedgerBroken) -> dict[str, Any]:
    """From where verification goes on: the end of the ledger as it stands now. Raises OnlyARestore."""
    seq, size, node_at = int(error.facts["seq"]), count_lines(db), node_reader(db)
    _tree_anew(db, size)
    body, leaf = db.execute(
        "SELECT CAST(body AS BLOB), leaf FROM ledger WHERE seq = ?", [size - 1]
    ).fetchone()
    said = parsed(body, size - 1)
    if said is None:
        raise OnlyARestore(seq=seq)
    try:
        edge = [[level, node_at(level, n).hex()] for level, n in tree.complete_parts(size)]
    except LedgerBroken:
        raise OnlyARestore(seq=seq) from None
    return {
        **{"seq": seq, "size": size, "leaf": bytes(leaf).hex(), "edge": edge},
        **{"month": said.month, "cut_off": said.kind == LineKind.CUT_OFF},
        "lines": digest_of(db, seq, size),
    }


def _tree_anew(db: Tables, size: int) -> None:
    """Makes the tree anew from the stored leaves; deletes what belongs to lines that there are not."""
    db.execute("DELETE FROM sealed WHERE seq >= ? OR seq < 0", [size])
    db.execute("DELETE FROM session WHERE session NOT IN (SELECT seq FROM ledger)")
    leaves = db.execute("SELECT seq, leaf FROM ledger ORDER BY seq").fetchall()
    if [seq for seq, _leaf in leaves] != list(range(size)):
        return  # lines are missing: what the tree still knows of them is all that there is
    nodes: dict[tuple[int, int], bytes] = {}
    for seq, leaf in leaves:
        nodes[0, seq] = bytes(leaf)
        for level, n, made in tree.completed(seq, bytes(leaf), lambda level, n: nodes[level, n]):
            nodes[level, n] = made
    db.execute("DELETE FROM node")
    rows = [(level, n, made) for (level, n), made in nodes.items() if level]
    db.conn.executemany("INSERT INTO node(level, n, hash) VALUES (?, ?, ?)", rows)
