"""The three signatures under a month: over the same payload, by three people with three keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import stamp
from store.errors import NotAllowed
from store.formats import jws
from store.formats.canonical import sha256_hex, unb64
from store.formats.report import REPORT, frozen
from store.formats.roles import Role
from store.months.errors import SamePerson
from store.months.values import Signatory, Signature
from store.spans import MonthState
from store.staff.errors import PeopleChanged
from store.staff.people_list import PeopleLists

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.vault import Signer

SIGNED_BY: dict[str, Role] = {
    MonthState.SUMMARISED: Role.OFFICER,
    MonthState.CHECKED: Role.CONTROLLER,
    MonthState.APPROVED: Role.HEAD,
    MonthState.FLAGGED: Role.HEAD,
}
"""{what a signature says: the role that may say it}."""


class Signing:
    """Signs a month, given by its row, inside the caller's transaction."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._people = PeopleLists(office)

    def sign(
        self, db: Tables, month: dict[str, Any], says: str, signer: Signer, findings: bytes | None = None
    ) -> None:
        """Adds one signature. Raises NotAllowed, SamePerson, PeopleChanged."""
        role, payload = SIGNED_BY[says], month["payload"].encode("utf-8")
        if signer.login != self._office.who.login:
            raise NotAllowed(login=signer.login, action=says, roles=role)
        for one in self._active(month):
            kid = json.loads(unb64(one["protected"]))["kid"]
            if one["login"] == signer.login or kid == signer.kid:
                raise SamePerson(
                    login=signer.login, month=month["month"], role=one["role"], action=says, roles=role
                )
        me = (signer.login, role, signer.kid)
        named = self._people.named(month)
        if not any((one["login"], one["role"], one["kid"]) == me for one in named.people):
            raise PeopleChanged(month=month["month"])
        at = stamp(self._office.clock())
        header = {"login": signer.login, "role": role, "says": says, "at": at}
        if findings is not None:
            header["findings"] = sha256_hex(findings)
        protected, signature = jws.sign_one(payload, typ=REPORT, header=header, seed=signer.seed)
        key = [month["month"], month["revision"]]
        db.execute(
            "INSERT INTO signature(month, revision, n, role, login, says, at, protected, signature)"
            " SELECT ?, ?, coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ? FROM signature"
            " WHERE month = ? AND revision = ?",
            [*key, role, signer.login, says, at, protected, signature, *key],
        )

    def freeze(self, db: Tables, month: dict[str, Any], signer: Signer, findings: bytes | None) -> None:
        """Stores the report's bytes after the head's signature, and signs the people lists up to its own."""
        self._people.sign_until(db, self._people.named(month).n, signer)
        signatures = [(one["protected"], one["signature"]) for one in self._active(month)]
        db.execute(
            "UPDATE month SET findings = ?, submission = ? WHERE month = ? AND revision = ?",
            [
                findings.decode("utf-8") if findings is not None else None,
                frozen(month["payload"].encode("utf-8"), signatures, findings),
                *(month["month"], month["revision"]),
            ],
        )

    def withdraw(self, db: Tables, month: dict[str, Any], reason: str) -> None:
        """Withdraws the signatures so far; they stay stored with the reason. The payload is deleted."""
        db.execute(
            "UPDATE signature SET withdrawn = 1, reason = ?"
            " WHERE month = ? AND revision = ? AND NOT withdrawn",
            [reason, month["month"], month["revision"]],
        )
        db.execute(
            "UPDATE month SET payload = NULL, findings = NULL, submission = NULL, job = NULL"
            " WHERE month = ? AND revision = ?",
            [month["month"], month["revision"]],
        )

    def of(self, month: str, revision: int) -> tuple[Signature, ...]:
        """All signatures, also the withdrawn ones, in the order in which they were made."""
        rows = self._office.database.rows(
            "SELECT role, login, says, at, withdrawn, reason FROM signature"
            " WHERE month = ? AND revision = ? ORDER BY n",
            (month, revision),
        )
        return tuple(Signature(**{**row, "withdrawn": bool(row["withdrawn"])}) for row in rows)

    def signatories(self, month: dict[str, Any]) -> tuple[Signatory, ...]:
        """The people whose signatures a summarised month has, with the names in the report's people list."""
        names = {one["login"]: one["name"] for one in self._people.named(month).people}
        found = []
        for one in self._active(month):
            person = self._office.people.get(one["login"])
            held = [a for a in person.appointments if a.role == one["role"] and a.holds(one["at"])]
            acting = held[0] if held and all(a.acting for a in held) else None
            found.append(
                Signatory(
                    **{name: one[name] for name in ("role", "says", "at")},
                    name=names.get(person.login, person.name),
                    level=person.level,
                    acting=acting is not None,
                    order_no=acting.order_no if acting else None,
                )
            )
        return tuple(found)

    def _active(self, month: dict[str, Any]) -> list[dict[str, Any]]:
        return self._office.database.rows(
            "SELECT * FROM signature WHERE month = ? AND revision = ? AND NOT withdrawn ORDER BY n",
            (month["month"], month["revision"]),
        )
