"""What a gateway answered, in the office's words, and whether it agrees with the card."""

from __future__ import annotations

import re
from typing import Any

from reader import citizen_id
from reader.buddhist_date import PartialDate
from reader.card import ADDRESS_CUT
from reader.card_record import CardRecord
from store.counter.answer_file import file_name, file_size, is_file
from tui.words.cells import clean
from tui.words.translate import _, mark

# The fields of the public answers; one without a word here is shown under its own name.
_WORDS = {
    "houseID": mark("House code"),
    "houseTypeDesc": mark("Kind of house"),
    "dateOfTerminate": mark("House ended"),
    "rcodeDesc": mark("Registrar"),
    "titleDesc": mark("Title"),
    "firstName": mark("First name"),
    "middleName": mark("Middle name"),
    "lastName": mark("Surname"),
    "fullnameAndRank": mark("Name"),
    "genderDesc": mark("Sex"),
    "dateOfBirth": mark("Born"),
    "age": mark("Age"),
    "nationalityDesc": mark("Nationality"),
    "ownerStatusDesc": mark("Place in the house"),
    "statusOfPersonDesc": mark("Status"),
    "dateOfMoveIn": mark("Moved in"),
    "englishFirstName": mark("First name (English)"),
    "englishMiddleName": mark("Middle name (English)"),
    "englishLastName": mark("Surname (English)"),
    "marryID": mark("Registration number"),
    "marryDate": mark("Date"),
    "marryPlaceDesc": mark("Place"),
    "divorceID": mark("Registration number"),
    "divorceDate": mark("Date"),
    "divorcePlaceDesc": mark("Place"),
    "maleFullnameAndRank": mark("Husband"),
    "femaleFullnameAndRank": mark("Wife"),
    "total": mark("How many"),
    "docID": mark("Number"),
    "docDate": mark("Date"),
    "docPlaceDesc": mark("Place"),
    "newName": mark("New name"),
    "hospitalName": mark("Hospital"),
    "fatherName": mark("Father"),
    "motherName": mark("Mother"),
    "deathDate": mark("Died"),
    "deathPlaceDesc": mark("Place"),
    "JuristicID": mark("Company number"),
    "JuristicType": mark("Kind"),
    "JuristicName_TH": mark("Name"),
    "JuristicName_EN": mark("Name (English)"),
    "RegisterDate": mark("Registered"),
    "RegisterCapital": mark("Capital"),
    "JuristicStatus": mark("Status"),
}
_HOUSE = ("houseNo", "villageNo", "alleyWayDesc", "alleyDesc", "roadDesc")
_AREA = ("subdistrictDesc", "districtDesc", "provinceDesc")
_DATES = ("date", "born", "died")


def answer_rows(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """(word, value) of every field that is not empty; a house's address is one row."""
    rows: list[tuple[str, str]] = []
    if is_file(fields):
        size = _("{n} kB").format(n=-(-file_size(fields) // 1000))
        return [(_("File"), f"{clean(file_name(fields, fields['mimeType']))}, {size}")]
    if "houseNo" in fields:
        rows.append((_("Address"), house_line(fields)))
    for name, value in fields.items():
        if name in _HOUSE or name in _AREA or value in (None, "", 0):
            continue
        if isinstance(value, list):
            for item in value:
                rows += answer_rows(item) if isinstance(item, dict) else [("", _shown(name, item))]
        elif isinstance(value, dict):
            rows += answer_rows(value)
        else:
            rows.append((_(_WORDS.get(name, name)), _shown(name, value)))
    return rows


def house_line(fields: dict[str, Any]) -> str:
    """A house's address in one row."""
    moo = fields.get("villageNo")
    parts = [fields.get("houseNo"), f"หมู่ที่ {moo}" if moo else None]
    parts += [fields.get(name) for name in (*_HOUSE[2:], *_AREA)]
    return clean(" ".join(str(part) for part in parts if part))


def differences(fields: dict[str, Any], card: CardRecord | None) -> tuple[bool, str]:
    """(was anything compared, what differs from the card in words, or empty)."""
    if card is None:
        return False, ""
    if "firstName" in fields and "titleDesc" in fields:
        for name, part, word in (("firstName", "first", "First name"), ("lastName", "last", "Surname")):
            there = str(fields.get(name) or "")
            if there != getattr(card.name_th, part):
                return True, _("{what} in the system is {value}").format(
                    what=_(word), value=clean(there) or "–"
                )
        return True, ""
    # The chip may refuse the address, or have cut off its end.
    if "houseNo" in fields and card.address and ADDRESS_CUT not in card.warnings:
        address = card.address
        registered = [str(fields.get(name) or "") for name in ("houseNo", *_AREA)]
        on_card = [address.house_no, address.tambon, address.amphoe, address.province]
        if registered != on_card:
            return True, _("the address in the system is another one")
        return True, ""
    return False, ""


def _shown(name: str, value: Any) -> str:
    text = clean(value)
    if name == "houseID" and re.fullmatch(r"[0-9]{11}", text):
        return f"{text[:4]}-{text[4:10]}-{text[10:]}"  # as printed in the house registration book
    if name == "JuristicID" and citizen_id.is_valid(text):
        return citizen_id.shown_company(text)
    if any(word in name.lower() for word in _DATES):
        # An ISO date where the text could be read as a date, else what the agency wrote.
        try:
            return PartialDate.from_iso(text).shown()
        except ValueError:
            return text
    return text
