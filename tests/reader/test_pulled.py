"""A card pulled out at each command in turn, through the real pcscd: put back, it is read completely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from reader import layout
from reader.errors import CardSwapped
from reader.pcsc import PcscSlots
from reader.practice import READER, PracticeSlots
from reader.practice_people import PEOPLE
from reader.reading import Reading
from reader.virtual_card import Chip, VirtualCard
from tests.reader.watching import Watching
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.soak import SOAK, record

TEXT = 7  # commands
PERSON = PEOPLE[7]  # the blocks of this photo begin and end in 0x20
# The photo, of three blocks in a test and whole in a soak; then the citizen ID again.
PHOTO = PERSON.photo_bytes() if SOAK else PERSON.photo_bytes()[:598] + b"\xff\xd9"
COMMANDS = TEXT + 2 * -(-len(PHOTO) // layout.LARGEST_READ) + 2


def file() -> bytes:
    file = bytearray(PERSON.file())
    file[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end] = len(PHOTO).to_bytes(2, "big")
    file[layout.PHOTO.offset : layout.PHOTO.offset + len(PHOTO)] = PHOTO
    return bytes(file)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_card_pulled_at_each_command_in_turn_reads_whole_when_it_is_back(
    virtual_readers: VirtualReaders,
) -> None:
    every = range(1, COMMANDS + 1)
    # Both readers at once, each with a watch of its own: pcscd looks for cards only every 0.4 s.
    with ThreadPoolExecutor() as pool:
        halves = [
            pool.submit(pull_and_put_back, virtual_readers, reader, every[reader::2]) for reader in (0, 1)
        ]
        assert sum(half.result() for half in halves) == COMMANDS
    record(
        "a card pulled at each command",
        f"Pulled at each of its {COMMANDS} commands in turn through pcscd, put back: read whole every time.",
    )


def pull_and_put_back(virtual_readers: VirtualReaders, reader: int, positions: Sequence[int]) -> int:
    with Watching(PcscSlots(), reader=READERS[reader]) as watching:
        watching.next("empty")
        for at in positions:
            chip = VirtualCard(file(), Chip(pulled_after=at - 1))
            card = virtual_readers.insert(chip, reader)
            watching.next("inserted")
            if at > TEXT:
                assert watching.next("card").card is not None
            watching.next("removed")
            assert len(chip.trace) == at - 1
            card.insert()
            read = watching.whole_card()
            assert read.card is not None
            assert (read.card.citizen_id, read.card.problems) == (PERSON.citizen_id, ())
            assert read.photo == PHOTO
            card.remove()
            watching.next("removed")
        watching.nothing_more()
    return len(positions)


@pytest.mark.parametrize("at", [3, 7, 9, COMMANDS])
def test_another_card_put_in_at_once_never_mixes_two_citizens(
    virtual_readers: VirtualReaders, at: int
) -> None:
    """pcscd may miss so quick a change: then the program itself must notice it."""

    def change(command: bytes) -> None:
        if len(chip.trace) == at:
            card.remove()
            virtual_readers.insert(PEOPLE[1])

    chip = VirtualCard(file(), on_command=change)
    with Watching(PcscSlots(), reader=READERS[0]) as watching:
        watching.next("empty")
        card = virtual_readers.insert(chip)
        whose = ""
        while True:
            event = watching.any()
            whose = event.card.citizen_id if event.card else ""
            if event.kind == "photo":
                assert (whose, event.photo) == (PEOPLE[1].citizen_id, PEOPLE[1].photo_bytes())
                break
            if event.kind == "failed":
                assert isinstance(event.error, CardSwapped)
                break
        watching.nothing_more()
        assert whose != PERSON.citizen_id


@pytest.mark.parametrize("number", [True, False], ids=["with its number", "without"])
@pytest.mark.parametrize("at", [3, 6, 9, COMMANDS])
def test_a_change_of_cards_that_not_even_the_reader_noticed_is_noticed(at: int, number: bool) -> None:
    """Also between two cards whose numbers are both damaged."""

    def chip(file: bytes, on_command: Callable[[bytes], None] | None = None) -> VirtualCard:
        spoilt = file if number else file[:4] + bytes(13) + file[17:]
        return VirtualCard(spoilt, on_command=on_command)

    def change(command: bytes) -> None:
        if len(first.trace) == at:
            desk.insert(chip(PEOPLE[1].file()))

    desk = PracticeSlots()
    first = chip(file(), change)
    desk.insert(first)
    reading = Reading(desk, READER, still_there=lambda: True, pause=lambda _: False)
    if at > TEXT:  # the first citizen's text was shown
        with pytest.raises(CardSwapped):
            reading.whole()
    else:
        card, photo = reading.whole()
        assert (card.name_en.first, photo) == ("Malee", PEOPLE[1].photo_bytes())
