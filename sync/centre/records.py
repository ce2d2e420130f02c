"""The centre's records in a database: SQLite in the centre's home, or any that SQLAlchemy can open by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    URL,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from store.base.private_file import make_private
from store.queue.job import JobKind
from sync.centre.storage import (
    Bundle,
    Catalogue,
    Code,
    Collided,
    Head,
    Message,
    PeopleList,
    Station,
    StationStatus,
    Submission,
)

_metadata = MetaData()
# PostgreSQL: a serialization failure, a deadlock, and the same key inserted twice at once.
_READING = "centre_reading"  # the option of a connection that only reads
_COLLISIONS = ("40001", "40P01", "23505")

_code = Table(
    "code",
    _metadata,
    Column("hashed", String, primary_key=True),
    Column("unit", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("used_key", String),
    Column("station", String),
    Column("receipt", Text),
)
_station = Table(
    "station",
    _metadata,
    Column("unit", String, primary_key=True),
    Column("station", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("age_key", String, nullable=False),
    Column("token", String, nullable=False, unique=True),
    Column("enrolled_at", String, nullable=False),
)
# Every list ever received, in the order of `row`, because an old PC counts from 1 again at a new enrolment.
_people = Table(
    "people",
    _metadata,
    Column("row", Integer, primary_key=True),
    Column("unit", String, nullable=False, index=True),
    Column("station", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("body_sha256", String, nullable=False),
    Column("people", JSON, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("received_at", String, nullable=False),
)
# The lists that begin an enrolment and are not number 1. Not in `people`, so that a database of an earlier
# version needs no altered table.
_beginning = Table("beginning", _metadata, Column("body_sha256", String, primary_key=True))
_submission = Table(
    "submission",
    _metadata,
    Column("id", String, primary_key=True),
    Column("unit", String, nullable=False, index=True),
    Column("station", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("month", String),
    Column("revision", Integer),
    Column("destination", String),
    Column("received_at", String, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("receipt", Text, nullable=False),
)
_head = Table(
    "head",
    _metadata,
    Column("origin", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String, nullable=False),
)
_message = Table(
    "message",
    _metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("unit", String, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
# Not in `message`, so that a database of the first version needs no altered table.
_returned = Table(
    "returned",
    _metadata,
    Column("id", String, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
_station_status = Table(
    "told",
    _metadata,
    Column("unit", String, primary_key=True),
    Column("station", String, primary_key=True),
    Column("seen_at", String, nullable=False),
    Column("said_at", String, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("version", String, nullable=False),
)
# Not in `told`, so that a database of the version before needs no altered table.
_broken = Table(
    "broken",
    _metadata,
    Column("unit", String, primary_key=True),
    Column("station", String, primary_key=True),
    Column("broken_seq", BigInteger, nullable=False),
    Column("broken_at", String, nullable=False),
)
_bundle = Table(
    "bundle",
    _metadata,
    Column("unit", String, primary_key=True),
    Column("station", String, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("received_at", String, nullable=False),
)
_catalogue = Table(
    "catalogue",
    _metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", String, nullable=False),
    Column("body", Text, nullable=False),
)


_LISTS = select(
    *(column for column in _people.c if column.name != "row"),
    ((_people.c.n == 1) | _beginning.c.body_sha256.is_not(None)).label("begins"),
).outerjoin(_beginning, _beginning.c.body_sha256 == _people.c.body_sha256)


def _of(table: Table, unit: str, station: str) -> Any:
    """The rows of one station."""
    return (table.c.unit == unit) & (table.c.station == station)


class SqlTables:
    """Implements storage.Tables with one connection in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def code(self, hashed: str) -> Code | None:
        found = self._one(select(_code).where(_code.c.hashed == hashed))
        return Code(**found) if found else None

    def put_code(self, code: Code) -> None:
        self._connection.execute(delete(_code).where(_code.c.hashed == code.hashed))
        self._connection.execute(insert(_code).values(vars(code)))

    def station_of_token(self, token: str) -> Station | None:
        found = self._one(select(_station).where(_station.c.token == token))
        return Station(**found) if found else None

    def station(self, unit: str, station: str) -> Station | None:
        found = self._one(select(_station).where(_of(_station, unit, station)))
        return Station(**found) if found else None

    def put_station(self, station: Station) -> None:
        self._connection.execute(delete(_station).where(_of(_station, station.unit, station.station)))
        self._connection.execute(insert(_station).values(vars(station)))

    def stations(self) -> list[Station]:
        return [
            Station(**row)
            for row in self._all(select(_station).order_by(_station.c.unit, _station.c.station))
        ]

    def people(self, unit: str) -> list[PeopleList]:
        rows = self._all(_LISTS.where(_people.c.unit == unit).order_by(_people.c.row))
        return [PeopleList(**row) for row in rows]

    def newest_list(self, unit: str, station: str) -> tuple[str, bool] | None:
        mine = select(_people.c.body_sha256, _people.c.confirmed).where(_of(_people, unit, station))
        found = self._one(mine.order_by(_people.c.row.desc()).limit(1))
        return (found["body_sha256"], found["confirmed"]) if found else None

    def put_people(self, people: PeopleList) -> None:
        row = {name: value for name, value in vars(people).items() if name != "begins"}
        self._connection.execute(insert(_people).values(row))
        if people.begins and people.n != 1:
            self._connection.execute(insert(_beginning).values({"body_sha256": people.body_sha256}))

    def confirm(self, lists: list[PeopleList]) -> None:
        for one in lists:
            same = _of(_people, one.unit, one.station) & (_people.c.body_sha256 == one.body_sha256)
            self._connection.execute(update(_people).where(same).values(confirmed=True))

    def submission(self, id: str) -> Submission | None:
        found = self._one(select(_submission).where(_submission.c.id == id))
        return Submission(**found) if found else None

    def report(self, unit: str, month: str) -> Submission | None:
        same = (
            (_submission.c.unit == unit)
            & (_submission.c.month == month)
            & (_submission.c.kind == JobKind.REPORT)
        )
        newest = select(_submission).where(same).order_by(_submission.c.revision.desc()).limit(1)
        found = self._one(newest)
        return Submission(**found) if found else None

    def reports(self) -> list[Submission]:
        rows = self._all(select(_submission).where(_submission.c.kind == JobKind.REPORT))
        return [Submission(**row) for row in rows]

    def received(self, unit: str, station: str) -> list[str]:
        lists = select(_people.c.sha256.label("id")).where(_of(_people, unit, station))
        rest = select(_submission.c.id).where(_of(_submission, unit, station))
        return [row["id"] for query in (lists, rest) for row in self._all(query)]

    def put_submission(self, submission: Submission) -> None:
        self._connection.execute(insert(_submission).values(vars(submission)))

    def head(self, origin: str) -> Head | None:
        found = self._one(select(_head).where(_head.c.origin == origin))
        return Head(**found) if found else None

    def heads(self, station: str) -> list[Head]:
        epochs = _head.c.origin.startswith(f"{station}/e", autoescape=True)
        return [Head(**row) for row in self._all(select(_head).where(epochs))]

    def put_head(self, head: Head) -> None:
        self._connection.execute(delete(_head).where(_head.c.origin == head.origin))
        self._connection.execute(insert(_head).values(vars(head)))

    def messages(self, unit: str, after: int) -> list[Message]:
        mine = (_message.c.unit == unit) & (_message.c.n > after)
        return [Message(**row) for row in self._all(select(_message).where(mine).order_by(_message.c.n))]

    def last_message(self) -> int:
        return int(self._connection.execute(select(func.max(_message.c.n))).scalar() or 0)

    def put_message(self, message: Message) -> None:
        row = {"n": message.n, "unit": message.unit, "body": message.body}
        self._connection.execute(insert(_message).values(row))
        if message.returns is not None:
            self._connection.execute(insert(_returned).values({"id": message.returns, "n": message.n}))

    def is_returned(self, id: str) -> bool:
        return self._one(select(_returned).where(_returned.c.id == id)) is not None

    def statuses(self) -> list[StationStatus]:
        broken = {(row["unit"], row["station"]): row for row in self._all(select(_broken))}
        return [
            StationStatus(**{**row, **broken.get((row["unit"], row["station"]), {})})
            for row in self._all(select(_station_status))
        ]

    def put_status(self, status: StationStatus) -> None:
        self._connection.execute(
            delete(_station_status).where(_of(_station_status, status.unit, status.station))
        )
        known = dict(vars(status))
        broken = {name: known.pop(name) for name in ("broken_seq", "broken_at")}
        self._connection.execute(insert(_station_status).values(known))
        self._connection.execute(delete(_broken).where(_of(_broken, status.unit, status.station)))
        if status.broken_seq is not None:
            place = {"unit": status.unit, "station": status.station}
            self._connection.execute(insert(_broken).values({**place, **broken}))

    def bundles(self, unit: str, station: str) -> list[Bundle]:
        rows = self._all(select(_bundle).where(_of(_bundle, unit, station)).order_by(_bundle.c.n))
        return [Bundle(**row) for row in rows]

    def put_bundle(self, bundle: Bundle) -> None:
        self._connection.execute(insert(_bundle).values(vars(bundle)))

    def catalogue(self) -> Catalogue | None:
        found = self._one(select(_catalogue).order_by(_catalogue.c.n.desc()).limit(1))
        return Catalogue(**found) if found else None

    def put_catalogue(self, catalogue: Catalogue) -> None:
        self._connection.execute(insert(_catalogue).values(vars(catalogue)))

    def _one(self, query: Any) -> dict[str, Any] | None:
        row = self._connection.execute(query).mappings().first()
        return dict(row) if row is not None else None

    def _all(self, query: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(query).mappings()]


class SqlRecords:
    """Implements storage.Records in a database; missing tables are created."""

    def __init__(self, url: str | URL) -> None:
        # A receipt depends on what was read in its transaction, so two transactions must not overlap.
        if make_url(url).get_backend_name() == "sqlite":
            self._engine = create_engine(url, hide_parameters=True)
            _one_writer(self._engine)
        else:
            self._engine = create_engine(url, isolation_level="SERIALIZABLE", hide_parameters=True)
        _metadata.create_all(self._engine)

    @classmethod
    def in_file(cls, path: Path) -> SqlRecords:
        """The default: one SQLite file. Only its owner may read it, and those that SQLite makes beside it."""
        make_private(path)
        return cls(URL.create("sqlite", database=str(path)))

    @contextmanager
    def transaction(self) -> Iterator[SqlTables]:
        with _collisions(), self._engine.begin() as connection:
            yield SqlTables(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlTables]:
        with _collisions(), self._engine.connect() as connection:
            connection.execution_options(**{_READING: True})
            with connection.begin():
                yield SqlTables(connection)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def _collisions() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _COLLISIONS:
            raise Collided from error
        raise


def _one_writer(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins no transaction: _begun does
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=10000")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # With a deferred BEGIN two transactions could both read, and one would fail when it writes. One that
        # only reads takes no lock: with a write-ahead log it sees the state in which it began.
        only_reads = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
