"""The RFC 6962 tree over the ledger's leaves, read from its stored inner nodes.

A node (level, n) covers the 2**level leaves from n * 2**level on. Only complete nodes are stored; incomplete
ones at the right edge are computed when needed, so that a root at any size takes O(log n) reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

NodeAt = Callable[[int, int], bytes]
"""A function from (level, n) to the hash of that complete node; level 0 are the leaves."""
Edge = list[tuple[int, bytes]]
"""(level, hash) of complete subtrees side by side, tallest first."""

EMPTY_ROOT = sha256(b"").digest()


def inner(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 | left | right)."""
    return sha256(b"\x01" + left + right).digest()


def completed(seq: int, leaf: bytes, node_at: NodeAt) -> list[tuple[int, int, bytes]]:
    """The inner nodes (level, n, hash) that the leaf number `seq` completes, lowest first."""
    found = []
    level, n, here = 0, seq, leaf
    while n & 1:
        here = inner(node_at(level, n - 1), here)
        level, n = level + 1, n >> 1
        found.append((level, n, here))
    return found


def root(size: int, node_at: NodeAt) -> bytes:
    """The root (32 bytes) over the first `size` leaves."""
    return _range(0, size, node_at) if size else EMPTY_ROOT


def complete_parts(size: int) -> Iterator[tuple[int, int]]:
    """(level, n) of the largest complete subtrees that cover the first `size` leaves, tallest first."""
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            yield level, start >> level
            start += 1 << level


def grow(edge: Edge, leaf: bytes) -> None:
    """Adds a leaf to `edge`, the complete subtrees so far."""
    level, made = 0, leaf
    while edge and edge[-1][0] == level:
        made = inner(edge.pop()[1], made)
        level += 1
    edge.append((level, made))


def edge_root(edge: Sequence[tuple[int, bytes]]) -> bytes:
    """The root (32 bytes) over the leaves that the subtrees of `edge` cover."""
    made = EMPTY_ROOT
    for n, (_, half) in enumerate(reversed(edge)):
        made = half if n == 0 else inner(half, made)
    return made


def consistency(old: int, new: int, node_at: NodeAt) -> list[bytes]:
    """The proof that the tree of `new` leaves extends the tree of `old` leaves (RFC 6962, 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError("the older tree must be the smaller one")
    return [] if old in (0, new) else _extends(old, 0, new, True, node_at)


def inclusion(seq: int, size: int, node_at: NodeAt) -> list[bytes]:
    """The proof that the leaf number `seq` is in the tree of `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= seq < size:
        raise ValueError("no such leaf in that tree")
    return _path(seq, 0, size, node_at)


def proves_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree with `new_root` extends the one with `old_root`."""
    if old == new:
        return old_root == new_root and not proof
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    if old > new or not proof:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    made_old = made_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            made_old, made_new = inner(sibling, made_old), inner(sibling, made_new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            made_new = inner(made_new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and made_old == old_root and made_new == new_root


def proves_inclusion(leaf: bytes, seq: int, size: int, root_hash: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that `leaf` is number `seq` in the tree of `size` leaves with that root."""
    if not 0 <= seq < size:
        return False
    place, last, made = seq, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            made = inner(sibling, made)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            made = inner(made, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and made == root_hash


def _split(size: int) -> int:
    """The largest power of two below size."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(start: int, size: int, node_at: NodeAt) -> bytes:
    # start is always a multiple of the power of two at or above size, so a complete range is one node.
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node_at(level, start >> level)
    left = _split(size)
    return inner(_range(start, left, node_at), _range(start + left, size - left, node_at))


def _extends(old: int, start: int, size: int, whole: bool, node_at: NodeAt) -> list[bytes]:
    if old == size:
        return [] if whole else [_range(start, size, node_at)]
    left = _split(size)
    if old <= left:
        rest = _range(start + left, size - left, node_at)
        return [*_extends(old, start, left, whole, node_at), rest]
    first = _range(start, left, node_at)
    return [*_extends(old - left, start + left, size - left, False, node_at), first]


def _path(seq: int, start: int, size: int, node_at: NodeAt) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if seq < left:
        rest = _range(start + left, size - left, node_at)
        return [*_path(seq, start, left, node_at), rest]
    return [*_path(seq - left, start + left, size - left, node_at), _range(start, left, node_at)]
