"""A visit goes on for another service: the wrong one had been chosen.

It keeps its number, its citizen and what has come already. Each of its uses gets a correcting line that names
the right service: nothing is asked for a second time, so nothing is a second use.
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
    """Inside the caller's write. What the new service does not ask for is not used, and its answer erased.

    A document that the officer had added stays: no service had asked for it. Raises NotFound, BadInput.
    """
    if code == visit.service:
        raise BadInput(what="service", problem="the visit is for it already")
    service, before = office.catalogue.service(code), office.catalogue.service(visit.service)
    purpose = service.purpose if visit.purpose == before.purpose else visit.purpose
    # By whose data it is: for somebody who comes for themselves the comer's document is the subject's.
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
    """What was asked for stays as it is; what was not is on the list or off it as the new service says."""
    state, channel, job = want.state, want.channel, want.job
    if state in (WantedState.TODO, WantedState.NOT_NEEDED):
        # "if any", and the officer put it on
        is_chosen = state == WantedState.TODO and want.need != Needed.REQUIRED
        state = WantedState.TODO if need.need == Needed.REQUIRED or is_chosen else WantedState.NOT_NEEDED
        if want.state == WantedState.NOT_NEEDED:
            channel, job = visit.default_channel(office.catalogue.document(want.document), want.whose), None
    db.execute(
        "UPDATE wanted SET whose = ?, need = ?, state = ?, channel = ?, job = ? WHERE visit = ? AND n = ?",
        [need.whose, need.need, state, channel, job, visit.id, want.n],
    )


def _drop(office: Office, db: Tables, visit: Visit, want: Wanted) -> None:
    """Off the list; without a trace where it was never asked for."""
    if want.use is None:
        db.execute("DELETE FROM wanted WHERE visit = ? AND n = ?", [visit.id, want.n])
        return
    Lookups(office).cancel(db, want)
    db.execute("UPDATE wanted SET state = 'not_needed' WHERE visit = ? AND n = ?", [visit.id, want.n])


def _correction(
    office: Office, use: Line, service: Service, purpose: str, stands: str | None, reason: str
) -> Entry:
    """The line that says for which service the use is, how it stands, and what now allows it."""
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
