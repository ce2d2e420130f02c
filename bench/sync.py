"""Measures the promises for the network: a long queue over a slow one, a bad one to the centre, bytes sent.

`python -m bench.sync` takes about five minutes. Gateway and centre run in processes of their own; a proxy
between delays each round trip to 300 ms and counts them. `--lookups 100` makes a quicker trial.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from bench import results
from bench.books import CONTROLLER, HEAD, OFFICERS, PASSPHRASE, make_books
from store.books import Books
from store.exchange import enrolment
from store.queue.job import SUBMISSIONS
from store.settings.office_hours import load as load_holidays
from sync.centre.serve import make_code
from sync.run.engine import Engine
from tests.rig.faults import FaultServer, said
from tests.rig.office import decide
from tests.rig.proxy import LIES, Harm, Proxy, Storm
from tests.rig.storm import Prepared, centre_process
from tests.rig.workers import ROOT, books_by_key

TRIP_S = 0.3
AT_ONCE = 4
_HOUSE = {"houseID": 50010000001, "houseNo": "99/9", "villageNo": "3", "provinceDesc": "เชียงใหม่"}
_LINE = "import bench.sync; bench.sync.serve_slowly()"


def serve_slowly() -> None:
    """Serve a gateway over a network where each round trip lasts TRIP_S; prints its address.

    To be run in a process of its own.
    """
    slow = Proxy(FaultServer(said(200, _HOUSE)).url, lambda: Harm(seconds=TRIP_S))
    print(slow.url, flush=True)
    sys.stdin.read()


@contextmanager
def slow_gateway() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _LINE],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def bare_s(url: str, trips: int) -> float:
    """Seconds for that many bare round trips, AT_ONCE in parallel."""
    port = urlsplit(url).port
    left = iter(range(trips))
    lock = threading.Lock()

    def go() -> None:
        line = HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                if next(left, None) is None:
                    return
            line.request("GET", "/")
            line.getresponse().read()

    return _timed(lambda: _side_by_side(go, AT_ONCE))


def _side_by_side(work: Callable[[], None], threads: int) -> None:
    going = [threading.Thread(target=work) for _ in range(threads)]
    for one in going:
        one.start()
    for one in going:
        one.join()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def lookups(prepared: Prepared, url: str) -> tuple[float, float, float]:
    """Seconds for the whole queue, for as many bare round trips, and by trips / AT_ONCE * TRIP_S."""
    _point(prepared, "gateways.gdx.url", url)
    books = books_by_key(prepared.home, prepared.key, OFFICERS[0])
    load_holidays(books.clock().year)  # the screen does this at log-in
    took = _timed(lambda: Engine(books).run(["lookup"], now=True))
    assert not [job for job in books.queue.list(["waiting"]) if job.kind == "lookup"]
    books.close()
    return took, bare_s(url, prepared.lookups), prepared.lookups * TRIP_S / AT_ONCE


def submissions(prepared: Prepared) -> tuple[float, int, float]:
    """Seconds until all have receipts over a bad network, the round trips used, and the ideal seconds."""
    storm = Storm(1, lies=[lie for lie in LIES if lie.status != 422], harmed=20)

    def plan() -> Harm:
        harm = storm()
        return Harm(harm.how, harm.seconds + TRIP_S, harm.answer)

    with centre_process(prepared.centre) as url:
        proxy = Proxy(url, plan)
        _point(prepared, "centre.url", proxy.url)
        books = books_by_key(prepared.home, prepared.key, HEAD)
        engine = Engine(books)
        took = _timed(lambda: _until_gone(engine, SUBMISSIONS))
        books.close()
        proxy.close_door()
    return took, sum(proxy.met.values()), prepared.submissions * TRIP_S


def _until_gone(engine: Engine, kinds: Collection[str]) -> None:
    while engine.run(kinds, now=True).waiting:
        pass


def _point(prepared: Prepared, name: str, url: str) -> None:
    books = books_by_key(prepared.home, prepared.key, HEAD)
    decide(books, {name: url})
    books.close()


def report_bytes(folder: Path) -> tuple[int, int]:
    """The bytes out and back, with all headers, of delivering a large unit's month."""
    made = make_books(folder / "home", 34_000, months=2)
    month = made.months[0]

    def opened(login: str) -> Books:
        return Books.open(made.locations, login, PASSPHRASE)

    officer, controller, head = opened(OFFICERS[0]), opened(CONTROLLER), opened(HEAD)
    code = make_code(folder / "centre", head.unit)
    with centre_process(folder / "centre") as url:
        enrolment.request(head, head.signer(PASSPHRASE), url, code)
        assert Engine(head).run(now=True).waiting == 0
        officer.months.summarise(month, officer.signer(PASSPHRASE))
        controller.months.check(month, controller.signer(PASSPHRASE))
        head.months.approve(month, head.signer(PASSPHRASE), "ตรวจแล้ว")
        head.months.submit(month)
        proxy = Proxy(url)
        head.settings.set("centre.url", proxy.url, head.signer(PASSPHRASE))
        Engine(head).run(["report"], now=True)
        proxy.close_door()
    assert head.months.status(month).receipt is not None
    for books in (officer, controller, head):
        books.close()
    return proxy.from_client, proxy.to_client


def main() -> None:
    """Run all measurements and write bench/RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lookups", type=int, default=1000)
    parser.add_argument("--submissions", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepared = Prepared(Path(folder) / "queue", given.lookups, given.submissions)
        with slow_gateway() as url:
            took, bare, ideal = lookups(prepared, url)
        sent, trips, sent_ideal = submissions(prepared)
        out, back = report_bytes(Path(folder) / "unit")
    trip_ms = round(TRIP_S * 1000)
    rows = [
        (
            f"{given.lookups} queued lookups at {trip_ms} ms a trip, {AT_ONCE} at a time, over the ideal",
            f"{took / ideal:.2f}",
            "≤ 1.10",
            f"{took:.1f} s; ideal {ideal:.1f} s, the bare trips took {bare:.1f} s",
        ),
        (
            f"{given.submissions} submissions, {trip_ms} ms a trip, a fifth of them cut, lost or lied to",
            f"{sent / sent_ideal:.2f}",
            "none given",
            f"{sent:.1f} s; without harm {sent_ideal:.1f} s, the {trips} trips alone {trips * TRIP_S:.1f} s",
        ),
        (
            "bytes on the wire for a large unit's report (24 services, 10 officers), with all headers",
            f"{(out + back) / 1024:.1f} KB",
            "≤ 16 KB",
            f"{out} out, {back} back",
        ),
    ]
    results.write("The line", results.table(("figure", "measured", "promise", "of that"), rows))


if __name__ == "__main__":
    main()
