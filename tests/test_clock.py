"""The tests' clock: every test begins on the same morning, and none reads this PC's clock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reader import buddhist_date
from store.books import Books
from store.settings.office_hours import CLOSE, OPEN, is_working_day
from tests.rig import clock
from tests.rig.cheap import in_a_process
from tests.rig.clock import MORNING, SET_UP, WIDER, NoClockYet, at, environment, now
from tests.rig.clock_reads import ReadsTheClock, demand_none, reads

ROOT = Path(__file__).parents[1]
_TELLS = "from reader.buddhist_date import now; print(now().isoformat())"
_SOON = timedelta(seconds=60)


@pytest.fixture(scope="module")
def wider() -> datetime:
    """When a fixture of a whole module is made."""
    return now()


def test_a_module_begins_before_its_tests_and_an_office_before_both(wider: datetime) -> None:
    assert SET_UP < WIDER <= wider < WIDER + _SOON < MORNING <= now() < MORNING + _SOON


@pytest.mark.parametrize("go_on", [timedelta(hours=8), timedelta(0)])
def test_each_test_begins_on_the_same_morning(go_on: timedelta) -> None:
    assert MORNING <= now() < MORNING + _SOON
    clock.begin(MORNING + go_on)


def test_the_morning_is_one_of_work() -> None:
    assert is_working_day(MORNING.date())
    assert OPEN <= f"{WIDER:%H:%M}" < f"{MORNING:%H:%M}" < CLOSE
    assert f"{MORNING + timedelta(hours=7):%H:%M}" < CLOSE, "however long a test goes on"


def test_the_program_tells_the_tests_time_and_it_ticks() -> None:
    assert Books.open.__kwdefaults__["clock"] is buddhist_date.now is now
    before, then = buddhist_date.now(), time.monotonic()
    time.sleep(0.05)
    ticked = buddhist_date.now() - before
    assert timedelta(seconds=0.05) <= ticked <= timedelta(seconds=time.monotonic() - then + 0.01)


def test_the_programs_datetimes_are_told_by_their_day_in_thailand() -> None:
    assert buddhist_date.show_date(datetime.fromisoformat("2026-11-24T20:00:00+00:00")) == "25 พ.ย. 2569"


def test_another_day_lasts_as_long_as_its_block() -> None:
    with at(datetime(2028, 2, 29, 10, 0, tzinfo=buddhist_date.BANGKOK)):
        assert f"{now():%Y-%m-%d %H:%M}" == "2028-02-29 10:00"
    assert MORNING <= now() < MORNING + _SOON


def test_before_any_test_there_is_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_begun", None)
    with pytest.raises(NoClockYet, match="tests do not read this PC's clock"):
        buddhist_date.now()


def test_a_forked_process_has_the_tests_clock() -> None:
    def look() -> None:
        assert MORNING <= buddhist_date.now() < MORNING + _SOON

    assert in_a_process(look) == 0


def _told(*command: str, moment: datetime | None = None) -> str:
    line = [sys.executable, *command]
    return subprocess.run(
        line, cwd=ROOT, env=environment(moment), capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("moment", [None, datetime(2028, 2, 29, 23, 59, 30, tzinfo=buddhist_date.BANGKOK)])
def test_a_process_of_its_own_begins_at_the_tests_moment(moment: datetime | None) -> None:
    told = datetime.fromisoformat(_told("-c", _TELLS, moment=moment).strip())
    begun = moment or MORNING
    assert begun <= told < begun + _SOON


def test_a_process_of_its_own_can_sleep_and_measure() -> None:
    program = "import time; t = time.monotonic(); time.sleep(0.2); print(time.monotonic() - t, t)"
    before = time.monotonic()
    slept, then = map(float, _told("-c", program).split())
    assert 0.2 <= slept < 5
    assert before <= then <= time.monotonic(), "the monotonic clock is the true one"


def test_the_suite_can_be_run_at_another_hour() -> None:
    command = [sys.executable, "-m", "tests.rig.clock", "2026-12-31T23:59:30", sys.executable, "-c", _TELLS]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(("2026-12-31T23:59", "2027-01-01T00:00"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from datetime import datetime\ndatetime.now()", ["line 2: datetime.datetime.now"]),
        ("from datetime import datetime as dt\ndt.utcnow()", ["line 2: datetime.datetime.utcnow"]),
        ("import datetime\ndatetime.datetime.today()", ["line 2: datetime.datetime.today"]),
        ("import datetime as d\nd.date.today()", ["line 2: datetime.date.today"]),
        ("import time\n\nclock = time.time", ["line 3: time.time"]),
        ("import time as t\nt.time_ns()", ["line 2: time.time_ns"]),
        ("from time import time", ["line 1: time.time"]),
        ("import time\ntime.localtime(), time.gmtime()", ["line 2: time.localtime", "line 2: time.gmtime"]),
        ("from time import ctime\nctime()", ["line 2: time.ctime"]),
        ("import time\ntime.strftime('%Y')", ["line 2: time.strftime"]),
        ("from reader.buddhist_date import BANGKOK, now", ["line 1: reader.buddhist_date.now"]),
        ("import time\ntime.strftime('%Y', at); time.gmtime(0); time.monotonic(); time.sleep(1)", []),
        ("from tests.rig.clock import now\nnow(); books.time.time(); moment.strftime('%Y')", []),
        ("from datetime import date, datetime\ndatetime.fromisoformat(x), date(2026, 1, 1)", []),
    ],
)
def test_what_reads_this_pcs_clock_is_seen(source: str, found: list[str]) -> None:
    assert sorted(reads(source)) == sorted(found)


def test_no_file_of_the_tests_reads_this_pcs_clock() -> None:
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert len(files) > 100
    for path in files:
        demand_none(path)


def test_only_the_clock_itself_may(tmp_path: Path) -> None:
    other = tmp_path / "clock.py"
    other.write_text("import time\ntime.time()\n")
    with pytest.raises(ReadsTheClock, match=r"clock\.py.*line 2: time\.time"):
        demand_none(other)


def _run_tests(folder: Path, source: str) -> str:
    """What pytest says of a file with that in it, under the suite's own conftest."""
    file = folder / "test_it.py"
    file.write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "-c", os.devnull, "--rootdir", str(folder), str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode in (0, 1, 2), ran.stdout + ran.stderr
    return ran.stdout


_IN_A_TEST = "def test_it():\n    "


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (f"import time\n{_IN_A_TEST}time.time()", "Tests do not read this PC's clock: in"),
        (f"from tests.rig.clock import now\nAT = now()\n{_IN_A_TEST}pass", "No test runs yet"),
        (f"from tests.rig.clock import MORNING, now\n{_IN_A_TEST}assert now() >= MORNING", "1 passed"),
    ],
)
def test_a_test_that_asks_this_pcs_clock_fails_with_a_sentence(
    tmp_path: Path, source: str, says: str
) -> None:
    assert says in _run_tests(tmp_path, source)
