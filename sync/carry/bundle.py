"""A bundle carried by hand: a tar of small files, sealed with age, with a signed list of its files.

    manifest.jws        compact JWS: who, for whom, which number, and the SHA-256 of each file
    items/ID            out: people lists, reports and checkpoints as they would go over the network
    receipts/ID         back: the centre's receipts (compact JWS)
    messages/N          back: the ministry's messages to the unit (compact JWS)

The courier can read nothing in it, not even the names of its files. A tar is never unpacked onto a disk:
its members are read into memory, and only those with names of this form.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pyrage

from store.base import named_file
from store.formats.canonical import sha256_hex
from sync.carry.errors import (
    BundleTooLarge,
    DamagedBundle,
    ItemChanged,
    ItemMissing,
    ItemUnlisted,
    SealedToOthers,
)

OUT = "nocopy-bundle+jws"
BACK = "nocopy-answer+jws"
MANIFEST = "manifest.jws"
SEALED_LIMIT = 16_000_000  # bytes; ten years of daily checkpoints and reports are smaller
MEMBER_LIMIT = 1_000_000
MEMBERS_LIMIT = 8_000

_AGE = b"age-encryption.org/v1\n"
_NAME = re.compile(r"manifest\.jws|(?:items|receipts|messages)/[0-9a-z-]{1,64}")
_NOT_OURS = "No matching keys found"


def seal(members: Mapping[str, bytes], recipient: str) -> bytes:
    """The bundle of these files (name: bytes), sealed to an age recipient."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in members:
            about = tarfile.TarInfo(name)
            about.size, about.mode = len(members[name]), 0o600
            tar.addfile(about, io.BytesIO(members[name]))
    sealed: bytes = pyrage.encrypt(packed.getvalue(), [pyrage.x25519.Recipient.from_str(recipient)])
    return sealed


def unseal(sealed: bytes, identity: str) -> dict[str, bytes]:
    """The files of a bundle by name. Raises SealedToOthers, DamagedBundle, BundleTooLarge."""
    demand_sealed(sealed)
    try:
        packed = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError as error:
        if _NOT_OURS in str(error):
            raise SealedToOthers from None
        raise DamagedBundle(part="seal") from None
    return _members(packed)


def demand_sealed(data: bytes) -> None:
    """Raises BundleTooLarge, or DamagedBundle where the data does not begin like an age file."""
    if len(data) > SEALED_LIMIT:
        raise BundleTooLarge
    if not data.startswith(_AGE):
        raise DamagedBundle(part="beginning")


def check(listed: Mapping[str, str], members: Mapping[str, bytes]) -> None:
    """Demand that the files are exactly those of the signed list, with its SHA-256 (hex).

    Raises ItemMissing, ItemChanged, ItemUnlisted.
    """
    for name, digest in listed.items():
        if name not in members:
            raise ItemMissing(id=name)
        if sha256_hex(members[name]) != digest:
            raise ItemChanged(id=name)
    for name in members:
        if name != MANIFEST and name not in listed:
            raise ItemUnlisted(id=name)


def manifest(members: Mapping[str, bytes]) -> bytes:
    """The signed list, not yet verified. Raises DamagedBundle where there is none."""
    found = members.get(MANIFEST)
    if found is None:
        raise DamagedBundle(part=MANIFEST)
    return found


def read(path: Path, home: Path) -> bytes:
    """A bundle's bytes from a stick. Raises what named_file.read() raises."""
    return named_file.read(path, SEALED_LIMIT, home)


def is_bundle(beginning: bytes) -> bool:
    """Whether a file begins like a bundle: age, sealed to one alone. An archive is sealed to two."""
    head, end, _ = beginning.partition(b"\n--- ")
    return bool(end) and head.startswith(_AGE) and head.count(b"\n-> X25519 ") == 1


def may_write(path: Path, home: Path, *, replace: bool) -> None:
    """Raises what write() would raise because of what stands at the path now."""
    named_file.demand_place(path, home, is_bundle if replace else None)


def write(path: Path, sealed: bytes, home: Path, *, replace: bool) -> None:
    """Write a bundle to a stick, whole or not at all; an older bundle is replaced where that is asked for.

    Raises what named_file.write() raises.
    """
    named_file.write(path, sealed, home, is_bundle if replace else None)


def _members(packed: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
            for about in tar:
                if about.type != tarfile.REGTYPE or about.pax_headers or not _NAME.fullmatch(about.name):
                    raise DamagedBundle(part="names")
                if about.name in found:
                    raise DamagedBundle(part="names")
                if about.size > MEMBER_LIMIT or len(found) >= MEMBERS_LIMIT:
                    raise BundleTooLarge
                file = tar.extractfile(about)
                found[about.name] = file.read() if file is not None else b""
                if len(found[about.name]) != about.size:
                    raise DamagedBundle(part="end")
    except tarfile.TarError:
        raise DamagedBundle(part="tar") from None
    return found
