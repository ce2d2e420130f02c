"""An error over the whole work area. It names no citizen: officers photograph it for the help group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import ComposeResult

from reader.errors import NocopyError
from reader.reader_state import EventKind
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice, ChoiceList
from tui.frame.frame import TextBlock
from tui.words.cells import wrap
from tui.words.translate import _, sentences_of


class ErrorScreen(WorkScreen[Any]):
    """What happened, what to do, and choices; the first one only goes back. Its result is the choice.

    `ways` are further choices; `again` is what F5 does, where trying again makes sense; `note` gives an extra
    sentence about an error, or nothing. With `on_card` the error is about a card: another card that is put in
    closes it and goes to `on_card`, and F2 does what it does on the screen below; if that card cannot be
    read either, its error replaces the first.
    """

    OFFERS = (
        *(keys.Help, keys.Card, keys.TryAgain, keys.Network),
        *(keys.Move, keys.Confirm, keys.Back),
    )

    def __init__(
        self,
        error: NocopyError,
        *,
        place: str = "",
        ways: list[Choice[Any]] | None = None,
        again: Callable[[], None] | None = None,
        note: Callable[[NocopyError], str] | None = None,
        on_card: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.error = error
        self.place = place  # type: ignore[misc]
        self._again = again
        self._note = note
        self._on_card = on_card
        self._ways = ChoiceList([Choice(_("Go back"), None), *(ways or [])])

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def paint_body(self) -> None:
        says, does = sentences_of(self.error)
        width = max(40, self.size.width - 8)
        lines = ["", *(("   × " if n == 0 else "     ") + part for n, part in enumerate(wrap(says, width)))]
        if does:
            lines += ["", *(f"     {part}" for part in wrap(does, width))]
        if self._note is not None and (note := self._note(self.error)):
            lines += ["", *(f"     {part}" for part in wrap(note, width))]
        lines += ["", "   " + "─" * 40, *(f"   {line}" for line in self._ways.lines(width))]
        code = self.error.facts.get("code") or self.error.facts.get("sw")
        lines += ["", f"   {_('For the administrator')}: {type(self.error).__name__} {code or ''}".rstrip()]
        self.query_one("#work", TextBlock).show(lines)

    def sentence(self) -> str:
        return _("Choose how to go on. Nothing was lost.")

    def card_changed(self) -> None:
        card = self.program.card
        if self._on_card is None or self.program.screen is not self:
            return
        if card.latest == EventKind.CARD:
            self.dismiss(None)
            self._on_card()
        elif card.latest == EventKind.FAILED and card.error is not None:
            self.error = card.error

    def can_card(self) -> bool:
        return self._on_card is not None

    def do_card(self) -> None:
        self.dismiss(None)
        if isinstance(self.program.screen, WorkScreen):
            self.program.screen.do_card()

    def can_try_again(self) -> bool:
        return self._again is not None

    def do_try_again(self) -> None:
        again = self._again
        self.dismiss(None)
        if again is not None:
            again()

    def do_move(self, step: int) -> None:
        self._ways.move(step)

    def do_confirm(self) -> None:
        self.dismiss(self._ways.chosen)

    def do_back(self) -> None:
        self.dismiss(None)
