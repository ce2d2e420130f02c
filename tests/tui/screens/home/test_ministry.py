"""A message of the ministry stays in "to do" until the head has read it."""

from __future__ import annotations

from collections.abc import Callable

from store.base.locations import Locations
from store.exchange import enrolment
from store.exchange.ministry_messages import Messages
from sync.centre import announcements
from sync.practice.network import PracticeNetwork
from sync.run.engine import Engine
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, open_books
from tests.tui.counter import counter


async def test_a_message_of_the_ministry_stays_until_the_head_has_read_it(
    office: Callable[..., Locations], line: PracticeNetwork
) -> None:
    locations = office()
    books = open_books(locations, HEAD)
    centre = line.centre
    enrolment.request(books, books.signer(PASSPHRASE[HEAD]), centre.url, centre.code("5001"))
    Engine(books).run()
    announcements.say(centre.centre, "5001", "พบการขอ[bold]ข้อมูลซ้ำ ขอคำชี้แจง", kind="finding", sender="ict")
    Engine(books).run(now=True)
    assert len(Messages(books).list(unread=True)) == 1

    async with counter(locations) as counter_:
        await counter_.log_in(OFFICER)
        await counter_.see("กระทรวงตอบ: พบการขอ[bold]")
    async with counter(locations) as counter_:
        await counter_.log_in(HEAD)
        await counter_.see("กระทรวงตอบ: พบการขอ[bold]")
        while "► ! กระทรวงตอบ" not in counter_.shown():
            await counter_.press("down")
        await counter_.press("enter")
        await counter_.see("ขอคำชี้แจง", "ICT ที่กระทรวง", "อ่านแล้ว")
        await counter_.press("down", "enter")
        await counter_.until(lambda: counter_.here == "HomeScreen", "Home")
        assert "กระทรวงตอบ" not in counter_.shown()
    assert Messages(books).list(unread=True) == []
    books.close()
