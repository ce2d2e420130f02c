"""The short talk with the centre at the end of a run: what it says to the unit, and what it may have lost.

One small GET brings the messages and tells the centre how this PC stands (counts, clock and version; never a
citizen), another the catalogue where it changed. A centre that holds less than it once did was restored from
a backup: it is offered again what it lost, with the receipts that it gave.
"""

from __future__ import annotations

import json
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from reader.buddhist_date import stamp
from store.books import Books
from store.exchange import ministry_catalogue
from store.exchange.ministry_messages import Messages
from store.exchange.stick import CARRIED, centre_keys
from store.formats.canonical import canonical
from store.formats.errors import BadReceipt, BadSignature
from store.queue.job import Job, JobKind, JobState
from sync.errors import NetworkProblem
from sync.network.http import Reply
from sync.run.submissions import CentreClient

TALK_S = 60.0  # all of one talk together


def exchange(books: Books, centre: CentreClient) -> None:
    """Ask for messages and catalogue, and offer again what a restored centre lost.

    A connection that breaks, or an answer that is not the centre's, ends it: the next talk begins anew.
    Nothing that came so far is lost by that.
    """
    until = time.monotonic() + TALK_S
    try:
        said = _messages(books, centre, until)
        if said is None:
            return
        if _has_lost(books, said["received"]):
            _offer_again(books, centre, until)
        for one in said["messages"]:
            Messages(books).take(one["message"])
        Messages(books).apply()
        _catalogue(books, centre, until)
    except (NetworkProblem, BadReceipt, BadSignature):
        return  # the run itself has reported the network; a forged message is none


def _messages(books: Books, centre: CentreClient, until: float) -> dict[str, Any] | None:
    """{messages: [{n, message}], received}; None where the centre does not answer so."""
    header = {"Nocopy-Status": _status(books)}
    return _mail(centre.ask(f"/v1/messages?after={Messages(books).last()}", until, header))


def _mail(reply: Reply) -> dict[str, Any] | None:
    said = _json(reply)
    if not isinstance(said, dict) or type(said.get("received")) is not int:
        return None
    messages = said.get("messages")
    if not isinstance(messages, list):
        return None
    if not all(isinstance(one, dict) and isinstance(one.get("message"), str) for one in messages):
        return None
    return said


def _json(reply: Reply) -> Any:
    if reply.status != 200:
        return None
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def _status(books: Books) -> str:
    """What the centre learns of this PC."""
    counts = books.queue.counts()
    status = {
        "at": stamp(books.clock()),
        "waiting": counts[JobState.WAITING] + counts[JobState.SENDING] + counts[JobState.NEEDS_LOGIN],
        "quarantined": counts[JobState.QUARANTINED],
        "version": program_version(),
    }
    return canonical(status).decode("ascii")


def program_version() -> str:
    try:
        return version("nocopy")
    except PackageNotFoundError:
        return "0"  # run from a folder, without being installed


def _catalogue(books: Books, centre: CentreClient, until: float) -> None:
    mine = ministry_catalogue.held(books)
    header = {"If-None-Match": f'"{mine}"'} if mine else {}
    reply = centre.ask("/v1/catalogue", until, header)
    if reply.status == 200 and reply.body.isascii():
        ministry_catalogue.take(books, reply.body.decode("ascii"))


# --- a centre that was restored ---


def _has_lost(books: Books, holds: int) -> bool:
    """Whether the centre with these keys holds less than it once said; the most is remembered."""
    key = centre_keys(books).get("receipt", "")
    most = books.database.value("SELECT n FROM centre_holds WHERE receipt_key = ?", (key,))
    if most is None or most < holds:
        with books.database.write() as db:
            db.execute("INSERT OR REPLACE INTO centre_holds(receipt_key, n) VALUES (?, ?)", [key, holds])
    return most is not None and most > holds


def _offer_again(books: Books, centre: CentreClient, until: float) -> None:
    """In the order in which they went; what the centre refuses even so stays as it is."""
    known = _json(centre.ask("/v1/submissions", until))
    ids = known.get("ids") if isinstance(known, dict) else None
    if not isinstance(ids, list):
        return
    for job in books.queue.list((JobState.DONE,)):
        if job.kind in CARRIED and (receipt := _receipt_of(books, job)) is not None:
            named, token = receipt
            if named not in ids:
                centre.offer_again(job, token, until)


def _receipt_of(books: Books, job: Job) -> tuple[str, str] | None:
    """The id under which the centre knows what this job brought, and its receipt."""
    if job.kind == JobKind.PEOPLE:
        row = books.database.row("SELECT sha256 AS id, receipt FROM people_list WHERE job = ?", (job.id,))
    elif job.kind == JobKind.REPORT:
        row = books.database.row("SELECT job AS id, receipt FROM month WHERE job = ?", (job.id,))
    else:
        row = books.database.row("SELECT job AS id, receipt FROM checkpoint WHERE job = ?", (job.id,))
    return None if row is None or row["receipt"] is None else (row["id"], row["receipt"])
