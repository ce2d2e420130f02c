"""Every command of the screen: one class each, with its key, its label and its help (the docstring).

Row 24, the key bar and the F1 page are made from these classes, so they cannot disagree with the keys. A
screen names its commands in OFFERS; for a class SendNow it has a method `do_send_now`, and, where the key is
not always alive, a method `can_send_now`. Letters are never commands: they do not fire under the Thai layout.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from store.permissions import may
from tui.messages import _, mark
from tui.permitted import KEYS as KEYS_FOR

if TYPE_CHECKING:
    from tui.screens.base import WorkScreen

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


class Command:
    """What all commands share; not a command itself."""

    keys: ClassVar[tuple[str, ...]] = ()
    label: ClassVar[str] = ""
    in_bar: ClassVar[bool] = (
        True  # False: it stands beside the thing it acts on (rows 1 and 2), or needs no word
    )
    records: ClassVar[bool] = False  # True: it writes uses into the ledger, which cannot be mended
    spare: ClassVar[bool] = False  # True: row 24 leaves it out where it has no room for all

    @classmethod
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def alive(cls, screen: WorkScreen[Any]) -> bool:
        """Does the key do something on this screen now? Never what the person's roles do not allow."""
        actions = KEYS_FOR[cls.name()]
        if actions and screen.office.someone_is_in:
            who = screen.office.books.who
            if not any(may(who, action) for action in actions):
                return False
        asked = getattr(screen, f"can_{cls.name()}", None)
        return bool(asked()) if asked is not None else True

    @classmethod
    def run(cls, screen: WorkScreen[Any], key: str) -> None:  # noqa: ARG003  (a _Step asks which)
        getattr(screen, f"do_{cls.name()}")()

    @classmethod
    def shown_key(cls) -> str:
        return _SHOWN.get(cls.keys[0], cls.keys[0].upper())

    @classmethod
    def help(cls) -> str:
        return _(" ".join((cls.__doc__ or "").split()))


class _Step(Command):
    """A command with two directions."""

    back: ClassVar[str] = ""

    @classmethod
    def run(cls, screen: WorkScreen[Any], key: str) -> None:
        getattr(screen, f"do_{cls.name()}")(-1 if key == cls.back else 1)


# --- everywhere


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


class Move(_Step):
    """Move the cursor."""

    keys, label, back, spare = ("up", "down"), mark("Move"), "up", True


class Page(_Step):
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


class SaveFile(Command):
    """Save the file that came as the answer, where you say."""

    keys, label = ("f7",), mark("Save the file")


class Paper(Command):
    """The month's paper as a PDF, where you say."""

    keys, label = ("f7",), mark("Paper")


class SendNow(Command):
    """Send what waits, now."""

    keys, label = ("f5",), mark("Send now")


class TryAgain(Command):
    """Try it again."""

    keys, label = ("f5",), mark("Retry")


# --- the door


class LogIn(Command):
    """Log in as the chosen person with the passphrase typed."""

    keys, label = ("enter",), mark("Log in")


class Quit(Command):
    """Close the program. It asks first."""

    keys, label = ("escape",), mark("Close")


class Find(Command):
    """Search the ledger."""

    keys, label = ("f3",), mark("Search ledger")


class HandedOver(Command):
    """The person has the first passphrase: on to the next one."""

    keys, label = ("enter",), mark("Handed over")


class OtherWords(Command):
    """Four other words as an example."""

    keys, label = ("f5",), mark("Other words")


# --- the first start


class NextField(Command):
    """Take what was typed, and go on to the next field; after the last one to the next step."""

    keys, label = ("enter",), mark("Next")


class OtherStep(_Step):
    """The step before, the step after. What was typed is kept."""

    keys, label, back = ("pageup", "pagedown"), mark("Step"), "pageup"


class SetupFile(Command):
    """Take everything from a setup file, on a stick or on this PC. You see it before the books are made."""

    keys, label = ("f4",), mark("Setup file")


class TryKey(Command):
    """Try the key: it only marks that it has arrived."""

    keys, label = ("f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f12"), mark("Try")
    in_bar = False

    @classmethod
    def run(cls, screen: WorkScreen[Any], key: str) -> None:
        screen.do_try_key(key)  # type: ignore[attr-defined]


class RemovePerson(Command):
    """Take the chosen person out again. It asks first."""

    keys, label = ("f8",), mark("Take out")


class SheetPlace(Command):
    """Another place for the recovery sheet: a stick, or a folder that you type."""

    keys, label = ("f4",), mark("Another place")


class MakeBooks(Command):
    """Make the books of the unit. Nothing was written before."""

    keys, label = ("f9",), mark("Make the books")


# --- the visit


class ChooseService(Command):
    """Take the chosen service. Nothing is asked for yet."""

    keys, label = ("enter",), mark("Choose the service")


class ChangeService(Command):
    """Take the chosen service instead. What is here goes along; the ledger says that it was chosen wrong."""

    keys, label, records = ("enter",), mark("Choose the service"), True


class WhoCame(Command):
    """Who stands here: the card's owner, or someone who comes for another person."""

    keys, label = ("f4",), mark("Who came")


class Obtain(Command):
    """Obtain all documents that are not there yet. Each one asked for is written in the ledger."""

    keys, label, records = ("enter",), mark("Obtain"), True


class Look(Command):
    """Look at the chosen document in full. Nothing is recorded."""

    keys, label = ("enter",), mark("Look")


class AddDocument(Command):
    """One more document for this visit. It is chosen from a list; nothing is asked for yet."""

    keys, label = ("enter",), mark("Add")


class Answer(Command):
    """Take the chosen answer to the question."""

    keys, label = ("enter",), mark("OK")


class Channel(Command):
    """Another way for the chosen document: own copy, sighted, not needed, or ask for it."""

    keys, label = ("f4",), mark("Channel")


class Settle(Command):
    """What to do about the chosen document, as with F4."""

    keys, label, in_bar = ("enter",), mark("Channel"), False


class OtherArea(Command):
    """From the question about a document to the list of the documents, and by way of the keys back again."""

    keys, label = ("tab",), mark("Switch")


class RetryLookups(Command):
    """Ask again now for what waits."""

    keys, label = ("f5",), mark("Retry")


class TakeOver(Command):
    """Take over another officer's visit: what waits for their log-in is asked anew under yours."""

    keys, label = ("f5",), mark("Take over")


class Slip(Command):
    """The slip for the citizen as a PDF, where you say: what was obtained, and what is still awaited."""

    keys, label = ("f7",), mark("Paper")


class CancelVisit(Command):
    """Cancel this visit, or choose another service. It asks why; what was recorded stays in the ledger."""

    keys, label = ("f8",), mark("Cancel")


class Finish(Command):
    """Finish the visit. The citizen's data is erased from this PC."""

    keys, label = ("f9",), mark("Finish")


class Park(Command):
    """Leave the visit open and go back. Answers go on arriving."""

    keys, label = ("escape",), mark("Park")


# --- ledger, waiting list


class NewSearch(Command):
    """Empty the search box: the uses are shown. The word “everything” or a kind of line shows more."""

    keys, label = ("f3",), mark("New search")


class LedgerPages(Command):
    """A PDF of the lines that are listed, or the slip of the chosen line's visit. Numbers are masked."""

    keys, label = ("f7",), mark("Paper")


class Correct(Command):
    """Add a line that says what is wrong with this use. The line itself stays as it is."""

    keys, label = ("f4",), mark("Correct it")


class Story(Command):
    """The line's story: what it is about, and what followed."""

    keys, label = ("enter",), mark("Story")


class CancelItem(Command):
    """Cancel the chosen item, or leave it."""

    keys, label = ("f8",), mark("Cancel it")


class ByStick(Command):
    """Without a line: write what waits for the ministry to a USB stick, or take its answer in."""

    keys, label = ("f4",), mark("By stick")


class OpenVisit(Command):
    """Open the visit that the chosen item belongs to."""

    keys, label = ("enter",), mark("Open visit")


# --- the people


class ChangePerson(Command):
    """Change the chosen person: roles, services, name; or give a first passphrase."""

    keys, label = ("f4", "enter"), mark("Change")


class EndAppointment(Command):
    """End an appointment of the chosen person, now or on a day. The past stays."""

    keys, label = ("f8",), mark("End appointment")


class AddPerson(Command):
    """Add a person, with a first passphrase."""

    keys, label = ("enter",), mark("Add")


class RecoverySheet(Command):
    """The recovery sheet: type it back from the paper, or make a new one."""

    keys, label = ("f7",), mark("Recovery")


class BackUp(Command):
    """Back the books up: one now, here or on a stick, or choose where the day's second one goes."""

    keys, label = ("f5",), mark("Backup")


class OpenSettings(Command):
    """The settings: office hours, limits, what stands out, gateways, where the second backup goes."""

    keys, label = ("enter",), mark("Open")


class OpenCentre(Command):
    """The ministry's centre: enrol this office there, or see how it stands."""

    keys, label = ("enter",), mark("Open")


class ChangeSetting(Command):
    """Change the chosen setting. The ledger notes which one and by whom, never the value."""

    keys, label = ("f4", "enter"), mark("Change")


class UsualSetting(Command):
    """As if nobody had changed it: a number is the usual one again, an address or a folder is none."""

    keys, label = ("f8",), mark("As usual")


# --- the month


class Explain(Command):
    """Explain the chosen finding before the head asks."""

    keys, label = ("f4",), mark("Explain")


class Decide(Command):
    """Decide about the chosen finding."""

    keys, label = ("f4",), mark("Decide")


class AddFinding(Command):
    """Add what you found yourself: it is reported to ICT."""

    keys, label = ("enter",), mark("Add")


class SendBack(Command):
    """Send the month back with a reason. The earlier signatures stay in its history."""

    keys, label = ("f8",), mark("Return")


class Sign(Command):
    """Sign this month. The passphrase is asked again."""

    keys, label = ("f9",), mark("Sign")


class Submit(Command):
    """Send the signed report now."""

    keys, label = ("f5",), mark("Send report")


class OtherMonth(_Step):
    """The month before, the month after."""

    keys, label, back, spare = ("pageup", "pagedown"), mark("Month"), "pageup", True


class Lines(Command):
    """The ledger lines of the chosen finding."""

    keys, label = ("enter",), mark("Lines")
