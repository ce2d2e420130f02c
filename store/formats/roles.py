"""The roles of a unit's people, as appointments, lists of people and signatures name them."""

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
"""The roles without which no month goes out: one person of each signs it, in this order."""
