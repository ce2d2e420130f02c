"""The record of a card that was read, as stored with a visit and given to programs, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from reader.buddhist_date import PartialDate, now
from reader.card import CHIP_FIELDS, EMPTY, NOT_READ, Address, Card, CardText, Kind, Name, Result


@dataclass(frozen=True)
class CardRecord(CardText):
    """What is kept of a card that was read. Its repr shows nothing personal.

    `photo_bytes` is the number of photo bytes read. `results` holds the result of each field, `problems`
    what is wrong with it. `expired` and `warnings` hold for the day of the reading.
    """

    photo_bytes: int
    layout: str
    results: dict[str, Result]
    problems: tuple[str, ...]
    expired: bool
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<CardRecord layout={self.layout} problems={len(self.problems)}>"

    @classmethod
    def of(cls, card: Card, photo_bytes: int) -> CardRecord:
        """The record of `card`, read today with `photo_bytes` bytes of its photo."""
        today = now().date()
        return cls(
            **{one.name: getattr(card, one.name) for one in fields(CardText)},
            photo_bytes=photo_bytes,
            layout=card.layout,
            results=card.results(photo_bytes),
            problems=card.problems,
            expired=card.has_expired(today),
            warnings=tuple(card.warnings(today)),
        )

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> CardRecord:
        """The record from which as_json() made `value`.

        What `value` lacks, because an older program made it, was not read: None, no result, no warning.
        """
        found: dict[str, Any] = {one.name: value.get(one.name) for one in fields(CardText)}
        for name, chip in CHIP_FIELDS.items():
            found[name] = _from_json(chip.kind, found[name])
        return cls(
            **found,
            photo_bytes=value["photo_bytes"],
            layout=value["layout"],
            results=dict(value.get("results", {})),
            problems=tuple(value["problems"]),
            expired=value["expired"],
            warnings=tuple(value.get("warnings", ())),
        )

    def as_json(self) -> dict[str, Any]:
        """The JSON stored with a visit and printed by `nocopy card read --json`; dates are ISO, C.E."""
        return {one.name: _json(getattr(self, one.name)) for one in fields(self)}

    def is_empty(self, name: str) -> bool:
        """True where the card gave the field and it was empty."""
        return self.results.get(name, NOT_READ) == EMPTY


def _json(value: Any) -> Any:
    if isinstance(value, Name | Address):
        return {part.name: getattr(value, part.name) for part in fields(value)}
    if isinstance(value, PartialDate):
        return value.iso()
    return list(value) if isinstance(value, tuple) else value


def _from_json(kind: Kind, value: Any) -> Any:
    if value is None:
        return None
    if kind is Kind.NAME:
        return Name(**value)
    if kind is Kind.ADDRESS:
        return Address(**value)
    return PartialDate.from_iso(value) if kind is Kind.DATE else value
