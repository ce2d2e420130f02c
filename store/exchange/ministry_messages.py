"""The ministry's messages to this unit: signed by the centre, stored here, shown until the head reads them.

    {v, n, unit, kind, from, at, month, revision, text}      payload of a compact JWS of the centre

`kind` is `returned` (a report is returned, and its month must be signed again), `finding` or `notice`; `from`
is `supervisor` or `ict`. Numbers increase; the missing ones belong to other units.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.errors import NotFound, WrongState
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadReceipt
from store.formats.line import Entry, LineKind
from store.months.months import Months
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.office import Office

MESSAGE = "nocopy-message+jws"
RETURNED = "returned"
KINDS = (RETURNED, "finding", "notice")
SENDERS = ("supervisor", "ict")

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_LONGEST = 4000


@dataclass(frozen=True)
class Message:
    """One message; `month` and `revision` name the report it is about, `read_at` is None while unread."""

    n: int
    kind: str
    sender: str
    at: str
    month: str | None
    revision: int | None
    text: str
    read_at: str | None


class Messages:
    """The messages of one set of books."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database

    def last(self) -> int:
        """The highest number of a stored message, 0 before the first."""
        return int(self._database.value("SELECT coalesce(max(n), 0) FROM message"))

    def list(self, *, unread: bool = False) -> list[Message]:
        """The messages, the newest first; with `unread` only those that nobody has read."""
        where = "WHERE read_at IS NULL" if unread else ""
        rows = self._database.rows(f"SELECT * FROM message {where} ORDER BY n DESC")  # noqa: S608
        return [_message(row) for row in rows]

    def take(self, token: str) -> bool:
        """Stores a message (compact JWS); False where it was stored already.

        Raises a BadSignature or BadReceipt.
        """
        value = self._verified(token)
        row = [value[name] for name in ("n", "kind", "from", "at", "month", "revision", "text")]
        with self._database.write() as db:
            put = db.execute(
                "INSERT INTO message(n, kind, sender, at, month, revision, text, token, applied)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [*row, token, value["kind"] != RETURNED],
            )
            if put.rowcount:
                about = {name: value[name] for name in ("n", "kind", "from", "month", "revision")}
                facts = {"kind": "message", "message": about, "sha256": sha256_hex(token.encode("ascii"))}
                self._office.ledger.append(db, Entry(LineKind.RECEIPT, self._office.who.login, facts=facts))
        return bool(put.rowcount)

    def apply(self) -> None:
        """Begins the next revision of each returned report, unless the receipt for it is still missing."""
        for row in self._database.rows("SELECT * FROM message WHERE NOT applied ORDER BY n"):
            told = {"id": str(row["n"]), "revision": row["revision"], "reason": row["text"]}
            with suppress(WrongState, NotFound):  # it stays unapplied, and the next call tries it again
                Months(self._office).returned_by_ministry(row["month"], told)
                with self._database.write() as db:
                    db.execute("UPDATE message SET applied = 1 WHERE n = ?", [row["n"]])

    def read(self, n: int) -> Message:
        """Marks a message as read by the head, and returns it. Raises NotAllowed, NotFound."""
        demand(self._office.who, "approve")
        with self._database.write() as db:
            db.execute(
                "UPDATE message SET read_at = ? WHERE n = ? AND read_at IS NULL",
                [stamp(self._office.clock()), n],
            )
        row = self._database.row("SELECT * FROM message WHERE n = ?", (n,))
        if row is None:
            raise NotFound(what="message", name=str(n))
        return _message(row)

    def _verified(self, token: str) -> dict[str, Any]:
        keys = json.loads(self._office.settings.get("centre.keys") or "{}")
        if "receipt" not in keys:
            raise BadReceipt(part="key")
        kid = jws.thumbprint(jws.key_bytes(keys["receipt"]))
        value = jws.read_compact(token, typ=MESSAGE, key_of={kid: keys["receipt"]}.get).value
        if value.get("unit") != self._office.unit:
            raise BadReceipt(part="unit")
        _check(value)
        return value


def _check(value: dict[str, Any]) -> None:
    n, revision, month = value.get("n"), value.get("revision"), value.get("month")
    text, at = value.get("text"), value.get("at")
    good = (
        ("v", value.get("v") == 1),
        ("n", type(n) is int and n > 0),
        ("kind", value.get("kind") in KINDS),
        ("from", value.get("from") in SENDERS),
        ("at", isinstance(at, str) and len(at) == 25 and at.isascii()),
        ("month", month is None or (isinstance(month, str) and _MONTH.fullmatch(month) is not None)),
        ("revision", revision is None or type(revision) is int),
        ("text", isinstance(text, str) and 0 < len(text) <= _LONGEST),
        ("month", value.get("kind") != RETURNED or (month is not None and revision is not None)),
    )
    for part, holds in good:
        if not holds:
            raise BadReceipt(part=part)


def _message(row: dict[str, Any]) -> Message:
    return Message(**{name: row[name] for name in Message.__dataclass_fields__})
