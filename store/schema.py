"""The tables of the books, as numbered migrations. What is in a table, and why, stands beside it.

Source: the ledger line and the sealed values are formats fixed for outsiders; the rest is ours.
"""

from __future__ import annotations

from store.database import Database, Migrations, Tables

migrations = Migrations("nocopy-books")

_TABLES = """
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


@migrations()
def m001_the_books(db: Tables) -> None:
    db.executescript(_TABLES)


_PEOPLE = """
-- Who was appointed to which role, when: an appointment that ended stays. from_at and until_at are stamps,
-- until_at the first moment after. acting: in the place of another, by the order of that number.
CREATE TABLE appointment(
  n INTEGER PRIMARY KEY, login TEXT NOT NULL REFERENCES person(login),
  role TEXT NOT NULL CHECK (role IN ('officer', 'controller', 'head')),
  acting INTEGER NOT NULL DEFAULT 0, order_no TEXT, from_at TEXT NOT NULL, until_at TEXT
) STRICT;
CREATE INDEX appointment_login ON appointment(login);
-- Everybody's public keys, also those that a reset ended: old signatures must verify. from_at is empty for
-- the first ones of a person. person.kid, signing_key and age_key repeat the present ones; until the first
-- change age_key is that of the temporary identity under the first passphrase.
CREATE TABLE person_key(
  kid TEXT PRIMARY KEY, login TEXT NOT NULL REFERENCES person(login),
  signing_key TEXT NOT NULL, age_key TEXT NOT NULL, from_at TEXT, until_at TEXT
) STRICT;
CREATE INDEX person_key_login ON person_key(login);
INSERT INTO appointment(login, role, from_at, until_at)
  SELECT login, value, from_at, until_at FROM person, json_each(person.roles) ORDER BY login, value;
INSERT INTO person_key(kid, login, signing_key, age_key)
  SELECT kid, login, signing_key, age_key FROM person WHERE kid IS NOT NULL;
ALTER TABLE person DROP COLUMN roles;
ALTER TABLE person DROP COLUMN from_at;
ALTER TABLE person DROP COLUMN until_at;
"""


@migrations()
def m002_appointments_with_dates(db: Tables) -> None:
    db.executescript(_PEOPLE)


_CARRIED = """
-- What was written on sticks for the centre. manifest: compact JWS of the station; sha256 (hex): of its
-- payload.
CREATE TABLE bundle(
  n INTEGER PRIMARY KEY, manifest TEXT NOT NULL, sha256 TEXT NOT NULL, made_at TEXT NOT NULL,
  answered_at TEXT
) STRICT;
-- What the ministry said to this unit. token: the JWS as it came; applied: what it asks for was done.
CREATE TABLE message(
  n INTEGER PRIMARY KEY, kind TEXT NOT NULL, sender TEXT NOT NULL, at TEXT NOT NULL, month TEXT,
  revision INTEGER, text TEXT NOT NULL, token TEXT NOT NULL, applied INTEGER NOT NULL, read_at TEXT
) STRICT;
-- Which of the ministry's catalogues the books hold: one row.
CREATE TABLE published(
  id INTEGER PRIMARY KEY CHECK (id = 1), n INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT;
-- The centre's receipt for a checkpoint, and the job that it went by: a restored centre is offered them
-- again.
ALTER TABLE checkpoint ADD COLUMN receipt TEXT;
ALTER TABLE checkpoint ADD COLUMN job TEXT;
-- The most that the centre ever said to hold of this station, by its receipt key: less means that it was
-- restored.
CREATE TABLE centre_holds(receipt_key TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
"""


@migrations()
def m006_carried_by_hand_and_messages(db: Tables) -> None:
    db.executescript(_CARRIED)


_STATIONS = """
-- facts: JSON of the figures that say why it is shown. station: whose lines they are, null for this PC's own.
ALTER TABLE finding ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
ALTER TABLE finding ADD COLUMN station TEXT;
-- reason: why there is this revision: what the ministry said when it gave the one before back.
ALTER TABLE month ADD COLUMN reason TEXT;
-- Another PC of the office, whose fingerprint the head compared. Its months are expected from from_month on,
-- and no more after until_month, where the head released it.
CREATE TABLE station(
  station TEXT PRIMARY KEY, origin TEXT NOT NULL, signing_key TEXT NOT NULL, age_key TEXT NOT NULL,
  from_month TEXT NOT NULL, until_month TEXT, trusted_by TEXT NOT NULL, trusted_at TEXT NOT NULL
) STRICT;
-- The months that were brought from it. edge: JSON of the tree's complete parts before the first line,
-- tallest first, as [level, hash in hex]; root (hex) and note are of the lines up to and with last_seq.
CREATE TABLE station_month(
  station TEXT NOT NULL REFERENCES station(station), month TEXT NOT NULL, n INTEGER NOT NULL,
  first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, edge TEXT NOT NULL, prev BLOB NOT NULL,
  root TEXT NOT NULL, note TEXT NOT NULL,
  offline_min INTEGER NOT NULL, outages INTEGER NOT NULL,
  imported_by TEXT NOT NULL, imported_at TEXT NOT NULL,
  PRIMARY KEY (station, month)
) STRICT;
CREATE TABLE station_line(
  station TEXT NOT NULL REFERENCES station(station), seq INTEGER NOT NULL, body TEXT NOT NULL,
  visit TEXT GENERATED ALWAYS AS (body ->> '$.visit') VIRTUAL,
  PRIMARY KEY (station, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX station_line_visit ON station_line(visit) WHERE visit IS NOT NULL;
CREATE TABLE station_sealed(
  station TEXT NOT NULL, seq INTEGER NOT NULL, field TEXT NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (station, seq, field)
) STRICT, WITHOUT ROWID;
-- This PC's own months that were written out for the head's PC, which reports them.
CREATE TABLE handed_over(month TEXT PRIMARY KEY, station TEXT NOT NULL, at TEXT NOT NULL) STRICT;
CREATE TRIGGER station_line_fixed BEFORE UPDATE ON station_line BEGIN
  SELECT RAISE(ABORT, 'station_line: a line is never changed');
END;
CREATE TRIGGER station_line_kept BEFORE DELETE ON station_line BEGIN
  SELECT RAISE(ABORT, 'station_line: a line is never deleted');
END;
"""


@migrations()
def m005_other_stations_of_the_office(db: Tables) -> None:
    db.executescript(_STATIONS)


_EPOCHS_OF_STATIONS = """
-- A restored PC numbers lines anew that it had lost: its lines stand here by the epoch in which they came,
-- and a month may come once in each. counted_in: the month whose report counts the part. lost: the lines that
-- its restore lines, or what stood here before, know to be lost.
CREATE TABLE station_part(
  station TEXT NOT NULL REFERENCES station(station), month TEXT NOT NULL, epoch INTEGER NOT NULL,
  n INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL, edge TEXT NOT NULL,
  prev BLOB NOT NULL, root TEXT NOT NULL, note TEXT NOT NULL, counted_in TEXT NOT NULL, lost INTEGER NOT NULL,
  offline_min INTEGER NOT NULL, outages INTEGER NOT NULL,
  imported_by TEXT NOT NULL, imported_at TEXT NOT NULL,
  PRIMARY KEY (station, month, epoch)
) STRICT;
INSERT INTO station_part
  SELECT station, month, CAST(substr(note, instr(note, '/e') + 2) AS INTEGER), n, first_seq, last_seq, edge,
    prev, root, note, month,
    (SELECT coalesce(sum(body ->> '$.facts.lost'), 0) FROM station_line AS line
      WHERE line.station = old.station AND seq BETWEEN first_seq AND last_seq
      AND body ->> '$.kind' = 'restore'),
    offline_min, outages, imported_by, imported_at FROM station_month AS old;
CREATE TABLE epoch_line(
  station TEXT NOT NULL REFERENCES station(station), epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
  body TEXT NOT NULL, visit TEXT GENERATED ALWAYS AS (body ->> '$.visit') VIRTUAL,
  PRIMARY KEY (station, epoch, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch_line(station, epoch, seq, body)
  SELECT station, epoch, seq, body FROM station_line JOIN station_part USING (station)
  WHERE seq BETWEEN first_seq AND last_seq;
CREATE TABLE epoch_sealed(
  station TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, field TEXT NOT NULL, key BLOB NOT NULL,
  value TEXT NOT NULL, PRIMARY KEY (station, epoch, seq, field)
) STRICT, WITHOUT ROWID;
INSERT INTO epoch_sealed
  SELECT station, epoch, seq, field, key, value FROM station_sealed JOIN station_part USING (station)
  WHERE seq BETWEEN first_seq AND last_seq;
DROP TABLE station_line;
DROP TABLE station_sealed;
DROP TABLE station_month;
ALTER TABLE epoch_line RENAME TO station_line;
ALTER TABLE epoch_sealed RENAME TO station_sealed;
CREATE INDEX station_line_visit ON station_line(visit) WHERE visit IS NOT NULL;
CREATE TRIGGER station_line_fixed BEFORE UPDATE ON station_line BEGIN
  SELECT RAISE(ABORT, 'station_line: a line is never changed');
END;
CREATE TRIGGER station_line_kept BEFORE DELETE ON station_line BEGIN
  SELECT RAISE(ABORT, 'station_line: a line is never deleted');
END;
"""


@migrations()
def m007_epochs_of_other_stations(db: Tables) -> None:
    db.executescript(_EPOCHS_OF_STATIONS)


_RETENTION = """
-- Which lines' sealed values were archived: into the file of that name and SHA-256, by ledger line `line`.
CREATE TABLE archive(
  first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, months TEXT NOT NULL, file TEXT NOT NULL,
  sha256 TEXT NOT NULL, at TEXT NOT NULL, line INTEGER NOT NULL REFERENCES ledger(seq)
) STRICT;
-- A request that has ended need not know the citizen's number any more; its keyed digest stays.
CREATE TRIGGER job_forgets AFTER UPDATE OF state ON job
WHEN NEW.kind = 'lookup' AND NEW.state IN ('done', 'expired', 'cancelled') AND length(NEW.body) > 0 BEGIN
  UPDATE job SET body = x'' WHERE id = NEW.id;
END;
UPDATE job SET body = x'' WHERE kind = 'lookup' AND state IN ('done', 'expired', 'cancelled');
"""


@migrations()
def m004_what_is_kept_for_how_long(db: Tables) -> None:
    db.executescript(_RETENTION)


@migrations()
def m008_back_entry(db: Tables) -> None:
    db.executescript(
        "ALTER TABLE visit ADD COLUMN served_at TEXT; ALTER TABLE visit ADD COLUMN served_why TEXT;"
    )


_SET_ASIDE = """
-- When the officer set a waiting visit aside.
ALTER TABLE visit ADD COLUMN parked_at TEXT;
UPDATE visit SET parked_at = opened_at WHERE state = 'waiting';
-- Whoever comes again is shown their own earlier visits.
CREATE INDEX visit_subject ON visit(subject);
"""


@migrations()
def m009_set_aside(db: Tables) -> None:
    db.executescript(_SET_ASIDE)


@migrations()
def m010_who_explained(db: Tables) -> None:
    db.executescript(
        "ALTER TABLE finding ADD COLUMN explained_by TEXT; ALTER TABLE finding ADD COLUMN explained_at TEXT;"
    )


_SLIPS = """
-- slip_due: since when the visit's slip waits, which could not be written when it was asked for.
ALTER TABLE visit ADD COLUMN slip_due TEXT;
-- Of all visits that there ever were, those whose slip waits, and those that ended today.
CREATE INDEX visit_slip_due ON visit(slip_due) WHERE slip_due IS NOT NULL;
CREATE INDEX visit_ended ON visit(ended_at) WHERE ended_at IS NOT NULL;
"""


@migrations()
def m011_slips(db: Tables) -> None:
    db.executescript(_SLIPS)


def migrate(database: Database) -> None:
    """Brings the tables to this program's version; takes the write lock only if there is work."""
    with database.reading() as db:
        pending = migrations.pending(db)
    if pending:
        with database.write() as db:
            migrations.apply(db)
