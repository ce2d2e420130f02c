"""The month of one of the office's PCs as a file for the head's PC: signed by this PC, sealed to that one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store.exchange import station_in, station_out
from sync.carry import bundle

if TYPE_CHECKING:
    from store.books import Books
    from store.stations.peers import Brought


def out(books: Books, month: str, path: Path, to: str | None = None, *, replace: bool) -> station_out.Written:
    """Write this PC's month to `path`; `replace`: in place of an older bundle.

    Raises what station_out.write_out() and bundle.write() raise.
    """
    home = books.locations.home
    bundle.may_write(path, home, replace=replace)  # before a ledger line says that it was written
    made = station_out.write_out(books, month, to)
    files = {bundle.MANIFEST: made.manifest.encode("ascii")}
    files |= {f"items/{id}": body for id, body in made.items.items()}
    bundle.write(path, bundle.seal(files, made.peer.age_key), home, replace=replace)
    return made


def take_in(books: Books, path: Path) -> tuple[Brought, bool]:
    """Take in another PC's month; False with it where it had been taken in before.

    Raises a StationError, a BundleError, and what bundle.read() does.
    """
    identity = str(books.database.value("SELECT value FROM book WHERE name = 'station_age'"))
    members = bundle.unseal(bundle.read(path, books.locations.home), identity)
    manifest = bundle.manifest(members)
    bundle.check(
        {f"items/{id}": digest for id, digest in station_in.listed(books, manifest).items()}, members
    )
    items = {name.removeprefix("items/"): body for name, body in members.items() if name != bundle.MANIFEST}
    return station_in.take_in(books, manifest, items)
