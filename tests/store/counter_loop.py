"""A process that serves invented citizens without end, to be killed.

    python -m tests.store.counter_loop HOME SEED

After each step that the books have acknowledged it prints one JSON line.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import timedelta
from pathlib import Path

from reader.buddhist_date import now
from store.holder import process_token
from store.locations import Locations
from tests.rig.office import OFFICER, open_books

CITIZEN = "1234567890121"
HOUSE = {"houseNo": "99/9", "fatherPersonalID": CITIZEN}


def main() -> None:
    books = open_books(Locations(Path(sys.argv[1])))
    chance = random.Random(int(sys.argv[2]))
    queue, visits, lookups = books.queue, books.visits, books.lookups
    queue.recover(process_token())
    while True:
        visit = visits.open(
            "S01", subject_kind="thai_person", subject=CITIZEN, identity="card_face", documents=["D02", "D04"]
        )
        visits.obtain(visit.id)
        say("asked", visit.id)
        for _ in range(3):
            job = queue.claim(kinds=["lookup"], owner=OFFICER, process=process_token())
            if job is None:
                break
            say("claimed", job.id)
            step = chance.choice(["put_off", "answer", "answer", "not_found", "quarantine", "close"])
            if step == "put_off":
                queue.put_off(job, now() - timedelta(seconds=1), "no_line")
            elif step == "quarantine":
                queue.quarantine(job, "refused")
            elif step == "close" and job.visit is not None:
                visits.close(job.visit, force=True)
            else:
                lookups.answered(job, "obtained" if step == "answer" else "not_found", HOUSE, 12)
                say("answered", job.id)


def say(what: str, name: str) -> None:
    sys.stdout.write(json.dumps([what, name]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
