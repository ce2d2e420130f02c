"""Bundles for and from the centre, on the office's PC: seals those that go out, opens those that come in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from store.base import named_file
from store.books import Books
from store.exchange.stick import Bundle, Carrying, TakenIn, centre_keys
from store.formats import jws
from store.people.permissions import demand
from sync.carry import bundle
from sync.carry.errors import DamagedBundle, ForeignBundle, NoAnswer, NoKeysForAnswer, SealedToOthers
from sync.errors import NotEnrolled


def out(books: Books, path: Path, *, replace: bool) -> Bundle:
    """Write a bundle with all that waits for the centre to `path`; `replace`: in place of an older bundle.

    Raises NotEnrolled (only an enrolment brings the centre's key), and what bundle.write() raises.
    """
    demand(books.who, "sync")
    keys = centre_keys(books)
    if "age" not in keys:
        raise NotEnrolled
    home = books.locations.home
    bundle.may_write(path, home, replace=replace)  # before a number is used up
    made = Carrying(books).out()
    files = {bundle.MANIFEST: made.manifest.encode("ascii")}
    files |= {f"items/{id}": body for id, body in made.items.items()}
    bundle.write(path, bundle.seal(files, keys["age"]), home, replace=replace)
    return made


def take_in(books: Books, path: Path) -> TakenIn:
    """Take in an answer of the centre.

    Raises a BundleError, a BadSignature, NotEnrolled, and what bundle.read() does.
    """
    demand(books.who, "sync")
    answer, receipts, messages = _opened(books, bundle.read(path, books.locations.home))
    return Carrying(books).taken(answer, receipts, messages)


def look_into(books: Books, sealed: bytes) -> dict[str, Any]:
    """The content of an answer for this PC, verified, without taking it in. Raises as take_in() does."""
    answer, receipts, messages = _opened(books, sealed)
    named = {name: answer[name] for name in ("unit", "station", "for", "made_at", "missing")}
    return {**named, "receipts": sorted(receipts), "messages": len(messages)}


def _opened(books: Books, sealed: bytes) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The contents of an answer for this PC: the centre's signed list, the receipts by job, the messages."""
    bundle.demand_sealed(sealed)
    keys = centre_keys(books)
    if "receipt" not in keys:
        raise NoKeysForAnswer
    identity = str(books.database.value("SELECT value FROM book WHERE name = 'station_age'"))
    members = bundle.unseal(sealed, identity)
    answer = _answer(books, keys["receipt"], bundle.manifest(members))
    receipts = {f"receipts/{one['id']}": one for one in answer["receipts"]}
    messages = {f"messages/{one['id']}": one for one in answer["messages"]}
    bundle.check({name: one["sha256"] for name, one in (receipts | messages).items()}, members)
    found = {one["id"]: _text(members[name]) for name, one in receipts.items()}
    return answer, found, [_text(members[name]) for name in messages]


def take_all_in(books: Books, folder: Path) -> list[TakenIn]:
    """Take in every answer for this PC in a folder, the oldest first; other bundles are skipped.

    Raises NoAnswer where there is none, and what take_in() raises.
    """
    found = []
    for path in named_file.in_time(folder, lambda _goes_on: _by_age(folder)):
        with suppress(SealedToOthers):  # this PC's own bundle for the centre, or an answer for another office
            found.append(take_in(books, path))
    if not found:
        raise NoAnswer(folder=str(folder))
    return found


def _by_age(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.age"), key=lambda one: one.lstat().st_mtime)


def _answer(books: Books, key: str, body: bytes) -> dict[str, Any]:
    """The centre's signed list; raises where it is not signed by `key` or not for this PC."""
    kid = jws.thumbprint(jws.key_bytes(key))
    value = jws.read(body, typ=bundle.BACK, key_of={kid: key}.get).value
    unit, station = value.get("unit"), value.get("station")
    if (unit, station) != (books.unit, books.station):
        raise ForeignBundle(unit=str(unit), station=str(station))
    if not _is_as_agreed(value):
        raise DamagedBundle(part=bundle.MANIFEST)
    return value


def _is_as_agreed(value: dict[str, Any]) -> bool:
    lists = {
        "receipts": {"id", "sha256"},
        "messages": {"id", "sha256"},
        "refused": {"id", "problem", "detail"},
    }
    return (
        value.get("v") == 1
        and type(value.get("for")) is int
        and isinstance(value.get("missing"), list)
        and all(type(one) is int for one in value["missing"])
        and all(_is_list_of(value.get(name), members) for name, members in lists.items())
    )


def _is_list_of(found: Any, members: set[str]) -> bool:
    return isinstance(found, list) and all(
        isinstance(one, dict)
        and one.keys() == members
        and all(isinstance(one[name], str) for name in members)
        for one in found
    )


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        raise DamagedBundle(part="receipts") from None
