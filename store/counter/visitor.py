"""Who stands at the counter, and whose business it is: the value that a visit is opened with."""

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
    """Whose business it is, who stands there, and how identity was shown: what a visit is opened with.

    `card` is the comer's card that was read, `card_seen_at` the stamp of when, `photo` its JPEG. With
    `back_entry` it was before, on paper: without a card, and only the officer's own work with originals can
    be said. Who comes for another person relies on `basis`, and is `myself` in their own name.
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
        """Whose business it is stands here with their own card, which was read."""
        return self.comer == Comer.SELF and self.card_seen_at is not None

    @classmethod
    def of_visit(cls, visit: Visit) -> Visitor:
        """Who stands here in a visit that is open."""
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
        """A visit of theirs that nobody opened: it says by which channel a document could come."""
        from store.counter.visit import Visit  # the log-in needs none of it

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
        """The person here comes for someone else: their own number becomes the comer's.

        A passport's number is no number of a person here: of its holder nothing more is written down.
        """
        mine = self.in_person()
        number = None if mine.subject_kind == SubjectKind.PASSPORT else mine.subject
        return replace(
            mine, subject=subject, subject_kind=subject_kind, comer=comer, comer_id=number, myself=mine
        )

    def in_person(self) -> Visitor:
        """The person here comes in their own name, whatever was said before."""
        return self.myself or self
