"""The roles of a unit's people, as in appointments, people lists and signatures."""

from __future__ import annotations

from enum import StrEnum

from reader.sentences import mark


class Role(StrEnum):
    """A role to which somebody can be appointed, in the order in which roles are listed.

    Sentences name them, so they are message ids, too.
    """

    OFFICER = mark("officer")
    CONTROLLER = mark("controller")
    HEAD = mark("head")


SIGNING = (Role.OFFICER, Role.CONTROLLER, Role.HEAD)
"""The roles that sign a month, one person of each, in this order."""
