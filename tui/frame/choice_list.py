"""A short list of choices with the harmless one first; drawn as text, moved by its screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from tui.words.cells import pad

T = TypeVar("T")


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One choice: the words shown, and its value."""

    label: str
    value: T


class ChoiceList(Generic[T]):
    """Choices with one cursor. The first choice is the harmless one: the cursor begins there."""

    def __init__(self, choices: list[Choice[T]]) -> None:
        self.choices = choices
        self.cursor = 0

    def move(self, step: int) -> None:
        """Move the cursor; it stops at both ends."""
        self.cursor = max(0, min(len(self.choices) - 1, self.cursor + step))

    @property
    def chosen(self) -> T:
        return self.choices[self.cursor].value

    def lines(self, width: int, *, active: bool = True, rows: int | None = None) -> list[str]:
        """The choices in rows of `width` cells; at most `rows` of them, around the cursor.

        The cursor is ► where this list has the keys, » where another area has them.
        """
        shown = rows or len(self.choices)
        first = max(0, min(self.cursor - shown // 2, len(self.choices) - shown))
        sign = "► " if active else "» "
        return [
            pad((sign if n == self.cursor else "  ") + choice.label, width)
            for n, choice in list(enumerate(self.choices))[first : first + shown]
        ]
