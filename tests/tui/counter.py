"""A counter with a real office, a virtual card and real gateways, worked by key presses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.pilot import Pilot

from reader.practice import AT_ONCE, PracticeSlots
from reader.practice_people import PEOPLE
from reader.slots import ReaderSlots
from reader.t0_timing import Pace
from store.base.locations import Locations
from sync.practice.network import PracticeNetwork
from tests.rig.clock import now
from tests.rig.office import HEAD, OFFICER, PASSPHRASE, SECOND, SECOND_PASSPHRASE
from tui.app import NocopyApp
from tui.frame.base import WorkScreen
from tui.words import translate

Office = Callable[..., Locations]
"""The fixture `office`: makes the books of an office that was set up at the moment given."""


class Stopwatch:
    """The program's monotonic clock, which a test can hold still."""

    stopped_at: float | None = None

    def __call__(self) -> float:
        return time.monotonic() if self.stopped_at is None else self.stopped_at


class Counter:
    """The screen with its keyboard. Everything waits by condition, with a deadline."""

    def __init__(self, app: NocopyApp, pilot: Pilot[str], desk: PracticeSlots, watch: Stopwatch) -> None:
        self.app = app
        self.desk = desk
        self._watch = watch
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        """Keys as a person presses them: an Enter only when one would be taken."""
        for key in keys:
            if key == "enter":
                await self.until(self.enter_is_open, "Enter is awake")
            await self._pilot.press(key)

    async def bounce(self, key: str, times: int) -> None:
        """A key that bounces: pressed again while the program's clock shows the same moment."""
        self._watch.stopped_at = time.monotonic()
        for _ in range(times):
            await self._pilot.press(key)
        self._watch.stopped_at = None

    async def hold(self, key: str, times: int) -> None:
        """A key that is held down: it repeats faster than the screen is drawn."""
        driver = self.app._driver
        assert driver is not None
        for _ in range(times):
            driver.send_message(Key(key, None))
        await self._pilot.pause()

    async def series(self, key: str, times: int, apart: float) -> None:
        """A key pressed again and again, by the program's clock so many seconds apart."""
        self._watch.stopped_at = time.monotonic()
        for _ in range(times):
            await self._pilot.press(key)
            await self._pilot.pause()
            self._watch.stopped_at += apart
        self._watch.stopped_at = None

    async def type(self, text: str) -> None:
        """Type as a terminal sends it: Pilot.press() drops Thai combining marks."""
        for sign in text:
            for event in XTermParser().feed(sign):
                driver = self.app._driver
                assert driver is not None
                driver.send_message(event)
            await self._pilot.pause()

    async def put(self, text: str) -> None:
        """Type a text faster than any person: all of it before the first sign is drawn."""
        driver = self.app._driver
        assert driver is not None
        for sign in text:
            for event in XTermParser().feed(sign):
                driver.send_message(event)
        await self._pilot.pause()

    async def log_in(self, login: str) -> None:
        """Choose the name with the arrows, type the passphrase, press Enter."""
        await self.until(lambda: self.here == "LoginScreen", "the log-in")
        passphrases = {**PASSPHRASE, SECOND: SECOND_PASSPHRASE}
        await self.press(*["up"] * len(passphrases))
        await self.press(*["down"] * sorted(passphrases).index(login))
        await self.type(passphrases[login])
        await self.press("enter")
        await self.until(lambda: self.here == "HomeScreen", "Home")

    @property
    def here(self) -> str:
        return type(self.app.screen).__name__

    def enter_is_open(self) -> bool:
        screen = self.app.screen
        return isinstance(screen, WorkScreen) and screen.enter_is_open() and not self.app.busy

    def shown(self) -> str:
        """The screen as text, row under row."""
        self.app.repaint()
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def row(self, n: int) -> str:
        """One row of the screen, counted from 1; -1 is the row of the keys, -2 what happened."""
        rows = self.shown().split("\n")
        return rows[n - 1 if n > 0 else n]

    async def see(self, *texts: str) -> None:
        """Wait until the screen shows every text."""
        await self.until(lambda: all(text in self.shown() for text in texts), repr(texts))

    async def see_path(self, path: Path) -> None:
        """Wait until the screen shows this path, which may be broken between two rows anywhere."""
        await self.until(lambda: str(path) in "".join(self.shown().split()), str(path))

    async def until(self, condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Let the program go on until the condition holds; fail with the screen when the time is over."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (
                f"waited in vain for {what}; the screen shows:\n{self.shown()}"
            )
            await asyncio.sleep(0.02)
        await self._pilot.pause()


def lines(at: Counter, kind: str) -> list[tuple[str | None, str | None, str | None]]:
    """(document, channel, outcome) of the ledger's lines of one kind, oldest first."""
    found = at.app.books.ledger.lines(kind=kind, newest_first=False)
    return [(line.document, line.channel, line.outcome) for line in found]


def sealed(at: Counter, field: str) -> set[str]:
    """The sealed value of that field in any line."""
    rows = at.app.books.database.rows("SELECT DISTINCT value FROM sealed WHERE field = ?", (field,))
    return {row["value"] for row in rows}


@asynccontextmanager
async def counter(
    locations: Locations,
    *,
    clock: Callable[[], datetime] = now,
    lang: str = "th",
    pace: Pace = AT_ONCE,
    real: ReaderSlots | None = None,
) -> AsyncIterator[Counter]:
    """The program on these books, at 80x24, with a reader of that pace, or with those of the `real` desk."""
    translate.use(lang)
    desk, watch = PracticeSlots(pace), Stopwatch()
    app = NocopyApp(locations, real or desk, clock=clock, monotonic=watch)
    async with app.run_test(size=(80, 24)) as pilot:
        yield Counter(app, pilot, desk, watch)


async def card_without_network(at: Counter, network: PracticeNetwork) -> None:
    """The network is cut, the officer logs in, and a citizen's card begins a visit."""
    network.cut()
    await at.log_in(OFFICER)
    await at.see("× ใช้ไม่ได้")
    at.desk.insert(PEOPLE[0])
    await at.see("เลือกงานบริการ")


async def sign(at: Counter, passphrase: str = PASSPHRASE[HEAD]) -> None:
    """Answer the question for the passphrase with which something is signed."""
    await at.see("รหัสผ่านของท่าน")
    await at.type(passphrase)
    await at.press("enter")
