"""The rules for passphrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from reader.citizen_id import is_valid
from store.people.errors import WeakPassphrase
from store.people.guessed import guesses

SHORTEST = 8
# A PC tries about ten in a second (Argon2id): so many last for three years.
_LEAST = 10**9
# A first passphrase is read out to a colleague, and is only good for choosing an own one within 72 hours, in
# which a PC tries fewer than three million.
_LEAST_FIRST = 3 * 10**6

_BETWEEN = r"[-./ ]?"
_TELEPHONE = re.compile(rf"(?<!\d)(?:0|\+?66{_BETWEEN})\d(?:{_BETWEEN}\d){{7,8}}(?!\d)")
_DATES = (
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[-./ ](?P<month>\d{1,2})[-./ ](?P<year>\d{4}|\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{4})[-./ ](?P<month>\d{1,2})[-./ ](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d)(?P<month>\d\d)(?P<year>(?:19|20|24|25)\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:19|20|24|25)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)"),
)
_THIRTEEN = re.compile(r"(?<!\d)\d(?:[- ]?\d){12}(?!\d)")


def normal(passphrase: str) -> str:
    """The NFKC form, in which the same word typed on two different keyboards is equal."""
    return unicodedata.normalize("NFKC", passphrase)


def check(passphrase: str, login: str, old: str | None = None, known: Sequence[str] = ()) -> None:
    """Raises WeakPassphrase unless that person may use the passphrase.

    `old` is the present one, `known` are words that anybody would try at this office, such as its name.
    """
    text = _long_enough(passphrase)
    if login.casefold() in text.casefold():
        raise WeakPassphrase(problem="the login is in it")
    if any(is_valid(re.sub(r"\D", "", found)) for found in _THIRTEEN.findall(text)):
        raise WeakPassphrase(problem="a citizen's number is in it")
    if _TELEPHONE.search(text):
        raise WeakPassphrase(problem="a telephone number is in it")
    if any(_is_date(found) for pattern in _DATES for found in pattern.finditer(text)):
        raise WeakPassphrase(problem="a date is in it")
    if old is not None and text == normal(old):
        raise WeakPassphrase(problem="it is the old one")
    _demand(text, _LEAST, known)


def check_first(passphrase: str) -> None:
    """Raises WeakPassphrase unless it may be a first passphrase."""
    _demand(_long_enough(passphrase), _LEAST_FIRST)


def _demand(text: str, least: int, known: Sequence[str] = ()) -> None:
    if guesses(text, known) < least:
        raise WeakPassphrase(problem="anybody would guess it")


def _long_enough(passphrase: str) -> str:
    text = _typed(passphrase)
    if len(text) < SHORTEST:
        raise WeakPassphrase(problem="it is shorter than 8 characters")
    return text


def _typed(passphrase: str) -> str:
    try:
        passphrase.encode()
    except UnicodeEncodeError:
        raise WeakPassphrase(problem="there are bytes in it that nobody can type") from None
    return normal(passphrase)


def _is_date(found: re.Match[str]) -> bool:
    return 1 <= int(found["day"]) <= 31 and 1 <= int(found["month"]) <= 12
