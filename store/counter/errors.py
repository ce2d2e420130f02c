"""Errors of visits and their documents.

WrongState
    VisitEnded
    HasLines
    NothingRecorded
    DocumentSettled
    StillMissing
BadInput
    OnlyUses
    NoSuchWay
BadCitizenId
    BadCompanyNumber
"""

from __future__ import annotations

from reader.errors import BadCitizenId
from store.errors import BadInput, WrongState


class VisitEnded(WrongState):
    says = "Visit {visit} is already {state}."


class HasLines(WrongState):
    says = "Visit {visit} already stands in the ledger, so it cannot simply be forgotten."
    do = "Cancel it with a reason."


class OnlyUses(BadInput):
    says = "Line {seq} is no use of a document, so there is nothing to correct in it."
    do = "Choose the line of the use."


class NothingRecorded(WrongState):
    says = "Nothing was asked for in visit {visit} yet."


class DocumentSettled(WrongState):
    says = "{document} is already {state} in this visit."


class StillMissing(WrongState):
    says = "{count} documents of this visit are still missing."
    do = "Wait for them, replace them by originals, or finish the visit without them."


class BadCompanyNumber(BadCitizenId):
    says = "The company's number is not right: it has 13 digits, of which the last fits the others."
    do = "Check it against the company's certificate."


class NoSuchWay(BadInput):
    says = "{document} cannot come by the channel {channel} in this visit."
    do = "Choose another channel."
