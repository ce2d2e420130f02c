"""The practice gateway: answers as GDx and Linkage do, about invented people only."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from reader.citizen_id import check_digit, is_valid
from reader.people import PEOPLE, PracticePerson
from sync.gdx import LINK_PATH, TOKEN_PATH
from sync.loopback import Handler, Loopback

CONSUMER_KEY = "practice-key"
CONSUMER_SECRET = "practice-secret"  # noqa: S105 - opens nothing but this
JURISTIC_PATH = "/ws/dbd/juristic/v4/profile/information"
COMPANY = "010556900001" + check_digit("010556900001")


class Fault(StrEnum):
    """What the gateway can be told to do wrong."""

    HTML = "html"  # 200 with a log-in page, as in a hotel
    REDIRECT = "redirect"
    TOKEN_ONCE = "token_once"  # noqa: S105 - the next lookup's token is refused, once
    NO_SESSION = "no_session"  # 90001: nobody is logged in at GovAMI
    ERROR_500 = "error_500"
    BUSY = "busy"  # 503 with Retry-After: 1
    SILENT = "silent"  # takes the lookup and says nothing, until the line is cut


class PracticeGateway:
    """GDx with Linkage behind it. `fault` may be changed at any time; `lookups` counts those that arrived."""

    def __init__(self, port: int = 0, *, delay_s: float = 0.0, fault: Fault | None = None) -> None:
        self.fault = fault
        self.lookups = 0
        self.delay_s = delay_s
        self._lock = threading.Lock()
        self._tokens: set[str] = set()
        self._cut = threading.Event()
        self._loopback = Loopback(_handler(self._answer), port)

    @property
    def url(self) -> str:
        return self._loopback.url

    def start(self) -> None:
        self._cut.clear()
        self._loopback.start()

    def stop(self) -> None:
        self._cut.set()
        self._loopback.stop()

    def _answer(self, path: str, query: dict[str, str], key: str, token: str) -> tuple[int, Any]:
        if self.fault is Fault.HTML:
            return 200, "<!DOCTYPE html><html><title>Free Wi-Fi</title><form>...</form></html>"
        if self.fault is Fault.REDIRECT:
            return 302, ""
        if key != CONSUMER_KEY:
            return 403, {"Message": "ForbiddenException: consumer not found"}
        if path == TOKEN_PATH:
            return self._validate(query)
        with self._lock:
            self.lookups += 1
        self._take_time(self.delay_s)
        with self._lock:
            known = token in self._tokens
            if self.fault is Fault.TOKEN_ONCE:
                self.fault, known = None, False
                self._tokens.discard(token)
        if not known:
            return 401, {"Message": "UnauthorizedException: token not found"}
        return self._faulty() or _data(path, query)

    def _validate(self, query: dict[str, str]) -> tuple[int, Any]:
        if query.get("ConsumerSecret") != CONSUMER_SECRET:
            return 401, {"Message": "UnauthorizedException: consumer secret not valid"}
        if not is_valid(query.get("AgentID", "")):
            return 400, {"Message": "BadRequestException: AgentID"}
        token = str(uuid.uuid4())
        with self._lock:
            self._tokens.add(token)
        return 200, {"Result": token}

    def _faulty(self) -> tuple[int, Any] | None:
        if self.fault is Fault.NO_SESSION:
            return 500, {"Code": "90001", "Message": "Agent is not logged in"}
        if self.fault is Fault.ERROR_500:
            return 500, {"Message": "InternalServerError"}
        if self.fault is Fault.BUSY:
            return 503, {"Message": "ServiceUnavailable"}
        if self.fault is Fault.SILENT:
            self._take_time(None)
        return None

    def _take_time(self, seconds: float | None) -> None:
        """A reply takes its time (None: for ever); a cut line ends the wait, and there is no reply."""
        if self._cut.wait(seconds):
            raise ConnectionAbortedError


def _handler(answer: Callable[[str, dict[str, str], str, str], tuple[int, Any]]) -> type[Handler]:
    class GatewayHandler(Handler):
        def do_GET(self) -> None:  # noqa: N802 - the standard library's name
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = self.headers
            status, said = answer(
                parts.path, query, headers.get("Consumer-Key", ""), headers.get("Token", "")
            )
            if isinstance(said, str):
                extra = {"Location": "http://login.example/"} if status == 302 else {}
                self.reply(status, said.encode(), "text/html; charset=utf-8", **extra)
                return
            extra = {"Retry_After": "1"} if status == 503 else {}
            self.reply(status, json.dumps(said, ensure_ascii=False).encode(), "application/json", **extra)

    return GatewayHandler


def _data(path: str, query: dict[str, str]) -> tuple[int, Any]:
    if path == JURISTIC_PATH:
        return _company(query.get("JuristicID", ""))
    if path != LINK_PATH:
        return 404, {"Message": "NotFoundException"}
    if not is_valid(query.get("CitizenID", "")):
        return 400, {"Message": "BadRequestException: CitizenID"}
    person = _BY_ID.get(query["CitizenID"])
    make = _SERVICES.get((query.get("OfficeID"), query.get("ServiceID")))
    if make is None:
        return 400, {"Message": "BadRequestException: service is not granted to this office"}
    answer = make(person) if person else None
    if answer is None:
        return 500, {"Message": "[00001] ไม่พบข้อมูล"}
    return 200, answer


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
        "dateOfBirth": int(person.birth),
        "age": 2569 - int(person.birth[:4]),
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
    """Nobody but the second has changed a name; the others get an object of nulls, which means the same."""
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
        "dateOfBirth": int(person.birth),
        "hospitalName": "โรงพยาบาลตัวอย่าง",
        "fatherName": "นาย#ทองดี##",
        "motherName": "นาง#คำปัน##",
    }


def _company(number: str) -> tuple[int, Any]:
    if not is_valid(number):
        return 400, {"Message": "BadRequestException: JuristicID"}
    if number != COMPANY:
        return 200, {"ResultList": [], "RawData": ""}
    company = {
        "JuristicID": COMPANY,
        "JuristicType": "บริษัทจำกัด",
        "JuristicName_TH": "บริษัท ตัวอย่างการเกษตร จำกัด",
        "JuristicName_EN": "EXAMPLE FARMING CO., LTD.",
        "RegisterDate": "25640105",
        "RegisterCapital": "1000000.00",
        "JuristicStatus": "ยังดำเนินกิจการอยู่",
    }
    return 200, {"ResultList": [company], "RawData": ""}


_BY_ID = {person.citizen_id: person for person in PEOPLE}
# The codes of the example catalogue. Beyond person and house they are placeholders.
_SERVICES: dict[tuple[str | None, str | None], Callable[[PracticePerson], Any]] = {
    ("00023", "001"): _person,
    ("00023", "008"): _house,
    ("00023", "003"): _marriage,
    ("00023", "004"): lambda _person: None,
    ("00023", "005"): _name_change,
    ("00023", "006"): lambda _person: None,
    ("00023", "009"): _birth,
    ("00023", "010"): lambda _person: None,
}
