"""First passphrases, each shown once, to be read out or written down for its person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from textual.app import ComposeResult

from reader.buddhist_date import show_date, show_time
from tui.frame import keys
from tui.frame.ask import Question
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.frame import TextBlock
from tui.screens.unit import unit_keys
from tui.words.cells import clean, wrap
from tui.words.translate import _, mark


@dataclass(frozen=True)
class First:
    """A first passphrase and whose it is."""

    name: str
    login: str
    passphrase: str = field(repr=False)


class HandOverScreen(WorkScreen[None]):
    """One person after the other; Enter confirms that it was handed over. `then` follows the last one."""

    OFFERS = (keys.Help, keys.Move, unit_keys.HandedOver)
    place = mark("First passphrase")

    def __init__(self, people: list[First], until: datetime, then: Callable[[], None]) -> None:
        super().__init__()
        self._people = people
        self._until = until
        self._then = then
        self._at = 0

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def enter_token(self) -> object:
        return self._at

    def paint_body(self) -> None:
        person = self._people[self._at]
        width = max(40, self.size.width - 8)
        lines = [""]
        if len(self._people) > 1:
            lines += [_("Person {n} of {all}").format(n=self._at + 1, all=len(self._people)), ""]
        lines += [
            *wrap(_("First passphrase of {name}:").format(name=clean(person.name)), width),
            "",
            f"    {person.passphrase}",
            "",
            _("Login") + f": {person.login}",
            "",
            *wrap(
                _("Good once, until {day} {time}. The person logs in with it and chooses an own one.").format(
                    day=show_date(self._until), time=show_time(self._until)
                ),
                width,
            ),
            *wrap(_("Read it out, or write it down for this person alone."), width),
        ]
        self.query_one("#work", TextBlock).show([f"   {line}" for line in lines])

    def sentence(self) -> str:
        return _("It is not shown again. Press Enter when the person has it.")

    def can_move(self) -> bool:
        return len(self._people) > 1

    def do_move(self, step: int) -> None:
        self._at = max(0, min(len(self._people) - 1, self._at + step))

    def do_handed_over(self) -> None:
        if self._at + 1 < len(self._people):
            self._at += 1
        elif len(self._people) > 1:
            choices = [Choice(_("Look again"), False), Choice(_("Everybody has theirs"), True)]
            lines = [_("Who has none cannot log in: the head would have to give another.")]
            self.program.push_screen(Question(_("First passphrase"), lines, choices), self._end)
        else:
            self._end(True)

    def _end(self, sure: bool | None) -> None:
        if sure:
            self.dismiss()
            self._then()
