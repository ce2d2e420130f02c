"""Errors of signing a month.

NotAllowed
    SamePerson
WrongState
    NobodyToSign
    Undecided
    MustBeFlagged
StoreError
    NotAsInLines
        FoundAnew
"""

from __future__ import annotations

from reader.sentences import mark
from store.errors import NotAllowed, StoreError, WrongState

MEMBERS: dict[str, str] = {
    "v": mark("the version of the payload"),
    "unit": mark("the unit"),
    "month": mark("the month"),
    "revision": mark("the revision"),
    "replaces": mark("the report that is replaced"),
    "chains": mark("the lines that are counted"),
    "use": mark("the uses"),
    "visits": mark("the visits"),
    "spared": mark("the copies spared"),
    "offline_min": mark("the time without a network"),
    "unanswered": mark("the unanswered requests"),
    "late": mark("the late answers"),
    "findings": mark("the findings"),
    "lost_lines": mark("the lost lines"),
    "people": mark("the people list"),
    "state": mark("the step of the month"),
    "signatures": mark("the signatures so far"),
    "report": mark("the report that waits"),
    "stations": mark("the other PCs"),
    "shown": mark("the figures that were shown"),
}
"""{member of what is signed, or what its signatures rest on: its words}; no comma, for they are listed."""


class SamePerson(NotAllowed):
    says = "{login} has already signed {month} as {role}: who prepares does not check."
    do = "Someone else must log in for this step."


class NobodyToSign(WrongState):
    says = "Nobody else with the role {role} has a signing key yet."
    do = "Let that person log in once and change the first passphrase; then sign."


class Undecided(WrongState):
    says = "The month cannot be signed yet: {count} findings are still without a decision."
    do = "Decide them one by one, or give one reason for all."


class MustBeFlagged(WrongState):
    says = "{count} findings were not accepted, so the month can only be reported as abnormal."
    do = "Flag it, or accept them with a reason."


class NotAsInLines(StoreError):
    """What is to be signed, or what it rests on, is in the tables otherwise than in the ledger's lines."""

    says = "Nobody can sign {month}: {members} in the books' tables and in the ledger's lines differ."
    do = "Nothing was signed. Tell ICT; if it is sent back, it is summed up anew from the lines."
    exit_code = 5

    def __init__(self, month: str, *members: str) -> None:
        super().__init__(month=month, members=", ".join(MEMBERS.get(one, one) for one in members))
        self.month = month
        self.members = members


class FoundAnew(NotAsInLines):
    """Nobody had signed yet, so the table was written anew from the lines."""

    do = "Nothing was signed. They stand as the lines say now: look at them once more, then sign."
