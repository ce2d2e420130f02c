"""The keys of a visit."""

from __future__ import annotations

from tui.frame.keys import Command
from tui.words.translate import mark


class WhoCame(Command):
    """Who stands here: the card's owner, or someone who comes for another person."""

    keys, label = ("f4",), mark("Who came")


class ChooseService(Command):
    """Take the chosen service. Nothing is asked for yet."""

    keys, label = ("enter",), mark("Choose the service")


class ChangeService(Command):
    """Take the chosen service instead. What is here goes along; the ledger says that it was chosen wrong."""

    keys, label, records = ("enter",), mark("Choose the service"), True


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


class SaveFile(Command):
    """Save the file that came as the answer, where you say."""

    keys, label = ("f7",), mark("Save the file")
