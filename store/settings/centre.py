"""The ministry's centre, as the head signed for it: its address, and by which fingerprint its keys are known.

The settings document names the present centre, and the one at which the head has asked to enrol: that one's
address, the fingerprint in its letter's code (the second half), and the job that asks. Once a `receipt` line
tells that this job's enrolment came back, it is the present one. So neither the address nor the keys can be
moved by a row: the rows `centre.keys` and `centre.keys_before` count only where they fit a fingerprint.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from store.base.database import Tables
from store.formats.canonical import canonical

URL, FINGERPRINT = "centre.url", "centre.fingerprint"
"""The settings of the present centre: its address, and the fingerprint of its keys."""
ENROLLING, ENROLLING_FINGERPRINT = "centre.enrolling", "centre.enrolling_fingerprint"
ENROLLING_JOB = "centre.enrolling_job"
"""The settings of an enrolment that the head has asked for: address, fingerprint, and the job's id."""
DERIVED = frozenset({FINGERPRINT, ENROLLING_FINGERPRINT, ENROLLING_JOB})
"""The settings that the version before did not have."""
KEYS, KEYS_BEFORE, TOKEN = "centre.keys", "centre.keys_before", "centre.token"
"""The rows that the centre's answer fills, and the keys of the centre before that answer."""

_ENROLLING = (ENROLLING, ENROLLING_FINGERPRINT, ENROLLING_JOB)
_HALF = 16
_ACCEPTED = (
    "SELECT body ->> '$.facts.job' FROM ledger WHERE kind = 'receipt'"
    " AND body ->> '$.facts.kind' = 'enrolment' ORDER BY seq DESC LIMIT 1"
)


@dataclass(frozen=True)
class SignedCentre:
    """The centre by a settings document; `enrolling` is the address of an enrolment that is under way."""

    url: str | None
    fingerprint: str | None
    enrolling: str | None


def fingerprint(centre_keys: Mapping[str, str]) -> str:
    """The second half of every code of the centre with these public keys."""
    return base64.b32encode(sha256(canonical(dict(centre_keys))).digest()).decode("ascii")[:_HALF]


def half_of(code: str) -> str:
    """The centre's fingerprint in an enrolment code of 32 characters."""
    return code[_HALF:]


def is_accepted(db: Tables, settings: Mapping[str, str]) -> bool:
    """Whether the enrolment that these settings name has come back."""
    if not settings.keys() >= {*_ENROLLING}:
        return False
    return bool(db.execute(_ACCEPTED).fetchone() == (settings[ENROLLING_JOB],))


def folded(db: Tables, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings, in which an enrolment that has come back is the present centre."""
    if not is_accepted(db, settings):
        return dict(settings)
    present = {URL: settings[ENROLLING], FINGERPRINT: settings[ENROLLING_FINGERPRINT]}
    kept = {name: value for name, value in settings.items() if name not in _ENROLLING}
    return {**kept, **present}


def centre_of(db: Tables, settings: Mapping[str, str]) -> SignedCentre:
    """The centre by these signed settings."""
    found = folded(db, settings)
    return SignedCentre(found.get(URL), found.get(FINGERPRINT), found.get(ENROLLING))


def keys_text(db: Tables, signed: str | None) -> str | None:
    """The row of keys (canonical JSON) with that fingerprint, or None."""
    rows = db.execute("SELECT value FROM setting WHERE name IN (?, ?) ORDER BY name", [KEYS, KEYS_BEFORE])
    return next((text for (text,) in rows.fetchall() if signed and _fingerprint_of(text) == signed), None)


def keys_fit(db: Tables, settings: Mapping[str, str]) -> bool:
    """Whether the row `centre.keys` is the present centre's, or there is none where none was signed for."""
    signed = centre_of(db, settings).fingerprint
    row = db.execute("SELECT value FROM setting WHERE name = ?", [KEYS]).fetchone()
    return (None if row is None else _fingerprint_of(row[0])) == signed


def receipt_keys(db: Tables, settings: Mapping[str, str]) -> list[str]:
    """The receipt keys (b64) of the present centre and, since the last document, of the one before it."""
    signed = {centre_of(db, settings).fingerprint, settings.get(FINGERPRINT)}
    texts = [keys_text(db, one) for one in signed]
    return [str(json.loads(text).get("receipt")) for text in texts if text is not None]


def _fingerprint_of(text: str) -> str | None:
    try:
        return fingerprint(json.loads(text))
    except (ValueError, TypeError):
        return "-"  # a row that holds no keys fits nothing
