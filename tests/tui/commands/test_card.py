"""`nocopy card` with cards behind the PC's real card service."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from reader.card_record import CardRecord
from reader.errors import BadCitizenId, NoCard, ReaderError, ReadingCancelled
from reader.practice import PracticeSlots
from reader.practice_people import PEOPLE
from reader.read_once import read_card
from reader.virtual_card import FOREIGN_APPLET, Chip, VirtualCard
from tests.reader.card_json import JSON_KEYS as ALL_KEYS
from tests.rig.command_line import ROOT, Pc
from tests.rig.office import OFFICER, PASSPHRASE, copy_office
from tests.rig.other_card import CITIZEN_ID, PHOTO, OtherCard
from tests.rig.pcscd import READERS, VirtualReaders
from tests.rig.usb import UsbReaders
from tui.commands.card import lines

KEYS = {
    "citizen_id", "name_th", "name_en", "birth_date", "sex", "address", "issue_date", "expiry_date",
    "lifelong", "issuer", "photo_bytes", "results", "problems", "expired", "warnings", "laser",
}  # fmt: skip


def test_a_card_that_our_code_did_not_make_is_printed(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc, photo = Pc(tmp_path / "home"), tmp_path / "photo.jpg"
    with OtherCard("61"):
        ran = pc.run("card", "read", "--photo", str(photo))
    assert ran.code == 0, ran.err
    card = ran.json
    assert card.keys() >= KEYS
    assert card["citizen_id"] == CITIZEN_ID
    assert card["name_th"] == {"title": "นางสาว", "first": "ทดสอบ", "middle": "กลาง", "last": "ระบบดี"}
    assert card["birth_date"] == "1992-07"
    assert (card["expiry_date"], card["lifelong"]) == ("2032-06-30", False)
    assert card["photo_bytes"] == len(PHOTO)
    assert photo.read_bytes() == PHOTO
    assert ran.err == ""


def test_a_photo_that_is_not_there_or_cannot_be_written_is_said(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc, photo = Pc(tmp_path / "home"), tmp_path / "photo.jpg"
    card = OtherCard("61")
    with card:
        lost = pc.run("card", "read", "--photo", str(tmp_path / "nowhere" / "photo.jpg"))
        card.memory = card.memory[:0x0179] + bytes(2) + card.memory[0x017B:]
        bare = pc.run("card", "read", "--photo", str(photo))
    assert (lost.code, lost.out, lost.err.count("\n")) == (4, "", 1)
    assert "nowhere" in lost.err
    assert (bare.code, bare.json["photo_bytes"], bare.err.count("\n")) == (4, 0, 1)
    assert not photo.exists()


def test_a_card_that_does_not_give_its_photo_is_printed_without_it(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc, photo = Pc(tmp_path / "home"), tmp_path / "photo.jpg"
    text = 7  # commands
    virtual_readers.insert(PEOPLE[0].card(replies=dict.fromkeys(range(text + 3, 200), b"\x6f\x00")))
    ran = pc.run("card", "read", "--photo", str(photo))
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "photo" in ran.err
    assert (ran.json["citizen_id"], ran.json["photo_bytes"]) == (PEOPLE[0].citizen_id, 0)
    assert (ran.json["results"]["photo"], ran.json["problems"]) == ("not read", ["photo: not read"])
    assert ran.json["address"]["raw"] == PEOPLE[0].address
    assert not photo.exists()


def test_a_photo_is_a_new_file_and_nothing_is_read_where_it_cannot_be_one(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc, old, pipe = Pc(tmp_path / "home"), tmp_path / "old.jpg", tmp_path / "pipe"
    old.write_bytes(b"old")
    os.mkfifo(pipe)
    virtual_readers.insert(PEOPLE[0])
    for photo in (old, pipe):
        ran = pc.run("card", "read", "--photo", str(photo))
        assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
        assert str(photo) in ran.err
    assert old.read_bytes() == b"old"
    assert pipe.is_fifo()


def test_the_number_on_the_back_is_read_where_it_is_asked_for_and_the_chip_has_it(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc = Pc(tmp_path / "home")
    virtual_readers.insert(PEOPLE[0].card(laser="JT0123456789"), reader=0)
    virtual_readers.insert(PEOPLE[1].card(laser=None), reader=1)
    virtual_readers.until_seen(0, 1)
    asked = [
        pc.run("card", "read", *words) for words in ((), ("--laser",), ("--laser", "--reader", READERS[1]))
    ]
    assert [ran.code for ran in asked] == [0, 0, 0], asked[-1].err
    told = [(ran.json["citizen_id"], ran.json["laser"], ran.json["results"]["laser"]) for ran in asked]
    assert told == [
        (PEOPLE[0].citizen_id, None, "not read"),
        (PEOPLE[0].citizen_id, "JT0123456789", "read"),
        (PEOPLE[1].citizen_id, None, "not read"),
    ]
    nowhere = pc.run("card", "read", "--reader", "Another reader")
    assert (nowhere.code, nowhere.out, nowhere.err.count("\n")) == (4, "", 1)
    assert "Another reader" in nowhere.err


def test_a_card_that_is_old_wrong_or_not_whole_is_printed_with_a_warning(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc, file = Pc(tmp_path / "home"), PEOPLE[0].file()
    doubtful = bytearray(file)
    doubtful[0x0010:0x0011] = b"2"  # the check digit
    doubtful[0x016F:0x0177] = b"25671231"
    card = virtual_readers.insert(VirtualCard(bytes(doubtful)))
    ran = pc.run("card", "read")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["warnings"], ran.json["expired"]) == (["card_expired", "wrong_check_digit"], True)
    assert ran.json["citizen_id"] == "1234567890122"
    card.remove()
    virtual_readers.insert(VirtualCard(file[:0x1579]))  # it refuses the address
    ran = pc.run("card", "read")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "address" in ran.err
    assert (ran.json["address"], ran.json["results"]["address"]) == (None, "not read")
    assert (ran.json["name_th"]["first"], ran.json["warnings"]) == ("ทดลอง", ["not_read"])


def test_every_card_is_told_in_lines_for_a_person() -> None:
    chips = [person.card() for person in PEOPLE]
    noise = [VirtualCard(b"0003" + Random(seed).randbytes(5667)) for seed in range(50)]
    for chip in [*chips, *noise, VirtualCard(PEOPLE[0].file()[:0xFF])]:
        desk = PracticeSlots()
        desk.insert(chip)
        card, _photo = read_card(desk, photo=False)
        record = CardRecord.of(card, 0)
        told = lines(record)
        assert len(told) >= 7
        assert not any("None" in line or "#" in line for line in told if chip in chips)
        assert sum(line.startswith("! ") for line in told) == len(record.warnings)


def test_operate_md_names_each_key_and_each_reason() -> None:
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    told = text[text.index("**A card**") : text.index("**A visit**")]
    named = set(re.findall(r"[a-z_0-9]+", told))
    assert named >= ALL_KEYS
    never = kinds(BadCitizenId) | {NoCard, ReadingCancelled, ReaderError}
    reasons = {error.kind for error in kinds(ReaderError) - never}
    listed = told[told.index("`reason` is the kind") : told.index("`error` is its")]
    assert {"reason", *reasons} == set(re.findall(r"`([a-z_]+)`", listed))


def kinds(root: type[ReaderError]) -> set[type[ReaderError]]:
    return {root}.union(*(kinds(one) for one in root.__subclasses__()))


def test_no_card_and_no_reader_are_not_there(virtual_readers: VirtualReaders, tmp_path: Path) -> None:
    pc = Pc(tmp_path / "home")
    empty = pc.run("card", "read")
    assert (empty.code, empty.out) == (4, "")
    assert empty.err.count("\n") == 1
    virtual_readers.service.stop()
    try:
        dead = pc.run("card", "read")
        assert (dead.code, dead.out) == (4, "")
        for ran in (empty, dead):
            assert not re.search(r"\bF\d", ran.err), "a command line has no keys of the screen"
        checks = {check["name"]: check for check in pc.run("doctor").json["checks"]}
        assert checks["pcscd"]["ok"] is False
        assert "pcscd" in checks["pcscd"]["do"]
    finally:
        virtual_readers.service.start()


def test_watch_tells_each_event_on_a_line(virtual_readers: VirtualReaders, tmp_path: Path) -> None:
    with Pc(tmp_path / "home").running("card", "watch") as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["event"] == "empty"
        card = virtual_readers.insert(PEOPLE[0])
        told = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert [event["event"] for event in told] == ["inserted", "card", "photo"]
        assert told[1]["card"]["citizen_id"] == PEOPLE[0].citizen_id
        assert told[2]["card"]["photo_bytes"] == len(PEOPLE[0].photo_bytes())
        card.remove()
        assert json.loads(watching.stdout.readline())["event"] == "removed"
        virtual_readers.insert(VirtualCard(PEOPLE[0].file(), Chip(applet=FOREIGN_APPLET)))
        told = [json.loads(watching.stdout.readline()) for _ in range(2)]
        assert [(event["event"], event.get("reason")) for event in told] == [
            ("inserted", None),
            ("failed", "not_thai_card"),
        ]
        watching.terminate()
        assert watching.wait(10) == 0


def test_watch_and_doctor_tell_of_a_reader_that_is_unplugged_and_plugged_in_again(
    usb_readers: UsbReaders, tmp_path: Path
) -> None:
    pc = Pc(tmp_path / "home")
    missing = pc.run("card", "read")
    assert (missing.code, missing.out, missing.err.count("\n")) == (4, "", 1)
    checks = {check["name"]: check for check in pc.run("doctor").json["checks"]}
    assert (checks["pcscd"]["ok"], checks["reader"]["ok"]) == (True, False)
    assert "USB" in checks["reader"]["do"]
    with pc.running("card", "watch") as watching:
        assert watching.stdout is not None
        told = [json.loads(watching.stdout.readline())]
        usb_readers.plug()
        told.append(json.loads(watching.stdout.readline()))
        usb_readers.insert(PEOPLE[0])
        told += [json.loads(watching.stdout.readline()) for _ in range(3)]
        usb_readers.unplug()
        told += [json.loads(watching.stdout.readline()) for _ in range(2)]
        usb_readers.plug()
        told += [json.loads(watching.stdout.readline()) for _ in range(3)]
    whole = ["inserted", "card", "photo"]
    assert [event["event"] for event in told] == [
        *("no_reader", "empty", *whole),
        *("removed", "no_reader", *whole),
    ]
    assert told[0]["reason"] == "no_reader"
    assert [event["card"]["citizen_id"] for event in told if event["event"] == "photo"] == [
        PEOPLE[0].citizen_id
    ] * 2


def test_a_card_service_that_hangs_is_told_by_each_command_and_got_over(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    pc = Pc(copy_office(tmp_path / "home").home, passphrases=PASSPHRASE)
    with pc.running("card", "watch") as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["event"] == "empty"
        with virtual_readers.service.hanging(), ThreadPoolExecutor() as pool:
            visit = ("visit", "--service", "S01", "--documents", "D01", "--card")
            alone = [
                pool.submit(pc.run, *words, login=login)
                for words, login in ((("card", "read"), None), (visit, OFFICER), (("doctor",), None))
            ]
            told = json.loads(watching.stdout.readline())
            assert (told["event"], told["reason"]) == ("no_service", "card_service_hangs")
            read, visited, doctor = (one.result() for one in alone)
        for ran in (read, visited):
            assert (ran.code, ran.out, ran.err.count("\n")) == (4, "", 1)
            assert "systemctl restart pcscd" in ran.err
            assert not re.search(r"\bF\d", ran.err), "a command line has no keys of the screen"
        checks = {check["name"]: check for check in doctor.json["checks"]}
        assert "systemctl restart pcscd" in checks["pcscd"]["do"]
        assert json.loads(watching.stdout.readline())["event"] == "empty"
        virtual_readers.insert(PEOPLE[0])
        told = [json.loads(watching.stdout.readline()) for _ in range(3)]
        assert [event["event"] for event in told] == ["inserted", "card", "photo"]


def test_a_visit_begins_with_the_card_in_the_reader(virtual_readers: VirtualReaders, tmp_path: Path) -> None:
    pc = Pc(copy_office(tmp_path / "home").home, passphrases=PASSPHRASE)
    without = pc.run("visit", "--service", "S01", "--card", login=OFFICER)
    assert (without.code, without.out) == (4, "")
    with OtherCard("direct"):
        ran = pc.run("visit", "--service", "S01", "--documents", "D01", "--card", login=OFFICER)
    assert (ran.code, ran.json["state"]) == (0, "closed"), ran.err
    (document,) = ran.json["documents"]
    assert (document["channel"], document["state"]) == ("card", "obtained")
    assert document["fields"]["address"]["province"] == "จังหวัดเชียงใหม่"
    lines = pc.run("ledger", "list", "--visit", ran.json["visit"], login=OFFICER).json
    use = next(line for line in lines if line["kind"] == "use")
    assert (use["identity"], use["card_seen_at"] is not None) == ("chip", True)
    assert CITIZEN_ID not in json.dumps(lines)


def test_watch_ends_when_its_output_cannot_be_written() -> None:
    command = [sys.executable, "-m", "tui.cli", "card", "watch", "--json"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=20)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("เขียนผลลงที่หมายไม่ได้")
    assert done.stderr.count(b"\n") == 1
