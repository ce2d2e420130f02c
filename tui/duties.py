"""The rows of Home: what there is to do, where one can go, and what opens each.

A room offers its own rows; Home gathers them (tui/screens/home/rows.py) and knows nothing else about them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.words.translate import _

if TYPE_CHECKING:
    from store.books import Books
    from tui.program import Program

# What Enter does on a row. The second argument reads the rows anew, where they may be others by then.
Opens = Callable[["Program", Callable[[], None]], object]


@dataclass(frozen=True)
class Duty:
    """One row. `kind` and `name` tell it from all others: the cursor finds it among rows read anew."""

    kind: str
    name: str
    words: str
    opens: Opens = field(compare=False, repr=False)
    is_chosen_first: bool = True  # False: the cursor stands on it only where an arrow led


@dataclass(frozen=True)
class Place:
    """A row of "go to", for whom the permission table allows the action `asks`; for all where it is empty.

    `words` is a message id. `now` gives other words where something is on there, else nothing.
    """

    name: str
    words: str
    opens: Opens
    asks: str = ""
    now: Callable[[Books], str] = lambda _books: ""

    def row(self, books: Books) -> Duty:
        """The row as it is drawn now."""
        return Duty("place", self.name, self.now(books) or _(self.words), self.opens)
