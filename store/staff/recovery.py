"""The recovery sheet: a key on paper that opens the books when nobody's passphrase can.

    the sheet is written where the head chooses, outside the home folder, with the key as text and as QR code
    the head types one group back from the paper; then the file is deleted, and a ledger line records that
    a head who forgot the passphrase gets new keys with the sheet; a restore opens the backup with it

The books store the public half of its key, and, until a group is typed back, that one of its fifteen groups.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyrage

from reader.buddhist_date import show_date, stamp
from store.base import named_file
from store.base.database import Database, Tables
from store.base.errors import FileRefused, FileStalls, NoFile
from store.errors import BadInput
from store.formats.canonical import canonical
from store.formats.line import Entry, LineKind
from store.people import roles_in_force
from store.people.errors import NotSignedYet, WrongSheet
from store.people.permissions import demand, demand_signer
from store.people.roles_document import sign_sheet
from store.people.roles_in_force import Roles
from store.people.sheet_key import sheet_key, sheet_signer
from store.people.vault import Signer
from store.staff import rekey
from store.staff.errors import ActingHead, NoSheetToConfirm, SheetNotMatched

if TYPE_CHECKING:
    import segno

    from store.office import Office

_GROUP = 5
_KNOWN_GROUPS = 3  # every age key begins with AGE-SECRET-KEY-1
_IDENTITY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")


@dataclass(frozen=True)
class Sheet:
    """A new recovery key and its sheet's file. `group` is number `group_n`, from 1, to be typed back.

    `signer` is the sheet's signing key, which is here only until the books that it begins are made.
    """

    file: Path
    public: str
    group_n: int
    group: str = field(repr=False)
    signer: Signer = field(repr=False)


@dataclass(frozen=True)
class Unconfirmed:
    """A sheet of which no group was typed back yet: the number of the group that is asked, and its file."""

    n: int
    file: Path


def sheet_name(unit: str, station: str) -> str:
    """The default name of a sheet's file."""
    return f"nocopy-recovery-{unit}-{station}.html"


def checked_place(file: Path, home: Path) -> Path:
    """The absolute path of a sheet's file.

    Raises BadInput where it is inside the home folder or its folder cannot be written, FileRefused where it
    exists already, FileStalls.
    """
    file = file.absolute()
    try:
        named_file.demand_foreign(file.parent, home)
    except FileRefused:
        raise BadInput(
            what=str(file), problem="the recovery sheet must lie outside the home folder"
        ) from None
    named_file.demand_place(file, home)
    if not named_file.in_time(file, lambda _goes_on: os.access(file.parent, os.W_OK | os.X_OK)):
        raise BadInput(what=str(file), problem="the recovery sheet cannot be written there")
    return file


def write_sheet(file: Path, home: Path, unit: str, unit_name: str, station: str, moment: datetime) -> Sheet:
    """Creates a new recovery key and writes its sheet: HTML where the name ends in .html or .htm, else text.

    Raises what checked_place() and named_file.write() raise.
    """
    import segno  # imported here, because a sheet is seldom written

    file = checked_place(file, home)
    secret = pyrage.x25519.Identity.generate()
    identity = str(secret)
    groups = _groups(identity)
    lines = ["  " + "  ".join(groups[n : n + 5]) for n in range(0, len(groups), 5)]
    text = _SHEET.format(
        unit=unit,
        unit_name=unit_name,
        station=station,
        date=f"{show_date(moment)} ({stamp(moment)[:10]})",
        groups="\n".join(lines),
        identity=identity,
    )
    code = segno.make(identity, error="m", micro=False)
    page = file.suffix.lower() in (".html", ".htm")
    content = (_as_page(text, code) if page else text + "\n" + _as_signs(code)).encode()
    named_file.write(file, content, home)
    n = _KNOWN_GROUPS + 1 + secrets.randbelow(len(groups) - _KNOWN_GROUPS)
    return Sheet(file, str(secret.to_public()), n, groups[n - 1], sheet_signer(identity))


def keep_sheet(db: Tables, sheet: Sheet) -> None:
    """Stores the new sheet's public key and the group to type back, inside the caller's transaction."""
    check = canonical({"n": sheet.group_n, "group": sheet.group}).decode()
    for name, value in (
        ("recovery_key", sheet.public),
        ("recovery_file", str(sheet.file)),
        ("recovery_check", check),
    ):
        db.execute(
            "INSERT INTO book(name, value) VALUES (?, ?)"
            " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            [name, value],
        )


def read_key(text: str) -> str:
    """The recovery key in a sheet's text, or as typed: spaces and case do not matter. Raises WrongSheet."""
    found = _IDENTITY.search(text) or _IDENTITY.fullmatch(re.sub(r"\s", "", text).upper())
    if found is None:
        raise WrongSheet
    return found[0]


def unconfirmed(database: Database) -> Unconfirmed | None:
    """The sheet of which no group was typed back yet, or None."""
    rows = database.rows("SELECT name, value FROM book WHERE name IN ('recovery_file', 'recovery_check')")
    found = {row["name"]: row["value"] for row in rows}
    if "recovery_check" not in found:
        return None
    return Unconfirmed(json.loads(found["recovery_check"])["n"], Path(found["recovery_file"]))


def confirm(office: Office, typed: str) -> bool:
    """Checks the group that the head typed from the paper, and deletes the sheet's file.

    Returns False where nothing was deleted: the file is gone already, is another one, has a further name (a
    hard link), or cannot be deleted. Raises NotAllowed, SheetNotMatched, NoSheetToConfirm.
    """
    demand(office.who, "recovery")
    asked = unconfirmed(office.database)
    if asked is None:
        raise NoSheetToConfirm
    group = json.loads(office.database.value("SELECT value FROM book WHERE name = 'recovery_check'"))["group"]
    if re.sub(r"\s", "", typed).upper() != group:
        raise SheetNotMatched(n=asked.n)
    deleted = _delete_sheet(asked.file, group, office.locations.home)
    with office.database.write() as db:
        db.execute("DELETE FROM book WHERE name IN ('recovery_file', 'recovery_check')")
        public = db.execute("SELECT value FROM book WHERE name = 'recovery_key'").fetchone()[0]
        facts = {"recovery_key": public, "confirmed": True, "deleted": deleted}
        office.ledger.append(db, Entry(LineKind.KEYS, office.who.login, facts=facts))
    return deleted


def renew_sheet(office: Office, file: Path, signer: Signer) -> bool:
    """Writes a new sheet and changes the database key, so that the old sheet no longer opens the books.

    A head who only acts for another may not: whoever has the sheet can name heads. Returns False where the
    change of the key must wait (store/staff/rekey.py). Raises NotAllowed, ActingHead, BadInput, DiskFull.
    """
    demand_signer(office.who, signer, "recovery")
    if office.people.roles().n is None:
        raise NotSignedYet
    now = office.clock()
    sheet = write_sheet(file, office.locations.home, office.unit, office.unit_name, office.station, now)
    try:
        with office.database.write() as db:
            roles = roles_in_force.now(db)
            if signer.kid not in roles.full_heads(max(roles.sure, stamp(now))):
                raise ActingHead
            keep_sheet(db, sheet)
            rekey.mark_due(db, rekey.NEW_SHEET)
            facts = {**sheet_facts(roles, sheet_key(sheet.signer), sheet.public, signer), "confirmed": False}
            office.ledger.append(db, Entry(LineKind.KEYS, office.who.login, facts=facts))
            roles_in_force.now(db)
    except BaseException:
        named_file.take_back(sheet.file)
        raise
    return rekey.renew(office)


def sheet_facts(roles: Roles, key: str, recovery_key: str, signer: Signer) -> dict[str, Any]:
    """The facts of the line that brings a sheet's signing key, with the signer's word for it."""
    n = 0 if roles.sheet is None else roles.sheet.n + 1
    said = {"unit": roles.unit, "station": roles.station, "n": n, "key": key, "recovery_key": recovery_key}
    return {"recovery_key": recovery_key, "sheet_key": key, "signed": sign_sheet(said, signer)}


def group_of(identity: str, n: int) -> str:
    """Group number `n` of the key on the sheet, counted from 1."""
    return _groups(identity)[n - 1]


def _groups(identity: str) -> list[str]:
    return [identity[n : n + _GROUP] for n in range(0, len(identity), _GROUP)]


def _delete_sheet(file: Path, group: str, home: Path) -> bool:
    """Deletes the file where it is still the sheet with that group; anything else there stays."""
    try:
        content = named_file.read(file, named_file.MOST_TEXT, home)
        is_sheet = group in _groups(read_key(content.decode("utf-8")))
        return is_sheet and named_file.delete(file, content, home)
    except (FileRefused, FileStalls, NoFile, UnicodeDecodeError, WrongSheet):
        return False


def _as_signs(code: segno.QRCode) -> str:
    """The QR code as text: half blocks, two code rows in a text row, with the margin that a camera needs."""
    rows = [list(row) for row in code.matrix_iter(border=4)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    signs = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(signs[two] for two in zip(*pair, strict=True)) for pair in pairs) + "\n"


def _as_page(text: str, code: segno.QRCode) -> str:
    """The sheet as an HTML page with the QR code as SVG."""
    picture = io.BytesIO()
    code.save(picture, kind="svg", scale=5, border=4, xmldecl=False, svgns=True)
    return _PAGE.format(text=html.escape(text), code=picture.getvalue().decode("utf-8"))


_PAGE = """\
<!doctype html>
<html lang="th"><meta charset="utf-8"><title>ใบกู้คืน</title>
<style>
body {{ margin: 2cm }}
pre {{ font: 12pt/1.35 "Noto Sans Mono", "DejaVu Sans Mono", monospace; white-space: pre-wrap }}
</style>
<pre>
{text}</pre>
{code}
</html>
"""

_SHEET = """\
ใบกู้คืนสมุดของหน่วยงาน / RECOVERY SHEET OF AN OFFICE'S BOOKS

หน่วยงาน / unit:     {unit}  {unit_name}
เครื่อง / station:   {station}
วันที่ / date:        {date}

ใบนี้ทำอะไรได้
  ผู้ที่มีใบนี้พร้อมไฟล์สำรองหรือเครื่องนี้ เปิดสมุดของหน่วยงานได้ทั้งหมดโดยไม่ต้องใช้รหัสผ่านของใคร
  1. พิมพ์ใบนี้
  2. หัวหน้าหน่วยงานเก็บกระดาษไว้ในตู้ที่ใส่กุญแจ คนละที่กับเครื่องและไฟล์สำรอง
  3. พิมพ์กุญแจหนึ่งกลุ่มจากกระดาษกลับเข้าเครื่อง แล้วโปรแกรมจะลบไฟล์นี้: nocopy people sheet --confirm
     อย่าส่งต่อ อย่าถ่ายรูป
  ใช้เมื่อเครื่องเสียและเหลือเพียงไฟล์สำรอง: nocopy restore FILE
  หรือเมื่อหัวหน้าหน่วยงานลืมรหัสผ่าน: nocopy passphrase --recovery -

What this sheet is for
  Whoever has this sheet and a backup, or this PC, can open all of the office's books without anybody's
  passphrase.
  1. Print it.
  2. The head keeps the paper under lock, apart from the PC and from the backups.
  3. Type one group of the key back from the paper; the program then deletes this file:
     nocopy people sheet --confirm. Send it to nobody, photograph it never.
  It is needed when the PC is lost and only a backup is left: nocopy restore FILE
  or when the head forgot the passphrase: nocopy passphrase --recovery -

กุญแจกู้คืนเป็นกลุ่ม / the recovery key in groups:

{groups}

กุญแจกู้คืนทั้งเส้น / the recovery key whole:

  {identity}
"""
