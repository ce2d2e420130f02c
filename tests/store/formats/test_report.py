"""The report as outsiders get it: ids, frozen bytes, and findings without citizens."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import citizen_id
from store.formats import jws
from store.formats.canonical import b64, canonical, sha256_hex
from store.formats.errors import BadReceipt, UnknownSigner, WrongKind
from store.formats.report import (
    RECEIPT,
    REPORT,
    MarkedFinding,
    MarkedLine,
    frozen,
    marked,
    read_receipt,
    submission_id,
    without_numbers,
)

CENTRE, FORGER = bytes(range(32)), bytes(range(1, 33))
KEY = b64(jws.public_of(CENTRE))


def test_the_id_of_a_report_is_the_same_on_every_pc() -> None:
    assert submission_id("5001", "2026-11", "report", 1) == "1a3ea42c-1a2b-5d17-bb1c-43db10334a80"
    assert submission_id("5001", "2026-11", "report", 2) != submission_id("5001", "2026-11", "report", 1)


def test_the_frozen_bytes_are_the_same_whenever_they_are_made() -> None:
    payload = canonical({"v": 1})
    signature = jws.sign_one(payload, typ=REPORT, header={"login": "somchai"}, seed=CENTRE)
    made = frozen(payload, [signature], None)
    assert made[4:8] == bytes(4)  # gzip's own time
    assert made == frozen(payload, [signature], None)
    assert jws.read_general(gzip.decompress(made), typ=REPORT, key_of=lambda _kid: KEY).payload == payload


def test_citizens_in_marked_findings_are_letters() -> None:
    def line(seq: int, subject: str | None) -> MarkedLine:
        return MarkedLine(
            seq, "2026-11-18T18:42:00+07:00", "somchai", "S01", "D02", "linkage", "none", "obtained", subject
        )

    people = [f"{n:013}" for n in range(28)]
    first = MarkedFinding("no_identity", "somchai", "เลข 1-2345-67890-12-1 ครับ", "ไม่พอ", [line(1, people[0])])
    second = MarkedFinding("colleague", "somchai", None, None, [line(n, one) for n, one in enumerate(people)])
    written = marked("5001", "2026-11", 1, [first, second, MarkedFinding("head", "unit", None, "x", [])])
    value = json.loads(written)
    assert canonical(value) == written
    assert value["findings"][0]["lines"][0]["citizen"] == "A"
    assert [one["citizen"] for one in value["findings"][1]["lines"]] == [
        *"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "AA",
        "AB",
    ]
    assert not any(one.encode() in written for one in [*people, "12-1"])


@pytest.mark.parametrize("text", ["1234567890121", "1-2345-67890-12-1", "๑๒๓๔๕๖๗๘๙๐๑๒๑", "1 2345 67890 12 1"])
def test_a_number_in_free_words_is_covered(text: str) -> None:
    assert without_numbers(f"ดู {text} แล้ว") == "ดู xxxxxxxxxxxxx แล้ว"
    assert without_numbers("คำสั่งที่ 112/2569") == "คำสั่งที่ 112/2569"


@pytest.mark.parametrize(
    "text",
    [
        "ครั้งที่ 3 1234567890121",
        "ที่ 25 1234567890121",
        "1234567890121 7",
        "1.2345.67890.12.1",
        "01234567890121",
        "1 - 2345 - 67890 - 12 - 1",
    ],
)
def test_a_number_beside_other_digits_is_covered_too(text: str) -> None:
    covered = without_numbers(text)
    assert covered is not None
    assert not any(sign.isdecimal() for sign in covered)


@given(
    before=st.text(alphabet="0123456789๐๑๒ .-ก/", max_size=12),
    number=st.integers(10**11, 10**12 - 1).map(str),
    gap=st.text(alphabet=" .-", max_size=2),
    after=st.text(alphabet="0123456789๐๑๒ .-ก/", max_size=12),
)
def test_no_citizen_s_number_can_be_read_in_what_is_left(
    before: str, number: str, gap: str, after: str
) -> None:
    text = before + gap.join(number + citizen_id.check_digit(number)) + after
    covered = without_numbers(text)
    assert covered is not None
    for run in re.split(r"[^\d .-]", covered):
        digits = "".join(str(int(sign)) for sign in run if sign.isdecimal())
        assert not any(citizen_id.is_valid(digits[n : n + 13]) for n in range(len(digits)))


def test_a_receipt_is_the_centre_s_and_about_this_very_submission() -> None:
    digest = bytes(32)
    payload = {"id": "x", "sha256": digest.hex(), "unit": "5001", "received_at": "2026-12-04T10:12:00+07:00"}

    def receipt(seed: bytes = CENTRE, typ: str = RECEIPT, **other: str) -> str:
        return jws.sign_compact(canonical({**payload, **other}), typ=typ, header={}, seed=seed)

    assert read_receipt(receipt(), KEY, id="x", digest=digest, unit="5001") == payload
    for other in ({"id": "y"}, {"sha256": sha256_hex(b"")}, {"unit": "5002"}):
        with pytest.raises(BadReceipt):
            read_receipt(receipt(**other), KEY, id="x", digest=digest, unit="5001")
    with pytest.raises(UnknownSigner):
        read_receipt(receipt(seed=FORGER), KEY, id="x", digest=digest, unit="5001")
    with pytest.raises(WrongKind):
        read_receipt(receipt(typ=REPORT), KEY, id="x", digest=digest, unit="5001")
