"""The keys of the heads: whose signature counts for what only a head decides."""

from __future__ import annotations

from store.base.database import Tables
from store.people import roles_in_force


def head_keys(db: Tables, seq: int | None = None) -> dict[str, str]:
    """{kid: public key (b64)} of those who were heads at line `seq`; None: of the next line.

    Empty in books of an earlier version whose head has not signed yet. Raises RolesBroken.
    """
    roles = roles_in_force.now(db) if seq is None else roles_in_force.at_line(db, seq)
    sure = roles.sure if seq is None else max(roles.sure, roles_in_force.sure_at(db, seq))
    found = {}
    for kid in roles.heads(sure):
        key = roles.key(kid)
        if key is not None:
            found[kid] = key[1]
    return found


def first_sheet_key(db: Tables) -> dict[str, str]:
    """{kid: public key (b64)} of the recovery sheet that the books began with; empty in older books."""
    sheet = roles_in_force.at_line(db, 1).sheet
    return {} if sheet is None else {str(sheet.kid): sheet.key}
