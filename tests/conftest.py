from collections.abc import Iterator

import pytest

from tui import messages


@pytest.fixture(autouse=True)
def thai_again() -> Iterator[None]:
    """The language is one for the whole process: what a test speaks must not be what the next one hears."""
    yield
    if messages.language() != "th":
        messages.use("th")
