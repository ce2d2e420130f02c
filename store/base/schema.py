"""The numbered migrations of the books: the first tables, and each later change of them.

Comments in the SQL explain the tables and columns.
"""

from __future__ import annotations

from store.base.database import Database, Migrations, Tables
from store.base.first_tables import FIRST_TABLES

migrations = Migrations("nocopy-books")


@migrations()
def m001_the_books(db: Tables) -> None:
    db.executescript(FIRST_TABLES)


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


_ANY_ROLE = """
-- Which roles there are is said in store/formats/roles.py alone; a role that is not there allows nothing.
CREATE TABLE appointment_anew(
  n INTEGER PRIMARY KEY, login TEXT NOT NULL REFERENCES person(login), role TEXT NOT NULL,
  acting INTEGER NOT NULL DEFAULT 0, order_no TEXT, from_at TEXT NOT NULL, until_at TEXT
) STRICT;
INSERT INTO appointment_anew SELECT * FROM appointment;
DROP TABLE appointment;
ALTER TABLE appointment_anew RENAME TO appointment;
CREATE INDEX appointment_login ON appointment(login);
"""


@migrations()
def m012_any_role(db: Tables) -> None:
    db.executescript(_ANY_ROLE)


_SESSIONS = """
-- The sessions in which the lines since version 2 were written; `session` is the number of the line with
-- which it begins, login whose it is (null: the recovery sheet). certificate and row: compact JWS, of the
-- person and of the session (store/formats/session.py).
CREATE TABLE session(
  session INTEGER PRIMARY KEY, login TEXT, certificate TEXT NOT NULL, row TEXT NOT NULL
) STRICT;
-- Those of another PC's sessions, which came with its months.
CREATE TABLE station_session(
  station TEXT NOT NULL, epoch INTEGER NOT NULL, session INTEGER NOT NULL, certificate TEXT NOT NULL,
  row TEXT NOT NULL, PRIMARY KEY (station, epoch, session)
) STRICT, WITHOUT ROWID;
"""


@migrations()
def m013_sessions(db: Tables) -> None:
    db.executescript(_SESSIONS)


_SIGNED_ROLES = """
-- The roles documents (store/people/roles_document.py). sha256 (hex): of the payload in the token.
CREATE TABLE roles_document(n INTEGER PRIMARY KEY, token TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
-- The public half (b64) of the temporary key under the person's first passphrase.
ALTER TABLE person ADD COLUMN first_key TEXT;
"""


@migrations()
def m014_signed_roles(db: Tables) -> None:
    db.executescript(_SIGNED_ROLES)


_SETTINGS_DOCUMENTS = """
-- What heads signed (store/settings/documents.py), of which setting, document, service and service_document
-- are copies. token: compact JWS; sha256 (hex): of it, as its line names it.
CREATE TABLE settings_document(n INTEGER PRIMARY KEY, token TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
-- The ministry's catalogues. token: the JWS as it came; empty for one that came before tokens were kept.
CREATE TABLE publication(n INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, token TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO publication(n, sha256) SELECT n, sha256 FROM published;
DROP TABLE published;
-- Few lines of many: what is in force is asked before each call.
CREATE INDEX ledger_settings ON ledger(seq) WHERE kind = 'settings';
CREATE INDEX ledger_catalogue ON ledger(seq) WHERE kind = 'catalogue';
CREATE INDEX ledger_enrolled ON ledger(seq) WHERE kind = 'receipt' AND body ->> '$.facts.kind' = 'enrolment';
"""


@migrations()
def m015_settings_documents(db: Tables) -> None:
    db.executescript(_SETTINGS_DOCUMENTS)


def migrate(database: Database) -> None:
    """Applies the migrations that are missing; takes the write lock only where there are any."""
    with database.reading() as db:
        pending = migrations.pending(db)
    if pending:
        with database.write() as db:
            migrations.apply(db)
