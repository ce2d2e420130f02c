"""Reads from bodies by whom and in which session they were written: many at once, or one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from store.ledger.verify_lines import parsed
from store.ledger.verify_sessions import Wrote

_VALUE = rb'(?:null|"[^"\\\n]*"|\d+)'
# From `kind` to `station`, as this program writes a line without `facts`. The number shows whose match it is.
_LINE = re.compile(
    rb',"kind":"([a-z_]+)","legal":%(v)s,"month":"[-0-9]+","ms":(?:null|\d+),"nonce":"[^"\\\n]*"'
    rb',"officer":(null|"[^"\\\n]*"),"outcome":%(v)s,"sealed":\{[^{}\n]*\},"seq":(\d+)'
    rb',"service":%(v)s,"session":(\d+),"station":"' % {b"v": _VALUE}
)
_ONCE = (b'"kind":', b'"officer":', b'"session":', b',"v":2,')


def wrote(bodies: Sequence[bytes], first: int) -> list[Wrote | None]:
    """Who wrote each of these lines, which begin with number `first`; None for those of version 1.

    ValueError where a body cannot be read.
    """
    found = _at_once(bodies, first)
    return [_of_one(body, seq) for seq, body in enumerate(bodies, first)] if found is None else found


def _at_once(bodies: Sequence[bytes], first: int) -> list[Wrote | None] | None:
    """The same from one search; None where a line has another form than the usual one."""
    text, n = b"\n".join(bodies), len(bodies)
    if text.count(b"{") != 2 * n or any(text.count(name) != n for name in _ONCE):
        return None
    found = _LINE.findall(text)
    if len(found) != n:
        return None
    kinds: dict[bytes, str] = {}
    lines: list[Wrote | None] = []
    for seq, (kind, officer, number, session) in enumerate(found, first):
        if int(number) != seq:
            return None
        word = kinds.get(kind) or kinds.setdefault(kind, kind.decode())
        name = (
            None
            if officer == b"null"
            else kinds.get(officer) or kinds.setdefault(officer, officer[1:-1].decode())
        )
        lines.append(Wrote(seq, int(session), name, word))
    return lines


def _of_one(body: bytes, seq: int) -> Wrote | None:
    told = parsed(body, seq)
    if told is None:
        raise ValueError(seq)
    return None if told.session is None else Wrote(seq, told.session, told.officer, told.kind)
