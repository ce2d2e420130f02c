"""What every screen shares: the frame, the keys, and the guard against a stray Enter.

Two rules are kept here. An event repaints (`paint`) and shows a sentence, but presses no key and moves no
cursor. And an Enter within GUARD_S of a change of what Enter does is ignored; one that would record a use,
also within GUARD_S of the Enter before: a key that is held down must not write into the ledger.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.text import Text
from textual._styles_cache import StylesCache
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from reader.errors import NocopyError
from tui.frame import keys
from tui.frame.frame import TextBlock, fitting, key_bar
from tui.words.cells import joined, pad
from tui.words.translate import _

if TYPE_CHECKING:
    from tui.program import Program

GUARD_S = 0.3
LEAST_WIDTH, LEAST_HEIGHT = 80, 24
T = TypeVar("T")

_BAR_KEYS = ("tab", "shift+tab", "left", "right", "enter", "escape")


class WorkScreen(Screen[T], inherit_bindings=False):
    """A screen of 24 rows: 1 place, 2 state, 3 rule, 4-21 the work, 22 rule, 23 what happened, 24 keys."""

    OFFERS: ClassVar[tuple[type[keys.Command], ...]] = ()
    AUTO_FOCUS = ""
    place: ClassVar[str] = ""
    takes_typing: ClassVar[bool] = False  # Enter only takes what was typed, so it needs no guard

    # Priority: a field must not swallow a command's key. A key that no command claims goes to the field.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"press('{key}')", show=False, priority=True, id=f"press.{key}")
        for key in dict.fromkeys((*keys.KEYS, *_BAR_KEYS))
    ]

    def __init__(self) -> None:
        super().__init__()
        self._meaning: object = None
        self._meant_at = 0.0
        self._painting = False
        self._bar: int | None = None  # the chosen key of row 24 after Tab has moved there

    @property
    def program(self) -> Program:
        return cast("Program", self.app)

    # --- what each screen overrides

    def body(self) -> ComposeResult:
        """The widgets of rows 4-21."""
        yield from ()

    def paint_body(self) -> None:
        """Draw rows 4-21 from what is known now."""

    def sentence(self) -> str:
        """Row 23 while say() has put nothing there: what to do next."""
        return ""

    def reminder(self) -> str:
        """What row 23 adds to the sentence where there is room."""
        return ""

    def enter_token(self) -> object:
        """Identifies what Enter acts on; the guard starts anew when it changes."""
        return None

    def next_area(self, step: int) -> bool:  # noqa: ARG002  (screens with two areas ask)
        """Tab: go to the next area of this screen; False when there is none and the key bar follows."""
        return False

    def card_changed(self) -> None:
        """An event of the card reader (`program.card.latest`). May show a sentence; moves no cursor."""

    def do_help(self) -> None:
        self.program.show_help(self)

    def do_card(self) -> None:
        self.program.press_card()

    def do_network(self) -> None:
        self.program.press_network()

    def can_lock(self) -> bool:
        return self.program.someone_is_in

    def do_lock(self) -> None:
        self.program.lock()

    def do_back(self) -> None:
        self.dismiss()

    # --- the frame

    def compose(self) -> ComposeResult:
        yield TextBlock(id="top")
        yield TextBlock(id="state")
        yield TextBlock(classes="rule")
        with Vertical(id="body"):
            yield from self.body()
        yield TextBlock(classes="rule")
        yield TextBlock(id="say")
        yield TextBlock(id="keys")

    def on_mount(self) -> None:
        self.set_class(self.program.practice is not None, "practice")
        for line in self.query(".rule").results(TextBlock):
            line.show("─" * 400)
        self.ready()
        self.paint()

    def ready(self) -> None:
        """Called once, when the widgets are there."""

    def on_screen_resume(self) -> None:
        self._meant_at = self.program.monotonic()
        self.paint()

    def on_resize(self) -> None:
        self.paint()

    def on_unmount(self) -> None:
        # Textual 8.2 caches the backgrounds of the last 1,024 widgets together with all that these drew.
        # After sixty citizens that is 400,000 objects, and a garbage collection over them stops every thread
        # for 0.3 s, also the one that reads a card.
        StylesCache.get_inner_outer.cache_clear()

    def paint(self) -> None:
        """Draw everything from what is known now. Never moves a cursor."""
        # A screen that was closed still receives earlier messages. It must not draw: the books may be another
        # officer's by now.
        if (
            not self.is_mounted
            or self not in self.program.screen_stack
            or self.query_one_optional("#keys") is None
        ):
            return
        if self._painting:
            return  # the body called say(): the foot, which is drawn last, shows it
        self._painting = True
        try:
            self.paint_head()
            self.paint_body()
            self.paint_foot()
        finally:
            self._painting = False

    def paint_head(self) -> None:
        """Rows 1 and 2."""
        width = self.size.width or 80
        top = self.program.top_row(_(self.place), width)
        if width < LEAST_WIDTH or 0 < self.size.height < LEAST_HEIGHT:
            top = pad(" ! " + _("Make the window larger: 80 x 24 is needed."), width)
        self.query_one("#top", TextBlock).show(top)
        self.query_one("#state", TextBlock).show(self.program.state_row(width))

    def paint_foot(self) -> None:
        """Rows 23 and 24; starts the guard anew where Enter acts on something else now."""
        self._notice_meaning()
        width = self.size.width or 80
        said = joined(self.program.said or self.sentence(), self.reminder(), width - 2)
        self.query_one("#say", TextBlock).show(pad(" " + said, width))
        self.query_one("#keys", TextBlock).show(self._key_row())

    def _key_row(self) -> Text:
        if self.program.busy:
            return Text("")
        return key_bar(self._in_bar(), self._bar, self.size.width or 80)

    # --- the keys

    def live_commands(self) -> list[type[keys.Command]]:
        """The commands whose key does something now, in the order of row 24; F12 for anyone logged in."""
        commands: tuple[type[keys.Command], ...] = (*self.OFFERS, keys.Lock)
        return [command for command in commands if command.alive(self)]

    def _live(self, key: str) -> type[keys.Command] | None:
        return next((command for command in self.live_commands() if key in command.keys), None)

    def _in_bar(self) -> list[type[keys.Command]]:
        named = [command for command in self.live_commands() if command.in_bar]
        return fitting(named, self.size.width or 80)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action != "press":
            return super().check_action(action, parameters)
        key = str(parameters[0])
        if key in ("tab", "shift+tab") or (self._bar is not None and key in _BAR_KEYS):
            return True
        if key == "enter" and isinstance(self.focused, Input):
            return True  # decided when the letters typed before it have arrived in the field
        return self._live(key) is not None

    async def action_press(self, key: str) -> None:
        """A key of KEYS was pressed, or one chosen in the key bar."""
        await self._let_typing_arrive()
        self._notice_meaning()
        open_ = self.enter_is_open()
        repeated = self._would_repeat()
        self.program.entered_at = self.program.monotonic() if key == "enter" else None
        if key == "enter" and not open_:
            if repeated:
                self.program.say(_("That Enter came at once after the last. Look, then press Enter."))
            return
        if self.program.busy:
            return
        self.program.touched()
        if self._bar is not None and key in _BAR_KEYS:
            self._press_in_bar(key)
        elif key in ("tab", "shift+tab"):
            if not self.next_area(-1 if key == "shift+tab" else 1):
                self._bar = 0
        else:
            command = self._live(key)
            if command is not None:
                self._bar = None
                self._run(command, key)
        self.program.repaint()

    async def _let_typing_arrive(self) -> None:
        """Wait for letters still on their way to the field: a command's key arrives sooner than they do."""
        field = self.focused
        if isinstance(field, Input):
            arrived = asyncio.Event()
            if field.call_later(arrived.set):
                await arrived.wait()

    def _press_in_bar(self, key: str) -> None:
        commands = self._in_bar()
        at = min(self._bar or 0, len(commands) - 1)
        if key in ("left", "right"):
            self._bar = (at + (1 if key == "right" else -1)) % len(commands)
            return
        self._bar = None
        if key in ("tab", "shift+tab"):
            self.next_area(1 if key == "shift+tab" else -1)  # past the last key: back to the first area
        elif key == "enter":
            self._run(commands[at], commands[at].keys[-1])

    def _run(self, command: type[keys.Command], key: str) -> None:
        try:
            command.run(self, key)
        except NocopyError as error:
            self.program.tell(error)

    def _notice_meaning(self) -> None:
        meaning = (self._bar is None, self._live("enter"), self.enter_token())
        if meaning != self._meaning:
            self._meaning = meaning
            self._meant_at = self.program.monotonic()

    def enter_is_open(self) -> bool:
        """Whether the guard would let an Enter through now."""
        if self._would_repeat():
            return False
        return self.takes_typing or self.program.monotonic() - self._meant_at >= GUARD_S

    def _would_repeat(self) -> bool:
        """Whether an Enter now would record a use, though it may be the last Enter still held down."""
        command, last = self._live("enter") if self._bar is None else None, self.program.entered_at
        if command is None or not command.records or last is None:
            return False
        return self.program.monotonic() - last < GUARD_S
