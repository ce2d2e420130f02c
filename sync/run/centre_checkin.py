"""The check-in with the centre at the end of a run: fetches messages and catalogue, resends what it lost.

One small GET fetches the messages and sends this PC's status (counts, clock and version; nothing of a
citizen). Another fetches the catalogue where it changed. A centre that holds fewer submissions than before
was restored from a backup: this PC sends it again what it lost, with the centre's own receipts.
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
from store.proof.break_memory import told
from store.proof.ledger_watch import known_break
from store.queue.job import Job, JobKind, JobState
from sync.errors import NetworkProblem
from sync.network.http import Reply
from sync.run.submissions import CentreClient

TALK_S = 60.0  # for one whole check-in


def exchange(books: Books, centre: CentreClient) -> None:
    """Fetch messages and catalogue, and send again what a restored centre lost.

    A broken connection, or an answer that is not the centre's, ends the check-in. What was taken so far is
    kept, and the next check-in fetches the rest.
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
        return  # the run itself reports the network, and a forged message is ignored


def _messages(books: Books, centre: CentreClient, until: float) -> dict[str, Any] | None:
    """{messages: [{n, message}], received}; None where the answer has another form."""
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
    """This PC's status for the centre, as JSON; `broken` only where the ledger is known to be."""
    counts = books.queue.counts()
    status: dict[str, Any] = {
        "at": stamp(books.clock()),
        "waiting": counts[JobState.WAITING] + counts[JobState.SENDING] + counts[JobState.NEEDS_LOGIN],
        "quarantined": counts[JobState.QUARANTINED],
        "version": program_version(),
    }
    known = known_break(books)
    if known is not None:
        said = told(known, books.clock())
        status["broken"] = {"seq": said["seq"], "found_at": said["found_at"]}
    return canonical(status).decode("ascii")


def program_version() -> str:
    try:
        return version("nocopy")
    except PackageNotFoundError:
        return "0"  # run from a folder without being installed


def _catalogue(books: Books, centre: CentreClient, until: float) -> None:
    mine = ministry_catalogue.held(books)
    header = {"If-None-Match": f'"{mine}"'} if mine else {}
    reply = centre.ask("/v1/catalogue", until, header)
    if reply.status == 200 and reply.body.isascii():
        ministry_catalogue.take(books, reply.body.decode("ascii"))


# --- a centre that was restored ---


def _has_lost(books: Books, holds: int) -> bool:
    """Whether the centre with these keys holds fewer submissions than it once did; the most is stored."""
    key = centre_keys(books).get("receipt", "")
    most = books.database.value("SELECT n FROM centre_holds WHERE receipt_key = ?", (key,))
    if most is None or most < holds:
        with books.database.write() as db:
            db.execute("INSERT OR REPLACE INTO centre_holds(receipt_key, n) VALUES (?, ?)", [key, holds])
    return most is not None and most > holds


def _offer_again(books: Books, centre: CentreClient, until: float) -> None:
    """Send what the centre lost, in the original order. What it refuses now is not tried further."""
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
    """The id under which the centre lists this job's submission, and its receipt."""
    if job.kind == JobKind.PEOPLE:
        row = books.database.row("SELECT sha256 AS id, receipt FROM people_list WHERE job = ?", (job.id,))
    elif job.kind == JobKind.REPORT:
        row = books.database.row("SELECT job AS id, receipt FROM month WHERE job = ?", (job.id,))
    else:
        row = books.database.row("SELECT job AS id, receipt FROM checkpoint WHERE job = ?", (job.id,))
    return None if row is None or row["receipt"] is None else (row["id"], row["receipt"])
