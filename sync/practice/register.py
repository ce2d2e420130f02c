"""The invented registers behind the practice gateway: the state's data about the practice people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reader.citizen_id import check_digit
from reader.practice_people import PEOPLE, PracticePerson

COMPANY = "010556900001" + check_digit("010556900001")
COMPANY_FIELDS = {
    "JuristicID": COMPANY,
    "JuristicType": "บริษัทจำกัด",
    "JuristicName_TH": "บริษัท ตัวอย่างการเกษตร จำกัด",
    "JuristicName_EN": "EXAMPLE FARMING CO., LTD.",
    "RegisterDate": "25640105",
    "RegisterCapital": "1000000.00",
    "JuristicStatus": "ยังดำเนินกิจการอยู่",
}


def _person(person: PracticePerson) -> dict[str, Any]:
    title, first, middle, last = person.name_th.split("#")
    en_title, en_first, en_middle, en_last = person.name_en.split("#")
    return {
        "titleDesc": title,
        "firstName": first,
        "middleName": middle or None,
        "lastName": last or None,
        "fullnameAndRank": " ".join(part for part in (title + first, middle, last) if part),
        "genderDesc": "ชาย" if person.sex == "1" else "หญิง",
        "dateOfBirth": int(person.birth_date),
        "age": 2569 - int(person.birth_date[:4]),
        "nationalityDesc": "ไทย",
        "ownerStatusDesc": "ผู้อาศัย",
        "statusOfPersonDesc": "มีภูมิลำเนาอยู่ในบ้านนี้",
        "dateOfMoveIn": 25550000,
        "fatherName": "ทองดี",
        "fatherPersonalID": 0,
        "motherName": "คำปัน",
        "motherPersonalID": 0,
        "englishTitleDesc": en_title,
        "englishFirstName": en_first,
        "englishMiddleName": en_middle or None,
        "englishLastName": en_last or None,
    }


def _house(person: PracticePerson) -> dict[str, Any]:
    slots = (person.address.split("#") + [""] * 8)[:8]
    return {
        "houseID": 50010000000 + PEOPLE.index(person),
        "houseNo": slots[0],
        "houseTypeDesc": "บ้าน",
        "villageNo": slots[1].removeprefix("หมู่ที่ ") or None,
        "alleyWayDesc": slots[2] or None,
        "alleyDesc": slots[3] or None,
        "roadDesc": slots[4] or None,
        "subdistrictDesc": slots[5],
        "districtDesc": slots[6],
        "provinceDesc": slots[7],
        "rcodeDesc": "ท้องถิ่นตัวอย่าง",
        "dateOfTerminate": 0,
    }


def _marriage(person: PracticePerson) -> list[dict[str, Any]] | None:
    if PEOPLE.index(person) > 1:
        return None
    husband, wife = PEOPLE[0], PEOPLE[1]
    return [
        {
            "marryID": "5001-00412",
            "marryDate": 25480214,
            "marryPlaceDesc": "อำเภอเมืองเชียงใหม่",
            "malePID": int(husband.citizen_id),
            "maleFullnameAndRank": _person(husband)["fullnameAndRank"],
            "femalePID": int(wife.citizen_id),
            "femaleFullnameAndRank": _person(wife)["fullnameAndRank"],
        }
    ]


def _name_change(person: PracticePerson) -> dict[str, Any]:
    """Only the second person has changed a name; the others get an object of nulls, which means "none"."""
    if PEOPLE.index(person) != 1:
        return {"total": None, "allName": None}
    changed = {
        "docID": "12/2540",
        "docDate": 25400101,
        "docPlaceDesc": "อำเภอฝาง",
        "newName": "มาลี",
        "fullnameAndRank": _person(person)["fullnameAndRank"],
    }
    return {"total": 1, "allName": [changed]}


def _birth(person: PracticePerson) -> dict[str, Any]:
    return {
        "personalID": int(person.citizen_id),
        "firstName": person.name_th.split("#")[1],
        "lastName": person.name_th.split("#")[3],
        "dateOfBirth": int(person.birth_date),
        "hospitalName": "โรงพยาบาลตัวอย่าง",
        "fatherName": "นาย#ทองดี##",
        "motherName": "นาง#คำปัน##",
    }


BY_ID = {person.citizen_id: person for person in PEOPLE}
# By the codes of the example catalogue. All but person (001) and house (008) are placeholders.
REGISTERS: dict[str, Callable[[PracticePerson], Any]] = {
    "001": _person,
    "008": _house,
    "003": _marriage,
    "004": lambda _person: None,
    "005": _name_change,
    "006": lambda _person: None,
    "009": _birth,
    "010": lambda _person: None,
}
