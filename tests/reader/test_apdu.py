"""Every way in which a chip may answer, and every way in which it may be wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import layout
from reader.apdu import Transmit, read_photo, read_text
from reader.errors import CardFault, CardSwapped, NotThaiCard, ReaderError, ReadingCancelled, ShortRead
from reader.practice_people import PEOPLE
from reader.virtual_card import DEFAULT_ATR, Chip, VirtualCard
from tests.reader.wired_card import FILE, wired
from tests.rig.soak import record, times


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


@pytest.mark.parametrize("at", range(1, 9))
def test_a_refused_read_is_an_error_or_named_as_not_read_and_never_an_empty_field(at: int) -> None:
    seen = 0

    def refuse(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
        nonlocal seen
        seen += 1
        return (b"", 0x6F00) if seen > at else (data, status)

    transmit = spoiled(refuse)
    if at < 3:  # the number and the names
        with pytest.raises(CardFault):
            read_text(transmit, DEFAULT_ATR)
        return
    card = read_text(transmit, DEFAULT_ATR)
    lost = {"address"} if at < 7 else set()
    lost |= {"issuer", "issue_date", "expiry_date", "card_type", "photo"} if at < 5 else set()
    assert {problem.split(": ")[0] for problem in card.problems} == lost
    assert card.citizen_id == PEOPLE[1].citizen_id
    assert (card.address is None, card.issuer is None) == ("address" in lost, "issuer" in lost)
    assert {field for field, result in card.results(0).items() if result == "not read"} >= lost
    assert ("not_read" in card.warnings(date(2026, 11, 22))) is bool(lost)
    if at >= 5:
        with pytest.raises(CardFault):
            read_photo(transmit, DEFAULT_ATR, card)


def test_a_block_that_the_card_refuses_once_is_asked_for_again_with_the_applet_chosen_anew() -> None:
    chip = VirtualCard(FILE)
    honest = wired(chip)

    def transmit(command: bytes) -> tuple[bytes, int]:
        if len(chip.trace) == 3:
            chip.reset()  # it forgets the applet, and answers 6985
        return honest(command)

    card = read_text(transmit, DEFAULT_ATR)
    assert (card.problems, card.address and card.address.raw) == ((), PEOPLE[1].address)


def test_a_card_whose_file_ends_with_the_address_is_read_too() -> None:
    card = read_text(wired(VirtualCard(FILE[: layout.ADDRESS.end])), DEFAULT_ATR)
    assert (card.problems, card.address and card.address.raw) == ((), PEOPLE[1].address)
    assert (card.photo_no, card.results(0)["photo_no"], card.warnings(date(2026, 11, 22))) == (
        None,
        "not read",
        [],
    )


def test_a_read_one_byte_short_is_an_error_of_its_own() -> None:
    def shorten(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
        return data[:-1], status

    with pytest.raises(ShortRead) as caught:
        read_text(spoiled(shorten), DEFAULT_ATR)
    assert caught.value.facts == {"asked": 255, "got": 254}


def test_a_byte_too_many_and_another_too_few_do_not_make_a_right_length() -> None:
    def shift(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
        return (b"1", status) if command[1] == 0xB0 else (data[:-1], status)

    with pytest.raises(ShortRead) as caught:
        read_text(spoiled(shift), DEFAULT_ATR)
    assert caught.value.facts == {"asked": 255, "got": 254}


def test_pieces_of_wrong_lengths_do_not_make_a_right_one() -> None:
    honest = wired(VirtualCard(FILE, Chip(way="pieces")))
    fetched = 0

    def shift(command: bytes) -> tuple[bytes, int]:
        nonlocal fetched
        data, status = honest(command)
        fetched += command[1] == 0xC0
        if command[1] == 0xC0 and fetched <= 2:
            return (data[:-1] if fetched == 1 else b" " + data), status
        return data, status

    with pytest.raises(ShortRead) as caught:
        read_text(shift, DEFAULT_ATR)
    assert caught.value.facts == {"asked": 64, "got": 63}


@pytest.mark.parametrize("lost", [1, -1], ids=["first byte", "last byte"])
def test_a_chip_that_hands_out_at_once_what_is_too_short_is_not_believed(lost: int) -> None:
    honest = wired(VirtualCard(FILE, Chip(way="direct")))

    def transmit(command: bytes) -> tuple[bytes, int]:
        data, status = honest(command)
        return (data[lost:] if lost > 0 else data[:lost]), status

    with pytest.raises(ShortRead) as caught:
        read_text(transmit, DEFAULT_ATR)
    assert caught.value.facts == {"asked": 255, "got": 254}


@pytest.mark.parametrize("offered", [0x6C00, 0x6CFF])
def test_a_chip_that_offers_more_than_it_was_asked_for_is_named_with_its_status(offered: int) -> None:
    honest = wired(VirtualCard(FILE))
    asked = []

    def transmit(command: bytes) -> tuple[bytes, int]:
        if command[1] != 0xB0 or (offered == 0x6CFF and command[5:7] == b"\x00\xff"):
            return honest(command)
        asked.append(command)
        return b"", offered

    if offered == 0x6C00:  # 256 bytes, of any block
        with pytest.raises(CardFault) as caught:
            read_text(transmit, DEFAULT_ATR)
        assert caught.value.facts == {"sw": "6C00"}
        assert len(asked) == 1
    else:
        card = read_text(transmit, DEFAULT_ATR)
        assert card.results(0)["expiry_date"] == card.results(0)["address"] == "not read"
        assert len(asked) == len(set(asked)) * 2 == 6  # no command but the three, each twice


def test_a_chip_that_refuses_both_ways_of_get_response_is_asked_in_the_other_way_once() -> None:
    honest = wired(VirtualCard(FILE))
    asked = []

    def transmit(command: bytes) -> tuple[bytes, int]:
        if command[1] != 0xC0:
            return honest(command)
        asked.append(command[3])
        return honest(command) if asked == [0, 1] else (b"", 0x6B00)

    card = read_text(transmit, DEFAULT_ATR)
    assert card.citizen_id == PEOPLE[1].citizen_id  # of the first block; the others are asked for twice
    assert card.results(0)["expiry_date"] == card.results(0)["address"] == "not read"
    assert asked[:2] == [0, 1]
    assert set(asked[2:]) == {1}


@pytest.mark.parametrize("status", [0x6A86, 0x6B00])
@pytest.mark.parametrize(
    ("atr", "wanted"), [("3B6700005448204E494420", 0), ("3B6700005448204E494420", 1), ("3B68", 1)]
)
def test_get_response_turns_its_p2_once_when_the_chip_wants_the_other(
    atr: str, wanted: int, status: int
) -> None:
    refused = []
    honest = wired(VirtualCard(FILE))

    def transmit(command: bytes) -> tuple[bytes, int]:
        if command[1] == 0xC0 and command[3] != wanted:
            refused.append(command)
            return b"", status
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


STATUS = st.one_of(
    st.just(0x9000),
    st.sampled_from([0x61FF, 0x6100, 0x6110, 0x6CFF, 0x6C00, 0x6C10, 0x6A82, 0x6A86, 0x6B00, 0x6985]),
    st.integers(0, 0xFFFF),
)
# What the nth answer becomes: the honest data cut or stretched by so many bytes, or noise; and its status.
SPOILT = st.dictionaries(
    st.integers(1, 27),
    st.tuples(st.one_of(st.integers(-300, 300), st.binary(max_size=300)), STATUS),
    max_size=4,
)


@pytest.mark.soak
def test_whatever_status_words_and_lengths_come_the_reading_ends_with_the_truth_or_an_error() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=times(500, 100_000), deadline=None, database=None)
    @given(SPOILT)
    def one(spoilt: dict[int, tuple[int | bytes, int]]) -> None:
        told = 0
        noise = [False]

        def change(command: bytes, data: bytes, status: int) -> tuple[bytes, int]:
            nonlocal told
            told += 1
            assert told < 5000, "it does not end"
            if told not in spoilt:
                return data, status
            what, other = spoilt[told]
            spoilt_data = (
                what if isinstance(what, bytes) else data + bytes(what) if what >= 0 else data[:what]
            )
            noise[0] = noise[0] or not data.startswith(spoilt_data)
            return spoilt_data, other

        seen[outcome(spoiled(change), noise)] += 1

    one()
    assert seen["whole"] > 0
    assert seen["error"] > 0
    record(
        "any status words and lengths from the card",
        f"{sum(seen.values()):,} readings: {seen['whole']:,} whole and true, {seen['in part']:,} in part with"
        f" each missing field named, {seen['error']:,} ended in a named error, {seen['noise']:,} of made-up"
        " bytes; none lied or hung.",
    )


def outcome(transmit: Transmit, noise: list[bool]) -> str:
    """How one reading ended; what it says must be on the card, unless the chip itself made bytes up."""
    try:
        card = read_text(transmit, DEFAULT_ATR)
        photo = read_photo(transmit, DEFAULT_ATR, card)
    except ReaderError:
        return "error"
    if noise[0]:
        return "noise"
    true = read_text(wired(VirtualCard(FILE)), DEFAULT_ATR)
    for name in ("citizen_id", "name_th", "name_en", "birth_date", "address", "issuer", "photo_no"):
        assert getattr(card, name) in (None, getattr(true, name)), name
    assert photo == (PEOPLE[1].photo_bytes() if card.photo_length else b"")
    return "whole" if card == true else "in part"


def old_card(command: bytes, plain: bytes, first_file: bytes) -> tuple[bytes, int]:
    """Layout 0002: the address in the plain file, everything else in the other one; answers at once."""
    if command[1] == 0xA4:
        return b"", 0x9000
    file = {0xB0: plain, 0xB1: first_file}[command[1]]
    offset, length = int.from_bytes(command[2:4], "big"), int.from_bytes(command[5:7], "big")
    return (file[offset : offset + length], 0x9000) if offset + length <= len(file) else (b"", 0x6B00)


@pytest.mark.parametrize("padding", [0, 0x100], ids=["refuses the first block", "gives one of no use"])
def test_an_old_card_of_layout_0002_is_read_too(padding: int) -> None:
    first_file = b"0002" + FILE[4:]
    plain = b"0002" + FILE[layout.ADDRESS.offset :][:0x96] + b" " * padding
    transmit: Transmit = lambda command: old_card(command, plain, first_file)  # noqa: E731
    card = read_text(transmit, DEFAULT_ATR)
    assert card.address is not None
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
