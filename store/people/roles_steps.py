"""Which roles, keys and recovery sheet are in force at a line, by the signed documents alone.

A line of the kind `people` or `keys` names a document by {roles: {n, sha256}}; the newest number that a line
names is in force from the next line on. Everything is verified along the chain from line 0, which names the
recovery sheet's key:

    line 0                   document 0 is signed by the sheet; books of earlier versions have neither
    a document               follows the one before, signed by a head in force at that line, or by the sheet
    a person's `keys` line   new keys are signed by that person's first key, or for a head by the sheet
    a new sheet              is signed by a head who acts for nobody, or by the sheet before
    the first document of books of earlier versions    signed by the sheet that a line registered, or by a
                             head whom the centre confirmed

Whether an appointment is in force is judged by the largest sure stamp of the lines so far, so nobody's role
comes back by setting the clock back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reader.sentences import mark
from store.formats import jws
from store.formats.canonical import sha256_hex
from store.formats.errors import BadSignature
from store.formats.line import ClockWord, LineKind
from store.formats.report import RECEIPT
from store.formats.roles import Role
from store.people.errors import RolesBroken
from store.people.roles_change import By, refusal
from store.people.roles_document import (
    KEYS,
    SHEET,
    Entry,
    holds,
    key_in_force,
    kid_of,
    read_document,
    signer_of,
)

KINDS = (LineKind.PEOPLE, LineKind.KEYS, LineKind.CLOCK, LineKind.RECEIPT)
"""The kinds of line that step() needs; it passes over all others."""
Document = Callable[[int], str | None]
"""A function from a number to the signed document that the books hold under it."""


@dataclass(frozen=True)
class RoleLine:
    """What step() needs of a line. `sure`: the largest stamp that is known to be sure at that line."""

    seq: int
    kind: str
    month: str
    at: str
    sure: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class SheetKey:
    """A recovery sheet in force: its number from 0, its signing key (b64), its age key where known."""

    n: int
    key: str
    recovery_key: str | None

    @property
    def kid(self) -> str | None:
        """The thumbprint of its signing key; None where line 0 names no key."""
        return kid_of(self.key)


@dataclass(frozen=True)
class Roles:
    """What is in force after the first `seq` lines.

    `n` and `sha256` are of the document in force; None where books of an earlier version have none yet.
    `people` is {login: PERSON}, with the keys that lines brought since. `sure` is the largest sure stamp.
    """

    seq: int = 0
    n: int | None = None
    sha256: str | None = None
    people: Mapping[str, Entry] = field(default_factory=dict)
    sheet: SheetKey | None = None
    sure: str = ""
    unit: str = ""
    station: str = ""
    receipt_keys: frozenset[str] = frozenset()

    def roles_of(self, login: str, at: str) -> tuple[Role, ...]:
        """The roles that the person holds at that stamp, in the order in which roles are listed."""
        person = self.people.get(login)
        held = {one["role"] for one in person["appointments"] if holds(one, at)} if person else set()
        return tuple(role for role in Role if role in held)

    def key(self, kid: str) -> tuple[str, str] | None:
        """(login, public key in b64) of the key in force with that `kid`."""
        for login, person in self.people.items():
            found = key_in_force(person)
            if found is not None and found["kid"] == kid:
                return login, str(found["key"])
        return None

    def heads(self, at: str) -> frozenset[str]:
        """The `kid` of everyone who is head at that stamp, also of those who only act."""
        return frozenset(self._heads(at))

    def full_heads(self, at: str) -> frozenset[str]:
        """As heads(), without those who only act for another."""
        return frozenset(kid for kid, acts in self._heads(at).items() if not acts)

    def first_key(self, login: str) -> str | None:
        """The public half (b64) of the temporary key under the person's first passphrase."""
        person = self.people.get(login)
        return str(person["first"]["key"]) if person and person["first"] else None

    def vouches(self, facts: Mapping[str, Any]) -> bool:
        """Whether new keys, the facts of a `keys` line, have the word of that person's first key.

        For a head the recovery sheet's word is as good.
        """
        login, n = str(facts.get("login")), facts.get("roles_n")
        first = self.first_key(login)
        may = set() if first is None else {first}
        if self.sheet is not None and Role.HEAD in self.roles_of(login, self.sure):
            may.add(self.sheet.key)
        if type(n) is not int or self.n is None or n > self.n:
            return False
        said = {name: facts.get(name) for name in ("login", "kid", "key", "age_key", "roles_n")}
        place = {"unit": self.unit, "station": self.station}
        return signer_of(facts.get("signed"), KEYS, {**place, **said}, may) is not None

    def _heads(self, at: str) -> dict[str, bool]:
        found = {}
        for person in self.people.values():
            held = [one for one in person["appointments"] if one["role"] == Role.HEAD and holds(one, at)]
            key = key_in_force(person)
            if held and key is not None:
                found[str(key["kid"])] = all(one["acting"] for one in held)
        return found


def step(roles: Roles, line: RoleLine, document: Document) -> Roles:
    """What is in force after that line. Raises RolesBroken, which holds what was in force before."""
    return _Step(roles, line, document).result()


class _Step:
    def __init__(self, roles: Roles, line: RoleLine, document: Document) -> None:
        self._was = roles
        self._line = line
        self._document = document
        self._facts = line.facts
        sure = max(roles.sure, line.sure)
        self._now = replace(roles, seq=line.seq + 1, sure=sure)

    def result(self) -> Roles:
        if self._line.seq == 0:
            self._begin()
        elif self._line.kind in (LineKind.PEOPLE, LineKind.KEYS):
            if "sheet_key" in self._facts:
                self._take_sheet()
            if self._line.kind == LineKind.KEYS and "kid" in self._facts and self._was.n is not None:
                self._take_keys()
        elif self._line.kind == LineKind.RECEIPT and self._was.n is None:
            self._take_receipt()
        # A list under that name, in the lines of a setup, says in words who was appointed.
        if isinstance(self._facts.get("roles"), dict):
            self._take_document(self._facts["roles"])
        return self._now

    def _broken(self, problem: str) -> RolesBroken:
        return RolesBroken(self._was, seq=self._line.seq, month=self._line.month, problem=problem)

    def _begin(self) -> None:
        facts = self._facts
        self._now = replace(self._now, unit=str(facts.get("unit", "")), station=str(facts.get("station", "")))
        if "sheet_key" in facts:
            self._now = replace(
                self._now, sheet=SheetKey(0, str(facts["sheet_key"]), facts.get("recovery_key"))
            )
            if not isinstance(facts.get("roles"), dict):
                raise self._broken(mark("it names no list of people"))

    def _take_sheet(self) -> None:
        """A new sheet, or the first one whose key is known."""
        was, key, facts = self._was.sheet, str(self._facts["sheet_key"]), self._facts
        n = 0 if was is None else was.n + 1
        said = {"unit": self._now.unit, "station": self._now.station, "n": n, "key": key}
        said["recovery_key"] = facts.get("recovery_key")
        if self._was.n is None:
            # Books of an earlier version, never enrolled: the sheet itself is all that there is.
            may = set() if self._was.receipt_keys or was is not None else {key}
        else:
            heads = self._was.full_heads(self._now.sure)
            may = {found[1] for kid in heads if (found := self._was.key(kid)) is not None}
            may |= set() if was is None else {was.key}
        if signer_of(facts.get("signed"), SHEET, said, may) is None:
            raise self._broken(mark("nobody vouches for that recovery sheet"))
        self._now = replace(self._now, sheet=SheetKey(n, key, facts.get("recovery_key")))

    def _take_keys(self) -> None:
        """A person's new keys; the same keys come again with each change of the passphrase."""
        facts = self._facts
        person = self._was.people.get(str(facts.get("login")))
        new = {name: str(facts.get(name)) for name in ("kid", "key", "age_key")}
        present = None if person is None else key_in_force(person)
        if present is not None and all(present[name] == value for name, value in new.items()):
            return
        known = {key["kid"] for one in self._was.people.values() for key in one["keys"]}
        fits = new["kid"] not in known and kid_of(new["key"]) == new["kid"]
        if person is None or not fits or not self._was.vouches(facts):
            raise self._broken(mark("nobody vouches for these keys"))
        keys = [{**key, "until": key["until"] or self._line.at} for key in person["keys"]]
        added = {**new, "from": self._line.at if keys else None, "until": None}
        people = {**self._was.people, person["login"]: {**person, "first": None, "keys": [*keys, added]}}
        self._now = replace(self._now, people=people)

    def _take_receipt(self) -> None:
        key = self._facts.get("receipt_key")
        if isinstance(key, str):
            self._now = replace(self._now, receipt_keys=self._now.receipt_keys | {key})

    def _take_document(self, named: Mapping[str, Any]) -> None:
        was, n = self._was, named.get("n")
        first = was.n is None
        if type(n) is not int or n != ((0 if self._line.seq == 0 else 1) if was.n is None else was.n + 1):
            raise self._broken(mark("the list of people that it names is not the next one"))
        token = self._document(n)
        if token is None:
            raise self._broken(mark("the list of people that it names is not in the books"))
        signers = self._signers(token) if first else self._signers_after(was)
        try:
            value, kid, sha256 = read_document(token, {one: key for one, (key, _) in signers.items()}.get)
        except BadSignature as error:
            raise self._broken(mark("the list of people that it names is not rightly signed")) from error
        expected = {"unit": self._now.unit, "station": self._now.station, "n": n, "prev": was.sha256}
        if sha256 != named.get("sha256") or {name: value[name] for name in expected} != expected:
            raise self._broken(mark("the list of people that it names is another one"))
        people = {one["login"]: one for one in value["people"]}
        problem = None if first else refusal(was.people, people, signers[kid][1], self._now.sure)
        if problem is not None:
            raise self._broken(problem)
        self._now = replace(self._now, n=n, sha256=sha256, people=people)

    def _signers_after(self, was: Roles) -> dict[str, tuple[str, By]]:
        """{kid: (key, what it is)} of everyone who may sign the next document at this line."""
        at, full = self._now.sure, was.full_heads(self._now.sure)
        found = {}
        for kid in was.heads(at):
            key = was.key(kid)
            assert key is not None  # heads() names keys in force
            found[kid] = (key[1], By.HEAD if kid in full else By.ACTING)
        if was.sheet is not None:
            found[str(was.sheet.kid)] = (was.sheet.key, By.SHEET)
        return found

    def _signers(self, token: str) -> dict[str, tuple[str, By]]:
        """As above, for the first document."""
        if self._now.sheet is not None:
            return {str(self._now.sheet.kid): (self._now.sheet.key, By.SHEET)}
        try:
            adopts = jws.claims(token.encode("ascii"))[1].get("adopts") or {}
            confirmed = confirmed_heads(adopts["list"], adopts["receipt"], self._was.receipt_keys)
        except (BadSignature, KeyError, TypeError, ValueError):
            return {}
        return {kid: (key, By.HEAD) for kid, key in confirmed.items()}


def confirmed_heads(listed: str, receipt: str, receipt_keys: frozenset[str]) -> dict[str, str]:
    """{kid: key} of the heads in a people list (its text) that the centre confirmed by that receipt.

    Raises a BadSignature, or ValueError where the receipt is of another list.
    """
    keys = {str(kid_of(key)): key for key in receipt_keys}
    told = jws.read_compact(receipt, typ=RECEIPT, key_of=keys.get).value
    if told.get("id") != sha256_hex(listed.encode("utf-8")):
        raise ValueError("the receipt of another list")
    people = jws.strict_object(listed.encode("utf-8"), "list")["people"]
    return {
        str(one["kid"]): str(one["key"])
        for one in people
        if one["role"] == Role.HEAD and one["until"] is None and kid_of(str(one["key"])) == one["kid"]
    }


def role_line(seq: int, body: str, before: tuple[str, str] | None) -> RoleLine:
    """The line with that body; `before` is (at, clock) of the line before.

    KeyError, TypeError or ValueError where the body is not of the form of a line.
    """
    told = json.loads(body)
    sure = [told["at"]] if told["clock"] == ClockWord.OK or seq == 0 else []
    if before is not None and before[1] == ClockWord.OK:
        sure.append(before[0])
    facts = told.get("facts")
    return RoleLine(
        seq,
        told["kind"],
        told["month"],
        told["at"],
        max(sure, default=""),
        facts if isinstance(facts, dict) else {},
    )
