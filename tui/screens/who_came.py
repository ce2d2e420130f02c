"""Who stands here, and how identity is shown without a card: questions that end in an AtCounter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from reader import citizen_id
from store.back_entry import BackEntry
from store.visit import checked_subject
from tui.at_desk import AtCounter
from tui.messages import _, mark
from tui.screens.ask import Question, TypeIn
from tui.screens.back_entry import ask_back_entry
from tui.screens.person_panel import BEFORE, COMERS, IDENTITIES
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

# For whom someone comes: what kind of number is then asked for, and in which words.
_KINDS = {
    "mandate": ("thai_person", mark("Who gave the mandate: lookups are about this number alone.")),
    "representative": ("juristic", mark("The company: lookups are about this number alone.")),
    "guardian": ("thai_person", mark("The child or ward: lookups are about this number alone.")),
    "heir": ("deceased", mark("Who died: lookups are about this number alone.")),
}
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
    return [Choice(_(words[how]), how) for how in ("card_face", "thaid", "other_photo_id", "none")]


def _ask_person(
    app: NocopyApp, begin: Callable[[AtCounter], None], how: str, entry: BackEntry | None = None
) -> None:
    _ask_number(
        app,
        _("Whose business"),
        _("Whose business it is: lookups are about this number alone."),
        "thai_person",
        lambda number: begin(AtCounter(number, identity=how, back_entry=entry)),
    )


def ask_who_came(app: NocopyApp, person: AtCounter, then: Callable[[AtCounter], None]) -> None:
    """The card's owner, or someone who comes for another person, whose number is then typed."""
    choices: list[Choice[str]] = [Choice(_(words), comer) for comer, words in COMERS.items()]

    def chosen(comer: str | None) -> None:
        if comer == "self":
            mine = person.comer_id or person.subject
            then(replace(person, subject=mine, subject_kind="thai_person", comer="self", comer_id=None))
        elif comer:
            kind, whose = _KINDS[comer]
            _ask_number(
                app,
                _(COMERS[comer]),
                _(whose),
                kind,
                lambda number: then(person.on_behalf(comer, kind, number)),
            )

    app.push_screen(Question(_("Who came?"), [], choices), chosen)


def _ask_number(app: NocopyApp, title: str, whose: str, kind: str, then: Callable[[str], None]) -> None:
    label = _("Company number, 13 digits") if kind == "juristic" else _("Number, 13 digits")
    asked = TypeIn(title, [whose], label, check=lambda text: checked_subject(kind, text))
    app.push_screen(asked, lambda number: then(citizen_id.parse(number)) if number else None)
