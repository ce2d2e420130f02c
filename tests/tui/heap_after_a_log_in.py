"""What the screen's process holds after a log-in. Run by test_process.py in a process of its own: in one that
has run a thousand tests, looking at every object takes minutes.
"""

from __future__ import annotations

import gc
from pathlib import Path

from store.people.vault import Unlocked
from tests.rig.office import CONTROLLER, OFFICER, PASSPHRASE, copy_office
from tests.tui.counter import counter


def still_held(passphrase: str) -> list[object]:
    """What this process still holds that passphrase by, but for the tests' own table."""
    gc.unfreeze()  # the program hides from the collector what exists at a log-in
    gc.collect()
    constants = {id(one) for one in (*PASSPHRASE, *PASSPHRASE.values())}
    return [
        holder
        for holder in gc.get_objects()
        for one in gc.get_referents(holder)
        if type(one) is str and one == passphrase and id(one) not in constants
    ]


async def test_the_screen_keeps_no_passphrase_and_no_key_of_a_person(tmp_path: Path) -> None:
    async with counter(copy_office(tmp_path / "home")) as at:
        for login in (OFFICER, CONTROLLER):
            await at.log_in(login)
            await at.until(
                lambda login=login: not still_held(PASSPHRASE[login]),  # type: ignore[misc]
                "the log-in's thread to have ended with what it was given",
            )
            assert [one for one in gc.get_objects() if isinstance(one, Unlocked)] == []
            await at.press("f12")
