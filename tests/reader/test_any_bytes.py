"""Whatever bytes the card's file has, the program does not show wrong data, crash or hang."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reader import citizen_id, layout
from reader.card import CHIP_FIELDS
from reader.card_record import CardRecord
from reader.errors import ReaderError
from reader.practice import READER, PracticeSlots
from reader.practice_people import PEOPLE
from reader.reading import Reading
from reader.virtual_card import VirtualCard
from tests.reader.card_json import all_texts
from tests.rig.soak import record, times

DAMAGE = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, layout.FILE_LENGTH - 1), st.integers(layout.VERSION.end, layout.PHOTO.offset)
        ),
        st.binary(min_size=1, max_size=120),
    ),
    max_size=12,
)


# An invented person's file with bytes changed, or cut short; random bytes, with or without a known version.
FILES = st.one_of(
    st.builds(lambda person, damage: spoil(person.file(), damage), st.sampled_from(PEOPLE), DAMAGE),
    st.builds(lambda person, length: person.file()[:length], st.sampled_from(PEOPLE), st.integers(0, 5671)),
    st.builds(
        lambda seed, version: version + Random(seed).randbytes(layout.FILE_LENGTH)[len(version) :],
        st.integers(0, 2**64 - 1),
        st.sampled_from([b"", b"0003", b"0002"]),
    ),
)


def spoil(file: bytes, damage: list[tuple[int, bytes]]) -> bytes:
    spoilt = bytearray(file)
    for offset, data in damage:
        spoilt[offset : offset + len(data)] = data
    return bytes(spoilt[: layout.FILE_LENGTH])


@pytest.mark.soak
def test_any_bytes_in_the_cards_file_give_the_truth_or_a_named_error() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=times(2000, 100_000), deadline=None, database=None)
    @given(FILES)
    def one(file: bytes) -> None:
        seen[check_truth(file)] += 1

    one()
    assert {"whole", "flagged", "error"} <= seen.keys()
    record(
        "any bytes in the card's file",
        f"{sum(seen.values()):,} files: {seen['whole']:,} read without a flag, {seen['flagged']:,} with the"
        f" damage flagged at its field, {seen['error']:,} refused by a named error; no crash, no hang, no"
        " citizen whose number the card does not hold.",
    )


def what_it_states(file: bytes) -> int:
    """The length that the file needs for its number, names and the photo of the stated length."""
    photo = int.from_bytes(file[layout.PHOTO_LENGTH.offset : layout.PHOTO_LENGTH.end], "big")
    return layout.PHOTO.offset + min(photo, layout.PHOTO.length) if len(file) >= layout.PHOTO.offset else 0xFF


def true_photo(file: bytes, stated: int) -> bytes:
    """The photo: of the stated length, or to the end of the picture where that is longer."""
    area = file[layout.PHOTO.offset : layout.PHOTO.end]
    photo = area[: min(stated, layout.PHOTO.length)]
    if not photo.startswith(b"\xff\xd8") or b"\xff\xd9" in photo:
        return photo
    ends = [end for end in range(len(photo), len(area) + 1) if area[:end].endswith(b"\xff\xd9")]
    if not ends:
        return photo
    blocks = -(-(ends[0] - len(photo)) // layout.LARGEST_READ)
    read = min(len(photo) + blocks * layout.LARGEST_READ, layout.PHOTO.length)
    return area[:read] if read <= len(area) else photo


def check_truth(file: bytes) -> str:
    """Read the file with practice's reader as `card read` does; returns how that ended."""
    desk = PracticeSlots()
    desk.insert(VirtualCard(file))
    try:
        card, photo = Reading(desk, READER, still_there=lambda: True, pause=lambda _: False).whole()
    except ReaderError:
        assert file[:4] != b"0003" or len(file) < what_it_states(file)
        return "error"
    assert file[:4] == b"0003"
    assert photo is not None
    told = json.dumps(CardRecord.of(card, len(photo)).as_json())
    assert len(told) < 20_000
    field = file[layout.CITIZEN_ID.offset : layout.CITIZEN_ID.end]
    assert card.citizen_id in ("", field.decode("latin-1"))
    flagged = {problem.split(":")[0] for problem in card.problems}
    assert citizen_id.is_valid(card.citizen_id) or "citizen_id" in flagged
    assert photo == true_photo(file, card.photo_length)
    assert ("photo: not a JPEG" in card.problems) is bool(
        photo and not (photo[:2] == b"\xff\xd8" and b"\xff\xd9" in photo)
    )
    address = card.address.raw if card.address else None
    # A text without a flag is the card's own, sign by sign; no text contains control characters.
    for name, span in (("issuer", CHIP_FIELDS["issuer"].span), ("address", layout.ADDRESS)):
        text = {"issuer": card.issuer, "address": address}[name]
        own = file[span.offset : span.end].rstrip(b" \0")
        if text is None:  # the file ends before its block does
            assert f"{name}: not read" in card.problems
            assert len(file) < max(span.end, layout.PHOTO.offset)
        else:
            assert f"{name}: damaged text" in card.problems or text.encode("cp874") == own
    assert not any(unicodedata.category(sign) == "Cc" for sign in all_texts(card))
    assert (card.birth_date is not None) or "birth_date" in flagged
    assert (card.sex is not None) or "sex" in flagged
    return "flagged" if flagged else "whole"
