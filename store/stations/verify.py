"""Verifies the lines of another PC: the chain, the sealed values, and the tree that the PC signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from store.base.database import Database
from store.formats import tree
from store.formats.line import LineKind, leaf_hash, seal
from store.formats.session import Papers
from store.stations.epochs import RestoreLine
from store.stations.errors import StationBroken
from store.stations.peers import Brought


@dataclass(frozen=True)
class StationMonth:
    """A month of another PC, whose signature was verified and whose lines may not be yet.

    `first` to `last` are its lines, `n` counts the PC's months from 1. `prev` is the leaf before, `edge` the
    tree's complete parts before, `sealed` is [(line, key, citizen's number)], `note` the signed checkpoint,
    `papers` those of the sessions that wrote the lines.
    """

    station: str
    month: str
    n: int
    first: int
    last: int
    prev: bytes
    edge: tree.Edge
    bodies: list[str]
    sealed: list[tuple[int, bytes, str]]
    note: str
    papers: list[Papers] = field(default_factory=list)


def verify_brought(database: Database, brought: Brought) -> None:
    """Raises StationBroken where imported lines are not those that were verified at their import."""
    row = kept_part(database, brought.station, brought.month, brought.epoch)
    assert row is not None
    span = brought.span
    lines = database.rows(f"SELECT body FROM station_line WHERE {span.where} ORDER BY seq", span.params)  # noqa: S608
    sealed = database.rows(f"SELECT * FROM station_sealed WHERE {span.where} ORDER BY seq", span.params)  # noqa: S608
    edge = [(level, bytes.fromhex(half)) for level, half in json.loads(row["edge"])]
    again = StationMonth(
        brought.station,
        brought.month,
        row["n"],
        row["first_seq"],
        row["last_seq"],
        bytes(row["prev"]),
        edge,
        [line["body"] for line in lines],
        [(one["seq"], bytes(one["key"]), one["value"]) for one in sealed],
        row["note"],
    )
    grown(again, bytes.fromhex(row["root"]))


def grown(month: StationMonth, root: bytes) -> list[RestoreLine]:
    """Recomputes chain, seals and tree, whose root must be `root`; returns the `restore` lines.

    Raises StationBroken.
    """
    restores: list[RestoreLine] = []
    numbers = {seq: (key, value) for seq, key, value in month.sealed}
    edge, leaf = list(month.edge), month.prev
    if sum(1 << level for level, _ in edge) != month.first:
        raise broken(month, problem="its tree does not begin where its lines do")
    for seq, text in enumerate(month.bodies, month.first):
        body = _body(month, seq, text)
        if body["kind"] == LineKind.RESTORE:
            restores.append(RestoreLine(seq, leaf, list(edge), tree.edge_root(edge), body.get("facts") or {}))
        leaf = leaf_hash(leaf, text.encode())
        mark, opened = body["sealed"].get("subject"), numbers.pop(seq, None)
        if opened is not None and mark != seal(opened[0], "subject", opened[1]):
            raise broken(month, problem="one of its sealed values was changed")
        tree.grow(edge, leaf)
    last = _body(month, month.last, month.bodies[-1]) if month.bodies else {}
    if len(month.bodies) != month.last - month.first + 1 or last.get("kind") != LineKind.CUT_OFF:
        raise broken(month, problem="lines are missing at its end")
    if numbers:
        raise broken(month, problem="there are sealed values of lines that are missing")
    if tree.edge_root(edge) != root:
        raise broken(month, problem="its lines are not those that its checkpoint was signed for")
    return restores


def _body(month: StationMonth, seq: int, text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
        fits = (body["seq"], body["month"], body["station"]) == (seq, month.month, month.station)
        fits = fits and isinstance(body["sealed"], dict) and isinstance(body["kind"], str)
        fits = fits and isinstance(body.get("facts") or {}, dict)
    except (ValueError, KeyError, TypeError):
        fits = False
    if not fits:
        raise broken(month, problem="a line is missing or stands elsewhere")
    return dict(body)


def broken(month: StationMonth, *, problem: str) -> StationBroken:
    return StationBroken(station=month.station, month=month.month, problem=problem)


def kept_part(database: Database, station: str, month: str, epoch: int) -> dict[str, Any] | None:
    return database.row(
        "SELECT * FROM station_part WHERE station = ? AND month = ? AND epoch = ?", (station, month, epoch)
    )
