"""Compares the ledger with the mark of a person's last log-in: its size and root then.

The mark is in keys.json with a MAC under the person's own key. A log-in verifies from there: the lines up to
the mark are checked by its root, and only the later ones are recomputed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.sentences import mark
from store.ledger.accepted import accepted, newest_accepted, state_beyond
from store.ledger.errors import LedgerBroken
from store.ledger.session import wrong_end
from store.ledger.verify import Verified, verify_in, verify_new
from store.people.standing import Standing
from store.proof.errors import EvidenceForged
from store.proof.evidence import Evidence, EvidenceKind
from store.proof.fixed_lines import prove, words

if TYPE_CHECKING:
    from store.base.database import Tables
    from store.office import Office
    from store.people.vault import Unlocked


def check(office: Office, unlocked: Unlocked) -> Verified:
    """Verifies the lines since the person's last log-in.

    Raises LedgerBroken where a line is bad, where the lines up to the mark are not those of then, and where
    the mark itself was changed or removed.
    """
    seen, login = unlocked.seen, unlocked.login
    with office.database.reading() as db:
        if seen is None and unlocked.seen_is_genuine and _may_be_new(office, login):
            return verify_in(db, Standing)
        if seen is None or not unlocked.seen_is_genuine:
            whole = verify_in(db, Standing)  # first, because an error that names a bad line says more
            if _was_accepted(db, login):
                return whole
            why = mark("it was changed, or taken out of keys.json")
            raise EvidenceForged(
                seq=0,
                month="-",
                kind=words(EvidenceKind.SEEN),
                by=login,
                size=seen.size if seen else 0,
                problem=why,
            )
        try:
            new = verify_new(db, seen.size, seen.root, Standing)
            problem = wrong_end(db, login)
            if problem is not None and state_beyond(db, problem, Standing(db)) is None:
                raise problem
            return new
        except LedgerBroken as error:
            mine = Evidence(EvidenceKind.SEEN, login, None, None, seen.size, seen.root)
            proof = prove(office, [mine])
            if proof.broken is None and newest_accepted(db, Standing(db)) is not None:
                return Verified(proof.size, proof.root, proof.months)
            raise proof.broken or error from None


def _was_accepted(db: Tables, login: str) -> bool:
    """Whether a wrong mark of that person was accepted; that holds for the first log-in after it only."""
    of = [one.line for one in accepted(db, Standing(db)) if login in one.value["of"]]
    if not of:
        return False
    mine = "SELECT 1 FROM ledger WHERE seq > ? AND kind = 'login' AND officer = ? AND outcome IS NULL"
    return db.execute(mine, [of[-1], login]).fetchone() is None


def _may_be_new(office: Office, login: str) -> bool:
    """Whether a missing mark is right: the person has no own keys, or has never logged in.

    New keys are stored with a mark; only earlier versions wrote the first mark at the first log-in.
    """
    return office.who.kid is None or not office.database.value(
        "SELECT 1 FROM ledger WHERE kind = 'login' AND outcome IS NULL AND officer = ? LIMIT 1", (login,)
    )
