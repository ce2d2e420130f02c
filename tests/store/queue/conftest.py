from tests.store.counter.conftest import books, clock

__all__ = ["books", "clock"]
