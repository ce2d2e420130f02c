"""Which errors of a reading are tried again, and how often."""

from __future__ import annotations

from contextlib import AbstractContextManager
from string import Formatter

import pytest

from reader.errors import ReaderError
from reader.practice import PracticeSlots
from reader.reading import Reading
from reader.slots import Link

PASSING = {
    *("mute_card", "card_reset", "card_removed", "card_held", "reader_fault", "card_fault", "short_read"),
}


def kinds(root: type[ReaderError]) -> list[type[ReaderError]]:
    return [root, *(found for one in root.__subclasses__() for found in kinds(one))]


class Failing(PracticeSlots):
    """Readers that never connect."""

    def __init__(self, error: type[ReaderError]) -> None:
        super().__init__()
        self.tries = 0
        self._error = error

    def connect(self, reader: str) -> AbstractContextManager[Link]:
        self.tries += 1
        names = [name for _text, name, _spec, _as in Formatter().parse(self._error.says) if name]
        raise self._error(**dict.fromkeys(names, 1))


@pytest.mark.parametrize("error", kinds(ReaderError), ids=lambda error: error.kind)
def test_a_reading_tries_four_times_where_another_try_may_help(error: type[ReaderError]) -> None:
    readers = Failing(error)
    reading = Reading(readers, "One", still_there=lambda: True, pause=lambda _seconds: False)
    with pytest.raises(error):
        reading.whole()
    assert readers.tries == (4 if error.kind in PASSING else 1)
