"""How many guesses a passphrase withstands, also where it was typed in the other keyboard layout.

zxcvbn counts for English words, names, keys beside each other, repetitions and dates. It knows no Thai: the
words that Thai people would try first are listed here, and a text is also read as the same keys in the other
layout, because `password` typed in Thai, or a Thai word typed in English, is no secret either.
"""

from __future__ import annotations

from collections.abc import Sequence

_JUDGED = 40  # characters: zxcvbn's time grows with the square, and so many suffice

_LATIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"
# The same keys in the Thai Kedmanee layout.
_THAI = '_ๅ/-ภถุึคตจขชๆไำพะัีรนยบลฃฟหกดเ้่าสวงผปแอิืทมใฝ%+๑๒๓๔ู฿๕๖๗๘๙๐"ฎฑธํ๊ณฯญฐ,ฅฤฆฏโฌ็๋ษศซ.()ฉฮฺ์?ฒฬฦ'
_READINGS = (
    str.maketrans(_THAI, _LATIN),
    str.maketrans(_LATIN, _THAI),
    str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789"),
)

PRACTICE_UNIT = "9999"
# What the passphrase of practice is made of, which README and manual print; only practice itself may use it.
_PRACTICE = ("nocopy", "practice")

# The most usual first; greetings, love, family, luck, what stands in every office, names, provinces.
_COMMON = tuple(
    """
รหัสผ่าน รหัส ผ่าน สวัสดี ครับ ค่ะ คะ จ้า ประเทศไทย ไทย เมืองไทย คนไทย กรุงเทพ กทม รัก รักแม่ รักพ่อ รักเธอ รักนะ คิดถึง
พ่อ แม่ ลูก พี่ น้อง ปู่ ย่า ตา ยาย เพื่อน แฟน ที่รัก หัวใจ ใจ เธอ ฉัน ผม เรา บ้าน วัด โรงเรียน ทำงาน งาน เงิน เงินเดือน
รวย ร่ำรวย โชคดี ความสุข สุขสันต์ วันเกิด ปีใหม่ สงกรานต์ ลอยกระทง ในหลวง พระเจ้าอยู่หัว พระพุทธ พุทธ พระ ธรรมะ สาธุ
บุญ หลวงพ่อ ข้าว กินข้าว น้ำ ปลา หมู หมา แมว ไก่ ช้าง เสือ ม้า วัว ควาย นก ดอกไม้ ดอก กุหลาบ มะลิ แดง ดำ ขาว เขียว
ฟ้า น้ำเงิน เหลือง ชมพู ส้ม ม่วง ทอง ดาว เดือน จันทร์ อังคาร พุธ พฤหัส ศุกร์ เสาร์ อาทิตย์ มกราคม กุมภาพันธ์ มีนาคม เมษายน
พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ ร้อย พัน
หมื่น แสน ล้าน ศูนย์ นาย นาง นางสาว คุณ ครู หมอ หัวหน้า ผู้อำนวยการ เจ้าหน้าที่ ข้าราชการ ราชการ สำนักงาน ที่ทำการ กรม
กระทรวง เกษตร เกษตรและสหกรณ์ สหกรณ์ มหาดไทย จังหวัด อำเภอ ตำบล หมู่บ้าน เมือง เทศบาล ปกครอง ทะเบียน บัตร
บัตรประชาชน ประชาชน สมชาย สมหญิง สมศรี สมศักดิ์ สมบัติ สมพงษ์ ประเสริฐ วิชัย สุรชัย อนุชา มานะ มานี ปิติ ชูใจ สุดา มาลี
วรรณา ใจดี เล็ก ใหญ่ ต้น นิด หน่อย แก้ว เอก ฟุตบอล ทีมชาติ ลิเวอร์พูล แมนยู อาร์เซนอล เชลซี กรุงเทพมหานคร กระบี่
กาญจนบุรี กาฬสินธุ์ กำแพงเพชร ขอนแก่น จันทบุรี ฉะเชิงเทรา ชลบุรี ชัยนาท ชัยภูมิ ชุมพร เชียงราย เชียงใหม่ ตรัง ตราด ตาก
นครนายก นครปฐม นครพนม นครราชสีมา โคราช นครศรีธรรมราช นครสวรรค์ นนทบุรี นราธิวาส น่าน บึงกาฬ บุรีรัมย์ ปทุมธานี
ประจวบคีรีขันธ์ ปราจีนบุรี ปัตตานี พระนครศรีอยุธยา อยุธยา พะเยา พังงา พัทลุง พิจิตร พิษณุโลก เพชรบุรี เพชรบูรณ์ แพร่ ภูเก็ต
มหาสารคาม มุกดาหาร แม่ฮ่องสอน ยโสธร ยะลา ร้อยเอ็ด ระนอง ระยอง ราชบุรี ลพบุรี ลำปาง ลำพูน เลย ศรีสะเกษ สกลนคร
สงขลา หาดใหญ่ สตูล สมุทรปราการ สมุทรสงคราม สมุทรสาคร สระแก้ว สระบุรี สิงห์บุรี สุโขทัย สุพรรณบุรี สุราษฎร์ธานี สุรินทร์
หนองคาย หนองบัวลำภู อ่างทอง อำนาจเจริญ อุดรธานี อุดร อุตรดิตถ์ อุทัยธานี อุบลราชธานี อุบล
    """.split()  # noqa: SIM905 - a list of so many would take a line for each
)


def words_of(unit: str, unit_name: str, *names: str) -> list[str]:
    """What anybody would try first at this office, for a person with these names."""
    return [unit_name, unit, *names, *(() if unit == PRACTICE_UNIT else _PRACTICE)]


def guesses(text: str, known: Sequence[str]) -> int:
    """How many guesses find the text; `known` are words that everybody at its office would try first.

    Only its first 40 characters count.
    """
    from zxcvbn import zxcvbn  # imported here, because it takes 30 ms and only a new passphrase needs it

    # NFKC takes this vowel apart; a key of the keyboard is one sign.
    text = text.replace("\u0e4d\u0e32", "\u0e33")[:_JUDGED]
    readings = {text, *(text.translate(reading) for reading in _READINGS)}
    words = [*known, *_COMMON]
    return min(int(zxcvbn(one, user_inputs=words)["guesses"]) for one in readings)
