"""Visits: a citizen's business at the counter, and the documents that it needs.

Every step that the ledger records is one transaction: the line, the job, the answer and the visit's state
are committed together or not at all.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK, stamp
from store.counter import corrections, opening, visit_rows
from store.counter.allow_list import Answer
from store.counter.card_face import CardFace
from store.counter.citizen_data import Keeping
from store.counter.errors import DocumentSettled, HasLines, NoSuchWay, StillMissing, VisitEnded
from store.counter.lookups import Lookups
from store.counter.reasons import Reason
from store.counter.service_change import change
from store.counter.uses import Uses
from store.counter.visit import (
    SETTLED,
    UNFINISHED,
    Visit,
    VisitState,
    Wanted,
    WantedState,
    usual_owner,
)
from store.counter.visit_rows import Today
from store.formats.free_text import WORDS, checked_texts
from store.formats.line import Entry, LineKind, Outcome
from store.people.permissions import demand
from store.proof.ledger_watch import demand_whole
from store.settings.catalogue import OWN_WORK, Channel, Needed

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.visitor import Visitor
    from store.office import Office


class Visits:
    """The visits of one station, done by the person who opened the books."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._database = office.database
        self._ledger = office.ledger
        self._lookups = Lookups(office)
        self._keeping = Keeping(office)
        self._uses = Uses(office, self._lookups)
        self._looked_at: set[int] = set()  # use lines of other officers whose answers were handed out

    # ---- beginning

    def open(
        self,
        service: str,
        visitor: Visitor,
        *,
        documents: list[str] | None = None,
        purpose: str | None = None,
        reference: str | None = None,
        closes_itself: bool = False,
    ) -> Visit:
        """Opens a visit; the ledger has no line of it until something is obtained.

        `documents` are codes; None takes all of the service's, of which only the required ones are on the
        list to obtain. Raises NotAllowed, BadInput, NotFound, DiskShort and reader.errors.BadCitizenId.
        """
        demand(self._office.who, "visit")
        demand_whole(self._office)
        self._office.disk.demand_room()
        asked = opening.Opening(service, purpose, reference, closes_itself)
        row = opening.checked_row(self._office, asked, visitor)
        with self._database.write() as db:
            id = opening.insert(self._office, db, row)
            opening.want_documents(self._office, db, self.get(id), documents)
            return self.get(id)

    def discard(self, id: str) -> None:
        """Deletes a visit of which the ledger has no line; raises HasLines where it has one."""
        demand(self._office.who, "visit")
        with self._database.write() as db:
            self._live(id)
            self._discard(db, id)

    def _discard(self, db: Tables, id: str) -> None:
        if self._keeping.has_lines(id):
            raise HasLines(visit=id)
        db.execute("DELETE FROM wanted WHERE visit = ?", [id])
        db.execute("DELETE FROM visit WHERE id = ?", [id])

    # ---- what is wanted

    def add(self, id: str, document: str, whose: str | None = None) -> Visit:
        """Adds a document to the visit; a second one of the same kind is allowed."""
        demand(self._office.who, "visit")
        found = self._office.catalogue.document(document)
        owner = whose or usual_owner(found)
        with self._database.write() as db:
            visit_rows.add_wanted(db, self._live(id), found, owner, Needed.ADDED, WantedState.TODO)
            return self.get(id)

    def want(self, id: str, n: int) -> Visit:
        """Puts a document on the list to obtain: one that was not needed, or one that was not obtained.

        Raises DocumentSettled where it is asked for or obtained.
        """
        demand(self._office.who, "visit")
        with self._database.write() as db:
            visit = self._live(id)
            want = _open_want(visit, n, WantedState.ASKED, WantedState.OBTAINED)
            self._lookups.cancel(db, want)
            self._to_do(db, visit, want)
            return self.get(id)

    def not_needed(self, id: str, n: int) -> Visit:
        """Takes a document off the list and cancels its lookup; DocumentSettled where it is obtained."""
        demand(self._office.who, "visit")
        with self._database.write() as db:
            want = _open_want(self._live(id), n, WantedState.OBTAINED)
            self._lookups.cancel(db, want)
            db.execute("UPDATE wanted SET state = 'not_needed' WHERE visit = ? AND n = ?", [id, n])
            return self.get(id)

    def change_service(self, id: str, service: str, reason: str) -> Visit:
        """Changes the visit to another service (store/counter/service_change.py).

        Answers and running lookups that the new service needs are kept. Raises NotFound, BadInput,
        VisitEnded.
        """
        demand(self._office.who, "visit")
        checked_texts(WORDS, reason=reason)
        with self._database.write() as db:
            change(self._office, self._keeping, db, self._live(id), service, reason)
            return self.get(id)

    # ---- obtaining

    def obtain(self, id: str, channel: dict[int, str] | None = None) -> Visit:
        """Obtains every document that is to do: lookups are queued, the others recorded as obtained.

        `channel` maps a document's number in the visit to another channel than its default. A document whose
        channel is None, because only the officer knows whether it was copied or seen, stays to do until the
        officer chooses. Raises DocumentSettled, NoSuchWay, VisitEnded, NotFound.
        """
        demand(self._office.who, "visit")
        demand_whole(self._office)
        chosen = channel or {}
        with self._database.write() as db:
            visit = self._live(id)
            for n in chosen:
                want = visit.want(n)
                if want.state != WantedState.TODO:
                    raise DocumentSettled(document=want.document, state=want.state)
            for want in visit.wanted:
                way = chosen.get(want.n, want.channel)
                if want.state == WantedState.TODO and way is not None:
                    self._uses.write(db, visit, want, way)
            return self.get(id)

    def check_laser(self, id: str, n: int, face: CardFace) -> Visit:
        """Queues a check of the laser number on a card whose chip is dead; `face` is what was typed from it.

        Raises DocumentSettled, NoSuchWay, VisitEnded, NotFound.
        """
        demand(self._office.who, "visit")
        with self._database.write() as db:
            visit = self._live(id)
            want = _open_want(visit, n, WantedState.ASKED, WantedState.OBTAINED)
            self._uses.write(db, visit, want, Channel.LASER, face)
            return self.get(id)

    def replace(self, id: str, n: int, channel: str) -> Visit:
        """Replaces a lookup by the officer's own work: a copy, or a look at the original.

        Raises NoSuchWay where `channel` is not own work, DocumentSettled, VisitEnded, NotFound.
        """
        demand(self._office.who, "visit")
        if channel not in OWN_WORK:
            raise NoSuchWay(document=str(n), channel=channel)
        with self._database.write() as db:
            visit = self._live(id)
            want = _open_want(visit, n, *SETTLED)
            self._lookups.cancel(db, want)
            self._uses.write(db, visit, want, channel)
            return self.get(id)

    # ---- ending

    def park(self, id: str) -> Visit:
        """Parks a visit while the citizen waits or is away; its lookups continue until their deadline."""
        return self._move(id, VisitState.WAITING)

    def resume(self, id: str) -> Visit:
        """Opens a parked visit again. From now on a look at another officer's answers is a new look."""
        visit = self._move(id, VisitState.OPEN)
        self._looked_at.difference_update(want.use for want in visit.wanted if want.use is not None)
        return visit

    def take_over(self, id: str, reason: str) -> Visit:
        """Makes the person logged in the officer of a visit that another officer opened.

        A lookup is sent only under its owner's log-in, so the other officer's waiting lookups are cancelled,
        each with a line, and must be asked again. `reason` is recorded, sealed, in a line about the visit.
        """
        demand(self._office.who, "visit")
        mine = self._office.who.login
        with self._database.write() as db:
            visit = self._live(id)
            for want in visit.wanted:
                if (
                    want.state == WantedState.ASKED
                    and want.job
                    and not self._office.queue.get(want.job).goes_under(mine)
                ):
                    self._lookups.cancel(db, want)
                    self._to_do(db, visit, want)
            if self._keeping.has_lines(id):
                self._ledger.append(
                    db, Entry(LineKind.CORRECTION, mine, visit=id, service=visit.service, basis=reason)
                )
            db.execute(
                "UPDATE visit SET officer = ?, state = 'open', parked_at = NULL WHERE id = ?", [mine, id]
            )
            return self.get(id)

    def _to_do(self, db: Tables, visit: Visit, want: Wanted) -> None:
        default = visit.default_channel(self._office.catalogue.document(want.document), want.whose)
        db.execute(
            "UPDATE wanted SET state = 'todo', channel = ?, job = NULL WHERE visit = ? AND n = ?",
            [default, visit.id, want.n],
        )

    def _move(self, id: str, state: str) -> Visit:
        demand(self._office.who, "visit")
        with self._database.write() as db:
            self._live(id)
            parked = stamp(self._office.clock()) if state == VisitState.WAITING else None
            db.execute("UPDATE visit SET state = ?, parked_at = ? WHERE id = ?", [state, parked, id])
            return self.get(id)

    def close(self, id: str, force: bool = False) -> Visit:
        """Closes a visit, and erases the card, the photo and the answers.

        Raises StillMissing while documents are missing; with `force` their lookups are cancelled instead. Of
        a visit that closed itself only the data is erased.
        """
        demand(self._office.who, "visit")
        with self._database.write() as db:
            visit = self.get(id)
            if visit.state != VisitState.CLOSED:
                self._live(id)
                if visit.missing and not force:
                    raise StillMissing(count=len(visit.missing))
                self._give_up(db, visit)
                visit_rows.end(db, id, VisitState.CLOSED, stamp(self._office.clock()))
            self._keeping.purge(db, visit)
            return self.get(id)

    def cancel(self, id: str, words: str, why: Reason = Reason.OTHER) -> Visit | None:
        """Cancels a visit: its lookups are cancelled, the citizen's data is erased, its lines stay.

        With WRONG_NUMBER the visit was about the wrong citizen, and each of its uses gets a correcting line.
        Returns None where the ledger had no line of the visit: then it is deleted.
        """
        demand(self._office.who, "visit")
        checked_texts(WORDS, reason=words)
        with self._database.write() as db:
            visit = self._live(id)
            if not self._keeping.has_lines(id):
                self._discard(db, id)
                return None
            asked = [
                want.use for want in visit.wanted if want.use is not None and want.state != WantedState.ASKED
            ]
            self._give_up(db, visit)
            for seq in asked if why is Reason.WRONG_NUMBER else ():
                corrections.write(self._office, db, seq, words, why)
            self._ledger.append(
                db,
                Entry(
                    kind=LineKind.CORRECTION,
                    officer=self._office.who.login,
                    visit=id,
                    service=visit.service,
                    outcome=Outcome.CANCELLED,
                    basis=words,
                ),
            )
            visit_rows.end(db, id, VisitState.CANCELLED, stamp(self._office.clock()), words)
            self._keeping.purge(db, visit)
            return self.get(id)

    def correct(self, seq: int, words: str, why: Reason = Reason.OTHER) -> int:
        """As store.counter.corrections.correct()."""
        return corrections.correct(self._office, seq, words, why)

    def _give_up(self, db: Tables, visit: Visit) -> None:
        for want in visit.wanted:
            self._lookups.cancel(db, want)
            if want.state == WantedState.TODO:
                db.execute(
                    "UPDATE wanted SET state = 'cancelled' WHERE visit = ? AND n = ?", [visit.id, want.n]
                )

    # ---- the card

    def keep_photo(self, id: str, photo: bytes) -> None:
        """Stores the photo of the visit's card (JPEG); a card's photo is read after its text."""
        demand(self._office.who, "visit")
        with self._database.write() as db:
            self._live(id)
            db.execute("UPDATE visit SET photo = ? WHERE id = ? AND card IS NOT NULL", [photo, id])

    # ---- looking

    def get(self, id: str) -> Visit:
        """One visit; raises NotFound."""
        return visit_rows.read(self._database, id)

    def answer(self, id: str, n: int) -> Answer | None:
        """The stored answer of a document; None before it comes and after it is erased.

        That of another officer's lookup in another officer's visit is a line of the ledger: one for each
        look, however often a screen reads it again until the visit is resumed.
        """
        demand(self._office.who, "visit")
        found = self._keeping.answer(id, n)
        if found is not None:
            self._note_look(self.get(id), n)
        return found

    def _note_look(self, visit: Visit, n: int) -> None:
        mine, want = self._office.who.login, visit.want(n)
        assert want.use is not None  # there is an answer to it
        if (
            visit.officer == mine
            or want.use in self._looked_at
            or self._ledger.line(want.use).officer == mine
        ):
            return
        entry = Entry(
            LineKind.EXPORT,
            mine,
            visit=visit.id,
            service=visit.service,
            document=want.document,
            about=want.use,
            facts={"what": "answer"},
        )
        with self._database.write() as db:
            self._ledger.append(db, entry)
        self._looked_at.add(want.use)

    def unfinished(self) -> list[Visit]:
        """The visits that are open or waiting, the oldest first."""
        return visit_rows.unfinished(self._database)

    def continued(self, subject_kind: str, subject: str, at: datetime | None = None) -> dict[str, Visit]:
        """{service: the subject's last visit that was finished in the 30 days before `at` (default: now)}."""
        demand(self._office.who, "visit")
        found = visit_rows.finished(self._database, subject_kind, subject, at or self._office.clock())
        return {visit.service: visit for visit in reversed(found)}

    def today(self) -> Today:
        """Today's counts, for the first screen."""
        return visit_rows.today(self._database, self._today())

    def _live(self, id: str) -> Visit:
        visit = self.get(id)
        if visit.state not in UNFINISHED:
            raise VisitEnded(visit=id, state=visit.state)
        return visit

    def _today(self) -> date:
        return self._office.clock().astimezone(BANGKOK).date()


def _open_want(visit: Visit, n: int, *states: WantedState) -> Wanted:
    """The document with that number; raises DocumentSettled where it is in one of these states."""
    want = visit.want(n)
    if want.state in states:
        raise DocumentSettled(document=want.document, state=want.state)
    return want
