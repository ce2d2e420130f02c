"""The stick from the screen: F4 in the list of what waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from store.base.locations import Locations
from store.exchange import enrolment
from store.proof.checkpoint import make_checkpoint
from sync.centre.carried import accept
from sync.practice.network import PracticeNetwork
from sync.run.engine import Engine
from tests.rig.office import HEAD, PASSPHRASE, open_books
from tests.tui.counter import counter


async def test_what_waits_goes_out_on_a_stick_and_its_receipts_come_back(
    office: Callable[..., Locations], line: PracticeNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locations, stick = office(), tmp_path / "stick"
    books = open_books(locations, HEAD)
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), line.centre.url, line.centre.code("5001"))
    Engine(books).run()
    line.cut()
    make_checkpoint(books)
    stick.mkdir()
    monkeypatch.chdir(tmp_path)

    async with counter(locations) as counter_:
        await counter_.log_in(HEAD)
        while "► รายการรอส่ง" not in counter_.shown():
            await counter_.press("down")
        await counter_.press("enter")
        await counter_.until(lambda: counter_.here == "WaitingScreen", "the list")
        for way, said in ((1, "เขียนชุดที่ 1"), (2, "รับใบรับ 1 ใบ")):
            await counter_.press("f4")
            await counter_.until(lambda: counter_.here == "Question", "the question")
            await counter_.press(*["down"] * way, "enter")
            await counter_.see("พิมพ์ชื่อโฟลเดอร์")
            while "► พิมพ์ชื่อโฟลเดอร์" not in counter_.shown():
                await counter_.press("down")
            await counter_.press("enter")
            await counter_.until(lambda: counter_.here == "TypeIn", "the folder")
            await counter_.type(str(stick))
            await counter_.press("enter")
            await counter_.see(said)
            assert way == 2 or counter_.row(-2).rstrip().endswith("รอสักครู่ก่อนถอดแฟลชไดรฟ์"), "nothing is cut"
            if way == 1:  # the courier has been at the ministry
                made = accept(line.centre.centre, (stick / "nocopy-5001-01.age").read_bytes())
                (stick / "back.age").write_bytes(made.sealed)
    assert books.queue.list() == []
    books.close()
