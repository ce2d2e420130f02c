"""The person at the counter and the subject of the visit, as the value that a visit is opened with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from store.counter.visit import Comer, Identity, SubjectKind, VisitState

if TYPE_CHECKING:
    from reader.card_record import CardRecord
    from store.counter.back_entry import BackEntry
    from store.counter.visit import Visit


@dataclass(frozen=True)
class Visitor:
    """The subject, the person at the counter (the comer), and how that person proved their identity.

    `card` is the comer's card, `card_seen_at` the stamp of its reading, `photo` its JPEG. A visit with
    `back_entry` was served on paper: it has no card, and its documents can only be the officer's own work
    with originals. `basis` says on what ground a comer acts for another person; `myself` is then the same
    comer as a visitor in their own name.
    """

    subject: str = field(repr=False)
    subject_kind: str = SubjectKind.THAI_PERSON
    identity: str = Identity.CHIP
    comer: str = Comer.SELF
    comer_id: str | None = field(default=None, repr=False)
    card_seen_at: str | None = None
    card: CardRecord | None = field(default=None, repr=False)
    photo: bytes | None = field(default=None, repr=False)
    back_entry: BackEntry | None = field(default=None, repr=False)
    basis: str | None = field(default=None, repr=False)
    myself: Visitor | None = field(default=None, repr=False)

    @property
    def is_owner(self) -> bool:
        """Whether the subject came in person with a card that was read."""
        return self.comer == Comer.SELF and self.card_seen_at is not None

    @classmethod
    def of_visit(cls, visit: Visit) -> Visitor:
        """The visitor of an open visit."""
        return cls(
            subject=visit.subject,
            subject_kind=visit.subject_kind,
            identity=visit.identity,
            comer=visit.comer,
            comer_id=visit.comer_id,
            card_seen_at=visit.card_seen_at,
            card=visit.card,
            photo=visit.photo,
            back_entry=visit.back_entry,
        )

    def as_visit(self) -> Visit:
        """A visit with this visitor that is not stored, to ask by which channel a document could come."""
        from store.counter.visit import Visit  # imported here, because the log-in does not need it

        return Visit(
            id="",
            state=VisitState.OPEN,
            service="",
            officer="",
            opened_at="",
            ended_at=None,
            deadline="",
            subject_kind=self.subject_kind,
            subject=self.subject,
            comer=self.comer,
            comer_id=self.comer_id,
            basis=self.basis,
            identity=self.identity,
            card_seen_at=self.card_seen_at,
            purpose="",
            reference=None,
            closes_itself=False,
            back_entry=self.back_entry,
            parked_at=None,
            reason=None,
            card=self.card,
            photo=None,
            wanted=(),
        )

    def on_behalf(self, comer: str, subject_kind: str, subject: str) -> Visitor:
        """The same person coming for someone else: their own number becomes `comer_id`.

        A passport's number does not, because `comer_id` is a citizen's number: a comer with a passport gets
        None.
        """
        mine = self.in_person()
        number = None if mine.subject_kind == SubjectKind.PASSPORT else mine.subject
        return replace(
            mine, subject=subject, subject_kind=subject_kind, comer=comer, comer_id=number, myself=mine
        )

    def in_person(self) -> Visitor:
        """The same person coming in their own name."""
        return self.myself or self
