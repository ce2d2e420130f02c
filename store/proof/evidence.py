"""Evidence of the ledger's earlier states: heads (size and root) that somebody signed or recorded, and when.

Evidence is this PC's own word where the database key is enough to forge it: this station's checkpoints, and
the payloads of months. The centre's witness and receipts, printed heads, and the marks of other people's
log-ins are not, because this PC has neither their keys nor the paper.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from reader.sentences import mark
from store.errors import BadInput
from store.formats import jws
from store.formats.canonical import unb64
from store.formats.errors import BadNote, BadSignature, UnknownSigner, WrongKind
from store.formats.note import WITNESS, Note, key_id, read_note, verify_cosignature, verify_note
from store.formats.report import RECEIPT
from store.people.vault import Keyring

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office


class EvidenceKind(StrEnum):
    """What says how large the ledger was."""

    CHECKPOINT = "checkpoint"
    REPORT = "report"
    WITNESS = "witness"
    RECEIPT = "receipt"
    HEAD = "head"  # printed, or given by hand
    SEEN = "seen"  # at a person's last log-in
    BOOKS = "books"  # the ledger that a restore replaces


OWN = frozenset({EvidenceKind.CHECKPOINT, EvidenceKind.REPORT})
"""Kinds of evidence that are this PC's own word."""
SIGNED = frozenset({EvidenceKind.WITNESS, EvidenceKind.RECEIPT, EvidenceKind.HEAD})
"""Kinds of evidence that somebody else signed, or holds on paper."""


@dataclass(frozen=True)
class Evidence:
    """One recorded head. `kind`: checkpoint, report (own word); witness, receipt, head, seen, books.

    `by` is a login or a name, `at` a stamp; `origin` is None for what a person saw. `forged` is the reason
    why the evidence itself cannot be trusted, None where it can.
    """

    kind: EvidenceKind
    by: str | None
    at: str | None
    origin: str | None
    size: int
    root: bytes
    forged: str | None = None


def kept(office: Office, db: Tables) -> list[Evidence]:
    """All evidence in the books and in keys.json, not yet compared with the tree."""
    reader = _Reader(office)
    return [*reader.checkpoints(db), *reader.months(db), *seen_by_others(office, db)]


def given(office: Office, text: str) -> Evidence:
    """A head that somebody brings: a signed note, or SIZE:ROOT in hex as printed. Raises BadInput."""
    size, colon, root = text.strip().partition(":")
    if colon and size.isascii() and size.isdigit() and "\n" not in root:
        try:
            return Evidence(EvidenceKind.HEAD, None, None, office.origin, int(size), _root(root))
        except ValueError:
            raise BadInput(what="head", problem="its root is not 32 bytes") from None
    try:
        note = read_note(text)
    except BadNote as error:
        raise BadInput(what="head", problem=str(error.facts["problem"])) from None
    return _Reader(office).cosigned(text, note) or Evidence(
        EvidenceKind.HEAD, None, None, note.origin, note.size, note.root
    )


def witnessed(office: Office, text: str) -> Evidence:
    """The head in an answer of the centre's witness; raises BadNote where the witness did not sign it."""
    found = _Reader(office).cosigned(text, read_note(text))
    if found is None or found.forged is not None:
        raise BadNote(problem="nobody has signed it with the known key")
    return found


def seen_by_others(office: Office, db: Tables) -> Iterator[Evidence]:
    """What the other people saw at their last log-ins; only each person's own key could check the MAC."""
    for login, seen in Keyring(office.locations.keys).seen_by_all().items():
        if login != office.who.login:
            at = db.execute("SELECT at FROM ledger WHERE seq = ?", (seen.size - 1,)).fetchone()
            yield Evidence(EvidenceKind.SEEN, login, at and at[0], None, seen.size, seen.root)


def _root(text: str) -> bytes:
    root = bytes.fromhex(text)
    if len(root) != 32:
        raise ValueError("not 32 bytes")
    return root


class _Reader:
    """Reads evidence with the keys that the books know."""

    def __init__(self, office: Office) -> None:
        self._office = office
        keys = json.loads(office.settings.get("centre.keys") or "{}")
        self._keys: dict[str, str] = keys if {"receipt", "witness", "name"} <= keys.keys() else {}
        seed = office.database.value("SELECT value FROM book WHERE name = 'station_seed'")
        self._station = jws.public_of(unb64(str(seed)))

    def checkpoints(self, db: Tables) -> Iterator[Evidence]:
        for size, at, text, cosigned in db.execute(
            "SELECT size, at, note, cosigned FROM checkpoint ORDER BY size"
        ):
            yield self._own(text, size, at)
            if cosigned is not None:
                found = self.cosigned(cosigned, read_note(cosigned))
                if found is not None:
                    yield found

    def _own(self, text: str, size: int, at: str) -> Evidence:
        try:
            note = read_note(text)
            verify_note(text, note.origin, self._station)
        except BadNote as error:
            return Evidence(EvidenceKind.CHECKPOINT, None, at, None, size, b"", str(error.facts["problem"]))
        wrong = None if note.size == size else "it has not the form of a signed note"
        return Evidence(EvidenceKind.CHECKPOINT, None, at, note.origin, size, note.root, wrong)

    def cosigned(self, text: str, note: Note) -> Evidence | None:
        """The note as the witness's evidence; None where the witness that the books know did not sign it."""
        if not self._keys:
            return None
        name, public = self._keys["name"], unb64(self._keys["witness"])
        mine = (name, key_id(name, WITNESS, public))
        if mine not in [(one.name, one.key_id) for one in note.signatures]:
            return None
        forged, at = None, None
        try:
            at = verify_cosignature(text, name, public).isoformat()
        except BadNote as error:
            forged = str(error.facts["problem"])
        return Evidence(EvidenceKind.WITNESS, name, at, note.origin, note.size, note.root, forged)

    def months(self, db: Tables) -> Iterator[Evidence]:
        rows = db.execute(
            "SELECT payload, submission, receipt FROM month WHERE payload IS NOT NULL"
            " ORDER BY month, revision"
        )
        for payload, submission, receipt in rows:
            told = self._receipt(receipt) if receipt is not None else None
            for chain in self._mine(json.loads(payload)["chains"]):
                size, root = chain["to"] + 1, _root(chain["root"])
                yield Evidence(EvidenceKind.REPORT, None, None, chain["origin"], size, root)
            if told is None:
                continue
            if isinstance(told, str) or told.get("sha256") != sha256(submission or b"").hexdigest():
                other = mark("the centre received another report than this one")
                wrong = told if isinstance(told, str) else other
                yield Evidence(EvidenceKind.RECEIPT, self._keys.get("name"), None, None, 0, b"", wrong)
                continue
            _typ, sent = jws.claims(gzip.decompress(submission))
            for chain in self._mine(sent["chains"]):
                yield Evidence(
                    *(EvidenceKind.RECEIPT, self._keys["name"], told["received_at"], chain["origin"]),
                    *(chain["to"] + 1, _root(chain["root"])),
                )
            for head in told["heads"]:
                found = self.cosigned(head, read_note(head))
                if found is not None and self._mine([{"origin": found.origin}]):
                    yield found

    def _mine(self, chains: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The chains of this station: a report also names those of the other stations."""
        name = self._office.origin.rpartition("/")[0]
        return [chain for chain in chains if str(chain["origin"]).rpartition("/")[0] == name]

    def _receipt(self, token: str) -> dict[str, Any] | str | None:
        """The receipt's payload; a text with what is wrong with it; None where another centre signed it."""
        if not self._keys:
            return None
        key = self._keys["receipt"]
        try:
            return jws.read_compact(
                token, typ=RECEIPT, key_of={jws.thumbprint(jws.key_bytes(key)): key}.get
            ).value
        except (UnknownSigner, WrongKind):
            return None
        except BadSignature as error:
            return str(error)
