"""Up to which line others have fixed the ledger, by whom and when; and the first line that contradicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from reader.sentences import mark
from store.formats import jws, tree
from store.formats.canonical import unb64
from store.formats.note import station_name
from store.ledger.accepted import accepted
from store.ledger.errors import LedgerBroken
from store.ledger.tree_rows import count_lines, node_reader
from store.ledger.verify import Progress, verify_in
from store.ledger.verify_lines import last_month
from store.people import roles_in_force
from store.people.role_copies import check_copies
from store.people.standing import Standing
from store.proof.epoch import Epoch, epochs, lost_before
from store.proof.errors import EvidenceContradicts, EvidenceForged, LinesGone, OtherBooks
from store.proof.evidence import OWN, SIGNED, Evidence, EvidenceKind, kept

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office


_WORDS: dict[EvidenceKind, str] = {
    EvidenceKind.CHECKPOINT: mark("this PC's own checkpoint"),
    EvidenceKind.REPORT: mark("this PC's own report"),
    EvidenceKind.WITNESS: mark("the centre's witness"),
    EvidenceKind.RECEIPT: mark("a receipt of the centre"),
    EvidenceKind.HEAD: mark("a head that was printed"),
    EvidenceKind.SEEN: mark("the last log-in of"),
    EvidenceKind.BOOKS: mark("the ledger that was here"),
}


def words(kind: EvidenceKind) -> str:
    """The message id of a kind of evidence; in a sentence, the name `by` follows it."""
    return _WORDS[kind]


@dataclass(frozen=True)
class Weighed:
    """Evidence, and whether the tree agrees with it.

    `agrees` is None where that cannot be known: after a broken line, and for lines that a restore has lost.
    """

    evidence: Evidence
    agrees: bool | None


@dataclass(frozen=True)
class Proof:
    """The result of the proof. `size` and `root` (b"" where broken) are of all lines.

    `fixed` is the largest head that agrees and that somebody else signed or printed: lines up to it cannot be
    changed unnoticed. `seen` is the largest one that another person saw; for later lines there is only this
    PC's word. `lost` counts the lines that restores are known to have lost. `broken` is the first
    contradiction, or None.
    """

    size: int
    root: bytes
    months: tuple[str, ...]
    weighed: tuple[Weighed, ...]
    fixed: Evidence | None
    seen: Evidence | None
    lost: int
    broken: LedgerBroken | None


def prove(office: Office, heads: Sequence[Evidence] = (), progress: Progress | None = None) -> Proof:
    """Recomputes the whole ledger and compares it with all evidence: that of kept(), and `heads`."""
    with office.database.reading() as db:
        size, root, months, broken = count_lines(db), b"", tuple[str, ...](), None
        try:
            whole = verify_in(db, Standing, progress)
            root, months = whole.root, whole.months
        except LedgerBroken as error:
            broken = error
        settled = {(n, root) for one in accepted(db, Standing(db)) for n, root in one.value["heads"]}
        court = _Court(office, db, size if broken is None else int(broken.facts["seq"]), broken is None)
        weighed = tuple(court.weigh(one, settled) for one in [*kept(office, db), *heads])
        good = [one.evidence for one in weighed if one.agrees]
        return Proof(
            size=size,
            root=root,
            months=months,
            weighed=weighed,
            fixed=_largest(one for one in good if one.kind in SIGNED),
            seen=_largest(one for one in good if one.kind == EvidenceKind.SEEN),
            lost=court.lost(weighed),
            broken=broken or court.contradiction(weighed) or _of_people(db),
        )


def _of_people(db: Tables) -> LedgerBroken | None:
    """What is wrong with the signed lists of people, or with the tables that repeat them."""
    roles_in_force.forget()
    try:
        check_copies(db)
    except LedgerBroken as error:
        return error
    return None


def _largest(evidence: Iterable[Evidence]) -> Evidence | None:
    return max(evidence, key=lambda one: one.size, default=None)


class _Court:
    """Compares evidence with the tree. The first `sure` lines were recomputed; `whole`: these are all."""

    def __init__(self, office: Office, db: Tables, sure: int, whole: bool) -> None:
        self._office = office
        self._db = db
        self._sure = sure
        self._whole = whole
        self._size = count_lines(db)
        self._node_at = node_reader(db)
        self._epochs = epochs(db) if whole else [Epoch(office.origin, 0)]

    def weigh(self, one: Evidence, settled: Collection[tuple[int, str]]) -> Weighed:
        """The evidence, and whether the tree has its root at its size; `settled` is what was accepted."""
        if (one.size, one.root.hex()) in settled:
            return Weighed(one, agrees=None)
        if one.forged is not None:
            return Weighed(one, agrees=False)
        end, now = self._end(one), (None, self._office.origin)
        if not self._whole and (one.size > self._sure or one.origin not in now):
            return Weighed(one, agrees=None)
        if end is not None and one.size > end:
            return Weighed(one, agrees=None)
        known = one.origin in now or end is not None
        try:
            fits = known and one.size <= self._sure and tree.root(one.size, self._node_at) == one.root
        except LedgerBroken:  # a node is missing among lines that were accepted as they are
            fits = False
        return Weighed(one, agrees=fits)

    def _end(self, one: Evidence) -> int | None:
        """The number of lines at the end of the evidence's epoch; None for the last or an unknown epoch."""
        for n, epoch in enumerate(self._epochs[:-1], 1):
            if epoch.origin == one.origin:
                return self._epochs[n].first
        return None

    def lost(self, weighed: Sequence[Weighed]) -> int:
        """The sum of the lines that earlier epochs are known to have had after their backup."""
        known: dict[str, int] = {}
        for one in weighed:
            end = self._end(one.evidence)
            if end is not None and one.evidence.forged is None and one.evidence.origin is not None:
                more = one.evidence.size - end
                known[one.evidence.origin] = max(known.get(one.evidence.origin, 0), more)
        return sum(
            max(known.get(epoch.origin, 0), lost_before(self._db, after.number))
            for epoch, after in pairwise(self._epochs)
        )

    def contradiction(self, weighed: Sequence[Weighed]) -> LedgerBroken | None:
        """The contradiction with the lowest line, or None."""
        against = [one.evidence for one in weighed if one.agrees is False]
        found = [self._why(one, weighed) for one in against]
        named = self._wrong_name()
        return min([*found, *([named] if named else [])], key=lambda one: int(one.facts["seq"]), default=None)

    def _why(self, one: Evidence, weighed: Sequence[Weighed]) -> LedgerBroken:
        # Whoever changed the lines could also forge this PC's own evidence. So where other evidence
        # contradicts, own evidence that agrees does not narrow the place down.
        own = one.kind in OWN
        fits = [other.evidence for other in weighed if other.agrees and other.evidence.size < one.size]
        good = max((other.size for other in fits if own or other.kind not in OWN), default=0)
        who, kind = one.by or "", words(one.kind)
        if one.forged is not None:
            return EvidenceForged(
                seq=good, month=self._month(good), kind=kind, by=who, size=one.size, problem=one.forged
            )
        known = {epoch.origin for epoch in self._epochs}
        if one.origin is not None and one.origin not in known:
            return OtherBooks(seq=0, month=self._month(0), origin=one.origin)
        if one.size > self._size:
            return LinesGone(
                seq=good, month=self._month(good), kind=kind, by=who, known=one.size, size=self._size
            )
        return EvidenceContradicts(seq=good, month=self._month(good), kind=kind, by=who, last=one.size)

    def _wrong_name(self) -> LedgerBroken | None:
        """OtherBooks where the books' origin is not the last epoch's, or not made with the station's key."""
        seed = self._office.database.value("SELECT value FROM book WHERE name = 'station_seed'")
        name = station_name(self._office.unit, self._office.station, jws.public_of(unb64(str(seed))))
        last = self._epochs[-1]
        if last.origin == self._office.origin and last.origin.startswith(f"{name}/e"):
            return None
        return OtherBooks(seq=last.first, month=self._month(last.first), origin=self._office.origin)

    def _month(self, seq: int) -> str:
        row = self._db.execute("SELECT month FROM ledger WHERE seq = ?", (seq,)).fetchone()
        return last_month(self._db) if row is None else str(row[0])
