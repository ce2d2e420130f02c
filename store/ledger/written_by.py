"""Looks at who wrote the lines of a chunk: whole runs of one session at once, what differs line by line.

Most lines stand behind other lines of the same session and name its own person. Such a run is recognised by
counting, in the form in which this program writes a body; `officer` and `session` stand once in each line, so
that nobody can read them in two ways. Every other line is parsed, and each that has facts, because they may
decide something for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from store.ledger.verify_lines import parsed
from store.ledger.verify_sessions import RootAt, Sessions

_OFFICER, _SESSION, _FACTS = b'"officer":', b'"session":', b'"facts":'
_VERSION_1 = b',"v":1,"visit":'


def take_lines(
    sessions: Sessions, bodies: Sequence[bytes], leaves: Sequence[bytes], first: int, root_at: RootAt
) -> None:
    """Takes lines from number `first` on. Raises WrongWriter, and ValueError(number) for a damaged line."""
    begun = sorted(n - first for n in sessions.certificates if first < n < first + len(bodies))
    for begin, end in pairwise([0, *begun, len(bodies)]):
        _take_run(sessions, bodies[begin:end], leaves[begin:end], first + begin, root_at)


def _take_run(
    sessions: Sessions, bodies: Sequence[bytes], leaves: Sequence[bytes], first: int, root_at: RootAt
) -> None:
    text = b"\n".join(bodies)
    if _SESSION not in text and text.count(_VERSION_1) == len(bodies):
        sessions.take_old(first)
        return
    session = _take_one(sessions, bodies[0], leaves[0], first, root_at)
    rest, end = bodies[1:], first + len(bodies)
    if session is None or not rest:
        for seq in range(first + 1, end):
            _take_one(sessions, bodies[seq - first], leaves[seq - first], seq, root_at)
        return
    usual = (
        b'%s%d,"station":"' % (_SESSION, session),
        b'%s%s,"outcome":' % (_OFFICER, sessions.name(session)),
    )
    text = text[len(bodies[0]) :]
    if _FACTS not in text and all(text.count(one) == len(rest) for one in (*usual, _OFFICER, _SESSION)):
        sessions.take_own(session, len(rest), end - 1, leaves[-1])
        return
    for seq, body, leaf in zip(range(first + 1, end), rest, leaves[1:], strict=True):
        once = body.count(_OFFICER) == 1 == body.count(_SESSION)
        if once and usual[0] in body and usual[1] in body and _FACTS not in body:
            sessions.take_own(session, 1, seq, leaf)
        else:
            _take_one(sessions, body, leaf, seq, root_at)


def _take_one(sessions: Sessions, body: bytes, leaf: bytes, seq: int, root_at: RootAt) -> int | None:
    """Takes one line, and returns its session."""
    told = parsed(body, seq)
    if told is None:
        raise ValueError(seq)
    sessions.take(seq, told, leaf, root_at)
    return told.session
