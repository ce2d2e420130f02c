"""The words for the roles."""

from __future__ import annotations

from store.formats.roles import Role
from tui.words.translate import _, mark

ROLE_WORDS: dict[str, str] = {
    Role.OFFICER: mark("Officer"),
    Role.CONTROLLER: mark("Controller"),
    Role.HEAD: mark("Head of the unit"),
}


def role_words(roles: tuple[str, ...]) -> str:
    """The roles in the office's words."""
    return ", ".join(_(ROLE_WORDS.get(role, role)) for role in roles)
