"""The practice centre decides as the ministry's does, and needs no package of the extra `centre`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from sync.centre import codes
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
from sync.centre.serve import make_code
from tests.rig.clock import environment, now
from tests.sync.centre.centre_process import InProcess
from tests.sync.centre.centre_story import an_offices_story


def test_practice_answers_as_the_ministry_does(home: Path, client: httpx.Client) -> None:
    practice = InProcess(Centre(MemoryRecords(), CentreKeys.make(), now))
    with httpx.Client(base_url="http://practice", transport=practice) as in_memory:
        told = [
            an_offices_story(client, lambda unit: make_code(home, unit)),
            an_offices_story(in_memory, lambda unit: codes.new_code(practice.centre, unit)),
        ]
    assert told[0] == told[1]
    assert {one[0] for one in told[0]} >= {200, 201, 401, 403, 409, 422}


def test_practice_needs_nothing_of_the_centres_extra() -> None:
    script = """
import sys
for name in ("starlette", "sqlalchemy", "uvicorn"):
    sys.modules[name] = None
from pathlib import Path
from reader.buddhist_date import now
from sync.centre.protocol import Call, answer
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
centre = Centre(MemoryRecords(), CentreKeys.make(), now)
assert answer(centre, Call("GET", "/v1/health", {}, {}, b"")).status == 200
from sync.centre.serve import make_code, serve
from sync.centre.errors import CentreExtraMissing
for asked in (lambda: serve(Path(sys.argv[1]), 0), lambda: make_code(Path(sys.argv[1]), "5001")):
    try:
        asked()
    except CentreExtraMissing:
        pass
    else:
        raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", script, "/nonexistent"], env=environment(), check=True, timeout=60)
