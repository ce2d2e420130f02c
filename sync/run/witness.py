"""Asks the centre's witness for the last checkpoint of this ledger that it has cosigned."""

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
from store.settings.errors import NothingSent
from store.setup import restore
from sync.errors import NotConfigured, Portal, SyncError, Unreachable
from sync.gateways.outcome import classify
from sync.network.http import Limits
from sync.network.open_client import open_client

# Short, because a person waits for the answer, and the ledger can be verified without it.
_LIMITS = Limits(connect=4.0, read=6.0, call=8.0, body=64 * 1024)


def largest(books: Books, origin: str) -> Evidence | None:
    """The largest head of that origin that the witness has cosigned; None where it has none.

    Raises NotConfigured, a NetworkProblem or another Problem where the witness did not answer, BadNote where
    the answer is not the witness's.
    """
    found = _asked(books, {"origin": origin})
    if found is not None and found.origin != origin:
        raise BadNote(problem="it is about another ledger")
    return found


def before(books: Books, old: str, new: str) -> Witnessed:
    """The witness's heads of the epoch `old` and of the newest one before `new`. Raises as largest() does."""
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
    """A refused checkpoint with a new proof, from the size that the witness holds; None where that fails.

    The first proof fails where the witness was restored, or an earlier checkpoint never reached it. Returns
    what proved_from() does: the new job, or the words COVERED or FORK.
    """
    try:
        return proved_from(books, job, largest(books, books.origin))
    except (NothingSent, SyncError, BadNote):
        return None  # the refusal stands and is reported


def look_back(books: Books) -> None:
    """After a restore without a network: ask how far the old ledger went, and record what is lost."""
    with suppress(NothingSent, SyncError, BadNote):  # asked again at the next checkpoint
        restore.look_back(books, partial(before, books))
