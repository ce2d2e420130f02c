"""The words for channels, visitors' roles, ways to show identity, and the states of a visit's documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reader.buddhist_date import show_date, show_time
from store.counter.visit import Comer, Identity, SubjectKind, VisitState, WantedState
from store.settings.catalogue import Channel
from tui.words.translate import mark


@dataclass(frozen=True)
class ChannelWords:
    """The words for a channel, each a message id.

    `name` in a row, `column` above a column (at most 7 cells in every language), `paper` above a paper's
    column, `slip` on a citizen's slip. `obtained`: for a document that came by it without a kept answer.
    For the officer's own work and the laser check, `offer` is the choice that begins it; for the officer's
    own work, `recorded` is the sentence afterwards, with {document}.
    """

    name: str
    column: str
    paper: str
    slip: str
    obtained: str = mark("The answer has been erased.")
    offer: str = ""
    recorded: str = ""


CHANNELS: dict[str, ChannelWords] = {
    Channel.CARD: ChannelWords(
        name=mark("the card"),
        column=mark("Card"),
        paper=mark("read from the card"),
        slip=mark("read from the card"),
        obtained=mark("Read from the chip of the card."),
    ),
    Channel.LINKAGE: ChannelWords(
        name=mark("Linkage"), column=mark("Linkage"), paper=mark("Linkage"), slip=mark("Linkage Center")
    ),
    Channel.GDX: ChannelWords(name=mark("GDx"), column=mark("GDx"), paper=mark("GDx"), slip=mark("GDx")),
    Channel.LASER: ChannelWords(
        name=mark("laser no."),
        column=mark("Laser"),
        paper=mark("laser no."),
        slip=mark("laser no. checked"),
        obtained=mark("The department confirms the number on the back of the card."),
        offer=mark("have the laser number on the back checked"),
    ),
    Channel.COPY: ChannelWords(
        name=mark("own copy"),
        column=mark("Copies"),
        paper=mark("own copy"),
        slip=mark("copied by the officer from the original"),
        obtained=mark("The officer made the copy from the original."),
        offer=mark("original here: the officer has made the copy"),
        recorded=mark("{document}: own copy, recorded."),
    ),
    Channel.SIGHTED: ChannelWords(
        name=mark("sighted"),
        column=mark("Sighted"),
        paper=mark("sighted"),
        slip=mark("original seen by the officer"),
        obtained=mark("The officer looked at the original; no copy is needed."),
        offer=mark("original here: looked at, no copy needed"),
        recorded=mark("{document}: sighted, recorded."),
    ),
}

CHANNEL_NAMES = {channel: words.name for channel, words in CHANNELS.items()}

COMER_WORDS: dict[str, str] = {
    Comer.SELF: mark("the card's owner"),
    Comer.MANDATE: mark("someone with a mandate"),
    Comer.REPRESENTATIVE: mark("a representative"),
    Comer.GUARDIAN: mark("parent or guardian"),
    Comer.HEIR: mark("heir"),
}

IDENTITY_WORDS: dict[str, str] = {
    Identity.CHIP: mark("chip of the card"),
    Identity.CARD_FACE: mark("face of the card, chip not readable"),
    Identity.THAID: mark("ThaID on the phone"),
    Identity.OTHER_PHOTO_ID: mark("another document with a photo"),
    Identity.NONE: mark("nothing shown"),
}

BACK_ENTRY_IDENTITY_WORDS = {**IDENTITY_WORDS, Identity.CARD_FACE: mark("face of the card")}
"""The same for a back entry, for which no chip was tried."""

NUMBER_LABELS: dict[str, str] = {
    SubjectKind.THAI_PERSON: mark("Number, 13 digits"),
    SubjectKind.FOREIGNER: mark("Number, 13 digits"),
    SubjectKind.JURISTIC: mark("Company number, 13 digits"),
    SubjectKind.GROUP: mark("Number or name of the group"),
    SubjectKind.PASSPORT: mark("Passport number"),
    SubjectKind.DECEASED: mark("Number, 13 digits"),
}
"""The label of the field for a number, by the kind of subject."""

VISIT_STATE_WORDS: dict[str, str] = {
    VisitState.OPEN: mark("still open"),
    VisitState.WAITING: mark("waiting"),
    VisitState.CLOSED: mark("closed"),
    VisitState.CANCELLED: mark("cancelled"),
}


@dataclass(frozen=True)
class WantedWords:
    """The words for a state of a visit's document, each a message id.

    `row` in the list, `title` above its panel; `says`, in the panel, what it means and what to do.
    """

    row: str
    title: str
    says: str = ""


WANTED: dict[str, WantedWords] = {
    WantedState.TODO: WantedWords(
        mark("○ to be asked"),
        mark("not asked yet"),
        mark("Press Enter to obtain all that is not asked for yet."),
    ),
    WantedState.ASKED: WantedWords(mark("… waits"), mark("not here yet")),
    WantedState.OBTAINED: WantedWords(mark("● obtained"), mark("obtained")),
    WantedState.NOT_FOUND: WantedWords(
        mark("! not found"),
        mark("not found"),
        mark(
            "The system answers: not found (which does not mean that the document does not exist). If the"
            " citizen holds it, press F4 and choose own copy or sighted."
        ),
    ),
    WantedState.REFUSED: WantedWords(
        mark("! refused"),
        mark("refused"),
        mark(
            "The other end refuses this request, and it will not be repeated. Press F4 to ask again or to"
            " use the original."
        ),
    ),
    WantedState.EXPIRED: WantedWords(
        mark("! expired"),
        mark("expired"),
        mark("The request expired before an answer came. Press F4 to ask again or to use the original."),
    ),
    WantedState.CANCELLED: WantedWords(
        mark("– cancelled"),
        mark("cancelled"),
        mark("The request was cancelled. Press F4 to ask again or to use the original."),
    ),
    WantedState.NOT_NEEDED: WantedWords(
        mark("– not asked"),
        mark("not asked for"),
        mark("This visit does without it. Press F4 to ask for it after all."),
    ),
}


def show_moment(served_at: str) -> str:
    """19 พ.ย. 2569 10:15"""
    at = datetime.fromisoformat(served_at)
    return f"{show_date(at)} {show_time(at)}"
