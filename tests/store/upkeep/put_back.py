"""What a restore needs: the typed sheet, and a witness that cannot be asked."""

from __future__ import annotations

from store.books import Books
from tests.rig.office import sheet_of


def nobody(_books: Books, _origin: str) -> None:
    """In place of asking the centre's witness: there is no network."""


def typed_sheet(books: Books) -> str:
    """The long key of the books' recovery sheet, as a person types it."""
    text = sheet_of(books.locations.home).read_text("utf-8")
    return next(word for word in text.split() if word.startswith("AGE-SECRET-KEY-1") and len(word) > 60)
