"""Who stands here, and how identity is shown without a card: questions that end in an AtCounter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.back_entry import BackEntry
from store.free_text import words
from store.visit import checked_subject
from tui.at_desk import AtCounter
from tui.messages import _, mark
from tui.screens.ask import Question, TypeIn
from tui.screens.back_entry import ask_back_entry
from tui.screens.person_panel import BEFORE, COMERS, IDENTITIES
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp


@dataclass(frozen=True)
class _Way:
    """As what someone comes, for what kind of subject, in which words it is chosen and asked for."""

    comer: str
    kind: str
    words: str
    whose: str


_WAYS = (
    _Way(
        "mandate",
        "thai_person",
        COMERS["mandate"],
        mark("Who gave the mandate: lookups are about this number alone."),
    ),
    _Way(
        "representative",
        "juristic",
        mark("representative of a company"),
        mark("The company: lookups are about this number alone."),
    ),
    _Way(
        "representative",
        "group",
        mark("representative of a group or co-operative"),
        mark("The group: nothing is looked up, own copies and originals alone."),
    ),
    _Way(
        "guardian",
        "thai_person",
        COMERS["guardian"],
        mark("The child or ward: lookups are about this number alone."),
    ),
    _Way("heir", "deceased", COMERS["heir"], mark("Who died: lookups are about this number alone.")),
)
_LABELS = {
    "juristic": mark("Company number, 13 digits"),
    "group": mark("Number or name of the group"),
    "passport": mark("Passport number"),
}
_PASSPORT = "passport"
_BEFORE = "before"


def ask_without_card(app: NocopyApp, begin: Callable[[AtCounter], None], known: str = "") -> None:
    """No card: how identity is shown (where it is not `known`), then the 13 digits."""
    choices = [Choice(_("Wait for the card"), ""), *_identities(IDENTITIES)]
    choices.append(Choice(_("Served on paper before: write it down now"), _BEFORE))

    def chosen(how: str | None) -> None:
        if how == _BEFORE:
            ask_back_entry(app, lambda entry: _ask_identity_of(app, begin, entry))
        elif how:
            _ask_person(app, begin, how)

    if known:
        chosen(known)
    else:
        app.push_screen(Question(_("Begin without a card: how is identity shown?"), [], choices), chosen)


def _ask_identity_of(app: NocopyApp, begin: Callable[[AtCounter], None], entry: BackEntry) -> None:
    choices = [Choice(_("Write nothing down"), ""), *_identities(BEFORE)]
    app.push_screen(
        Question(_("How was identity shown then?"), [], choices),
        lambda how: _ask_person(app, begin, how, entry) if how else None,
    )


def _identities(words: dict[str, str]) -> list[Choice[str]]:
    shown = [Choice(_(words[how]), how) for how in ("card_face", "thaid", "other_photo_id", "none")]
    return [*shown, Choice(_("passport alone: nothing can be looked up"), _PASSPORT)]


def _ask_person(
    app: NocopyApp, begin: Callable[[AtCounter], None], how: str, entry: BackEntry | None = None
) -> None:
    kind, whose = "thai_person", _("Whose business it is: lookups are about this number alone.")
    if how == _PASSPORT:
        kind, how = "passport", "other_photo_id"
        whose = _("Own copies and originals alone: no register knows a passport's number.")
    _ask_number(
        app,
        _("Whose business"),
        whose,
        kind,
        lambda number: begin(AtCounter(number, subject_kind=kind, identity=how, back_entry=entry)),
    )


def ask_who_came(app: NocopyApp, person: AtCounter, then: Callable[[AtCounter], None]) -> None:
    """The card's owner, or someone who comes for another person, whose number is then typed."""
    myself = COMERS["self"] if person.card is not None else mark("in person")
    choices: list[Choice[_Way | str]] = [Choice(_(myself), "self")]
    choices += [Choice(_(way.words), way) for way in _WAYS]

    def chosen(way: _Way | str | None) -> None:
        if isinstance(way, str):
            then(person.in_person())
        elif way is not None:
            _ask_number(app, _(way.words), _(way.whose), way.kind, lambda number: numbered(way, number))

    def numbered(way: _Way, number: str) -> None:
        comes = person.on_behalf(way.comer, way.kind, number)
        if way.comer == "mandate":
            _ask_basis(app, lambda basis: then(replace(comes, basis=basis)))
        else:
            then(comes)

    app.push_screen(Question(_("Who came?"), [], choices), chosen)


def _ask_basis(app: NocopyApp, then: Callable[[str], None]) -> None:
    asked = TypeIn(
        _(COMERS["mandate"]),
        [_("The ledger keeps it under seal.")],
        _("Date or number of the mandate:"),
        check=lambda text: words("basis", text),
    )
    app.push_screen(asked, lambda basis: then(basis) if basis else None)


def _ask_number(app: NocopyApp, title: str, whose: str, kind: str, then: Callable[[str], None]) -> None:
    label = _(_LABELS.get(kind, mark("Number, 13 digits")))
    asked = TypeIn(title, [whose], label, check=lambda text: checked_subject(kind, text))
    app.push_screen(asked, lambda number: then(number) if number else None)
