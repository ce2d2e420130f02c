"""One visit as a value: who came, for whom, which documents it wants, and by which channels they can come."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum

from reader import citizen_id
from reader.card_record import CardRecord
from reader.errors import BadCitizenId
from store.counter.back_entry import BackEntry
from store.counter.card_face import CardFace
from store.counter.errors import BadCompanyNumber
from store.errors import BadInput, NotFound
from store.formats.canonical import canonical
from store.formats.free_text import SHORT
from store.settings.catalogue import LOOKUPS, OWN_WORK, Channel, Document, Whose


class SubjectKind(StrEnum):
    """The kind of subject that a visit is about."""

    THAI_PERSON = "thai_person"
    FOREIGNER = "foreigner"
    JURISTIC = "juristic"
    GROUP = "group"
    PASSPORT = "passport"
    DECEASED = "deceased"


NUMBERED = (SubjectKind.THAI_PERSON, SubjectKind.FOREIGNER, SubjectKind.JURISTIC, SubjectKind.DECEASED)
"""The kinds of subject whose number has 13 digits and a check digit."""
_PERSONS = (SubjectKind.THAI_PERSON, SubjectKind.FOREIGNER, SubjectKind.DECEASED)


class Comer(StrEnum):
    """In which capacity the person at the counter came."""

    SELF = "self"
    MANDATE = "mandate"
    GUARDIAN = "guardian"
    HEIR = "heir"
    REPRESENTATIVE = "representative"


class Identity(StrEnum):
    """How the person at the counter proved who they are."""

    CHIP = "chip"
    CARD_FACE = "card_face"
    THAID = "thaid"
    OTHER_PHOTO_ID = "other_photo_id"
    NONE = "none"


class VisitState(StrEnum):
    """The state of a visit; WAITING means that it was parked."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    CANCELLED = "cancelled"


UNFINISHED = (VisitState.OPEN, VisitState.WAITING)
"""The states of a visit that has not ended."""


class WantedState(StrEnum):
    """The state of one document of a visit."""

    TODO = "todo"
    ASKED = "asked"
    OBTAINED = "obtained"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_NEEDED = "not_needed"


MISSING = (WantedState.TODO, WantedState.ASKED)
"""The states of a document that can still be obtained."""
SETTLED = (WantedState.OBTAINED, WantedState.NOT_NEEDED)
_LONGEST_NUMBER = 40  # of a passport, in characters


@dataclass(frozen=True)
class Wanted:
    """One document of a visit; `n` is its number in the visit.

    `channel` is None where the officer must choose it. `use` is the number of its latest use line, `job` the
    id of its lookup.
    """

    n: int
    document: str
    whose: str
    need: str
    channel: str | None
    state: str
    use: int | None
    job: str | None


@dataclass(frozen=True)
class Visit:
    """A citizen's business at the counter. Times are stamps; the repr shows nothing about the citizen.

    `card` is the ID card that was read; like `photo` it is kept only until the visit ends. A visit with
    `back_entry` was served on paper and entered afterwards. `parked_at` is when a waiting visit was parked,
    otherwise None.
    """

    id: str
    state: str
    service: str
    officer: str
    opened_at: str
    ended_at: str | None
    deadline: str
    subject_kind: str
    subject: str = field(repr=False)
    comer: str
    comer_id: str | None = field(repr=False)
    basis: str | None = field(repr=False)
    identity: str
    card_seen_at: str | None
    purpose: str
    reference: str | None = field(repr=False)
    closes_itself: bool
    back_entry: BackEntry | None = field(repr=False)
    parked_at: str | None
    reason: str | None = field(repr=False)
    card: CardRecord | None = field(repr=False)
    photo: bytes | None = field(repr=False)
    wanted: tuple[Wanted, ...]

    @property
    def said_of_it(self) -> str | None:
        """The sealed `reference` of its use lines: the back entry's, then the visit's own; may be None."""
        said = [self.back_entry.reference] if self.back_entry else []
        said += [self.reference] if self.reference else []
        return " · ".join(said) or None

    @property
    def complete(self) -> bool:
        """Whether every document is obtained or not needed."""
        return all(want.state in SETTLED for want in self.wanted)

    @property
    def missing(self) -> tuple[Wanted, ...]:
        """The documents that are not asked for, or not answered, yet."""
        return tuple(want for want in self.wanted if want.state in MISSING)

    def want(self, n: int) -> Wanted:
        """The document with that number; raises NotFound."""
        for one in self.wanted:
            if one.n == n:
                return one
        raise NotFound(what="document", name=str(n))

    def target(self, whose: str) -> tuple[str, str]:
        """The person a document is about: (kind of subject, number). `whose` is the document's Whose."""
        if whose == Whose.COMER and self.comer != Comer.SELF:
            return SubjectKind.THAI_PERSON, self.comer_id or ""
        return self.subject_kind, self.subject

    def can_come(self, document: Document, whose: str, channel: str) -> bool:
        """Whether this document can come by that channel in this visit."""
        if channel not in document.channels:
            return False
        kind, number = self.target(whose)
        if channel in OWN_WORK:
            return True
        if self.back_entry is not None:
            return False
        if channel == Channel.CARD:
            # The card that was read is that of the person at the counter.
            is_comers = kind in _PERSONS and (self.comer == Comer.SELF or whose == Whose.COMER)
            return is_comers and self.card_seen_at is not None
        if channel == Channel.LASER:
            # Typed from the card of the person at the counter, whose chip is dead.
            is_comers = kind == SubjectKind.THAI_PERSON and (self.comer == Comer.SELF or whose == Whose.COMER)
            return is_comers and self.identity == Identity.CARD_FACE and citizen_id.is_valid(number)
        if not document.reached_by(channel) or not citizen_id.is_valid(number):
            return False
        return kind == SubjectKind.JURISTIC if document.asks_for_company(channel) else kind in _PERSONS

    def default_channel(self, document: Document, whose: str) -> str | None:
        """The document's first possible channel, or None.

        The officer's own work is left out, because only the officer can say that it was done; so is the laser
        number, because it must be typed.
        """
        for channel in document.channels:
            if channel not in (*OWN_WORK, Channel.LASER) and self.can_come(document, whose, channel):
                return channel
        return None


def usual_owner(document: Document) -> str:
    """Whose data a document holds if no service says so: the company's where its request takes its number."""
    return Whose.COMPANY if document.asks_for_company() else Whose.SUBJECT


def lookup_body(
    document: Document,
    channel: str,
    codes: str,
    subject_kind: str,
    subject: str,
    face: CardFace | None = None,
) -> bytes:
    """The request of a lookup as canonical JSON; it is never changed once queued.

    `codes` is the key in `document.codes` of the gateway's route. `face` is given for the channel LASER and
    for no other; otherwise ValueError.
    """
    if channel not in LOOKUPS or (channel == Channel.LASER) is not (face is not None):
        raise ValueError("only a lookup has a request, and only a card's face its laser number")
    return canonical(
        {
            "v": 1,
            "document": document.code,
            "channel": channel,
            "route": dict(document.codes[codes]),
            "subject_kind": subject_kind,
            "subject": subject,
            **({} if face is None else {"face": asdict(face)}),
        }
    )


def checked_subject(kind: str, subject: str, card: CardRecord | None = None) -> str:
    """The subject's number as it is stored; raises BadInput or reader.errors.BadCitizenId.

    The number on the chip of that person's `card` is accepted even with a wrong check digit, because the
    person has no other number. Its uses are marked, and no lookup is sent with it.
    """
    if kind not in tuple(SubjectKind):
        raise BadInput(what="subject", problem="its kind is unknown")
    if subject and card is not None and subject == card.citizen_id:
        return subject
    if kind in NUMBERED:
        try:
            number = citizen_id.parse(subject)
        except BadCitizenId as error:
            if kind == SubjectKind.JURISTIC:
                raise BadCompanyNumber from error
            raise
        if kind == SubjectKind.JURISTIC and not number.startswith("0"):
            raise BadInput(what="subject", problem="a company's number begins with 0")
        return number
    parts = [part for part in subject.split(" ") if part]
    # Spaces and case do not matter in a passport's number, so they are normalised.
    text = "".join(parts).upper() if kind == SubjectKind.PASSPORT else " ".join(parts)
    # A group may have only a name, which is longer than a number.
    longest = SHORT if kind == SubjectKind.GROUP else _LONGEST_NUMBER
    if not text or len(text) > longest or not text.isprintable():
        raise BadInput(what="subject", problem="its number is empty or too long")
    return text


def checked_comer(
    comer: str, comer_id: str | None, subject_kind: str, card: CardRecord | None = None
) -> str | None:
    """The number of a person who comes for the subject, None for the subject or where it is not known.

    The number on `card` is accepted as it is. Raises BadInput or reader.errors.BadCitizenId.
    """
    if comer not in tuple(Comer):
        raise BadInput(what="comer", problem="it is unknown")
    if comer == Comer.SELF:
        if comer_id is not None:
            raise BadInput(what="comer", problem="nobody else's number belongs to a visit in one's own name")
        if subject_kind in (SubjectKind.JURISTIC, SubjectKind.GROUP, SubjectKind.DECEASED):
            raise BadInput(what="comer", problem="a company, a group or the dead cannot come themselves")
        return None
    if comer_id and card is not None and comer_id == card.citizen_id:
        return comer_id
    return citizen_id.parse(comer_id) if comer_id else None


def checked_identity(
    identity: str, card_seen_at: str | None, card: CardRecord | None, number: str | None
) -> None:
    """Raises BadInput where identity, reading time and card contradict each other.

    `number` is that of the person at the counter, None where it is not known.
    """
    if identity not in tuple(Identity):
        raise BadInput(what="identity", problem="it is unknown")
    if (identity == Identity.CHIP) != (card_seen_at is not None):
        raise BadInput(what="identity", problem="the chip, and only the chip, goes with the time of reading")
    if card is not None and card.citizen_id != number:
        raise BadInput(what="card", problem="it is not the card of the person who stands there")
