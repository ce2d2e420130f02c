"""A list of any length; only pages with visible rows are fetched, by key."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

_KEPT = 2000  # rows kept in memory


class VirtualList(Generic[K, R]):
    """`key(n)` is the key of the n-th row; `fetch(key)` gives that row and its neighbours, by their keys."""

    def __init__(self, count: int, key: Callable[[int], K], fetch: Callable[[K], dict[K, R]]) -> None:
        self.count = count
        self.cursor = 0
        self._first = 0
        self._key = key
        self._fetch = fetch
        self._rows: OrderedDict[K, R] = OrderedDict()

    def row(self, n: int) -> R:
        """The n-th row."""
        key = self._key(n)
        if key not in self._rows:
            self._rows.update(self._fetch(key))
            while len(self._rows) > _KEPT:
                self._rows.popitem(last=False)
        return self._rows[key]

    @property
    def current(self) -> R | None:
        """The row under the cursor, or None in an empty list."""
        return self.row(self.cursor) if self.count else None

    def move(self, step: int) -> None:
        """Move the cursor by so many rows; it stops at both ends."""
        self.cursor = max(0, min(self.count - 1, self.cursor + step))

    def visible(self, height: int) -> list[tuple[bool, R]]:
        """The rows to be drawn in `height` rows of the screen: (whether the cursor is on it, the row)."""
        self._first = max(self.cursor - height + 1, min(self._first, self.cursor))
        return [
            (n == self.cursor, self.row(n)) for n in range(self._first, min(self.count, self._first + height))
        ]
