"""A visit goes on for another service: the wrong one had been chosen.

It keeps its number, its citizen and what has come already. Each of its uses gets a correcting line that names
the right service: nothing is asked for a second time, so nothing is a second use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import visit_rows
from store.errors import BadInput
from store.ledger_line import CORRECTED, NOT_NEEDED, Entry, Line
from store.reasons import Reason

if TYPE_CHECKING:
    from store.books import Books
    from store.catalogue import Need, Service
    from store.database import Tables
    from store.keeping import Keeping
    from store.visit import Visit, Wanted


def change(books: Books, keeping: Keeping, db: Tables, visit: Visit, code: str, reason: str) -> None:
    """Inside the caller's write. What the new service does not ask for is not used, and its answer erased.

    A document that the officer had added stays: no service had asked for it. Raises NotFound, BadInput.
    """
    if code == visit.service:
        raise BadInput(what="service", problem="the visit is for it already")
    service, before = books.catalogue.service(code), books.catalogue.service(visit.service)
    purpose = service.purpose if visit.purpose == before.purpose else visit.purpose
    # By whose data it is: for somebody who comes for themselves the comer's document is the subject's.
    needs = {(need.document, visit.target(need.whose)): need for need in service.documents}
    unused = []
    for want in visit.wanted:
        need = needs.pop((want.document, visit.target(want.whose)), None)
        if need is not None:
            _keep(books, db, visit, want, need)
        elif want.need != "added":
            unused.append(want)
    for need in needs.values():
        state = "todo" if need.need == "required" else "not_needed"
        visit_rows.add_wanted(
            db, visit, books.catalogue.document(need.document), need.whose, need.need, state
        )
    for want in unused:
        _drop(books, db, visit, want)
    db.execute("UPDATE visit SET service = ?, purpose = ? WHERE id = ?", [code, purpose, visit.id])
    erased = {want.use for want in unused if want.state == "obtained"}
    for use in books.ledger.lines(visit=visit.id, kind="use", newest_first=False, limit=-1):
        stands = NOT_NEEDED if use.seq in erased else use.stands
        books.ledger.append(db, _correction(books, use, service, purpose, stands, reason))
    for seq in sorted(seq for seq in erased if seq is not None):
        keeping.erase(db, seq)


def _keep(books: Books, db: Tables, visit: Visit, want: Wanted, need: Need) -> None:
    """What was asked for stays as it is; what was not is on the list or off it as the new service says."""
    state, channel, job = want.state, want.channel, want.job
    if state in ("todo", "not_needed"):
        is_chosen = state == "todo" and want.need != "required"  # "if any", and the officer put it on
        state = "todo" if need.need == "required" or is_chosen else "not_needed"
        if want.state == "not_needed":
            channel, job = visit.default_channel(books.catalogue.document(want.document), want.whose), None
    db.execute(
        "UPDATE wanted SET whose = ?, need = ?, state = ?, channel = ?, job = ? WHERE visit = ? AND n = ?",
        [need.whose, need.need, state, channel, job, visit.id, want.n],
    )


def _drop(books: Books, db: Tables, visit: Visit, want: Wanted) -> None:
    """Off the list; without a trace where it was never asked for."""
    if want.use is None:
        db.execute("DELETE FROM wanted WHERE visit = ? AND n = ?", [visit.id, want.n])
        return
    books.lookups.cancel(db, want)
    db.execute("UPDATE wanted SET state = 'not_needed' WHERE visit = ? AND n = ?", [visit.id, want.n])


def _correction(
    books: Books, use: Line, service: Service, purpose: str, stands: str | None, reason: str
) -> Entry:
    """The line that says for which service the use is, how it stands, and what now allows it."""
    return Entry(
        kind="correction",
        officer=books.who.login,
        visit=use.visit,
        service=service.code,
        document=use.document,
        channel=use.channel,
        legal=service.legal,
        outcome=None if stands == CORRECTED else stands,
        error=Reason.WRONG_SERVICE.value,
        about=use.seq,
        basis=reason,
        purpose=purpose,
    )
