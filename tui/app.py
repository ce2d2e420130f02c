"""The full screen: who is logged in, what is going on around the desk, and which screen is shown."""

from __future__ import annotations

import gc
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType

from reader.buddhist_date import now, show_day, show_time, stamp
from reader.desk import Desk
from reader.errors import NocopyError
from store.keys_file import KeysFile
from store.locations import Locations, practice_home
from tui import messages
from tui.at_desk import CardAtDesk, CardSeen
from tui.at_line import Expired, LineSeen, OfficeLine, RunEnded, RunMoved, SessionSeen
from tui.background import Finished, back_up, retire
from tui.cells import clean, spread
from tui.messages import _
from tui.remembered import remember_people
from tui.screens.base import WorkScreen
from tui.screens.login import LoginScreen
from tui.state_row import state_row

# What the first frame does not need is imported where it is used, or behind the frame (bring_the_rest_in): of
# the 0.3 s that all of it takes, the officer who waits for the log-in sees none.
if TYPE_CHECKING:
    from store.books import Books
    from sync.line_watch import LineWatch
    from tui.practice import Practice

T = TypeVar("T")

_LOCK_AFTER_S = 15 * 60
_TURN_S = 0.0005  # how long the thread that reads a card waits at most for its turn beside the screen's


class NocopyApp(App[str], inherit_bindings=False):
    """`practice` is None at a real counter. `clock` and `monotonic` are given by tests."""

    CSS_PATH = "styles/nocopy.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "No Copy"
    # Textual would leave with Ctrl+Q in mid-visit; Ctrl+C is pressed by habit. Both only say how to leave.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "say_how_to_leave", show=False, priority=True),
    ]

    def __init__(
        self,
        locations: Locations,
        desk: Desk,
        practice: Practice | None = None,
        *,
        clock: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.locations = locations
        self.desk = desk
        self.practice = practice
        self.clock = clock
        self.monotonic = monotonic
        self.said = ""
        self.busy = ""
        self.generation = 0
        self.counts: dict[str, int] = {}
        self.version = 0  # grows when the books may say something else than a screen has read
        self._books: Books | None = None
        # Whoever locked the screen: what is for the ministry still goes, until somebody logs in.
        self._left: tuple[Books, LineWatch] | None = None
        self._touched_at = 0.0
        self.paper_folder = ""  # where the last paper went
        self.entered_at: float | None = None  # when Enter was last pressed; None after any other key
        self.card = CardAtDesk(self, desk)
        self.line = OfficeLine(self)

    # --- what the screens ask

    @property
    def books(self) -> Books:
        """The books of the officer who is logged in."""
        assert self._books is not None, "nobody is logged in"
        return self._books

    @property
    def someone_is_in(self) -> bool:
        return self._books is not None

    def top_row(self, place: str, width: int) -> str:
        moment = self.clock()
        who = ""
        if self._books is not None:
            person = self._books.who
            name = person.name[max(0, person.name.find(person.short_name())) :]
            who = f"F12 {clean(name)}  "
        return spread(f" No Copy · {place}", f"{who}{show_day(moment)} {show_time(moment)} ", width)

    def state_row(self, width: int) -> Text:
        return state_row(self, width)

    def say(self, sentence: str) -> None:
        """Row 23 until the next key: what just happened, and the next thing to do."""
        self.said = sentence
        self.repaint()

    def repaint(self) -> None:
        """Draw the shown screen anew. Moves no cursor."""
        screen = self.screen
        if isinstance(screen, WorkScreen):
            screen.paint()

    def touched(self) -> None:
        """A key was pressed: the sentence of what happened has been read."""
        self.said = ""
        self._touched_at = self.monotonic()

    def tell(self, error: NocopyError) -> None:
        """Show an error over the work area."""
        from tui.screens.error import ErrorScreen

        place = self.screen.place if isinstance(self.screen, WorkScreen) else ""
        self.push_screen(ErrorScreen(error, place=place))

    # --- beginning and ending

    def on_mount(self) -> None:
        self._touched_at = self.monotonic()
        self.set_interval(1.0, self._tick)
        sys.setswitchinterval(_TURN_S)
        self.begin()
        self.call_after_refresh(self._first_frame_is_there)

    def _first_frame_is_there(self) -> None:
        self.card.start()
        self.run_worker(bring_the_rest_in, thread=True, group="rest", exit_on_error=False)

    def on_unmount(self) -> None:
        self.card.stop()
        self.line.stop()
        if self._books is not None:
            self._books.close()
        if self._left is not None:
            books, watch = self._left
            watch.stop()
            books.close()

    def begin(self) -> None:
        """The first screen: log in, or what to do where there are no books."""
        if self.practice is not None and not self.practice.is_ready:
            from tui.screens.preparing import PreparingScreen

            self.go(PreparingScreen())
        elif self.locations.are_whole:
            self.go(LoginScreen(KeysFile(self.locations.keys).logins()))
        else:
            from tui.screens.nobooks import NoBooksScreen

            self.go(NoBooksScreen())

    def go(self, screen: WorkScreen[Any]) -> None:
        """Show this screen alone; whatever stood above is left."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen)

    def log_in(self, login: str, passphrase: str, refused: Callable[[NocopyError], None]) -> None:
        """Open the books in a thread (a passphrase takes up to half a second), then show Home."""

        def work() -> Books:
            import sync.line_watch  # noqa: F401 - here it keeps no key waiting; _logged_in needs both
            import tui.screens.home  # noqa: F401
            from store.books import Books

            books = Books.open(self.locations, login, passphrase, clock=self.clock)
            remember_people(books, login, stamp(self.clock()))
            return books

        self.slow(_("Checking the passphrase"), work, self._logged_in, refused)

    def change_passphrase(
        self, login: str, old: str, new: str, refused: Callable[[NocopyError], None]
    ) -> None:
        """Change a first passphrase, then log in with the new one."""

        def work() -> None:
            from store.books import change_passphrase

            change_passphrase(self.locations, login, old, new, clock=self.clock)

        self.slow(_("Changing the passphrase"), work, lambda _done: self.log_in(login, new, refused), refused)

    def _retire_left(self) -> None:
        """Close the books of who locked the screen: somebody has logged in.

        A new key that waited for that comes now.
        """
        left, self._left = self._left, None
        if left is None:
            return
        books = self.books

        def work() -> None:
            retire(*left)
            books.renew_key()

        self.run_worker(work, thread=True, group="retire", exit_on_error=False)

    def _logged_in(self, books: Books) -> None:
        from tui.screens.home import HomeScreen

        # Looking through everything for garbage takes 0.1 s in which no thread goes on, a card's neither.
        # What is there by now stays as long as this log-in: until the next one it is left out.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._books = books
        self._retire_left()
        self.line.begin(books)
        if self.practice is None:
            self.run_worker(lambda: back_up(self, books), thread=True, group="backup", exit_on_error=False)
        # The month's screens and the checks of a closed visit ask for holidays; nobody should wait for them.
        year = self.clock().year
        self.run_worker(lambda: _load_holidays(year), thread=True, group="holidays", exit_on_error=False)
        self.refresh_counts()
        self.go(HomeScreen())

    def lock(self) -> None:
        """F12, or nobody there for a while: ask who goes on. Open visits stay as they are, lookups wait."""
        books = self._books
        if books is None:
            return
        left, waiting = books.who.login, len(books.visits.unfinished())
        self.generation += 1
        self._books = None
        self.busy = ""
        self._left = books, self.line.leave()
        logins = KeysFile(self.locations.keys).logins()
        self.go(LoginScreen(logins, other_than=left, open_visits=waiting))

    def back_to_home(self) -> None:
        """Leave whatever stands above Home."""
        from tui.screens.home import HomeScreen

        while len(self.screen_stack) > 2 and not isinstance(self.screen, HomeScreen):
            self.pop_screen()

    def ask_to_close(self, lost: str = "") -> None:
        """Esc at the outermost screen: asks first, and says what would be `lost`."""
        from tui.screens.ask import Question
        from tui.widgets.choice_list import Choice

        choices = [Choice(_("Stay"), False), Choice(_("Close the program"), True)]
        lines = [lost or _("Open visits and what waits to be sent are kept.")]
        if self._left is not None:
            ending = sum(self._left[0].lookups.ending_today().values())
            if ending:
                words = _("But {n} requests end today unless whoever asked logs in once more.")
                lines.append(words.format(n=ending))
        self.push_screen(
            Question(_("Close the program"), lines, choices), lambda close: self.exit() if close else None
        )

    def action_say_how_to_leave(self) -> None:
        self.say(_("To leave the program, press Esc until it asks."))

    # --- slow work

    def slow(
        self,
        doing: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[NocopyError], None] | None = None,
    ) -> None:
        """Run `work` in a thread, then `then(result)` here; keys are not taken meanwhile.

        A NocopyError goes to `failed`, or is shown over the work area.
        """
        if self.busy:
            return
        self.busy = doing
        self.say(f"… {doing}")
        generation = self.generation

        def run() -> None:
            finished = Finished(generation, then, failed)
            try:
                finished.result = work()
            except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which tells or fails
                finished.error = error
            self.post_message(finished)

        self.run_worker(run, thread=True, group="slow", exit_on_error=False)

    def on_finished(self, message: Finished) -> None:
        if message.generation != self.generation:
            from store.books import Books

            if isinstance(message.result, Books):
                message.result.close()
            return
        self.busy = self.said = ""
        if message.error is None:
            message.then(message.result)
        elif not isinstance(message.error, NocopyError):
            raise message.error
        elif message.failed is not None:
            message.failed(message.error)
        else:
            self.tell(message.error)
        self.repaint()

    # --- what threads tell

    def on_line_seen(self, message: LineSeen) -> None:
        self.line.seen(message)

    def on_session_seen(self, message: SessionSeen) -> None:
        self.line.session_seen(message)

    def on_expired(self, message: Expired) -> None:
        self.line.expired(message)

    def on_run_moved(self, message: RunMoved) -> None:
        self.line.run_moved(message)

    def on_run_ended(self, message: RunEnded) -> None:
        self.line.run_ended(message)

    def on_card_seen(self, message: CardSeen) -> None:
        self.card.seen(message)

    # --- time

    def refresh_counts(self) -> None:
        """Read the figures of row 2 out of the books; screens read theirs anew when they are drawn."""
        self.version += 1
        if self._books is not None:
            queue, me = self._books.queue, self._books.who.login
            self.counts = dict(queue.counts())
            waiting = queue.list(("waiting", "needs_login"))
            self.counts["can_go"] = sum(job.goes_under(me) for job in waiting)  # under this log-in
            self.counts["visits"] = len(self._books.visits.unfinished())

    def _tick(self) -> None:
        if self._books is not None and self.monotonic() - self._touched_at > _LOCK_AFTER_S:
            self.lock()
        self.card.look_after()
        self.repaint()

    # --- a crash

    def _fatal_error(self) -> None:
        # Textual would print every local variable, and with it the citizen. The place in the code is enough.
        self.bell()
        error = self._exception
        frames = traceback.extract_tb(error.__traceback__) if error is not None else []
        where = "\n".join(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        self._exit_renderables.append(
            Text(
                _("The program failed. What was recorded is safe: start it again. For ICT:")
                + f"\n{type(error).__name__}\n{where}"
            )
        )
        self._close_messages_no_wait()


def bring_the_rest_in() -> None:
    """Import what comes after the log-in, in a thread, while the passphrase is being typed."""
    import sync.line_watch  # noqa: F401
    import tui.screens.home  # noqa: F401

    gc.enable()  # tui/commands/screen.py turned it off for the start


def _load_holidays(year: int) -> None:
    from store.office_hours import load

    load(year)


def run(home: Path, lang: str) -> int:
    """The office's screen on the books in `home`; returns the exit code."""
    from reader.pcsc import PcscDesk  # practice must do without pyscard

    messages.use(lang)
    app = NocopyApp(Locations(home), PcscDesk())
    if app.run(mouse=False) == "practice":
        return run_practice(None, lang)
    return app.return_code or 0


def run_practice(home: Path | None, lang: str) -> int:
    """Practice with invented people in a home of its own; returns the exit code."""
    from tui.practice import Practice

    messages.use(lang)
    practice = Practice(Locations(home or practice_home()))
    try:
        practice.claim_home()
        app = NocopyApp(practice.locations, practice.desk, practice)
        app.run(mouse=False)
        return app.return_code or 0
    finally:
        practice.stop()
