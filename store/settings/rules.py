"""The settings that the head may change: their names, their defaults, and which values are allowed.

The gateways' addresses, secrets and certificates are in the books and not in a text file, because nobody who
can edit a file must be able to redirect citizens' data. Each change is a ledger line that names the setting.
Settings.sign() applies these rules, so no command and no screen can bypass them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from store.base import disk
from store.errors import BadInput, NotFound
from store.settings.address import is_address, is_plain, is_private
from store.settings.gateways import SettingKind, gateway_settings
from store.settings.thresholds import SETTINGS as THRESHOLDS
from store.settings.thresholds import Rules, check_threshold

BACKUP_FOLDER = "backup.folder"
"""The setting with a second folder for the daily backup, such as a stick."""
YEARS = "ledger.years"
USUAL_YEARS = 5
"""The setting for how many years the ledger keeps citizens' numbers, and its default."""


def checked(get: Callable[[str], str | None], name: str, value: str) -> str:
    """The value as it is stored; `get` reads the other settings.

    Raises NotFound for a name that is no setting, and BadInput where the value is not allowed.
    """
    check = _checks().get(name) or UNLISTED.get(name)
    if check is None:
        raise NotFound(what="setting", name=name)
    given = value.strip()
    if not given:
        raise BadInput(what=name, problem="it is empty")
    check(name, given)
    _check_together(get, name, given)
    return given


def names() -> tuple[str, ...]:
    """The names of all settings that the head may change, in the order of lists."""
    return tuple(_checks())


def is_secret(name: str) -> bool:
    """Whether the value of that setting must never be shown."""
    setting = gateway_settings().get(name)
    return setting is not None and setting.kind is SettingKind.SECRET


def usual(get: Callable[[str], str | None], name: str) -> str | None:
    """The default of a setting, or None.

    Raises NotFound for a name that the head may not change, and BadInput where the default contradicts the
    other settings.
    """
    if name not in _checks():
        raise NotFound(what="setting", name=name)
    found = USUAL.get(name)
    if found is not None:
        _check_together(get, name, found)
    return found


def _check_together(get: Callable[[str], str | None], name: str, value: str) -> None:
    """Raises BadInput where visits would stop before the warning, or the office close before it opens."""
    other = {one: get(one) or USUAL[one] for one in (disk.SHORT, disk.STOP, *_HOURS)} | {name: value}
    if name in (disk.SHORT, disk.STOP) and int(other[disk.STOP]) > int(other[disk.SHORT]):
        raise BadInput(what=name, problem="the warning must come before the stop")
    if name in _HOURS and other[_HOURS[0]] >= other[_HOURS[1]]:
        raise BadInput(
            what=name, problem="the office would open after it closes; change the other time first"
        )


def _number(least: int, most: int) -> Callable[[str, str], None]:
    def check(name: str, value: str) -> None:
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise BadInput(what=name, problem="the number is not within what makes sense here")

    return check


def _address(name: str, value: str) -> None:
    if not is_address(value):
        raise BadInput(what=name, problem="it is not an address of the form https://name/path")
    if not is_private(value):
        raise BadInput(what=name, problem="http would send everything unprotected: use https")


def _word(name: str, value: str) -> None:
    if not is_plain(value):
        raise BadInput(what=name, problem="it may hold only Latin letters, digits and plain signs")


def _folder(name: str, value: str) -> None:
    if not Path(value).is_absolute():
        raise BadInput(what=name, problem="it is not the whole path of a folder")


def _certificates(name: str, value: str) -> None:
    from cryptography.x509 import load_pem_x509_certificates

    try:
        load_pem_x509_certificates(value.encode())
    except ValueError:
        raise BadInput(what=name, problem="it is not a certificate in PEM form") from None


_HOURS = ("office.open", "office.close")
USUAL: dict[str, str] = {
    **{name: str(getattr(Rules(), attribute)) for name, attribute in THRESHOLDS.items()},
    disk.SHORT: str(disk.SHORT_MB),
    disk.STOP: str(disk.STOP_MB),
    YEARS: str(USUAL_YEARS),
}
_KINDS: dict[SettingKind, Callable[[str, str], None]] = {
    SettingKind.ADDRESS: _address,
    SettingKind.WORD: _word,
    SettingKind.SECRET: _word,
    SettingKind.CERTIFICATES: _certificates,
}
_OFFICE: dict[str, Callable[[str, str], None]] = {
    **dict.fromkeys(THRESHOLDS, check_threshold),
    disk.SHORT: _number(2, 1_000_000),
    disk.STOP: _number(1, 1_000_000),
    YEARS: _number(1, 99),
}
_CENTRE_AND_BACKUP: dict[str, Callable[[str, str], None]] = {
    "centre.ca": _certificates,
    BACKUP_FOLDER: _folder,
}
UNLISTED: dict[str, Callable[[str, str], None]] = {
    "centre.url": _address,
    "centre.fingerprint": _word,
    "centre.enrolling": _address,
    "centre.enrolling_fingerprint": _word,
    "centre.enrolling_job": _word,
    "centre.enrolment_code": _word,
}
"""What the head signs with an enrolment; it is therefore not in the list of settings."""


def _checks() -> dict[str, Callable[[str, str], None]]:
    gateways = {name: _KINDS[setting.kind] for name, setting in gateway_settings().items()}
    return {**_OFFICE, **gateways, **_CENTRE_AND_BACKUP}
