"""The steps of a month: which of them waits for the person who is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.roles import Role
from store.people.permissions import may
from store.spans import MonthState

if TYPE_CHECKING:
    from store.books import Books
    from store.months.values import MonthHead

_STEP_OF: dict[str, str] = {Role.OFFICER: "summarise", Role.CONTROLLER: "check", Role.HEAD: "approve"}
_SUBMIT = "submit"


def my_step(books: Books, head: MonthHead) -> str | None:
    """The step that this person can take for this month now: summarise, check, approve, submit, or None."""
    if head.next_role is None:
        return None
    step = _SUBMIT if head.state in (MonthState.APPROVED, MonthState.FLAGGED) else _STEP_OF[head.next_role]
    if not may(books.who, step):
        return None
    # The person who summarised must not check.
    signed = {one.login for one in head.signatures if not one.withdrawn}
    return None if step != _SUBMIT and books.who.login in signed else step
