"""The month on the screen: what its rows cut, told in full; what the head must know before approving."""

from __future__ import annotations

from collections.abc import Callable

from store.locations import Locations
from tests.rig.office import CITIZEN, OFFICER, open_books
from tests.tui.counter import Counter, counter

Office = Callable[..., Locations]


def serve(locations: Locations, *services: str) -> None:
    """A visit for each of these services, with one original seen."""
    books = open_books(locations)
    for service in services:
        visit = books.visits.open(
            service, subject_kind="thai_person", subject=CITIZEN, identity="card_face", documents=["D11"]
        )
        books.visits.obtain(visit.id, {1: "sighted"})
        books.visits.close(visit.id)
    books.close()


async def the_month(at: Counter, login: str) -> None:
    """By the menu of Home."""
    await at.log_in(login)
    while "► งานประจำเดือน" not in at.shown():
        await at.press("down")
    await at.press("enter")
    await at.see("งานบริการ", "รวม")


async def test_the_whole_name_of_a_service_is_shown_where_the_cursor_stands(office: Office) -> None:
    locations = office()
    serve(locations, "S01", "S02", "S02")
    async with counter(locations) as at:
        await the_month(at, OFFICER)
        names = {one.code: one.name for one in at.app.books.catalogue.services()}
        assert names["S02"] not in at.shown(), "80 columns cut it"
        # From the findings up into the table; the service with the higher number stands last.
        await at.press("up")
        await at.see("►02 ", f" 02 {names['S02']}")
        assert "F4" not in at.row(-1), "no finding is chosen"
        await at.press("up")
        await at.see("►01 ", f" 01 {names['S01']}")
        await at.press("up")
        assert f" 01 {names['S01']}" in at.shown(), "the cursor stops at the first"
        await at.press("down", "down", "down")
        assert "►0" not in at.shown()
        assert names["S01"] not in at.shown()
