"""`nocopy card` with cards behind the PC's real card service."""

from __future__ import annotations

import json
from pathlib import Path

from reader.people import PEOPLE
from tests.rig.command_line import Pc
from tests.rig.office import OFFICER, PASSPHRASE, copy_office
from tests.rig.other_card import CITIZEN_ID, PHOTO, OtherCard
from tests.rig.pcscd import VirtualReaders

KEYS = {
    "citizen_id", "name_th", "name_en", "birth_date", "sex", "address", "issue_date", "expiry_date",
    "lifelong", "issuer", "photo_bytes",
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
    assert (lost.code, lost.out, lost.err.count("\n")) == (1, "", 1)
    assert "nowhere" in lost.err
    assert (bare.code, bare.json["photo_bytes"], bare.err.count("\n")) == (4, 0, 1)
    assert not photo.exists()


def test_no_card_and_no_reader_are_not_there(virtual_readers: VirtualReaders, tmp_path: Path) -> None:
    pc = Pc(tmp_path / "home")
    empty = pc.run("card", "read")
    assert (empty.code, empty.out) == (4, "")
    assert empty.err.count("\n") == 1
    virtual_readers.service.stop()
    try:
        dead = pc.run("card", "read")
        assert (dead.code, dead.out) == (4, "")
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
        watching.terminate()
        assert watching.wait(10) == 0


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
