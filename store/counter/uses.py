"""Writes a use of a document: its ledger line, its lookup if there is one, and its state in the visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.buddhist_date import BANGKOK
from reader.card import CARD_EXPIRED, WRONG_NUMBER
from store.counter import mobile_day
from store.counter.back_entry import BACK_ENTRY
from store.counter.errors import NoSuchWay
from store.counter.visit import WantedState
from store.formats.line import Entry, LineKind, Outcome
from store.settings.catalogue import LOOKUPS, Channel

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.counter.card_face import CardFace
    from store.counter.lookups import Lookups
    from store.counter.visit import Visit, Wanted
    from store.office import Office


class Uses:
    """Writes uses for the visits of one office."""

    def __init__(self, office: Office, lookups: Lookups) -> None:
        self._office = office
        self._lookups = lookups

    def write(
        self, db: Tables, visit: Visit, want: Wanted, channel: str, face: CardFace | None = None
    ) -> None:
        """Writes the use inside the caller's transaction. Raises NoSuchWay for an impossible channel.

        `face` is what was typed from a card whose chip is dead; it is given for Channel.LASER and for no
        other channel.
        """
        document = self._office.catalogue.document(want.document)
        if not visit.can_come(document, want.whose, channel) or (channel == Channel.LASER) is not (
            face is not None
        ):
            raise NoSuchWay(document=want.document, channel=channel)
        kind, number = visit.target(want.whose)
        is_lookup = channel in LOOKUPS
        seq = self._office.ledger.append(
            db,
            Entry(
                kind=LineKind.USE,
                officer=self._office.who.login,
                visit=visit.id,
                service=visit.service,
                document=want.document,
                channel=channel,
                subject_kind=kind,
                comer=visit.comer,
                identity=visit.identity,
                card_seen_at=visit.card_seen_at,
                legal=self._office.catalogue.service(visit.service).legal,
                outcome=Outcome.ASKED if is_lookup else Outcome.OBTAINED,
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
            [channel, WantedState.ASKED if is_lookup else WantedState.OBTAINED, seq, job, visit.id, want.n],
        )

    def _mark(self, visit: Visit, channel: str) -> str | None:
        """The marks of a use line, joined by commas, or None.

        BACK_ENTRY alone; otherwise MOBILE_DAY, CARD_EXPIRED and WRONG_CHECK_DIGIT as far as they apply.
        """
        if visit.back_entry is not None:
            return BACK_ENTRY
        out = mobile_day.current(self._office) is not None
        return ",".join([*([mobile_day.MOBILE_DAY] if out else []), *self._of_card(visit, channel)]) or None

    def _of_card(self, visit: Visit, channel: str) -> list[str]:
        if channel != Channel.CARD or visit.card is None:
            return []
        expired = visit.card.has_expired(self._office.clock().astimezone(BANGKOK).date())
        wrong = WRONG_NUMBER in visit.card.warnings
        return [mark for mark, holds in ((CARD_EXPIRED, expired), (WRONG_NUMBER, wrong)) if holds]
