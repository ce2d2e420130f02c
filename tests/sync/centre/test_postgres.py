"""The centre's records in PostgreSQL instead of SQLite: in `make soak` alone, where one is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from sync.centre.serve import DATABASE_URL, make_code, status
from tests.rig.soak import SOAK, record
from tests.sync.centre.centre_office import Office
from tests.sync.centre.centre_process import receipt_of, running
from tests.sync.centre.centre_story import an_offices_story

AT_ONCE = 16


@contextmanager
def postgres() -> Iterator[str]:
    """A fresh PostgreSQL on a Unix socket, run by the user postgres (it refuses root); its URL."""
    folder = Path(mkdtemp(prefix="nocopy-pg-"))
    data = folder / "data"
    shutil.chown(folder, "postgres")
    run = ["runuser", "-u", "postgres", "--"]
    tools = Path(shutil.which("initdb") or "initdb").resolve().parent
    subprocess.run([*run, tools / "initdb", "-D", data, "-A", "trust"], check=True, capture_output=True)
    listen = f"-c listen_addresses='' -c unix_socket_directories={folder}"
    start = [*run, tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", listen, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*run, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _in_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    with postgres() as url:
        monkeypatch.setitem(os.environ, DATABASE_URL, url)
        with running(home) as client:
            in_postgres = an_offices_story(client, lambda unit: make_code(home, unit))
            office = Office(unit="5011")
            office.enrol(client, make_code(home, "5011"))
            report = office.report("2020-01")
            with ThreadPoolExecutor(AT_ONCE) as pool:
                replies = list(pool.map(lambda _: report.put(client), range(4 * AT_ONCE)))
            assert sorted(reply.status_code for reply in replies) == [200] * (4 * AT_ONCE - 1) + [201]
            assert len({reply.text for reply in replies}) == 1
            assert receipt_of(client, replies[0].text)["month"] == "2020-01"
        assert [one["unit"] for one in status(home)["units"]] == ["5007", "5011"]
        assert not (home / "centre.db").exists()
    monkeypatch.delenv(DATABASE_URL)
    with running(tmp_path / "sqlite") as client:
        in_sqlite = an_offices_story(client, lambda unit: make_code(tmp_path / "sqlite", unit))
    assert in_postgres == in_sqlite
    record(
        "the centre in PostgreSQL",
        f"An office's story of {len(in_sqlite)} calls was answered as in SQLite; of {4 * AT_ONCE} sends of "
        f"one report, {AT_ONCE} at a time, one was taken, and all brought the same receipt.",
    )


if SOAK:  # elsewhere there may be no PostgreSQL, and a skipped test proves nothing

    @pytest.mark.soak
    def test_the_centre_decides_in_postgres_as_in_sqlite(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _in_postgres(tmp_path, monkeypatch)
