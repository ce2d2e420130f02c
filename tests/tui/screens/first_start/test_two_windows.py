"""The first start in two windows, or on a full disk: one makes the books, and nothing typed is lost."""

from __future__ import annotations

from pathlib import Path

from store.base.folder_claim import FolderClaim
from store.base.locations import Locations
from tests.rig.office import write_form
from tests.rig.small_disk import small_disk
from tests.tui.counter import Counter, counter
from tests.tui.screens.first_start.typing import UNIT_NAME, begin, clock, confirm_date


async def take_file(at: Counter, file: Path) -> None:
    """F4 on the first step, and the date confirmed afterwards."""
    await at.press("f4")
    await at.see("ไฟล์ (.toml)")
    await at.put(str(file))
    await at.press("enter")


async def ready_by_file(at: Counter, folder: Path) -> None:
    """All steps filled in, as F4 does it, and the last one shown."""
    await begin(at)
    await take_file(at, write_form(folder))
    await confirm_date(at)


async def test_of_two_windows_one_makes_the_books_and_the_other_finds_them(
    fresh: Locations, tmp_path: Path
) -> None:
    async with counter(fresh, clock=clock) as first, counter(fresh, clock=clock) as second:
        for at in (first, second):
            await ready_by_file(at, tmp_path)
        await first.press("f9")
        await first.see("► เก็บไว้")
        made = fresh.books.read_bytes(), fresh.keys.read_bytes()
        await second.see("► ! อีกหน้าต่างหนึ่งสร้างสมุดแล้ว")
        await second.press("f9", "enter")
        await second.until(lambda: second.here == "LoginScreen", "the log-in")
        assert (fresh.books.read_bytes(), fresh.keys.read_bytes()) == made


async def test_of_two_windows_at_the_same_moment_one_is_told(fresh: Locations, tmp_path: Path) -> None:
    async with counter(fresh, clock=clock) as first, counter(fresh, clock=clock) as second:
        for at in (first, second):
            await ready_by_file(at, tmp_path)
        claim = FolderClaim(fresh.making)
        assert claim.take()
        for at in (first, second):
            await at.press("f9")
            await at.see("… กำลังสร้างสมุด")
        claim.release()

        def are_told() -> list[str]:
            return sorted(at.here for at in (first, second))

        await first.until(lambda: are_told() == ["ErrorScreen", "Question"], "one of them to be told")
        told = first if first.here == "ErrorScreen" else second
        await told.see("× เครื่องนี้มีสมุดอยู่แล้ว", "ไปหน้าเข้าใช้งาน")
        await told.press("down", "enter")
        await told.until(lambda: told.here == "LoginScreen", "the log-in")


async def test_a_full_disk_is_told_and_loses_nothing(fresh: Locations, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        locations = Locations(disk.folder / "home")
        async with counter(locations, clock=clock) as at:
            await ready_by_file(at, tmp_path)
            disk.leave(0)
            await at.press("f9")
            await at.see("× ดิสก์ของเครื่องนี้เต็ม")
            assert not locations.were_used
            assert list((tmp_path / "papers").iterdir()) == []
            disk.free()
            await at.press("escape")
            await at.see("● ครบแล้ว", UNIT_NAME)
            await at.press("f9")
            await at.see("► เก็บไว้")
            assert locations.are_whole
