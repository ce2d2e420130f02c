"""The running program as its screens may use it.

Screens take a Program and never the class in tui/app.py, which imports them. What belongs to another room,
such as opening a visit, a screen asks the program to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rich.text import Text
from textual.message import Message
from textual.screen import Screen

if TYPE_CHECKING:
    from reader.errors import NocopyError
    from store.base.locations import Locations
    from store.books import Books
    from store.counter.visitor import Visitor
    from tui.card_state import CardState
    from tui.network_state import OfficeNetwork
    from tui.practice import Practice

T = TypeVar("T")


class Program(Protocol):
    """`practice` is None at a real counter. `generation` grows with each lock: a result of an earlier one is
    dropped. `version` grows when the books may have changed since a screen read them."""

    locations: Locations
    practice: Practice | None
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    card: CardState
    network: OfficeNetwork
    generation: int
    version: int
    busy: str
    paper_folder: str
    entered_at: float | None

    # --- who is logged in, and what row 2 counts

    @property
    def books(self) -> Books:
        """The books of the person who is logged in; only while someone is."""

    @property
    def someone_is_in(self) -> bool:
        """Is anybody logged in?"""

    @property
    def counts(self) -> Mapping[str, int]:
        """Jobs by state; `can_go`: jobs that this log-in may send; `visits`: the open visits."""

    def refresh_counts(self) -> None:
        """Read `counts` anew: the books have changed."""

    # --- what the person is told

    @property
    def said(self) -> str:
        """What say() put in row 23; empty where the screen's own sentence is shown."""

    @property
    def is_doing(self) -> bool:
        """Whether row 23 still shows what say_doing() put there."""

    def say(self, sentence: str) -> None:
        """Show this in row 23 until the next key: what just happened, and what to do next."""

    def say_doing(self, doing: str) -> None:
        """Show this in row 23 while work runs in the background."""

    def tell(self, error: NocopyError) -> None:
        """Show an error over the work area."""

    def top_row(self, place: str, width: int) -> str:
        """The text of row 1."""

    def state_row(self, width: int) -> Text:
        """The text of row 2."""

    def repaint(self) -> None:
        """Redraw the shown screen; no cursor moves."""

    def touched(self) -> None:
        """A key was pressed: clear what say() put in row 23, because it has been read."""

    def bell(self) -> None:
        """Ring the terminal's bell."""

    # --- screens

    @property
    def screen(self) -> Screen[Any]:
        """The screen that is shown."""

    @property
    def screen_stack(self) -> list[Screen[Any]]:
        """All open screens, the shown one last."""

    def push_screen(self, screen: Screen[T], callback: Callable[[T | None], None] | None = None) -> Any:
        """Show a screen on top of the others; `callback` gets its result."""

    def switch_screen(self, screen: Screen[Any]) -> Any:
        """Show a screen in the place of the one that is shown."""

    def begin(self) -> None:
        """Show the first screen: the log-in, or what to do where there are no books."""

    def back_to_home(self) -> None:
        """Close every screen above Home."""

    def show_help(self, screen: Screen[Any]) -> None:
        """Show the F1 page of that screen."""

    def begin_visit(self, person: Visitor) -> None:
        """Let the officer choose a service for this visitor."""

    def open_visit(self, visit_id: str, *, is_new: bool = False, instead: bool = False) -> None:
        """Show a visit's documents, on top of the shown screen or in its place."""

    # --- card, network and log-in

    def press_card(self) -> None:
        """F2: read the card again, or choose the reader; in practice, put a card in or take it out."""

    def press_network(self) -> None:
        """F6: look at the network again, log in at the Linkage Center; in practice, cut or restore it."""

    def log_in(self, login: str, passphrase: str, refused: Callable[[NocopyError], None]) -> None:
        """Open the books with a passphrase, then show Home."""

    def change_passphrase(
        self, login: str, old: str, new: str, refused: Callable[[NocopyError], None]
    ) -> None:
        """Change a first passphrase, then log in with the new one."""

    def lock(self) -> None:
        """Lock: show the log-in. Open visits stay as they are."""

    def ask_to_close(self, lost: str = "") -> None:
        """Ask whether to leave the program, and say what would be `lost`."""

    def exit(self, result: str | None = None, return_code: int = 0, message: Any = None) -> None:
        """End the program."""

    # --- work in threads

    @property
    def is_running(self) -> bool:
        """False once the program ends: nothing may be posted any more."""

    def post_message(self, message: Message) -> bool:
        """Hand a message to the screen's own thread; a thread may call this."""

    def run_worker(self, work: Callable[[], None], *, thread: bool, exit_on_error: bool) -> Any:
        """Textual's own; screens use in_background() of tui/frame/background.py."""

    def slow(
        self,
        doing: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[NocopyError], None] | None = None,
        *,
        drop: Callable[[T], None] = lambda _result: None,
    ) -> None:
        """Run `work` in a thread, then `then(result)` here; keys are ignored meanwhile."""
