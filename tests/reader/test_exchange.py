"""Every way in which a chip may answer, and every way in which it may be wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import layout
from reader.errors import CardFault, CardSwapped, NotThaiCard, ReaderError, ReadingCancelled, ShortRead
from reader.exchange import Transmit, read_photo, read_text
from reader.people import PEOPLE
from reader.virtual_card import DEFAULT_ATR, VirtualCard

FILE = PEOPLE[1].file()


def wired(card: VirtualCard) -> Transmit:
    def transmit(command: bytes) -> tuple[bytes, int]:
        answer = card.answer(command)
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    return transmit


def spoiled(change: Callable[[bytes, bytes, int], tuple[bytes, int]]) -> Transmit:
    """The card's answers, changed on the way: change(command, data, status word)."""
    honest = wired(VirtualCard(FILE))
    return lambda command: change(command, *honest(command))


def test_the_text_takes_seven_commands_and_none_is_forbidden() -> None:
    for person in PEOPLE:
        chip = VirtualCard(person.file())
        transmit = wired(chip)
        card = read_text(transmit, DEFAULT_ATR)
        assert len(chip.trace) == 7
        read_photo(transmit, DEFAULT_ATR, card)
        assert not any(command[1] == 0x20 for command in chip.trace), "VERIFY was sent"
        chosen = [command for command in chip.trace if command[1] == 0xA4]
        assert chosen == [bytes.fromhex("00A4040008A000000054480001")]
        assert {command[1] for command in chip.trace} == {0xA4, 0xB0, 0xC0}


@pytest.mark.parametrize("status", [0x6A82, 0x6A81, 0x6D00, 0x6E00])
def test_a_chip_that_does_not_know_the_applet_is_no_id_card(status: int) -> None:
    with pytest.raises(NotThaiCard):
        read_text(lambda command: (b"", status), DEFAULT_ATR)


@pytest.mark.parametrize("status", [0x6985, 0x6F00, 0x6283])
def test_any_other_refusal_is_named_with_its_status(status: int) -> None:
    with pytest.raises(CardFault) as caught:
        read_text(lambda command: (b"", status), DEFAULT_ATR)
    assert caught.value.facts == {"sw": f"{status:04X}"}


@pytest.mark.parametrize("at", range(1, 7))
def test_a_refused_read_is_an_error_and_never_an_empty_field(at: int) -> None:
    seen = 0

    def refuse(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
        nonlocal seen
        seen += 1
        return (b"", 0x6F00) if seen > at else (data, status)

    with pytest.raises(CardFault):
        read_text(spoiled(refuse), DEFAULT_ATR)


def test_a_read_one_byte_short_is_an_error_of_its_own() -> None:
    def shorten(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
        return data[:-1], status

    with pytest.raises(ShortRead) as caught:
        read_text(spoiled(shorten), DEFAULT_ATR)
    assert caught.value.facts == {"asked": 255, "got": 254}


@pytest.mark.parametrize(
    ("atr", "wanted"), [("3B6700005448204E494420", 0), ("3B6700005448204E494420", 1), ("3B68", 1)]
)
def test_get_response_turns_its_p2_once_when_the_chip_wants_the_other(atr: str, wanted: int) -> None:
    refused = []
    honest = wired(VirtualCard(FILE))

    def transmit(command: bytes) -> tuple[bytes, int]:
        if command[1] == 0xC0 and command[3] != wanted:
            refused.append(command)
            return b"", 0x6A86
        return honest(command)

    assert read_text(transmit, bytes.fromhex(atr)).citizen_id == PEOPLE[1].citizen_id
    assert len(refused) == (0 if (wanted == 1) == atr.startswith("3B67") else 1)


def test_a_chip_that_gives_at_most_100_bytes_a_read_is_read_in_pieces() -> None:
    honest = wired(VirtualCard(FILE))

    def transmit(command: bytes) -> tuple[bytes, int]:
        if command[1] == 0xB0 and int.from_bytes(command[5:7], "big") > 100:
            return b"", 0x6C00 | 100
        return honest(command)

    card = read_text(transmit, DEFAULT_ATR)
    assert card == read_text(wired(VirtualCard(FILE)), DEFAULT_ATR)
    assert read_photo(transmit, DEFAULT_ATR, card) == PEOPLE[1].photo_bytes()


def test_a_chip_that_never_comes_to_an_end_is_left() -> None:
    for endless in ((b"", 0x6100), (b"x", 0x61FF), (b"", 0x6CFF), (b"", 0x6C01)):
        calls = 0

        def transmit(command: bytes, answer: tuple[bytes, int] = endless) -> tuple[bytes, int]:
            nonlocal calls
            calls += 1
            return answer if command[1] != 0xA4 else (b"", 0x9000)

        with pytest.raises((CardFault, ShortRead)):
            read_text(transmit, DEFAULT_ATR)
        assert calls < 1000


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=256), st.sampled_from([0x9000, 0x61FF, 0x6CFF, 0x6C10, 0x6A82, 0x6F00])),
        min_size=1,
    )
)
def test_a_chip_that_answers_at_random_ends_in_a_named_error_or_a_flagged_card(
    answers: list[tuple[bytes, int]],
) -> None:
    turn = 0

    def transmit(command: bytes) -> tuple[bytes, int]:
        nonlocal turn
        turn += 1
        assert turn < 5000
        return answers[turn % len(answers)]

    with pytest.raises(ReaderError):
        read_text(transmit, DEFAULT_ATR)


def old_card(command: bytes, plain: bytes, first_file: bytes) -> tuple[bytes, int]:
    """Layout 0002: the address in the plain file, everything else in the other one; answers at once."""
    if command[1] == 0xA4:
        return b"", 0x9000
    file = {0xB0: plain, 0xB1: first_file}[command[1]]
    offset, length = int.from_bytes(command[2:4], "big"), int.from_bytes(command[5:7], "big")
    return (file[offset : offset + length], 0x9000) if offset + length <= len(file) else (b"", 0x6B00)


def test_an_old_card_of_layout_0002_is_read_too() -> None:
    first_file = b"0002" + FILE[4:]
    plain = b"0002" + FILE[layout.ADDRESS.offset :][:0x96]
    transmit: Transmit = lambda command: old_card(command, plain, first_file)  # noqa: E731
    card = read_text(transmit, DEFAULT_ATR)
    assert (card.layout, card.citizen_id, card.address.raw) == (
        "0002",
        PEOPLE[1].citizen_id,
        PEOPLE[1].address,
    )
    assert read_photo(transmit, DEFAULT_ATR, card) == PEOPLE[1].photo_bytes()


def test_a_card_changed_under_the_photo_is_thrown_away() -> None:
    first, second = wired(VirtualCard(FILE)), VirtualCard(PEOPLE[0].file())
    other = wired(second)
    card = read_text(first, DEFAULT_ATR)
    read_text(other, DEFAULT_ATR)
    with pytest.raises(CardSwapped):
        read_photo(other, DEFAULT_ATR, card)


def test_the_photo_tells_its_progress_and_stops_when_told_to() -> None:
    transmit = wired(VirtualCard(FILE))
    card = read_text(transmit, DEFAULT_ATR)
    told: list[tuple[int, int]] = []
    read_photo(transmit, DEFAULT_ATR, card, lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [*range(255, card.photo_length, 255), card.photo_length]
    assert {total for _, total in told} == {card.photo_length}
    told.clear()
    with pytest.raises(ReadingCancelled):
        read_photo(transmit, DEFAULT_ATR, card, lambda *step: told.append(step), lambda: len(told) == 2)
    assert len(told) == 2
