"""The rows of Home: who sees which, and what a fault at the reader says there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from reader.errors import CardHeld, MuteCard, NotThaiCard, ReaderError, ShortRead
from store.base.locations import Locations
from store.formats.roles import Role
from store.people.permissions import ALLOWED
from tests.rig.office import CONTROLLER, HEAD, OFFICER, open_books
from tui.screens.home import rows
from tui.words import card_words, translate

LOGIN = {"officer": OFFICER, "controller": CONTROLLER, "head": HEAD}
EVERYBODYS = ["help", "lock"]


@pytest.mark.parametrize("role", Role)
def test_a_place_is_offered_to_whom_the_permission_table_lets_go_there(
    office: Callable[..., Locations], role: str
) -> None:
    books = open_books(office(), LOGIN[role])
    asked = {place.name: place.asks for place in rows._PLACES if place.asks}
    assert asked == {
        **{"no-card": "visit", "ledger": "ledger_read", "waiting-list": "queue_read"},
        **{"mobile": "visit", "months": "ledger_read", "people": "people"},
    }
    offered = [row.name for row in rows.go_to(books)]
    assert [name for name in offered if name not in asked] == EVERYBODYS
    assert {name for name in offered if name in asked} == {
        name for name, action in asked.items() if role in ALLOWED[action]
    }
    books.close()


def _errors(root: type[ReaderError] = ReaderError) -> Iterator[type[ReaderError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _errors(kind)


def test_every_error_of_a_card_has_a_sentence_at_home() -> None:
    translate.use("en")
    facts = dict.fromkeys(("count", "reader", "layout", "code", "sw", "got", "asked"), 1)
    said = {kind: card_words.fault("failed", kind(**facts)) for kind in _errors()}
    assert said[CardHeld].startswith("Another program uses the card.")
    assert said[NotThaiCard].startswith("This is not an ID card")
    assert said[ShortRead] == said[MuteCard] == card_words.UNREADABLE.at_home
    assert all(said.values())
    assert card_words.fault("whole", None) == card_words.fault("empty", None) == ""
    assert card_words.note(MuteCard(**facts)) != ""
    assert card_words.note(CardHeld()) == ""
    translate.use("th")
