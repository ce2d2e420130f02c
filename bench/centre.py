"""Measures what the centre's judgement of a large report costs, and how long it keeps other units waiting.

`python -m bench.centre` takes some seconds. The records are a SQLite file, as at the ministry by default.
What is judged is the content of one PUT, without the web server.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bench import results
from reader.buddhist_date import now
from store.formats import jws
from store.formats.canonical import unb64
from sync.centre import admission, codes, judge
from sync.centre.inflated import inflated
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.records import SqlRecords, SqlTables
from sync.centre.storage import Station
from tests.sync.centre.centre_office import Office, Submission

RUNS = 60
BODY = 150_000  # bytes of JSON


class TimedRecords(SqlRecords):
    """Notes how long each transaction excludes others, until it is on the disk."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self.held: list[float] = []

    @contextmanager
    def transaction(self) -> Iterator[SqlTables]:
        begun = 0.0
        with super().transaction() as tables:
            begun = time.perf_counter()
            yield tables
        self.held.append(time.perf_counter() - begun)


def large_report(office: Office, month: str) -> Submission:
    """A report whose JSON, as the centre parses it, is at least BODY bytes."""
    n = 1000
    while True:
        use = [[f"officer{n % 40:02}", "S01", f"D{n:05}", "linkage", "obtained", n] for n in range(n)]
        report = office.report(month, use=use)
        if len(report.inflated()) >= BODY:
            return report
        n += 100


def bare_s(report: Submission) -> float:
    """CPU seconds for what no judgement can do without: to parse the JSON, and to verify three signatures."""
    body = report.inflated()
    begun = time.process_time()
    outer = json.loads(body)
    payload = outer["payload"]
    json.loads(unb64(payload))
    for one in outer["signatures"]:
        kid = json.loads(unb64(one["protected"]))["kid"]
        signed = f"{one['protected']}.{payload}".encode("ascii")
        Ed25519PublicKey.from_public_bytes(_KEYS[kid]).verify(unb64(one["signature"]), signed)
    return time.process_time() - begun


_KEYS: dict[str, bytes] = {}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        records = TimedRecords(Path(folder) / "centre.db")
        centre, office = Centre(records, CentreKeys.make(), now), Office()
        admission.enrol(centre, office.enrolment(codes.new_code(centre, office.unit)))
        station = _station(records)
        _KEYS.update({one["kid"]: jws.key_bytes(one["key"]) for one in office.people})
        office.list_sha256 = _list(records)
        took, busy, bare = [], [], []
        records.held.clear()
        for n in range(RUNS):
            report = large_report(office, f"{2019 + n // 12}-{n % 12 + 1:02}")
            begun, worked = time.perf_counter(), time.process_time()
            judge.submission(centre, station, report.id, report.body, inflated(report.body))
            busy.append(time.process_time() - worked)
            took.append(time.perf_counter() - begun)
            bare.append(bare_s(report))
        size = len(report.inflated())
        records.close()
    _write(size, *(statistics.median(one) for one in (took, busy, bare, records.held)))


def _station(records: SqlRecords) -> Station:
    with records.reading() as tables:
        [station] = tables.stations()
    return station


def _list(records: SqlRecords) -> str:
    with records.reading() as tables:
        return tables.people("5001")[-1].sha256


def _write(size: int, took: float, busy: float, bare: float, held: float) -> None:
    rows: list[list[Any]] = [
        ["judged and stored", f"{took * 1000:.1f} ms", "", "≤ 100 ms"],
        ["of it, others wait", f"{held * 1000:.1f} ms", "", ""],
        ["judged and stored, CPU time", f"{busy * 1000:.1f} ms", f"{busy / bare:.1f}", ""],
        ["json.loads and three signatures verified, CPU time", f"{bare * 1000:.1f} ms", "1", ""],
    ]
    text = (
        f"A month's report of {size:,} bytes of JSON; the median of {RUNS}. Judging inflates, parses, holds"
        " every member against its form, verifies three signatures, and stores report and receipt on the"
        " disk. While others wait, only the records are looked at and written.\n\n"
    )
    results.write("Centre", text + results.table(["what", "took", "ratio", "promised"], rows))


if __name__ == "__main__":
    main()
