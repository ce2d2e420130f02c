"""A break of the ledger on the screen: told at Home, nothing is served over it, and the head settles it."""

from __future__ import annotations

from collections.abc import Callable

from store.base.locations import Locations
from store.staff.recovery import read_key
from tests.rig.lines import tamper
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, open_books, sheet_of
from tests.tui.counter import Counter, counter

_CHANGED = (
    "UPDATE ledger SET body = replace(body, '\"v\":2', '\"v\":3') WHERE seq = (SELECT max(seq) FROM ledger)"
)
ROW = "× สมุดไม่ครบถ้วนที่บรรทัด"


def broken(office: Callable[..., Locations]) -> tuple[Locations, str]:
    locations = office()
    books = open_books(locations, HEAD)
    path, key = locations.books, books.database.key
    books.close()
    tamper(path, _CHANGED, key=key)
    return locations, read_key(sheet_of(locations.home).read_text("utf-8"))


async def open_row(at: Counter) -> None:
    await at.press(*["up"] * 12)
    await at.see(f"► {ROW}")
    await at.press("enter")


async def test_it_is_told_and_nobody_is_served(office: Callable[..., Locations]) -> None:
    locations, _sheet = broken(office)
    async with counter(locations) as at:
        await at.log_in(OFFICER)
        await at.see(ROW)
        await open_row(at)
        await at.until(lambda: at.here == "ErrorScreen", "what the officer is told")


async def test_the_head_accepts_it_with_the_sheet(office: Callable[..., Locations]) -> None:
    locations, sheet = broken(office)
    async with counter(locations) as at:
        await at.log_in(HEAD)
        await open_row(at)
        await at.see("ยังไม่รับ: กู้คืนจากไฟล์สำรอง")
        await at.press("down", "enter")
        await at.until(lambda: at.here == "TypeIn", "the reason")
        await at.type("ICT ตรวจแล้ว")
        await at.press("enter")
        await at.see("ทีละกลุ่ม")
        await at.put(sheet)
        await at.press("enter")
        await at.see("รหัสผ่านของท่าน")
        await at.type(PASSPHRASE[HEAD])
        await at.press("enter")
        await at.see("รับความไม่ครบถ้วนแล้ว")
        assert ROW not in at.shown()
        assert at.app.books.broken is None
        line = at.app.books.ledger.lines(kind="settings", limit=1)[0]
        assert line.facts["name"] == "break"
