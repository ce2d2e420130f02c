"""Changes a visit to another service, where the wrong one was chosen.

The visit keeps its number, its citizen and the answers that it has. Each of its uses gets a correcting line
that names the right service. Nothing is asked for again, because that would count as a second use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.counter import visit_rows
from store.counter.lookups import Lookups
from store.counter.reasons import Reason
from store.counter.visit import WantedState
from store.errors import BadInput
from store.formats.line import Entry, Line, LineKind, Outcome
from store.settings.catalogue import Needed

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.citizen_data import Keeping
    from store.counter.visit import Visit, Wanted
    from store.office import Office
    from store.settings.catalogue import Need, Service


def change(office: Office, keeping: Keeping, db: Tables, visit: Visit, code: str, reason: str) -> None:
    """Changes the service inside the caller's transaction. Raises NotFound, BadInput.

    A document that only the old service asked for becomes not needed, and its answer is erased. A document
    that the officer added stays, because it never came from the service.
    """
    if code == visit.service:
        raise BadInput(what="service", problem="the visit is for it already")
    service, before = office.catalogue.service(code), office.catalogue.service(visit.service)
    purpose = service.purpose if visit.purpose == before.purpose else visit.purpose
    # Matched by the person it is about: where the subject comes in person, the comer's document and the
    # subject's are the same.
    needs = {(need.document, visit.target(need.whose)): need for need in service.documents}
    unused = []
    for want in visit.wanted:
        need = needs.pop((want.document, visit.target(want.whose)), None)
        if need is not None:
            _keep(office, db, visit, want, need)
        elif want.need != Needed.ADDED:
            unused.append(want)
    for need in needs.values():
        state = WantedState.TODO if need.need == Needed.REQUIRED else WantedState.NOT_NEEDED
        visit_rows.add_wanted(
            db, visit, office.catalogue.document(need.document), need.whose, need.need, state
        )
    for want in unused:
        _drop(office, db, visit, want)
    db.execute("UPDATE visit SET service = ?, purpose = ? WHERE id = ?", [code, purpose, visit.id])
    erased = {want.use for want in unused if want.state == WantedState.OBTAINED}
    for use in office.ledger.lines(visit=visit.id, kind=LineKind.USE, newest_first=False, limit=-1):
        stands = Outcome.NOT_NEEDED if use.seq in erased else use.stands
        office.ledger.append(db, _correction(office, use, service, purpose, stands, reason))
    for seq in sorted(seq for seq in erased if seq is not None):
        keeping.erase(db, seq)


def _keep(office: Office, db: Tables, visit: Visit, want: Wanted, need: Need) -> None:
    """A document that was asked for keeps its state; for the others the new service's need decides."""
    state, channel, job = want.state, want.channel, want.job
    if state in (WantedState.TODO, WantedState.NOT_NEEDED):
        # a document that the service needs only "if any", and that the officer put on the list
        is_chosen = state == WantedState.TODO and want.need != Needed.REQUIRED
        state = WantedState.TODO if need.need == Needed.REQUIRED or is_chosen else WantedState.NOT_NEEDED
        if want.state == WantedState.NOT_NEEDED:
            channel, job = visit.default_channel(office.catalogue.document(want.document), want.whose), None
    db.execute(
        "UPDATE wanted SET whose = ?, need = ?, state = ?, channel = ?, job = ? WHERE visit = ? AND n = ?",
        [need.whose, need.need, state, channel, job, visit.id, want.n],
    )


def _drop(office: Office, db: Tables, visit: Visit, want: Wanted) -> None:
    """Deletes a document that was never asked for; any other becomes not needed."""
    if want.use is None:
        db.execute("DELETE FROM wanted WHERE visit = ? AND n = ?", [visit.id, want.n])
        return
    Lookups(office).cancel(db, want)
    db.execute("UPDATE wanted SET state = 'not_needed' WHERE visit = ? AND n = ?", [visit.id, want.n])


def _correction(
    office: Office, use: Line, service: Service, purpose: str, stands: str | None, reason: str
) -> Entry:
    """The line that gives a use its right service, with its outcome and the legal basis of that service."""
    return Entry(
        kind=LineKind.CORRECTION,
        officer=office.who.login,
        visit=use.visit,
        service=service.code,
        document=use.document,
        channel=use.channel,
        legal=service.legal,
        outcome=None if stands == Outcome.CORRECTED else stands,
        error=Reason.WRONG_SERVICE.value,
        about=use.seq,
        basis=reason,
        purpose=purpose,
    )
