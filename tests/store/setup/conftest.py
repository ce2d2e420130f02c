from tests.store.upkeep.conftest import books, clock

__all__ = ["books", "clock"]
