"""The full-screen program: who is logged in, the state of card and network, and which screen is shown."""

from __future__ import annotations

import gc
import sys
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from reader.buddhist_date import now, show_day, show_time
from reader.errors import NocopyError
from reader.slots import ReaderSlots
from store.base.locations import Locations
from store.people.keys_file import KeysFile
from store.people.permissions import may
from store.queue.job import JobState
from tui.card_state import CardSeen, CardState
from tui.frame.background import FromThread, in_background
from tui.frame.base import WorkScreen
from tui.network_state import Expired, NetworkSeen, OfficeNetwork, RunEnded, RunMoved, SessionSeen
from tui.screens.login.login import LoginScreen
from tui.state_row import network_words, state_row
from tui.who_is_in import WhoIsIn
from tui.words.cells import clean, spread
from tui.words.translate import _

# What the first frame does not need is imported where it is used, or in a thread after the first frame
# (bring_the_rest_in): it takes 0.3 s, which would delay the log-in.
if TYPE_CHECKING:
    from store.books import Books
    from store.counter.visitor import Visitor
    from tui.practice import Practice

T = TypeVar("T")

_LOCK_AFTER_S = 15 * 60
_TURN_S = 0.0005  # Python's switch interval: the longest wait of the card thread for the screen's


class NocopyApp(App[str], inherit_bindings=False):
    """`practice` is None at a real counter. `clock` and `monotonic` are given by tests."""

    CSS_PATH = "styles/nocopy.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "No Copy"
    # Textual ends at Ctrl+Q, even in mid-visit; Ctrl+C is pressed by habit. Here both only say how to leave.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "say_how_to_leave", show=False, priority=True),
    ]

    def __init__(
        self,
        locations: Locations,
        readers: ReaderSlots,
        practice: Practice | None = None,
        *,
        clock: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.locations = locations
        self.readers = readers
        self.practice = practice
        self.clock = clock
        self.monotonic = monotonic
        self._said = ""
        self.is_doing = False
        self.busy = ""
        self.generation = 0
        self.counts: dict[str, int] = {}
        self.version = 0  # grows when the books may have changed since a screen read them
        self._touched_at = 0.0
        self.paper_folder = ""  # the folder of the last paper
        self.entered_at: float | None = None  # when Enter was last pressed; None after any other key
        self.card = CardState(readers, self._post_card, clock, monotonic)
        self.network = OfficeNetwork(self)
        self.who_is_in = WhoIsIn(self, self.go)

    # --- what the screens ask

    @property
    def books(self) -> Books:
        """The books of the officer who is logged in."""
        books = self.who_is_in.books
        assert books is not None, "nobody is logged in"
        return books

    @property
    def someone_is_in(self) -> bool:
        return self.who_is_in.books is not None

    def top_row(self, place: str, width: int) -> str:
        moment = self.clock()
        who = ""
        if self.someone_is_in:
            person = self.books.who
            name = person.name[max(0, person.name.find(person.short_name())) :]
            who = f"F12 {clean(name)}  "
        return spread(f" No Copy · {place}", f"{who}{show_day(moment)} {show_time(moment)} ", width)

    def state_row(self, width: int) -> Text:
        return state_row(self, width)

    @property
    def said(self) -> str:
        """What say() put in row 23; empty where the screen's own sentence is shown."""
        return self._said

    def say(self, sentence: str) -> None:
        """Show this in row 23 until the next key: what just happened, and what to do next."""
        self._said, self.is_doing = sentence, False
        self.repaint()

    def say_doing(self, doing: str) -> None:
        """Show this in row 23 while work runs in the background."""
        self.say(f"… {doing}")
        self.is_doing = True

    def repaint(self) -> None:
        """Redraw the shown screen; no cursor moves."""
        screen = self.screen
        if isinstance(screen, WorkScreen):
            screen.paint()

    def touched(self) -> None:
        """A key was pressed: clear what say() put in row 23, because it has been read."""
        self._said, self.is_doing = "", False
        self._touched_at = self.monotonic()

    def tell(self, error: NocopyError) -> None:
        """Show an error over the work area."""
        from tui.frame.error import ErrorScreen

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
        in_background(self, lambda _progress: bring_the_rest_in())

    def on_unmount(self) -> None:
        self.card.stop()
        self.network.stop()
        self.who_is_in.close()

    def begin(self) -> None:
        """Show the first screen: the log-in, or what to do where there are no books."""
        if self.practice is not None and not self.practice.is_ready:
            from tui.screens.login.preparing import PreparingScreen

            self.go(PreparingScreen())
        elif self.locations.are_whole:
            self.go(LoginScreen(KeysFile(self.locations.keys).logins()))
        else:
            from tui.screens.login.nobooks import NoBooksScreen

            self.go(NoBooksScreen())

    def go(self, screen: WorkScreen[Any]) -> None:
        """Show this screen and close all others."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen)

    def log_in(self, login: str, passphrase: str, refused: Callable[[NocopyError], None]) -> None:
        """Open the books with a passphrase, then show Home."""
        self.who_is_in.log_in(login, passphrase, refused)

    def change_passphrase(
        self, login: str, old: str, new: str, refused: Callable[[NocopyError], None]
    ) -> None:
        """Change a first passphrase, then log in with the new one."""
        self.who_is_in.change_passphrase(login, old, new, refused)

    def lock(self) -> None:
        """Lock, at F12 or after some time without a key: the log-in is shown."""
        self.who_is_in.lock()

    def back_to_home(self) -> None:
        """Close every screen above Home."""
        from tui.screens.home.home import HomeScreen

        while len(self.screen_stack) > 2 and not isinstance(self.screen, HomeScreen):
            self.pop_screen()

    def ask_to_close(self, lost: str = "") -> None:
        """Esc at the outermost screen: ask whether to close the program, and say what would be `lost`."""
        from tui.frame.ask import Question
        from tui.frame.choice_list import Choice

        choices = [Choice(_("Stay"), False), Choice(_("Close the program"), True)]
        lines = [lost or _("Open visits and what waits to be sent are kept.")]
        if self.who_is_in.left is not None:
            ending = sum(self.who_is_in.left.lookups.ending_today().values())
            if ending:
                words = _("But {n} requests end today unless whoever asked logs in once more.")
                lines.append(words.format(n=ending))
        self.push_screen(
            Question(_("Close the program"), lines, choices), lambda close: self.exit() if close else None
        )

    def action_say_how_to_leave(self) -> None:
        self.say(_("To leave the program, press Esc until it asks."))

    # --- what a screen asks of another room

    def show_help(self, screen: Screen[Any]) -> None:
        """Show the F1 page of that screen."""
        from tui.frame.help import HelpScreen  # only a press of F1 needs it

        assert isinstance(screen, WorkScreen)
        self.push_screen(HelpScreen(screen))

    def begin_visit(self, person: Visitor) -> None:
        """Let the officer choose a service for this visitor."""
        from tui.screens.visit.visit_service import ServiceScreen

        self.push_screen(ServiceScreen(person))

    def open_visit(self, visit_id: str, *, is_new: bool = False, instead: bool = False) -> None:
        """Show a visit's documents, on top of the shown screen or in its place."""
        from tui.screens.visit.visit_documents import DocumentsScreen

        show = self.switch_screen if instead else self.push_screen
        show(DocumentsScreen(visit_id, is_new=is_new))

    def press_card(self) -> None:
        """F2: read the card again, or choose the reader; in practice, put a card in or take it out."""
        from tui.screens.card.practice_cards import ask_practice_card
        from tui.screens.card.readers import ask_reader

        if self.practice is not None:
            ask_practice_card(self, self.practice)
        elif isinstance(self.screen, WorkScreen):
            ask_reader(self)

    def press_network(self) -> None:
        """F6: look at the network again, log in with ThaID; in practice, cut or restore the network."""
        if self.practice is not None:
            cut = self.practice.cut_or_restore()
            self.say(_("Practice: the network is cut.") if cut else _("Practice: the network is back."))
        else:
            self.say(_("Network {state}. Looking once more.").format(state=network_words(self)))
            self.network.ask_about_session()
            self._ask_about_thaid()
        self.network.look()

    def _ask_about_thaid(self) -> None:
        """F6, where this unit uses a gateway that requires the ThaID app: log the officer in or out there."""
        from tui.frame.ask import Question
        from tui.screens.queue.thaid_login import ThaidQuestions

        thaid = self.network.thaid
        if thaid is None or isinstance(self.screen, Question):
            return
        if thaid.is_set_up(self.books) and may(self.books.who, "visit"):
            ThaidQuestions(self, thaid).begin()

    # --- slow work

    def slow(
        self,
        doing: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[NocopyError], None] | None = None,
        *,
        drop: Callable[[T], None] = lambda _result: None,
    ) -> None:
        """Run `work` in a thread, then `then(result)` here; keys are ignored meanwhile.

        A NocopyError goes to `failed`, or is shown over the work area. A result that arrives after a lock
        goes to `drop`.
        """
        if self.busy:
            return
        self.busy = doing
        self.say_doing(doing)

        def done(result: T) -> None:
            self._is_done()
            then(result)

        def refused(error: NocopyError) -> None:
            self._is_done()
            (failed or self.tell)(error)

        in_background(self, lambda _progress: work(), done, failed=refused, drop=drop)

    def _is_done(self) -> None:
        self.busy = ""
        self.say("")

    # --- messages from threads

    def on_from_thread(self, message: FromThread) -> None:
        if message.generation != self.generation:
            message.drop()
            return
        message.do()
        self.repaint()

    def on_network_seen(self, message: NetworkSeen) -> None:
        self.network.seen(message)

    def on_session_seen(self, message: SessionSeen) -> None:
        self.network.session_seen(message)

    def on_expired(self, message: Expired) -> None:
        self.network.expired(message)

    def on_run_moved(self, message: RunMoved) -> None:
        self.network.run_moved(message)

    def on_run_ended(self, message: RunEnded) -> None:
        self.network.run_ended(message)

    def on_card_seen(self, message: CardSeen) -> None:
        self.card.take(message)
        if not self.card.is_worth_drawing():
            return
        if self.someone_is_in:
            for screen in list(self.screen_stack):
                if isinstance(screen, WorkScreen) and screen in self.screen_stack:
                    screen.card_changed()
        self.repaint()

    def _post_card(self, message: CardSeen) -> None:
        if self.is_running:
            self.post_message(message)

    # --- time

    def refresh_counts(self) -> None:
        """Read the figures of row 2 from the books; a screen reads its own when it is drawn."""
        self.version += 1
        if self.someone_is_in:
            queue, me = self.books.queue, self.books.who.login
            self.counts = dict(queue.counts())
            waiting = queue.list((JobState.WAITING, JobState.NEEDS_LOGIN))
            self.counts["can_go"] = sum(job.goes_under(me) for job in waiting)  # under this log-in
            self.counts["visits"] = len(self.books.visits.unfinished())

    def _tick(self) -> None:
        if self.someone_is_in and self.monotonic() - self._touched_at > _LOCK_AFTER_S:
            self.lock()
        self.card.look_after()
        self.repaint()

    # --- a crash

    def _fatal_error(self) -> None:
        # Textual would print every local variable, and so a citizen's data. The place in the code is enough.
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
    """Import what is needed after the log-in, in a thread, while the passphrase is being typed."""
    import sync.run.network_watch  # noqa: F401
    import tui.screens.home.home  # noqa: F401

    gc.enable()  # tui/commands/screen.py turned it off for the start
