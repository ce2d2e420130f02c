"""The centre's records in memory, for practice; lost when the program ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace

from store.queue.job import JobKind
from sync.centre.storage import (
    Bundle,
    Catalogue,
    Code,
    Head,
    Message,
    PeopleList,
    Station,
    StationStatus,
    Submission,
)


@dataclass
class _Kept:
    codes: dict[str, Code] = field(default_factory=dict)
    stations: dict[tuple[str, str], Station] = field(default_factory=dict)
    lists: list[PeopleList] = field(default_factory=list)
    submissions: dict[str, Submission] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    statuses: dict[tuple[str, str], StationStatus] = field(default_factory=dict)
    bundles: list[Bundle] = field(default_factory=list)
    catalogues: list[Catalogue] = field(default_factory=list)


class MemoryTables:
    """Implements storage.Tables with dictionaries."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept

    def code(self, hashed: str) -> Code | None:
        return self._kept.codes.get(hashed)

    def put_code(self, code: Code) -> None:
        self._kept.codes[code.hashed] = code

    def station_of_token(self, token: str) -> Station | None:
        return next((one for one in self._kept.stations.values() if one.token == token), None)

    def station(self, unit: str, station: str) -> Station | None:
        return self._kept.stations.get((unit, station))

    def put_station(self, station: Station) -> None:
        self._kept.stations[station.unit, station.station] = station

    def stations(self) -> list[Station]:
        return sorted(self._kept.stations.values(), key=lambda one: (one.unit, one.station))

    def people(self, unit: str) -> list[PeopleList]:
        return [one for one in self._kept.lists if one.unit == unit]

    def newest_list(self, unit: str, station: str) -> tuple[str, bool] | None:
        mine = [one for one in self.people(unit) if one.station == station]
        return (mine[-1].body_sha256, mine[-1].confirmed) if mine else None

    def put_people(self, people: PeopleList) -> None:
        self._kept.lists.append(people)

    def confirm(self, lists: list[PeopleList]) -> None:
        self._kept.lists = [replace(one, confirmed=True) if one in lists else one for one in self._kept.lists]

    def submission(self, id: str) -> Submission | None:
        return self._kept.submissions.get(id)

    def report(self, unit: str, month: str) -> Submission | None:
        found = [one for one in self.reports() if (one.unit, one.month) == (unit, month)]
        return max(found, key=lambda one: one.revision or 0, default=None)

    def reports(self) -> list[Submission]:
        return [one for one in self._kept.submissions.values() if one.kind == JobKind.REPORT]

    def received(self, unit: str, station: str) -> list[str]:
        lists = [one.sha256 for one in self._kept.lists if (one.unit, one.station) == (unit, station)]
        rest = self._kept.submissions.values()
        return lists + [one.id for one in rest if (one.unit, one.station) == (unit, station)]

    def put_submission(self, submission: Submission) -> None:
        self._kept.submissions[submission.id] = submission

    def head(self, origin: str) -> Head | None:
        return self._kept.heads.get(origin)

    def heads(self, station: str) -> list[Head]:
        return [head for head in self._kept.heads.values() if head.origin.startswith(f"{station}/e")]

    def put_head(self, head: Head) -> None:
        self._kept.heads[head.origin] = head

    def messages(self, unit: str, after: int) -> list[Message]:
        return [one for one in self._kept.messages if one.unit == unit and one.n > after]

    def last_message(self) -> int:
        return max((one.n for one in self._kept.messages), default=0)

    def put_message(self, message: Message) -> None:
        self._kept.messages.append(message)

    def is_returned(self, id: str) -> bool:
        return any(one.returns == id for one in self._kept.messages)

    def statuses(self) -> list[StationStatus]:
        return list(self._kept.statuses.values())

    def put_status(self, status: StationStatus) -> None:
        self._kept.statuses[status.unit, status.station] = status

    def bundles(self, unit: str, station: str) -> list[Bundle]:
        found = [one for one in self._kept.bundles if (one.unit, one.station) == (unit, station)]
        return sorted(found, key=lambda one: one.n)

    def put_bundle(self, bundle: Bundle) -> None:
        self._kept.bundles.append(bundle)

    def catalogue(self) -> Catalogue | None:
        return max(self._kept.catalogues, key=lambda one: one.n, default=None)

    def put_catalogue(self, catalogue: Catalogue) -> None:
        self._kept.catalogues.append(catalogue)


class MemoryRecords:
    """Implements storage.Records in memory, for any number of threads."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[MemoryTables]:
        with self._lock:
            # The rows are immutable, so copying the containers is enough to undo a failed transaction.
            working = _Kept(*(getattr(self._kept, one.name).copy() for one in fields(_Kept)))
            yield MemoryTables(working)
            self._kept = working

    @contextmanager
    def reading(self) -> Iterator[MemoryTables]:
        yield MemoryTables(self._kept)  # no transaction changes it: each puts another in its place
