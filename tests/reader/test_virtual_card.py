"""The virtual card itself: the same chip in software and behind pcscd, with its speeds, ways and faults."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from typing import Any, get_args

import pytest

from reader.apdu import read_photo, read_text
from reader.card import Card
from reader.errors import CardHeld, ReaderError
from reader.pcsc import PcscSlots
from reader.practice import PracticeSlots, VpcdCard
from reader.practice_people import (
    ADDRESS_LOST,
    CUT_ADDRESS,
    DAMAGED,
    NO_PICTURE,
    NUMBER_LOST,
    ODD_CARDS,
    OLD_CARD,
    PEOPLE,
    WRONG_NUMBER,
    PracticePerson,
)
from reader.read_once import read_card
from reader.slots import ReaderSlots
from reader.t0_timing import ATRS, Pace, characters, seconds_per_character
from reader.virtual_card import FOREIGN_APPLET, LASER_APPLET, Chip, VirtualCard, Way
from tests.reader.watching import Watching
from tests.rig.pcscd import PORTS, VirtualReaders

CARDS = (*PEOPLE, *ODD_CARDS)
FAULTS: dict[str, dict[str, Any]] = {
    "mute": {"mute": True},
    "foreign": {"applet": FOREIGN_APPLET},
    "pulled in the text": {"pulled_after": 4},
    "pulled in the photo": {"pulled_after": 11},
}


def read(person: PracticePerson, **parameters: Any) -> tuple[Card, bytes | None]:
    desk = PracticeSlots()
    desk.insert(person.card(**parameters))
    return read_card(desk)


@pytest.mark.parametrize("way", get_args(Way))
def test_in_each_way_of_answering_the_same_is_read(way: Way) -> None:
    plain, odd = read(PEOPLE[7]), read(PEOPLE[7], way=way)
    assert odd == plain
    assert plain[1] == PEOPLE[7].photo_bytes()


def told_of(desk: ReaderSlots, insert: Any, chip: VirtualCard) -> list[tuple[object, ...]]:
    """The events of a watch for this card, until there are no more; a card that is pulled out is put back."""
    told = []
    with Watching(desk) as watching:
        watching.next("empty")
        inserted = insert(chip)
        while True:
            event = watching.any()
            error = type(event.error)
            told.append((event.kind, event.card, event.photo, error))
            if event.kind == "removed":
                insert(chip)
            if event.kind in ("photo", "failed"):
                del inserted
                return told


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_alike_in_software_and_behind_pcscd(
    virtual_readers: VirtualReaders, fault: str
) -> None:
    practice = PracticeSlots()
    in_software = told_of(practice, practice.insert, PEOPLE[2].card(**FAULTS[fault]))
    behind = told_of(PcscSlots(), virtual_readers.insert, PEOPLE[2].card(**FAULTS[fault]))
    assert in_software == behind
    kinds = [kind for kind, *_ in behind]
    if fault.startswith("pulled"):
        assert kinds[-4:] == ["removed", "inserted", "card", "photo"]
        assert ("card" in kinds[:-4]) is (fault == "pulled in the photo")
    else:
        assert kinds == ["inserted", "failed"]


@contextmanager
def put_in(*options: str) -> Iterator[None]:
    """`python -m reader.practice` in a process of its own, as long as its standard input is open."""
    command = [sys.executable, "-m", "reader.practice", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        yield
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        (("--person", "3", "--way", "6C", "--atr", "18", "--delay", "1", "--wire"), PEOPLE[3].citizen_id),
        (("--person", "12"), OLD_CARD.citizen_id),
        (("--person", "13", "--way", "bare"), WRONG_NUMBER.citizen_id),
        (("--person", "14"), DAMAGED.citizen_id),
        (("--person", "17", "--laser", "JT0123456789"), ADDRESS_LOST.citizen_id),
        (("--person", "19"), "UnknownLayout"),
        (("--mute",), "MuteCard"),
        (("--foreign",), "NotThaiCard"),
    ],
)
def test_a_card_is_put_in_from_the_command_line(
    virtual_readers: VirtualReaders, options: tuple[str, ...], outcome: str
) -> None:
    with put_in("--port", str(PORTS[1]), *options):
        virtual_readers.until_seen(1)
        assert outcome_of_reading() == outcome


def outcome_of_reading() -> str:
    """The number of the card in a reader, or the name of the error."""
    desk = PcscSlots()
    try:
        card, photo = read_card(desk)
    except ReaderError as error:
        return type(error).__name__
    finally:
        desk.close()
    assert bool(photo) is (card.photo_length > 0)
    return card.citizen_id


def test_what_the_command_line_of_the_virtual_card_cannot_do_is_said_in_a_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    for options, says in (
        (("--person", str(len(CARDS))), "--person"),
        (("--port", str(nobody)), "no virtual reader"),
    ):
        command = [sys.executable, "-m", "reader.practice", *options]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_the_help_names_each_card_once_and_what_is_hard_in_it() -> None:
    command = [sys.executable, "-m", "reader.practice", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    listed = told[told.index("the cards:") :].splitlines()[1:]
    assert [int(line.split()[0]) for line in listed] == list(range(len(CARDS)))
    for line, card in zip(listed, CARDS, strict=True):
        assert card.name_th.split("#")[1] in line
        assert line.endswith(card.about)
    assert all(card.about for card in ODD_CARDS)
    assert len({card.citizen_id for card in CARDS}) == len(CARDS)


@pytest.mark.parametrize(
    ("person", "problems"),
    [
        (CUT_ADDRESS, {"address: cut short"}),
        (NUMBER_LOST, {"citizen_id: damaged text", "citizen_id: not 13 digits"}),
        (ADDRESS_LOST, {"address: not read"}),
        (NO_PICTURE, {"photo: not a JPEG"}),
    ],
)
def test_each_odd_card_has_the_fault_that_it_is_named_for(person: PracticePerson, problems: set[str]) -> None:
    assert set(read(person)[0].problems) == problems


def test_a_card_that_another_program_holds_in_practice_is_told_and_then_read_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reader.watch._WAIT_S", 0.05)
    desk = PracticeSlots()
    with Watching(desk) as watching:
        watching.next("empty")
        desk.insert(PEOPLE[0].card(held=12))
        watching.next("inserted")
        assert isinstance(watching.next("failed").error, CardHeld)
        assert watching.next("card").generation == 1
        assert watching.next("photo").photo == PEOPLE[0].photo_bytes()
        watching.nothing_more()


def test_an_old_card_a_spoilt_one_and_one_with_a_wrong_number_are_read_as_they_are() -> None:
    old, photo = read(OLD_CARD)
    assert (old.layout, old.lifelong, old.problems) == ("0002", True, ())
    assert (old.citizen_id, photo) == (OLD_CARD.citizen_id, OLD_CARD.photo_bytes())
    assert old.address is not None
    assert old.address.raw == OLD_CARD.address
    spoilt, nothing = read(DAMAGED)
    assert set(spoilt.problems) >= {"name_th: damaged text", "birth_date: not a date"}
    assert not nothing
    wrong, _ = read(WRONG_NUMBER)
    assert wrong.citizen_id == WRONG_NUMBER.citizen_id
    assert wrong.problems == ("citizen_id: wrong check digit",)
    # A wrong reply comes from the card, not the reader: it is an error, and gives no data.
    assert VirtualCard(b"", Chip(replies={1: b"\x6f\x00"})).answer(b"\x00\xa4\x04\x00\x00") == b"\x6f\x00"


def test_the_number_on_the_back_is_given_in_both_ways_and_refused_by_a_chip_without_it() -> None:
    select = b"\x00\xa4\x04\x00\x08" + LASER_APPLET
    chip = replace(PEOPLE[0], laser="JT1234567890").card()
    chip.answer(select)
    assert chip.answer(bytes.fromhex("8000000017")) == bytes(7) + b"JT1234567890" + bytes(4) + b"\x90\x00"
    assert chip.answer(bytes.fromhex("8000000007")) == b"\x61\x10"
    assert chip.answer(bytes.fromhex("00C0000010")) == b"JT1234567890" + bytes(4) + b"\x90\x00"
    assert replace(PEOPLE[0], laser="").card().answer(select) == b"\x6a\x82"


# From the card's description: 12 etu a character at 4 MHz, n + 18 characters for a block of n bytes.
@pytest.mark.parametrize(
    ("atr", "text_s", "whole_s"), [("17", 0.03, 0.29), ("10", 0.06, 0.57), ("6", 0.70, 6.8)]
)
def test_the_wire_is_as_slow_as_real_ones(atr: str, text_s: float, whole_s: float) -> None:
    room = 5118 - len(PEOPLE[0].photo_bytes()) - 4
    chip = replace(PEOPLE[0], spaces=room).card(atr=ATRS[atr])
    pace, taken, blocks = Pace(0.0, wire=True), 0.0, []

    def transmit(command: bytes) -> tuple[bytes, int]:
        nonlocal taken
        answer = chip.answer(command)
        taken += pace.seconds(chip.atr, command, answer)
        blocks.append(characters(command, answer))
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    card = read_text(transmit, chip.atr)
    assert taken == pytest.approx(text_s, rel=0.1)
    assert blocks[1] + blocks[2] == 255 + 18
    assert Pace(0.05, wire=False).seconds(chip.atr, b"", b"") == 0.05
    assert len(read_photo(transmit, chip.atr, card)) == 5118
    assert taken == pytest.approx(whole_s, rel=0.05)
    assert seconds_per_character(chip.atr) * 5496 == pytest.approx(whole_s - text_s, rel=0.06)


def test_what_a_paced_card_answers_reaches_its_reader_when_a_wire_would_bring_it() -> None:
    """Measured by the reader: the card's own sleeping and sending add no time."""
    chip, pace = PEOPLE[0].card(), Pace(0.0005)
    with socket.create_server(("127.0.0.1", 0)) as reader:
        card = VpcdCard(chip, port=reader.getsockname()[1], pace=pace)
        card.insert()
        line, _ = reader.accept()
    with line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def transmit(command: bytes) -> tuple[bytes, int]:
            line.sendall(len(command).to_bytes(2, "big") + command)
            size = int.from_bytes(line.recv(2, socket.MSG_WAITALL), "big")
            answer = line.recv(size, socket.MSG_WAITALL)
            return answer[:-2], int.from_bytes(answer[-2:], "big")

        ratios: list[float] = []
        for _ in range(40):
            chip.trace.clear()
            begun = time.monotonic()
            read_photo(transmit, chip.atr, read_text(transmit, chip.atr))
            ratios.append((time.monotonic() - begun) / (len(chip.trace) * 0.0005))
        card.remove()
    # Other programs have the core now and then, so only the quickest reading tells of what is lost.
    assert min(ratios) < 1.15, ratios
    assert fmean(ratios) > 0.97, ratios
