"""What a person saw of the ledger at the last log-in, held against the ledger that is here now.

The mark stands in keys.json under a MAC of the person's own key. It is also from where each log-in verifies:
the lines up to it are vouched for by its root, only those after it are recomputed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.sentences import mark
from store.ledger.errors import LedgerBroken
from store.ledger.verify import Verified, verify_in, verify_new
from store.proof.errors import EvidenceForged
from store.proof.evidence import Evidence, EvidenceKind
from store.proof.fixed_lines import prove, words

if TYPE_CHECKING:
    from store.office import Office
    from store.people.vault import Unlocked


def check(office: Office, unlocked: Unlocked) -> Verified:
    """Verifies the lines since the person's last log-in. LedgerBroken where anything contradicts."""
    seen, login = unlocked.seen, unlocked.login
    with office.database.reading() as db:
        if seen is None and unlocked.seen_is_genuine and _may_be_new(office, login):
            return verify_in(db)
        if seen is None or not unlocked.seen_is_genuine:
            verify_in(db)  # where a line is bad, it is named
            problem = mark("it was changed, or taken out of keys.json")
            raise EvidenceForged(
                seq=0,
                month="-",
                kind=words(EvidenceKind.SEEN),
                by=login,
                size=seen.size if seen else 0,
                problem=problem,
            )
        try:
            return verify_new(db, seen.size, seen.root)
        except LedgerBroken as error:
            broken = prove(
                office, [Evidence(EvidenceKind.SEEN, login, None, None, seen.size, seen.root)]
            ).broken
            raise broken or error from None


def _may_be_new(office: Office, login: str) -> bool:
    """Own keys come with a mark. Only books of an earlier version wrote the first one at the first log-in."""
    return office.who.kid is None or not office.database.value(
        "SELECT 1 FROM ledger WHERE kind = 'login' AND outcome IS NULL AND officer = ? LIMIT 1", (login,)
    )
