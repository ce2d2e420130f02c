"""Invented people with invented cards, for practice and tests; none of them exists.

Their numbers have valid check digits, and their cards cover the difficult cases of real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from reader import layout
from reader.card import CHIP_FIELDS
from reader.citizen_id import check_digit
from reader.layout import Span
from reader.t0_timing import ATRS
from reader.virtual_card import DEFAULT_ATR, Chip, VirtualCard


@dataclass(frozen=True)
class PracticePerson:
    """One invented card: each field as the chip holds it, under its name in reader.card.

    Names have four parts and addresses eight, with `#` between; dates are yyyymmdd in the Buddhist Era.
    `photo` names one of the drawn photos, "" for none; `spaces` is the number of 0x20 bytes added to it.
    `laser` is the number on the back, "" where the chip has none. `version` is the layout. `spoilt` lists
    (offset in the file, bytes that replace the right ones). The chip refuses to read from offset `ends` on.
    `about` says what is difficult about the card.
    """

    citizen_id: str
    name_th: str
    name_en: str
    birth_date: str
    sex: str
    address: str
    issue_date: str = "25640510"
    expiry_date: str = "25730311"
    issuer: str = "ท้องถิ่นเทศบาลนครเชียงใหม่/เชียงใหม่"
    photo: str = "woman"
    spaces: int = 0
    atr: bytes = DEFAULT_ATR
    request_no: str = "5001020228123"
    card_type: str = "01"
    photo_no: str = "50010102281234"
    laser: str = ""
    version: str = "0003"
    spoilt: tuple[tuple[int, bytes], ...] = ()
    ends: int = layout.FILE_LENGTH
    about: str = ""

    def __repr__(self) -> str:
        return "<PracticePerson>"

    def photo_bytes(self) -> bytes:
        """The JPEG on the card, without the padding behind it."""
        jpeg = _drawn(self.photo) if self.photo else b""
        if not self.spaces:
            return jpeg
        # A JPEG comment segment after the two bytes of the start marker.
        comment = b"\xff\xfe" + (self.spaces + 2).to_bytes(2, "big") + b" " * self.spaces
        return jpeg[:2] + comment + jpeg[2:]

    def card(self, on_command: Callable[[bytes], None] | None = None, **chip: Any) -> VirtualCard:
        """This card in software; `chip` sets fields of Chip (its kind and its faults)."""
        made = Chip(**{"atr": self.atr, "laser": self.laser or None, **chip})
        if self.version == "0002":
            return VirtualCard(self._address_file(), made, on_command, first_file=self.file())
        return VirtualCard(self.file(), made, on_command)

    def file(self) -> bytes:
        """The card's whole file in layout 0003 (5,671 bytes); in layout 0002 the file without the address."""
        photo = self.photo_bytes()
        file = bytearray(b" " * layout.FILE_LENGTH)
        _put(file, layout.VERSION, self.version.encode())
        _put(file, layout.PHOTO_LENGTH, len(photo).to_bytes(2, "big"))
        _put(file, layout.PHOTO, photo)
        for name, chip in CHIP_FIELDS.items():
            _put(file, chip.span, getattr(self, name).encode("cp874"))
        for offset, data in self.spoilt:
            file[offset : offset + len(data)] = data
        return bytes(file[: self.ends])

    def _address_file(self) -> bytes:
        """The file that READ_BINARY reads on an old card: the version and the address."""
        address = layout.LAYOUTS[self.version].address
        file = bytearray(b" " * address.end)
        _put(file, layout.VERSION, self.version.encode())
        _put(file, address, self.address.encode("cp874"))
        return bytes(file)


def _put(file: bytearray, span: Span, data: bytes) -> None:
    if len(data) > span.length:
        raise ValueError("a field is longer than its place on the card")
    file[span.offset : span.offset + len(data)] = data


@cache
def _drawn(name: str) -> bytes:
    return files("reader").joinpath(f"photo_{name}.jpg").read_bytes()


def _number(first12: str) -> str:
    return first12 + check_digit(first12)


PEOPLE: tuple[PracticePerson, ...] = (
    PracticePerson(
        "1234567890121",
        "นาย#ทดลอง##ใจดี",
        "Mr.#Thotlong##Jaidee",
        "25230415",
        "1",
        "99/9#หมู่ที่ 9####ตำบลสุเทพ#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        photo="man",
        laser="JT1234567890",
    ),
    PracticePerson(
        _number("350120045678"),
        "นาง#มาลี##ศรีสุข",
        "Mrs.#Malee##Srisuk",
        "25100312",
        "2",
        "12#หมู่ที่ 4####ตำบลสันทราย#อำเภอฝาง#จังหวัดเชียงใหม่",
        expiry_date="25750311",
    ),
    PracticePerson(
        _number("350100112233"),
        "นาง#คำแปง##วงศ์คำ",
        "Mrs.#Khampaeng##Wongkham",
        "24840000",
        "2",
        "7#หมู่ที่ 1####ตำบลแม่แรม#อำเภอแม่ริม#จังหวัดเชียงใหม่",
        expiry_date="99999999",
        about="Only the year of birth is known; a card for life",
    ),
    PracticePerson(
        _number("350090044556"),
        "นาย#บุญมา##แสนดี",
        "Mr.#Boonma##Saendee",
        "25010700",
        "1",
        "45/2#หมู่ที่ 11##ซอย 3##ตำบลหนองหอย#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        expiry_date="99999999",
        photo="man",
        about="The day of birth is not known",
    ),
    PracticePerson(
        _number("150990077889"),
        "นางสาว#สมใจ##รักไทย",
        "Miss#Somjai##Rakthai",
        "25350228",
        "2",
        "8#หมู่ที่ 2####ตำบลป่าแดด#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        issue_date="25580312",
        expiry_date="25670311",
        about="The card has expired",
    ),
    PracticePerson(
        _number("110200099887"),
        "นางสาว#กัญญารัตน์#มณี#ประเสริฐวัฒนากุล",
        "Miss#Kanyarat#Manee#Prasertwattanakul",
        "25400101",
        "2",
        "1234/567 อาคารชุดตัวอย่างคอนโดมิเนียม ชั้นที่ 28###ซอยลาดพร้าว 101 แยก 42#ถนนลาดพร้าว"
        "#แขวงคลองเจ้าคุณสิงห์#เขตวังทองหลาง#กรุงเทพมหานคร",
        issuer="สำนักงานเขตวังทองหลาง/กรุงเทพมหานคร",
        about="A long Bangkok address with ซอย and ถนน; the issuing place is a district of Bangkok",
    ),
    PracticePerson(
        _number("312010055443"),
        "ว่าที่ ร.ต.#ธนู##",
        "Acting Sub Lt.#Thanu##",
        "25201231",
        "1",
        "3#หมู่ที่ 6#ตรอกวัดใหม่###ตำบลปากเกร็ด#อำเภอปากเกร็ด#จังหวัดนนทบุรี",
        photo="man",
        about="A rank before a name of one word",
    ),
    PracticePerson(
        _number("157030022110"),
        "นาย#อินทร##ไชยวงศ์",
        "Mr.#Intorn##Chaiwong",
        "25300720",
        "1",
        "21/4#หมู่ที่ 8####ตำบลริมกก#อำเภอเมืองเชียงราย#จังหวัดเชียงราย",
        photo="man",
        spaces=1100,
        about="The blocks of the photo begin and end with 0x20",
    ),
    PracticePerson(
        _number("150010066554"),
        "นาย#ปกรณ์##ตั้งใจ",
        "Mr.#Pakorn##Tangjai",
        "25430229",
        "1",
        "55#หมู่ที่ 5###ถนนเชียงใหม่-ลำพูน#ตำบลสารภี#อำเภอสารภี#จังหวัดเชียงใหม่",
        photo="man",
        about="Born on 29 February (B.E. 2543 is C.E. 2000, a leap year)",
    ),
    PracticePerson(
        _number("350110088776"),
        "พระ#สมชาย##สุขสันต์",
        "Phra#Somchai##",
        "25050505",
        "1",
        "วัดตัวอย่าง#หมู่ที่ 2####ตำบลช้างเผือก#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        expiry_date="99999999",
        photo="man",
        about="A monk: no family name on the card's English side",
    ),
    PracticePerson(
        _number("150990199001"),
        "ด.ญ.#ใบข้าว##ใจดี",
        "Miss#Baikhao##Jaidee",
        "25621009",
        "2",
        "99/9#หมู่ที่ 9####ตำบลสุเทพ#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่",
        expiry_date="25771008",
        about="A child of seven has a card too",
    ),
    PracticePerson(
        _number("850017700112"),
        "นาย#จายแสง##",
        "Mr.#Jai Saeng##",
        "25280000",
        "1",
        "101#หมู่ที่ 13#ตรอก 2#ซอย 7#ถนนริมน้ำ#ตำบลเวียงแหง#อำเภอเวียงแหง#จังหวัดเชียงใหม่",
        photo="man",
        about="Someone with a card of the people without nationality; the number begins with 8",
    ),
)

OLD_CARD = PracticePerson(
    _number("350080033221"),
    "นาย#แก้ว##มูลเมือง",
    "Mr.#Kaew##Munmueang",
    "24790000",
    "1",
    "2#หมู่ที่ 3####ตำบลบ้านกลาง#อำเภอสันป่าตอง#จังหวัดเชียงใหม่",
    issue_date="25460219",
    expiry_date="99999999",
    photo="man",
    atr=ATRS["6"],
    version="0002",
    about="An old card for life, of layout 0002 and at the default speed",
)

CUT_ADDRESS = PracticePerson(
    _number("310120066778"),
    "นางสาว#ลำดวน##ทดสอบ",
    "Miss#Lamduan##Thotsop",
    "24850410",
    "2",
    "1234/567 อาคารชุดตัวอย่างคอนโดมิเนียม 2 ชั้นที่ 28 ห้อง 2805##ตรอกวัดตัวอย่าง#ซอยลาดพร้าว 101 แยก 42"
    "#ถนนลาดพร้าวสายใหม่#แขวงคลองเจ้าคุณสิงห์#เขตวังทอง",
    issue_date="25470115",
    expiry_date="99999999",
    atr=ATRS["6"],
    version="0002",
    about="An old card for life whose address had no room on the chip: its end is missing",
)

WRONG_NUMBER = PracticePerson(
    "3500700112238",  # the last digit should be another one
    "นาย#ประหยัด##ทดสอบ",
    "Mr.#Prayat##Thotsop",
    "25220202",
    "1",
    "17#หมู่ที่ 1####ตำบลดอนแก้ว#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    photo="man",
    about="The number has a wrong check digit",
)

DAMAGED = PracticePerson(
    _number("350070022114"),
    "นาง#ละออ##ทดสอบ",
    "Mrs.#La-or##Thotsop",
    "25150617",
    "2",
    "30#หมู่ที่ 7####ตำบลเหมืองแก้ว#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    photo="",
    spoilt=(
        (CHIP_FIELDS["name_th"].span.offset + 5, b"\xfc\xdb\x07"),
        (CHIP_FIELDS["birth_date"].span.offset, b"25159931"),
    ),
    about="Damaged bytes in the Thai name, an impossible date of birth and no photo",
)

NUMBER_LOST = PracticePerson(
    _number("350070033228"),
    "นาย#ประสงค์##ทดสอบ",
    "Mr.#Prasong##Thotsop",
    "25110909",
    "1",
    "8/1#หมู่ที่ 3####ตำบลขี้เหล็ก#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    photo="man",
    spoilt=((layout.CITIZEN_ID.offset + 4, b"\xff\xff\x00\x00\x00"),),
    about="The number on the chip is lost",
)

ADDRESS_LOST = PracticePerson(
    _number("350070044335"),
    "นาง#สายหยุด##ทดสอบ",
    "Mrs.#Saiyut##Thotsop",
    "25161123",
    "2",
    "64#หมู่ที่ 2####ตำบลสะลวง#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    ends=layout.ADDRESS.offset,
    about="The chip does not give the address",
)

NO_PICTURE = PracticePerson(
    _number("350070055442"),
    "นาง#จันทร์##ทดสอบ",
    "Mrs.#Chan##Thotsop",
    "25180301",
    "2",
    "5#หมู่ที่ 6####ตำบลห้วยทราย#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    spoilt=((layout.PHOTO.offset, bytes(64)),),
    about="The photo is no picture",
)

UNKNOWN_KIND = PracticePerson(
    _number("350070066550"),
    "นาย#ใหม่##ทดสอบ",
    "Mr.#Mai##Thotsop",
    "25400707",
    "1",
    "10#หมู่ที่ 1####ตำบลริมใต้#อำเภอแม่ริม#จังหวัดเชียงใหม่",
    photo="man",
    version="0004",
    about="A layout that the program does not know",
)

ODD_CARDS = (
    *(OLD_CARD, WRONG_NUMBER, DAMAGED, CUT_ADDRESS, NUMBER_LOST, ADDRESS_LOST, NO_PICTURE, UNKNOWN_KIND),
)
"""Cards that are old, damaged or of an unknown layout; those of PEOPLE are sound."""
