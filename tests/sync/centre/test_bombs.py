"""What swells when it is inflated is stopped before it is read, over the network and from a stick."""

from __future__ import annotations

import gzip
import tracemalloc
from uuid import UUID

import httpx

from store.formats import jws
from store.formats.canonical import canonical, sha256_hex
from sync.carry import bundle
from sync.centre import codes, inflated
from sync.centre.carried import INFLATED_LIMIT, accept
from sync.centre.judge import Centre
from sync.centre.keys import CentreKeys
from sync.centre.memory import MemoryRecords
from tests.rig.clock import now
from tests.sync.centre.centre_office import SIGNED_AT, Office
from tests.sync.centre.centre_process import InProcess, problem_of


def test_a_gzip_that_swells_a_thousandfold_is_stopped_at_the_limit() -> None:
    centre, office = Centre(MemoryRecords(), CentreKeys.make(), now), Office()
    with httpx.Client(base_url="http://centre", transport=InProcess(centre)) as client:
        office.enrol(client, codes.new_code(centre, office.unit))
        bomb = office.report("2026-10").with_content(bytes(300_000_000))
        assert len(bomb.body) < 1_000_000
        tracemalloc.start()
        reply = bomb.put(client)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert problem_of(reply) == "too-large"
    assert most < 4 * inflated.LIMIT


def test_a_bundle_of_many_bombs_is_read_to_its_limit_and_no_further() -> None:
    centre, office = Centre(MemoryRecords(), CentreKeys.make(), now), Office()
    with httpx.Client(base_url="http://centre", transport=InProcess(centre)) as client:
        office.enrol(client, codes.new_code(centre, office.unit))
    fits = INFLATED_LIMIT // inflated.LIMIT
    bomb = gzip.compress(bytes(inflated.LIMIT), mtime=0)
    ids = [str(UUID(int=n)) for n in range(fits + 5)]
    said = {"v": 1, "unit": "5001", "station": "01", "n": 1, "prev": None, "made_at": SIGNED_AT}
    items = [{"id": id, "kind": "report", "sha256": sha256_hex(bomb)} for id in ids]
    payload = canonical({**said, "items": items, "messages_seen": 0})
    listed = jws.sign_compact(payload, typ=bundle.OUT, header={}, seed=office.station_seed)
    files = {bundle.MANIFEST: listed.encode(), **{f"items/{id}": bomb for id in ids}}
    made = accept(centre, bundle.seal(files, centre.keys.public["age"]))
    problems = [one["problem"] for one in made.refused]
    assert problems == ["bad-signature"] * fits + ["too-large"] * 5
