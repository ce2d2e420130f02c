"""How fast a card is read: through pcscd and pyscard, from virtual cards as slow as real ones.

`python -m bench.card` needs pcscd and vsmartcard-vpcd (a test machine). Each figure is a ratio within one
run: the time taken to the computed time of the same bytes on the wire, and to the time of a naive program,
which reads one field at a time and fetches each by GET RESPONSE.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from statistics import median

from bench import card_screen as screen
from bench import results
from reader.apdu import read_photo, read_text
from reader.pcsc import PcscSlots
from reader.practice import VpcdCard
from reader.practice_people import PEOPLE, PracticePerson
from reader.slots import Link
from reader.t0_timing import ATRS, Pace
from tests.rig.pcscd import READERS, CardService, virtual_reader_lock
from tests.rig.waiting import until

RUNS = 5
SLOW_RUNS = 1  # for the slowest card: over 7 s random delays are negligible
SPEEDS = {"none": ATRS["6"], "18": ATRS["10"], "96": ATRS["17"]}
DELAYS_MS = (0, 50)

# The fields that other programs read, as (offset, length), each by its own READ and GET RESPONSE.
_NAIVE_FIELDS = (
    *((0x04, 0x0D), (0x11, 0x64), (0x75, 0x64), (0xD9, 0x08), (0xE1, 0x01)),
    *((0xF6, 0x64), (0x167, 0x08), (0x16F, 0x08), (0x1579, 0x64)),
)
_NAIVE_PHOTO = tuple((0x17B + 0xFE * n, 0xFE) for n in range(20))  # the whole area, of any photo
_SELECT = bytes.fromhex("00A4040008A000000054480001")


def full_photo() -> PracticePerson:
    """A person whose photo fills its whole area on the card, 5,118 bytes."""
    bare = PEOPLE[0]
    room = 5118 - len(bare.photo_bytes()) - 4
    return PracticePerson(
        bare.citizen_id,
        bare.name_th,
        bare.name_en,
        bare.birth_date,
        bare.sex,
        bare.address,
        photo="man",
        spaces=room,
    )


@dataclass(frozen=True)
class Mark:
    """The totals of a talk so far: APDUs, bytes both ways, the modelled seconds and the real ones."""

    apdus: int
    size: int
    modelled_s: float
    took_s: float

    @property
    def ratio(self) -> float:
        return self.took_s / self.modelled_s


@dataclass
class Talk:
    """A record of a link's traffic. It is evaluated afterwards, so that the reading is not slowed down."""

    link: Link
    pace: Pace
    began: float = field(default_factory=time.monotonic)
    said: list[tuple[bytes, bytes, int]] = field(default_factory=list)  # command, data, status word
    stops: list[tuple[int, float]] = field(default_factory=list)  # APDUs so far, and the monotonic time

    def transmit(self, command: bytes) -> tuple[bytes, int]:
        data, sw = self.link.transmit(command)
        self.said.append((command, data, sw))
        return data, sw

    def mark(self) -> None:
        self.stops.append((len(self.said), time.monotonic() - self.began))

    def marks(self) -> list[Mark]:
        return [self._mark(apdus, took_s) for apdus, took_s in self.stops]

    def _mark(self, apdus: int, took_s: float) -> Mark:
        both = [(command, data + sw.to_bytes(2, "big")) for command, data, sw in self.said[:apdus]]
        return Mark(
            apdus,
            sum(len(command) + len(answer) for command, answer in both),
            sum(self.pace.seconds(self.link.atr, command, answer) for command, answer in both),
            took_s,
        )


@contextmanager
def connected(pace: Pace, chip_atr: bytes, person: PracticePerson) -> Iterator[Talk]:
    """A link to a card of that speed in the first virtual reader.

    The card is a separate process, because a real chip uses no core of the PC. It is not forked from this
    one, because after a fork each memory page that the reading code writes is copied (160 in a reading).
    """
    card = get_context("forkserver").Process(target=_be_a_card, args=(person, chip_atr, pace), daemon=True)
    card.start()
    readers = PcscSlots()
    try:
        until(lambda: any(slot.present for slot in readers.wait(None, 0)), "the card to be seen")
        with readers.connect(READERS[0]) as link:
            yield Talk(link, pace)
    finally:
        card.kill()
        card.join()
        until(lambda: not any(slot.present for slot in readers.wait(None, 0)), "the reader to be empty")
        readers.close()


def _be_a_card(person: PracticePerson, chip_atr: bytes, pace: Pace) -> None:
    VpcdCard(person.card(atr=chip_atr), pace=pace).insert()
    signal.pause()


def ours(talk: Talk) -> None:
    """Read the card as the program does, with a mark after the text and after the whole card."""
    card = read_text(talk.transmit, talk.link.atr)
    talk.mark()
    photo = read_photo(talk.transmit, talk.link.atr, card)
    talk.mark()
    assert len(photo) == card.photo_length


def naive(talk: Talk) -> None:
    """Read the card with one field per read, with the same marks."""

    def fetch(offset: int, length: int) -> None:
        command = b"\x80\xb0" + offset.to_bytes(2, "big") + b"\x02" + length.to_bytes(2, "big")
        _, sw = talk.transmit(command)
        data, sw = talk.transmit(bytes((0x00, 0xC0, 0x00, 0x00, sw & 0xFF)))
        assert (len(data), sw) == (length, 0x9000)

    talk.transmit(_SELECT)
    for one in _NAIVE_FIELDS:
        fetch(*one)
    talk.mark()
    for one in _NAIVE_PHOTO:
        fetch(*one)
    talk.mark()


def measured(how: Callable[[Talk], None], pace: Pace, atr: bytes) -> tuple[Mark, Mark]:
    """The median marks of several readings: for the text and for the whole card."""
    marks = []
    for _ in range(SLOW_RUNS if atr == SPEEDS["none"] else RUNS):
        with connected(pace, atr, full_photo()) as talk:
            how(talk)
            marks.append(talk.marks())

    def middle(which: int) -> Mark:
        one = marks[0][which]
        return Mark(one.apdus, one.size, one.modelled_s, median(pair[which].took_s for pair in marks))

    return middle(0), middle(1)


def main() -> None:
    """Run all measurements and write the section."""
    service = CardService()
    try:
        with virtual_reader_lock():
            service.start()
            rows = [row for delay in DELAYS_MS for ta1 in SPEEDS for row in _rows(delay, ta1)]
            on_screen = screen.measure(RUNS, [(ta1, SPEEDS[ta1], 50) for ta1 in ("18", "96")])
    finally:
        service.leave()
    told = (
        "A photo that fills its place (5,118 bytes), through vpcd, pcscd and pyscard; the median of"
        f" {RUNS} readings ({SLOW_RUNS} where the ATR names no speed). Modelled: the delay of each APDU and"
        " 12 etu a character, at 4 MHz. Promised: text in at most 7 APDUs and 1.10 of the modelled time, the"
        " whole card in 1.05; at 50 ms and TA1 18 or 96 the text in less than half of the naive time. Naive:"
        " nine fields, each with its READ and its GET RESPONSE (ours reads all fourteen), and the photo's"
        " place in blocks of 254 bytes."
    )
    heads = ["reader", "read", "APDUs", "bytes", "took", "modelled", "ratio"]
    heads += ["naive APDUs", "naive took", "ours / naive"]
    results.write("Card", f"{told}\n\n{results.table(heads, rows)}\n\n{on_screen}")


def _rows(delay_ms: int, ta1: str) -> list[list[object]]:
    """The table's rows for one reader."""
    pace = Pace(delay_ms / 1000, wire=True)
    mine, theirs = measured(ours, pace, SPEEDS[ta1]), measured(naive, pace, SPEEDS[ta1])
    return [
        [
            *(f"TA1 {ta1}, {delay_ms} ms", name, our.apdus, our.size),
            *(f"{our.took_s:.3f} s", f"{our.modelled_s:.3f} s", f"{our.ratio:.3f}"),
            *(other.apdus, f"{other.took_s:.3f} s", f"{our.took_s / other.took_s:.2f}"),
        ]
        for name, our, other in zip(("text", "whole"), mine, theirs, strict=True)
    ]


if __name__ == "__main__":
    main()
