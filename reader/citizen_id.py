"""The 13-digit number of a citizen: its check digit, how it is typed and how it is shown.

Only the check digit makes a number valid. Any first digit is accepted, because foreigners and juristic
persons have such numbers too; those of juristic persons begin with 0 and have the same check digit.
"""

from __future__ import annotations

from reader.errors import BadCitizenId, NotOnlyDigits, NotThirteenDigits

LENGTH = 13

# The keys 1..0 of the top row type these characters in the Thai Kedmanee layout.
_KEDMANEE = dict(zip("ๅ/-ภถุึคตจ", "1234567890", strict=True))
_THAI_DIGITS = dict(zip("๐๑๒๓๔๕๖๗๘๙", "0123456789", strict=True))
_DASHES = frozenset("-\u2010\u2011\u2012\u2013\u2014")


def check_digit(first12: str) -> str:
    """The check digit of the first twelve. Raises ValueError where they are not twelve ASCII digits."""
    if len(first12) != LENGTH - 1 or not _plain(first12):
        raise ValueError("twelve ASCII digits are needed")
    total = sum(int(digit) * (LENGTH - place) for place, digit in enumerate(first12))
    return str((11 - total % 11) % 10)


def is_valid(digits: str) -> bool:
    """True for exactly 13 ASCII digits of which the last is the right check digit."""
    return len(digits) == LENGTH and _plain(digits) and check_digit(digits[:-1]) == digits[-1]


def parse(text: str) -> str:
    """The 13 digits of a typed number; raises BadCitizenId.

    Accepts 0-9, Thai digits, the top row typed in the Thai layout, spaces and dashes. In the Thai layout
    the key 3 types a dash, so both meanings are tried: the one that gives 13 digits counts.
    """
    readings = [_digits(text, dash=""), _digits(text, dash="3")]
    for digits in readings:
        if digits is not None and len(digits) == LENGTH:
            if not is_valid(digits):
                raise BadCitizenId
            return digits
    if text.strip() and readings[1] is None:
        raise NotOnlyDigits
    in_thai = any(sign in _KEDMANEE and sign not in _DASHES for sign in text)
    raise NotThirteenDigits(count=len(readings[in_thai] or ""))


def as_digits(text: str) -> str | None:
    """The digits of a text typed in either keyboard layout, or None where it is a word or empty."""
    # In a text with real digits a dash is a separator; otherwise it is the key 3 of the Thai layout.
    has_digits = any(sign in _THAI_DIGITS or _plain(sign) for sign in text)
    return _digits(text, dash="" if has_digits else "3")


def shown(cid: str) -> str:
    """1234567890121 as 1-2345-67890-12-1."""
    return "-".join((cid[0:1], cid[1:5], cid[5:10], cid[10:12], cid[12:]))


def shown_company(number: str) -> str:
    """0105569000126 as 0-10-5-569-00012-6: a company's number, as the company registry writes it."""
    parts = (number[0:1], number[1:3], number[3:4], number[4:7], number[7:12], number[12:])
    return "-".join(parts)


def masked(cid: str) -> str:
    """1234567890121 as x-xxxx-xxx90-12-1, for places that do not need the whole number."""
    return shown("x" * 8 + cid[8:])


def covered(number: str) -> str:
    """masked() of a citizen ID; of another number (a passport's, a group's) only the last four characters."""
    return masked(number) if is_valid(number) else "x" * max(0, len(number) - 4) + number[-4:]


def _plain(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _digits(text: str, dash: str) -> str | None:
    found = []
    for sign in text:
        if sign in _DASHES:
            found.append(dash)
        elif not sign.isspace():
            found.append(_KEDMANEE.get(sign) or _THAI_DIGITS.get(sign) or sign)
    digits = "".join(found)
    return digits if _plain(digits) else None
