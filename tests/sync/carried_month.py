"""October of a unit, submitted and carried, and ways to damage what is carried."""

from __future__ import annotations

from datetime import datetime

from reader.buddhist_date import BANGKOK
from store.books import Books
from store.formats import jws
from store.formats.canonical import canonical
from sync.carry import bundle
from tests.rig.office import CONTROLLER, HEAD, OFFICER, PASSPHRASE
from tests.sync.unit import Unit

OCTOBER = "2026-10"


def submit_october(unit: Unit) -> Books:
    """October of the office, signed by three and submitted; the head's books."""
    return submit(unit, OCTOBER, datetime(2026, 11, 1, 9, 0, tzinfo=BANGKOK))


def submit(unit: Unit, month: str, at: datetime) -> Books:
    """That month, cut off and submitted at that time."""
    unit.clock.at = at
    officer, controller, head = (unit.books(login) for login in (OFFICER, CONTROLLER, HEAD))
    controller.months.cut_off(month, confirmed=True)
    officer.months.summarise(month, officer.signer(PASSPHRASE[OFFICER]))
    controller.months.check(month, controller.signer(PASSPHRASE[CONTROLLER]))
    head.months.approve(month, head.signer(PASSPHRASE[HEAD]), "ตรวจแล้ว")
    head.months.submit(month)
    return head


def receipt_of(books: Books) -> str:
    return str(books.database.value("SELECT receipt FROM month WHERE month = ?", (OCTOBER,)))


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def first_item(members: dict[str, bytes]) -> str:
    return next(name for name in members if name != bundle.MANIFEST)


def reheaded(token: str, **changed: object) -> str:
    protected, payload, signature = token.split(".")
    header = jws.strict_object(jws.unb64(protected), "protected")
    return f"{jws.b64(canonical({**header, **changed}))}.{payload}.{signature}"
