"""What the centre's witness has signed last of this ledger, asked for afresh."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from functools import partial

from store.books import Books
from store.formats.errors import BadNote
from store.proof.epoch import EPOCH, Witnessed, number_of
from store.proof.evidence import Evidence, witnessed
from store.proof.witness_receipts import proved_from
from store.queue.endpoints import CENTRE
from store.queue.job import Job
from store.setup import restore
from sync.errors import NotConfigured, Portal, SyncError, Unreachable
from sync.gateways.outcome import classify
from sync.network.http import Limits
from sync.network.open_client import open_client

# Somebody waits for the answer, and the ledger is verified without it, too.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)


def largest(books: Books, origin: str) -> Evidence | None:
    """The largest head of that origin that the witness has signed; None where it knows none.

    Raises NotConfigured, a NetworkProblem or another Problem where nothing could be learned, BadNote where
    the answer is not the witness's.
    """
    found = _asked(books, {"origin": origin})
    if found is not None and found.origin != origin:
        raise BadNote(problem="it is about another ledger")
    return found


def before(books: Books, old: str, new: str) -> Witnessed:
    """What it knows of the epoch `old`, and of the newest one before `new`. Raises as largest() does."""
    newest, name = _asked(books, {"before": new}), new.rpartition("/e")[0]
    if newest is not None:
        one = re.fullmatch(re.escape(name) + EPOCH, newest.origin or "")
        if one is None or not number_of(old) <= int(one[1]) < number_of(new):
            raise BadNote(problem="it is about another ledger")
    return Witnessed(largest(books, old), newest)


def _asked(books: Books, query: dict[str, str]) -> Evidence | None:
    url, token = books.settings.get("centre.url"), books.settings.get("centre.token")
    if url is None or token is None:
        raise NotConfigured(what="the centre")
    wire = open_client(books, "centre", _LIMITS)
    try:
        reply = wire.call(
            "GET",
            f"{url.rstrip('/')}/v1/witness",
            params=query,
            headers={"Authorization": f"Bearer {token}"},
            until=time.monotonic() + _LIMITS.call,
        )
    finally:
        wire.close()
    if reply.status == 404 and reply.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    if reply.status != 200:
        raise classify(CENTRE, reply.status, reply.headers, reply.body).problem or Unreachable("no answer")
    if not reply.headers.get("content-type", "").startswith("text/plain"):
        raise Portal
    return witnessed(books, reply.body.decode("utf-8", "replace"))


def proved_anew(books: Books, job: Job) -> Job | str | None:
    """A checkpoint that was refused as a fork, proved from what the witness really holds; None: no help.

    The witness may have been restored, or an earlier checkpoint of this PC may never have reached it.
    """
    try:
        return proved_from(books, job, largest(books, books.origin))
    except (SyncError, BadNote):
        return None  # the refusal stands, and is told


def look_back(books: Books) -> None:
    """After a restore without a network: asks what the old ledger became, and writes down what is lost."""
    with suppress(SyncError, BadNote):  # asked again at the next checkpoint
        restore.look_back(books, partial(before, books))
