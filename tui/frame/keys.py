"""What a key does: a class for each command, with its key, its label and its help (the docstring).

Commands of several rooms are here; a room's own are in the room, as in tui/screens/visit/visit_keys.py.
Row 24, the key bar and the F1 page are made from these classes, so they cannot disagree with the keys. A
screen names its commands in OFFERS; for a class SendNow it has a method `do_send_now`, and, where the key
does not always do something, a method `can_send_now`. Letters are never commands: the Thai layout gives
other letters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Protocol

from store.people.permissions import may
from tui.frame.permitted import KEYS as KEYS_FOR
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program

# All the keys that a command may have; a key that no live command claims goes to the field being typed in.
KEYS = (
    *("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f12"),
    *("enter", "escape", "tab", "up", "down", "pageup", "pagedown"),
)

_SHOWN = {
    "tab": "Tab",
    "enter": "Enter",
    "escape": "Esc",
    "up": "↑↓",
    "down": "↑↓",
    "pageup": "PgUp/Dn",
    "pagedown": "PgUp/Dn",
}


class Pressed(Protocol):
    """The screen whose key is pressed; its own `do_` and `can_` methods are looked up by name."""

    @property
    def program(self) -> Program: ...


class Command:
    """What all commands share; not a command itself."""

    keys: ClassVar[tuple[str, ...]] = ()
    label: ClassVar[str] = ""
    in_bar: ClassVar[bool] = True  # False: not in row 24: it is in row 1 or 2, or needs no word
    records: ClassVar[bool] = False  # True: it writes uses into the ledger, which nothing can undo
    spare: ClassVar[bool] = False  # True: row 24 leaves it out where it has no room for all

    @classmethod
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def alive(cls, screen: Pressed) -> bool:
        """Whether the key does something on this screen now; never what the person's roles do not allow."""
        actions = KEYS_FOR[cls.name()]
        if actions and screen.program.someone_is_in:
            who = screen.program.books.who
            if not any(may(who, action) for action in actions):
                return False
        asked = getattr(screen, f"can_{cls.name()}", None)
        return bool(asked()) if asked is not None else True

    @classmethod
    def run(cls, screen: Pressed, key: str) -> None:  # noqa: ARG003  (a Step asks which)
        getattr(screen, f"do_{cls.name()}")()

    @classmethod
    def shown_key(cls) -> str:
        return _SHOWN.get(cls.keys[0], cls.keys[0].upper())

    @classmethod
    def help(cls) -> str:
        return _(" ".join((cls.__doc__ or "").split()))


class Step(Command):
    """A command with two directions."""

    back: ClassVar[str] = ""

    @classmethod
    def run(cls, screen: Pressed, key: str) -> None:
        getattr(screen, f"do_{cls.name()}")(-1 if key == cls.back else 1)


class Help(Command):
    """What every key of this screen does."""

    keys, label = ("f1",), mark("Help")


class Card(Command):
    """The card: read it again, or begin without a card. In practice: put it in, take it out."""

    keys, label, in_bar = ("f2",), mark("Card"), False


class Network(Command):
    """The network: look again whether it is there. In practice: cut it, restore it."""

    keys, label, in_bar = ("f6",), mark("Network"), False


class Lock(Command):
    """Lock the screen, or let another officer log in. Open visits are kept."""

    keys, label, in_bar = ("f12",), mark("Lock"), False


class Move(Step):
    """Move the cursor."""

    keys, label, back, spare = ("up", "down"), mark("Move"), "up", True


class Page(Step):
    """A page up or down."""

    keys, label, back, in_bar = ("pageup", "pagedown"), mark("Page"), "pageup", False


class Back(Command):
    """One step back. Nothing is deleted."""

    keys, label = ("escape",), mark("Back")


class Open(Command):
    """Open the chosen line."""

    keys, label = ("enter",), mark("Open")


class Confirm(Command):
    """Take what is chosen or typed."""

    keys, label = ("enter",), mark("OK")


class SendNow(Command):
    """Send what waits, now."""

    keys, label = ("f5",), mark("Send now")


class TryAgain(Command):
    """Try it again."""

    keys, label = ("f5",), mark("Retry")


class Quit(Command):
    """Close the program. It asks first."""

    keys, label = ("escape",), mark("Close")


class Find(Command):
    """Search the ledger."""

    keys, label = ("f3",), mark("Search ledger")
