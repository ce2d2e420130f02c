from tests.store.people.conftest import books, clock, office

__all__ = ["books", "clock", "office"]
