"""The centre's records in memory, for practice: gone when the program ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from sync.centre.rows import Code, Head, Message, PeopleList, Station, Submission


@dataclass
class _Kept:
    codes: dict[str, Code] = field(default_factory=dict)
    stations: dict[tuple[str, str], Station] = field(default_factory=dict)
    lists: list[PeopleList] = field(default_factory=list)
    submissions: dict[str, Submission] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


class MemoryTables:
    """rows.Tables over dictionaries."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept

    def code(self, hashed: str) -> Code | None:
        return self._kept.codes.get(hashed)

    def put_code(self, code: Code) -> None:
        self._kept.codes[code.hashed] = code

    def station_of_token(self, token: str) -> Station | None:
        return next((one for one in self._kept.stations.values() if one.token == token), None)

    def put_station(self, station: Station) -> None:
        self._kept.stations[station.unit, station.station] = station

    def stations(self) -> list[Station]:
        return sorted(self._kept.stations.values(), key=lambda one: (one.unit, one.station))

    def people(self, unit: str) -> list[PeopleList]:
        return [one for one in self._kept.lists if one.unit == unit]

    def put_people(self, people: PeopleList) -> None:
        self._kept.lists.append(people)

    def submission(self, id: str) -> Submission | None:
        return self._kept.submissions.get(id)

    def report(self, unit: str, month: str) -> Submission | None:
        return next((one for one in self.reports() if (one.unit, one.month) == (unit, month)), None)

    def reports(self) -> list[Submission]:
        return [one for one in self._kept.submissions.values() if one.kind == "report"]

    def put_submission(self, submission: Submission) -> None:
        self._kept.submissions[submission.id] = submission

    def head(self, origin: str) -> Head | None:
        return self._kept.heads.get(origin)

    def put_head(self, head: Head) -> None:
        self._kept.heads[head.origin] = head

    def messages(self, unit: str, after: int) -> list[Message]:
        return [one for one in self._kept.messages if one.unit == unit and one.n > after]


class MemoryRecords:
    """rows.Records in memory, for any number of threads."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[MemoryTables]:
        with self._lock:
            # The rows are immutable, so copies of the containers are enough to forget a failed attempt.
            working = _Kept(*(getattr(self._kept, one.name).copy() for one in fields(_Kept)))
            yield MemoryTables(working)
            self._kept = working
