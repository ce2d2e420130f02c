"""The rows of Home: duties, places to go, and what opens each.

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

# What Enter does on a row. The second argument reads the rows anew, for a step that changes them.
Opens = Callable[["Program", Callable[[], None]], object]


@dataclass(frozen=True)
class Duty:
    """One row. `kind` and `name` identify it: by them the cursor finds its row among rows read anew."""

    kind: str
    name: str
    words: str
    opens: Opens = field(compare=False, repr=False)
    is_chosen_first: bool = True  # False: the cursor reaches it by an arrow key alone


@dataclass(frozen=True)
class Place:
    """A row of "go to", for people who may do the action `asks`; for everybody where it is empty.

    `words` is a message id. `now` gives the words that replace it for the moment, or nothing.
    """

    name: str
    words: str
    opens: Opens
    asks: str = ""
    now: Callable[[Books], str] = lambda _books: ""

    def row(self, books: Books) -> Duty:
        """The row with the words of this moment."""
        return Duty("place", self.name, self.now(books) or _(self.words), self.opens)
