"""A card of one of the office's own people, and how Home asks for a card."""

from __future__ import annotations

from dataclasses import replace

from reader.practice_people import PEOPLE
from tests.rig.office import CITIZEN_ID

HOME = "เสียบบัตรประชาชนของผู้รับบริการ"


def of_officer(login: str) -> object:
    """The ID card of one of the office's own people."""
    return replace(PEOPLE[3], citizen_id=CITIZEN_ID[login])
