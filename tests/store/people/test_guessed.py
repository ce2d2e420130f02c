"""Passphrases that anybody would guess are refused, whatever their length and the keyboard's layout."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from store.books import change_passphrase
from store.people.errors import WeakPassphrase
from store.people.guessed import PRACTICE_UNIT, words_of
from store.people.passphrase import check, check_first
from tests.rig.clock import now
from tests.rig.command_line import ROOT
from tests.rig.office import FIRST, HEAD, OFFICER, make_office
from tui.words import translate
from tui.words.four_words import four_words
from tui.words.translate import sentences_of

UNIT_NAME = "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่"
OFFICE = words_of("5001", UNIT_NAME, "นายสมชาย", "ใจดี", "สมชาย")
GUESSED = [
    *(
        "123456789012",
        "๑๒๓๔๕๖๗๘๙๐๑๒",
        "passwordpassword",
        "qwertyuiopas",
        "aaaaaaaaaaaaaaaaaaaa",
        "P@ssw0rd2569",
    ),
    *("สวัสดีครับ", "รหัสผ่านรหัสผ่าน", "เชียงใหม่เชียงใหม่", "แมวแมวแมวแมว", "ฟหกดฟหกดฟหกด"),
    "ยฟหหไนพกยฟหหไนพก",  # password, typed in Thai
    "l;ylfu8iy[",  # สวัสดีครับ, typed in English
    "gmupj|]t" * 2,
    *(UNIT_NAME, "สมชาย ใจดี", "5001 เชียงใหม่"),
    "practice nocopy",
    "password" + "123456789" * 11,  # 107 characters
]


@pytest.mark.parametrize("passphrase", GUESSED)
def test_what_anybody_would_guess_is_refused_in_one_sentence(passphrase: str) -> None:
    with pytest.raises(WeakPassphrase) as refused:
        check(passphrase, "wipha", known=OFFICE)
    translate.use("th")
    says, do = sentences_of(refused.value)
    assert says == "รหัสผ่านนี้เดาง่ายเกินไป: ใครก็เดาถูกได้ง่าย"
    assert do.startswith("ใช้คำสี่คำที่ไม่เกี่ยวกัน")


def test_the_program_s_own_four_words_and_short_good_ones_are_taken() -> None:
    for _ in range(50):
        check(four_words(), "wipha", known=OFFICE)
    for passphrase in ("k9#vTq2w!x", "น้ำท่วมทุ่งผักบุ้งโหรงเหรง", "ควาย ข้าว น้ำ ตะกร้า"):
        check(passphrase, "wipha", known=OFFICE)


@pytest.mark.parametrize("passphrase", ["12345678", "password", "ยฟหหไนพก", "สวัสดีครับ", "รหัสผ่าน"])
def test_a_first_passphrase_may_be_simpler_but_not_guessed(passphrase: str) -> None:
    with pytest.raises(WeakPassphrase, match="guess"):
        check_first(passphrase)
    check_first("first-word-1")


def test_practice_takes_its_own_passphrase_and_an_office_does_not(tmp_path: Path) -> None:
    check("practice nocopy", OFFICER, known=words_of(PRACTICE_UNIT, "สำนักงานตัวอย่างเพื่อการฝึก", "นางสาวสมหญิง"))
    office = make_office(tmp_path / "home", changed=False)
    for passphrase in ("practice nocopy", UNIT_NAME, "ประสิทธิ์ มั่นคง"):
        with pytest.raises(WeakPassphrase):
            change_passphrase(office, HEAD, FIRST[HEAD], passphrase, clock=now)


@pytest.mark.parametrize(
    "passphrase", ["x7Kq#m2!v" * 11 + "a", "4bcd3fgh1 " * 10, "a" * 100, "ที่" * 33, "z" * 5000]
)
def test_a_long_one_is_judged_at_once(passphrase: str) -> None:
    check_first("first-word-1")  # loads the library
    begun = time.process_time()
    with suppress(WeakPassphrase):
        check(passphrase, "wipha", known=OFFICE)
    assert time.process_time() - begun < 0.5


def test_the_first_frame_does_not_wait_for_the_library() -> None:
    look = "import sys, tui.cli, tui.app, store.books; print('zxcvbn' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
