"""Visits: a citizen's business at the counter, and what becomes of each document that it needs.

Every step that the ledger shows is one transaction: the line, the job, the answer and the visit's own state
stand or fall together.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, PartialDate, stamp
from store import corrections, mobile_day, visit_rows
from store.answers import Answer
from store.back_entry import BACK_ENTRY, BackEntry, checked_back_entry
from store.card_face import CardFace
from store.catalogue import LASER, LOOKUPS, OWN_WORK
from store.errors import (
    BadInput,
    DocumentSettled,
    HasLines,
    NoSuchWay,
    StillMissing,
    VisitEnded,
)
from store.free_text import SHORT, WORDS, checked_texts
from store.keeping import Keeping
from store.ledger_line import Entry
from store.office_hours import end_of_day
from store.permissions import demand
from store.reasons import Reason
from store.service_change import change
from store.visit import LIVE, Visit, Wanted, checked_comer, checked_identity, checked_subject, usual_owner
from store.visit_rows import Today

if TYPE_CHECKING:
    from store.books import Books
    from store.database import Tables

CARD_EXPIRED = "card_expired"
"""The mark on a use line that the card which was read had expired."""
WRONG_CHECK_DIGIT = "wrong_check_digit"
"""The mark that the number on its chip does not agree with its own check digit."""


class Visits:
    """The visits of one station, done by the person who opened the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._database = books.database
        self._ledger = books.ledger
        self._lookups = books.lookups
        self._keeping = Keeping(books)

    # ---- beginning

    def open(
        self,
        service: str,
        *,
        subject_kind: str,
        subject: str,
        identity: str,
        comer: str = "self",
        comer_id: str | None = None,
        basis: str | None = None,
        card_seen_at: str | None = None,
        card_json: dict[str, Any] | None = None,
        photo: bytes | None = None,
        documents: list[str] | None = None,
        purpose: str | None = None,
        reference: str | None = None,
        closes_itself: bool = False,
        back_entry: BackEntry | None = None,
    ) -> Visit:
        """A new visit, of which the ledger knows nothing yet.

        `card_seen_at` (a stamp) is when the comer's card was read, `card_json` its text. `documents` are
        codes; None takes what the service requires, with its if_any documents switched off. With
        `back_entry` there was no card, and only the officer's own work with originals can be said. Raises
        BadInput, NotFound, DiskShort and reader.errors.BadCitizenId.
        """
        demand(self._books.who, "visit")
        self._books.disk.demand_room()
        wanted_service = self._books.catalogue.service(service)
        number = checked_subject(subject_kind, subject, card_json)
        if comer != "self" and comer_id is None and card_json is not None:
            comer_id = card_json.get("citizen_id")
        other = checked_comer(comer, comer_id, subject_kind, card_json)
        checked_texts(WORDS, purpose=purpose, basis=basis)
        checked_texts(SHORT, reference=reference)
        checked_identity(identity, card_seen_at, card_json, number if comer == "self" else other)
        before = back_entry and checked_back_entry(self._books, back_entry)
        if before and card_seen_at is not None:
            raise BadInput(what="card", problem="it was not read when the citizen was served")
        now, out = self._books.clock(), mobile_day.current(self._books)
        row = {
            "state": "open",
            "service": service,
            "officer": self._books.who.login,
            "opened_at": stamp(now),
            "ended_at": None,
            "deadline": stamp(end_of_day(out.until if out else now.astimezone(BANGKOK).date())),
            "subject_kind": subject_kind,
            "subject": number,
            "comer": comer,
            "comer_id": other,
            "basis": basis,
            "identity": identity,
            "card_seen_at": card_seen_at,
            "purpose": purpose or wanted_service.purpose,
            "reference": reference,
            "closes_itself": int(closes_itself),
            "served_at": before.served_at if before else None,
            "served_why": before.why if before else None,
            "parked_at": None,
            "reason": None,
            "card": json.dumps(card_json, ensure_ascii=False) if card_json is not None else None,
            "photo": photo,
        }
        with self._database.write() as db:
            visit_id, n = self._next_id()
            db.table("visit").insert({"id": visit_id, "n": n, **row})
            visit = self.get(visit_id)
            if documents is None:
                for need in wanted_service.documents:
                    state = "todo" if need.need == "required" else "not_needed"
                    self._add(db, visit, need.document, need.whose, need.need, state)
            else:
                known = {need.document: need for need in wanted_service.documents}
                for code in documents:
                    need_of = known.get(code)
                    whose = need_of.whose if need_of else usual_owner(self._books.catalogue.document(code))
                    self._add(db, visit, code, whose, need_of.need if need_of else "added", "todo")
            return self.get(visit_id)

    def _next_id(self) -> tuple[str, int]:
        """SS-YY-NNNNN: the station, the Buddhist year, a number within it."""
        year = int(self._ledger.month_now()[:4]) + 543
        head = f"{self._books.station}-{year % 100:02}-"
        n = 1 + int(
            self._database.value(
                "SELECT coalesce(max(n), 0) FROM visit WHERE substr(id, 1, ?) = ?", (len(head), head)
            )
        )
        return f"{head}{n:05}", n

    def _add(self, db: Tables, visit: Visit, code: str, whose: str, need: str, state: str) -> None:
        visit_rows.add_wanted(db, visit, self._books.catalogue.document(code), whose, need, state)

    def discard(self, id: str) -> None:
        """Forget a visit of which the ledger has no line; HasLines where it has one."""
        demand(self._books.who, "visit")
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
        """One more document, also a second one of the same kind."""
        demand(self._books.who, "visit")
        owner = whose or usual_owner(self._books.catalogue.document(document))
        with self._database.write() as db:
            self._add(db, self._live(id), document, owner, "added", "todo")
            return self.get(id)

    def want(self, id: str, n: int) -> Visit:
        """Put a document on the list to obtain: one that was off, or once more after it did not come."""
        demand(self._books.who, "visit")
        with self._database.write() as db:
            visit = self._live(id)
            want = visit.want(n)
            if want.state in ("asked", "obtained"):
                raise DocumentSettled(document=want.document, state=want.state)
            self._lookups.cancel(db, want)
            self._to_do(db, visit, want)
            return self.get(id)

    def not_needed(self, id: str, n: int) -> Visit:
        """This visit does without the document; a lookup that waits is cancelled."""
        demand(self._books.who, "visit")
        with self._database.write() as db:
            want = self._live(id).want(n)
            if want.state == "obtained":
                raise DocumentSettled(document=want.document, state=want.state)
            self._lookups.cancel(db, want)
            db.execute("UPDATE wanted SET state = 'not_needed' WHERE visit = ? AND n = ?", [id, n])
            return self.get(id)

    def change_service(self, id: str, service: str, reason: str) -> Visit:
        """The visit is for another service than was chosen: store/service_change.py.

        What has come, or is on its way, goes on for the new service. Raises NotFound, BadInput, VisitEnded.
        """
        demand(self._books.who, "visit")
        checked_texts(WORDS, reason=reason)
        with self._database.write() as db:
            change(self._books, self._keeping, db, self._live(id), service, reason)
            return self.get(id)

    # ---- obtaining

    def obtain(self, id: str, channel: dict[int, str] | None = None) -> Visit:
        """Obtain all that is still to do: lookups are queued, the rest is written down as obtained.

        `channel` chooses, by a document's number in the visit, another channel than its default. A document
        whose channel is None (only the officer knows whether it was copied or seen) stays to do until chosen.
        """
        demand(self._books.who, "visit")
        chosen = channel or {}
        with self._database.write() as db:
            visit = self._live(id)
            for n in chosen:
                want = visit.want(n)
                if want.state != "todo":
                    raise DocumentSettled(document=want.document, state=want.state)
            for want in visit.wanted:
                way = chosen.get(want.n, want.channel)
                if want.state == "todo" and way is not None:
                    self._use(db, visit, want, way)
            return self.get(id)

    def check_laser(self, id: str, n: int, face: CardFace) -> Visit:
        """Have the number on the back of the card checked, where its chip is dead and its face was read."""
        demand(self._books.who, "visit")
        with self._database.write() as db:
            visit = self._live(id)
            want = visit.want(n)
            if want.state in ("asked", "obtained"):
                raise DocumentSettled(document=want.document, state=want.state)
            self._use(db, visit, want, LASER, face)
            return self.get(id)

    def replace(self, id: str, n: int, channel: str) -> Visit:
        """The officer's own copy, or a look at the original, instead of a lookup that did not bring it."""
        demand(self._books.who, "visit")
        if channel not in OWN_WORK:
            raise NoSuchWay(document=str(n), channel=channel)
        with self._database.write() as db:
            visit = self._live(id)
            want = visit.want(n)
            if want.state in ("obtained", "not_needed"):
                raise DocumentSettled(document=want.document, state=want.state)
            self._lookups.cancel(db, want)
            self._use(db, visit, want, channel)
            return self.get(id)

    def _use(
        self, db: Tables, visit: Visit, want: Wanted, channel: str, face: CardFace | None = None
    ) -> None:
        document = self._books.catalogue.document(want.document)
        if not visit.can_come(document, want.whose, channel) or (channel == LASER) is not (face is not None):
            raise NoSuchWay(document=want.document, channel=channel)
        kind, number = visit.target(want.whose)
        is_lookup = channel in LOOKUPS
        seq = self._ledger.append(
            db,
            Entry(
                kind="use",
                officer=self._books.who.login,
                visit=visit.id,
                service=visit.service,
                document=want.document,
                channel=channel,
                subject_kind=kind,
                comer=visit.comer,
                identity=visit.identity,
                card_seen_at=visit.card_seen_at,
                legal=self._books.catalogue.service(visit.service).legal,
                outcome="asked" if is_lookup else "obtained",
                error=self._mark(visit, channel),
                about=want.use,
                subject=number or None,
                comer_id=visit.comer_id,
                basis=visit.basis,
                reference=visit.said_of_it,
                purpose=visit.purpose,
            ),
        )
        job = self._lookups.ask(db, visit, document, want, channel, seq, face) if is_lookup else None
        db.execute(
            "UPDATE wanted SET channel = ?, state = ?, use = ?, job = ? WHERE visit = ? AND n = ?",
            [channel, "asked" if is_lookup else "obtained", seq, job, visit.id, want.n],
        )

    def _mark(self, visit: Visit, channel: str) -> str | None:
        """back_entry; or mobile_day, and of the card relied on card_expired and wrong_check_digit."""
        if visit.back_entry is not None:
            return BACK_ENTRY
        out = mobile_day.current(self._books) is not None
        return ",".join([*([mobile_day.MOBILE_DAY] if out else []), *self._of_card(visit, channel)]) or None

    def _of_card(self, visit: Visit, channel: str) -> list[str]:
        if channel != "card":
            return []
        card = visit.card or {}
        until = card.get("expiry_date")
        expired = until is not None and PartialDate.from_iso(until).latest() < self._today()
        wrong = "wrong_check_digit" in card.get("warnings", ())
        marks = [mark for mark, holds in ((CARD_EXPIRED, expired), (WRONG_CHECK_DIGIT, wrong)) if holds]
        return marks

    # ---- ending

    def park(self, id: str) -> Visit:
        """The citizen waits or comes back; lookups go on until the deadline."""
        return self._move(id, "waiting")

    def resume(self, id: str) -> Visit:
        """Go on with a parked visit."""
        return self._move(id, "open")

    def take_over(self, id: str, reason: str) -> Visit:
        """Go on, as this person, with a visit that another officer began.

        A lookup goes only under its owner's own log-in: what waits of others is cancelled, each with its
        line, and is to be asked anew. `reason` stands, sealed, in a line about the visit.
        """
        demand(self._books.who, "visit")
        mine = self._books.who.login
        with self._database.write() as db:
            visit = self._live(id)
            for want in visit.wanted:
                if (
                    want.state == "asked"
                    and want.job
                    and not self._books.queue.get(want.job).goes_under(mine)
                ):
                    self._lookups.cancel(db, want)
                    self._to_do(db, visit, want)
            if self._keeping.has_lines(id):
                self._ledger.append(
                    db, Entry("correction", mine, visit=id, service=visit.service, basis=reason)
                )
            db.execute(
                "UPDATE visit SET officer = ?, state = 'open', parked_at = NULL WHERE id = ?", [mine, id]
            )
            return self.get(id)

    def _to_do(self, db: Tables, visit: Visit, want: Wanted) -> None:
        default = visit.default_channel(self._books.catalogue.document(want.document), want.whose)
        db.execute(
            "UPDATE wanted SET state = 'todo', channel = ?, job = NULL WHERE visit = ? AND n = ?",
            [default, visit.id, want.n],
        )

    def _move(self, id: str, state: str) -> Visit:
        demand(self._books.who, "visit")
        with self._database.write() as db:
            self._live(id)
            parked = stamp(self._books.clock()) if state == "waiting" else None
            db.execute("UPDATE visit SET state = ?, parked_at = ? WHERE id = ?", [state, parked, id])
            return self.get(id)

    def close(self, id: str, force: bool = False) -> Visit:
        """Finish a visit, and erase the card, the photo and the answers.

        StillMissing while something is, unless `force`, which cancels what is asked. A visit that
        closed itself is only erased.
        """
        demand(self._books.who, "visit")
        with self._database.write() as db:
            visit = self.get(id)
            if visit.state != "closed":
                self._live(id)
                if visit.missing and not force:
                    raise StillMissing(count=len(visit.missing))
                self._give_up(db, visit)
                visit_rows.end(db, id, "closed", stamp(self._books.clock()))
            self._keeping.purge(db, visit)
            return self.get(id)

    def cancel(self, id: str, words: str, why: Reason = Reason.OTHER) -> Visit | None:
        """Give a visit up: lookups are cancelled, everything about the citizen is erased, the lines stay.

        WRONG_NUMBER: it was not this citizen's business at all; each use of it is corrected by a line of
        its own. None where the ledger had no line of the visit: then it is forgotten altogether.
        """
        demand(self._books.who, "visit")
        checked_texts(WORDS, reason=words)
        with self._database.write() as db:
            visit = self._live(id)
            if not self._keeping.has_lines(id):
                self._discard(db, id)
                return None
            asked = [want.use for want in visit.wanted if want.use is not None and want.state != "asked"]
            self._give_up(db, visit)
            for seq in asked if why is Reason.WRONG_NUMBER else ():
                corrections.write(self._books, db, seq, words, why)
            self._ledger.append(
                db,
                Entry(
                    kind="correction",
                    officer=self._books.who.login,
                    visit=id,
                    service=visit.service,
                    outcome="cancelled",
                    basis=words,
                ),
            )
            visit_rows.end(db, id, "cancelled", stamp(self._books.clock()), words)
            self._keeping.purge(db, visit)
            return self.get(id)

    def correct(self, seq: int, words: str, why: Reason = Reason.OTHER) -> int:
        """A line that corrects a use, as store.corrections.correct(); the number of the new line."""
        return corrections.correct(self._books, seq, words, why)

    def _give_up(self, db: Tables, visit: Visit) -> None:
        for want in visit.wanted:
            self._lookups.cancel(db, want)
            if want.state == "todo":
                db.execute(
                    "UPDATE wanted SET state = 'cancelled' WHERE visit = ? AND n = ?", [visit.id, want.n]
                )

    # ---- the card

    def keep_photo(self, id: str, photo: bytes) -> None:
        """The photo of the visit's card, which comes after its text."""
        demand(self._books.who, "visit")
        with self._database.write() as db:
            self._live(id)
            db.execute("UPDATE visit SET photo = ? WHERE id = ? AND card IS NOT NULL", [photo, id])

    # ---- looking

    def get(self, id: str) -> Visit:
        """One visit; raises NotFound."""
        return visit_rows.read(self._database, id)

    def answer(self, id: str, n: int) -> Answer | None:
        """What is kept of a document's answer; None where nothing is (any more)."""
        demand(self._books.who, "visit")
        return self._keeping.answer(id, n)

    def unfinished(self) -> list[Visit]:
        """The visits that are open or waiting, the oldest first."""
        return visit_rows.unfinished(self._database)

    def continued(self, subject_kind: str, subject: str, at: datetime | None = None) -> dict[str, Visit]:
        """Of each service the visit of that subject which was finished last, lately before `at` (now)."""
        demand(self._books.who, "visit")
        found = visit_rows.finished(self._database, subject_kind, subject, at or self._books.clock())
        return {visit.service: visit for visit in reversed(found)}

    def today(self) -> Today:
        """The day's counts, for the first screen."""
        return visit_rows.today(self._database, self._today())

    def _live(self, id: str) -> Visit:
        visit = self.get(id)
        if visit.state not in LIVE:
            raise VisitEnded(visit=id, state=visit.state)
        return visit

    def _today(self) -> date:
        return self._books.clock().astimezone(BANGKOK).date()
