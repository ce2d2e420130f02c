"""The tables of the first migration; later changes are in store/base/schema.py. Comments in the SQL explain.

The ledger line and the sealed values are fixed formats (docs/formats.md); the other tables may change.
"""

from __future__ import annotations

FIRST_TABLES = """
-- What these books are: unit, unit_name, station, origin, epoch, station_seed, station_age, lookup_key,
-- recovery_key (public, of the recovery sheet), recovery_file (where it lies, until it is typed back),
-- db_key_id (the key that the ledger last named), rekey_due (why a new one is due), tries_written.
CREATE TABLE book(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- What the head may change: addresses, secrets of gateways, office hours. Each change is a ledger line.
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- kid, signing_key and age_key are empty until the person's first change of passphrase.
CREATE TABLE person(
  login TEXT PRIMARY KEY, name TEXT NOT NULL, citizen_id TEXT NOT NULL UNIQUE, level TEXT NOT NULL,
  roles TEXT NOT NULL, services TEXT NOT NULL,
  from_at TEXT NOT NULL, until_at TEXT, first_until TEXT,
  kid TEXT UNIQUE, signing_key TEXT, age_key TEXT
) STRICT;

CREATE TABLE service(
  code TEXT PRIMARY KEY, name TEXT NOT NULL, purpose TEXT NOT NULL, legal TEXT NOT NULL,
  example INTEGER NOT NULL DEFAULT 0
) STRICT;
-- channels: JSON list in the order of preference. codes: JSON of what a gateway wants for this document.
-- keep: JSON list of the answer's fields that may be kept; everything else is dropped on arrival.
CREATE TABLE document(
  code TEXT PRIMARY KEY, name TEXT NOT NULL, short TEXT NOT NULL, owner TEXT NOT NULL,
  channels TEXT NOT NULL, codes TEXT NOT NULL, keep TEXT NOT NULL, example INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE service_document(
  service TEXT NOT NULL REFERENCES service(code), document TEXT NOT NULL REFERENCES document(code),
  n INTEGER NOT NULL, need TEXT NOT NULL CHECK (need IN ('required', 'if_any')),
  whose TEXT NOT NULL CHECK (whose IN ('subject', 'comer', 'company')),
  PRIMARY KEY (service, document, whose)
) STRICT;

-- The body is stored as written and never rebuilt; the other columns are read out of it.
CREATE TABLE ledger(
  seq INTEGER PRIMARY KEY, body TEXT NOT NULL, prev BLOB NOT NULL, leaf BLOB NOT NULL,
  kind TEXT GENERATED ALWAYS AS (body ->> '$.kind') VIRTUAL,
  at TEXT GENERATED ALWAYS AS (body ->> '$.at') VIRTUAL,
  month TEXT GENERATED ALWAYS AS (body ->> '$.month') VIRTUAL,
  officer TEXT GENERATED ALWAYS AS (body ->> '$.officer') VIRTUAL,
  visit TEXT GENERATED ALWAYS AS (body ->> '$.visit') VIRTUAL,
  service TEXT GENERATED ALWAYS AS (body ->> '$.service') VIRTUAL,
  document TEXT GENERATED ALWAYS AS (body ->> '$.document') VIRTUAL,
  channel TEXT GENERATED ALWAYS AS (body ->> '$.channel') VIRTUAL,
  outcome TEXT GENERATED ALWAYS AS (body ->> '$.outcome') VIRTUAL,
  about INTEGER GENERATED ALWAYS AS (body ->> '$.about') VIRTUAL
) STRICT;
CREATE INDEX ledger_month ON ledger(month, kind);
CREATE INDEX ledger_visit ON ledger(visit) WHERE visit IS NOT NULL;
CREATE INDEX ledger_about ON ledger(about) WHERE about IS NOT NULL;
CREATE TRIGGER ledger_next BEFORE INSERT ON ledger BEGIN
  SELECT RAISE(ABORT, 'ledger: not the next line')
    WHERE NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM ledger)
       OR NEW.prev IS NOT coalesce((SELECT leaf FROM ledger ORDER BY seq DESC LIMIT 1), zeroblob(32))
       OR (NEW.body ->> '$.seq') IS NOT NEW.seq
       OR length(NEW.leaf) IS NOT 32;
END;
CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger BEGIN
  SELECT RAISE(ABORT, 'ledger: a line is never changed');
END;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'ledger: a line is never deleted');
END;

-- The values under a line's `sealed`, each with its own key. A row may be purged; the line stands.
CREATE TABLE sealed(
  seq INTEGER NOT NULL REFERENCES ledger(seq), field TEXT NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (seq, field)
) STRICT, WITHOUT ROWID;
CREATE INDEX sealed_value ON sealed(field, value);

-- Complete inner nodes of the RFC 6962 tree over the leaves: level 1 joins two leaves, and so on.
CREATE TABLE node(
  level INTEGER NOT NULL, n INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, n)
) STRICT, WITHOUT ROWID;
-- queued: it was put in the queue for the centre, which must get them in their order.
CREATE TABLE checkpoint(
  size INTEGER PRIMARY KEY, at TEXT NOT NULL, note TEXT NOT NULL, queued INTEGER NOT NULL, cosigned TEXT
) STRICT;

-- card: the text of the ID card as JSON, and its photo, kept only while the visit is open or waiting.
CREATE TABLE visit(
  id TEXT PRIMARY KEY, n INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'closed', 'cancelled')),
  service TEXT NOT NULL, officer TEXT NOT NULL,
  opened_at TEXT NOT NULL, ended_at TEXT, deadline TEXT NOT NULL,
  subject_kind TEXT NOT NULL, subject TEXT NOT NULL, comer TEXT NOT NULL, comer_id TEXT, basis TEXT,
  identity TEXT NOT NULL, card_seen_at TEXT, purpose TEXT NOT NULL, reference TEXT,
  closes_itself INTEGER NOT NULL DEFAULT 0, reason TEXT, card TEXT, photo BLOB
) STRICT;
CREATE INDEX visit_state ON visit(state);
CREATE TABLE wanted(
  visit TEXT NOT NULL REFERENCES visit(id), n INTEGER NOT NULL, document TEXT NOT NULL,
  whose TEXT NOT NULL, need TEXT NOT NULL, channel TEXT,
  state TEXT NOT NULL CHECK (state IN
    ('todo', 'asked', 'obtained', 'not_found', 'refused', 'expired', 'cancelled', 'not_needed')),
  use INTEGER REFERENCES ledger(seq), job TEXT REFERENCES job(id),
  PRIMARY KEY (visit, n)
) STRICT;
-- fields: JSON of the allow-listed fields. Deleted when the visit ends or at purge_at.
CREATE TABLE answer(
  use INTEGER PRIMARY KEY REFERENCES ledger(seq), visit TEXT NOT NULL REFERENCES visit(id),
  fields TEXT NOT NULL, got_at TEXT NOT NULL, purge_at TEXT NOT NULL
) STRICT;

-- body is frozen; digest is SHA-256 of it, for a lookup HMAC-SHA-256 under the book's lookup_key.
-- claims counts every send, tries those that count towards the next delay.
CREATE TABLE job(
  id TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('lookup', 'enrolment', 'people', 'report', 'checkpoint')),
  endpoint TEXT NOT NULL, owner TEXT NOT NULL, priority INTEGER NOT NULL,
  body BLOB NOT NULL, digest BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'sending', 'needs_login', 'done', 'quarantined', 'expired', 'cancelled')),
  tries INTEGER NOT NULL DEFAULT 0, claims INTEGER NOT NULL DEFAULT 0,
  next_at TEXT NOT NULL, lease_until TEXT, lease_by TEXT,
  made_at TEXT NOT NULL, expires_at TEXT, ended_at TEXT, outcome TEXT, problem TEXT,
  use INTEGER REFERENCES ledger(seq), visit TEXT REFERENCES visit(id), month TEXT
) STRICT;
CREATE INDEX job_state ON job(state, next_at);
CREATE TABLE endpoint(name TEXT PRIMARY KEY, paused_until TEXT, why TEXT NOT NULL) STRICT;

-- payload: what all three sign, frozen at the summary. findings: the marked ones, frozen when the head flags.
-- submission: the signed report as it is sent. receipt: the centre's answer to it.
CREATE TABLE month(
  month TEXT NOT NULL, revision INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('cut_off', 'summarised', 'checked', 'approved', 'flagged',
    'submitted', 'acknowledged', 'returned')),
  first_seq INTEGER NOT NULL, cut_off_seq INTEGER NOT NULL,
  payload TEXT, findings TEXT, submission BLOB, job TEXT REFERENCES job(id), receipt TEXT,
  PRIMARY KEY (month, revision)
) STRICT;
-- A returned month keeps its earlier signatures: withdrawn = 1.
CREATE TABLE signature(
  month TEXT NOT NULL, revision INTEGER NOT NULL, n INTEGER NOT NULL, role TEXT NOT NULL, login TEXT NOT NULL,
  says TEXT NOT NULL, at TEXT NOT NULL, protected TEXT NOT NULL, signature TEXT NOT NULL,
  withdrawn INTEGER NOT NULL DEFAULT 0, reason TEXT, PRIMARY KEY (month, revision, n)
) STRICT;
CREATE TABLE finding(
  month TEXT NOT NULL, revision INTEGER NOT NULL, n INTEGER NOT NULL, rule TEXT NOT NULL, lines TEXT NOT NULL,
  about TEXT NOT NULL, explanation TEXT,
  decision TEXT CHECK (decision IN ('accepted', 'not_accepted')), reason TEXT,
  PRIMARY KEY (month, revision, n)
) STRICT;
-- The lists that the centre knows this unit's people by. signed: compact JWS of the head; sent: by its job,
-- or with the enrolment.
CREATE TABLE people_list(
  n INTEGER PRIMARY KEY, payload TEXT NOT NULL, sha256 TEXT NOT NULL, signed TEXT,
  job TEXT REFERENCES job(id), sent INTEGER NOT NULL DEFAULT 0, receipt TEXT
) STRICT;
-- seen_at: the last time that the line was found to be down; until_at stays empty while it still is.
CREATE TABLE outage(
  from_at TEXT PRIMARY KEY, seen_at TEXT NOT NULL, until_at TEXT, cause TEXT NOT NULL
) STRICT;
"""
