"""Many insertions in a row through the real pcscd: each is read, and leaves no object or memory behind."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path
from statistics import linear_regression

import pytest

from reader.card import Card
from reader.pcsc import PcscSlots
from reader.practice_people import PEOPLE
from tests.reader.watching import Watching
from tests.rig.pcscd import VirtualReaders
from tests.rig.soak import record, times
from tests.rig.waiting import until

# A reading that is not freed would cost at least its photo.
MOST_BYTES_PER_INSERTION = 2000
WARM = 10  # insertions until the allocator, caches and imports have what they need


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_insertions_in_a_row_are_all_read_and_leak_no_handle_thread_or_memory(
    virtual_readers: VirtualReaders,
) -> None:
    count = times(20, 1000)
    threads, others = set(threading.enumerate()), cards()  # a test before this one may have left a card
    memory: list[int] = []
    with Watching(PcscSlots()) as watching:
        watching.next("empty")
        files = handles()
        for turn in range(count):
            person = PEOPLE[turn % len(PEOPLE)]
            card = virtual_readers.insert(person)
            read = watching.whole_card()
            assert read.generation == turn + 1
            assert read.card is not None
            assert (read.card.citizen_id, read.photo) == (person.citizen_id, person.photo_bytes())
            card.remove()
            assert watching.next("removed").generation == turn + 1
            virtual_readers.forget(card)
            del card, read
            memory.append(resident())
        watching.nothing_more()
        assert handles() == files
        assert cards() <= others
        assert {thread.name for thread in set(threading.enumerate()) - threads} == {"card-watch"}
    # The thread that woke the watch so that it ends may outlive it by a moment.
    until(lambda: set(threading.enumerate()) == threads, "the watch's threads to end")
    slope = linear_regression(range(len(memory) - WARM), memory[WARM:]).slope
    if count >= 500:  # of a few insertions the slope says little; a kept card or photo was seen above
        assert slope < MOST_BYTES_PER_INSERTION
    record(
        "insertions",
        f"{count} insertions through pcscd, each read whole with its photo:"
        f" {files} file handles before and after,"
        f" no thread and no card left; memory {memory[WARM] / 2**20:.1f} MiB after {WARM} insertions,"
        f" {memory[-1] / 2**20:.1f} MiB at the end ({slope:+.0f} bytes an insertion).",
    )


def cards() -> int:
    """How many cards anything in this process still holds."""
    gc.collect()
    return sum(isinstance(thing, Card) for thing in gc.get_objects())


def handles() -> int:
    return len(os.listdir("/proc/self/fd"))


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
