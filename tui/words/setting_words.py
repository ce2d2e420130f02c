"""The settings' labels and values in the office's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from store.settings.documents import SET
from store.settings.errors import NothingSent
from store.settings.gateways import declared
from store.settings.settings import Setting
from tui.words.cells import clean
from tui.words.translate import _, mark, sentences_of

if TYPE_CHECKING:
    from store.books import Books

# A gateway's settings have labels of their own, declared by its driver.
LABELS = {
    "office.open": mark("The office opens"),
    "office.close": mark("The office closes"),
    "anomaly.unanswered.least": mark("Stands out: unanswered lookups of an officer"),
    "anomaly.not_found.least": mark("Stands out: answers not found"),
    "anomaly.not_found.percent": mark("… and so many percent of the answers"),
    "anomaly.same_citizen.visits": mark("Stands out: visits of the same citizen"),
    "anomaly.consecutive.least": mark("Stands out: consecutive citizens' numbers"),
    "anomaly.volume.times": mark("Stands out: times an officer's usual day"),
    "anomaly.volume.least": mark("… and at least so many uses that day"),
    "anomaly.volume.days": mark("… usual is what so many days say"),
    "anomaly.refused.least": mark("Stands out: refused passphrases in a month"),
    "anomaly.clock_back.seconds": mark("Stands out: the clock went back (seconds)"),
    "disk.short_mb": mark("Free disk space: warn below (MB)"),
    "disk.stop_mb": mark("Free disk space: no new visits below (MB)"),
    "ledger.years": mark("Years that citizens' numbers are kept"),
    "centre.ca": mark("Ministry's centre: own certificate authority"),
    "backup.folder": mark("Folder of the day's second backup"),
}


CENTRE_LABELS = {
    "centre.url": mark("Ministry's centre: address"),
    "centre.fingerprint": mark("Ministry's centre: fingerprint of its keys"),
    "centre.enrolling": mark("Enrolment on its way: address"),
    "centre.enrolling_fingerprint": mark("Enrolment on its way: fingerprint of the centre's keys"),
    "centre.enrolling_job": mark("Enrolment on its way: its number"),
    "centre.enrolment_code": mark("Enrolment code of the letter"),
}


def settings_warning(books: Books) -> str:
    """The warning that the settings here are not as the head signed them; nothing where they are."""
    try:
        books.settings.demand_as_signed()
    except NothingSent as error:
        return " ".join(sentences_of(error))
    return ""


def signing_words(found: Mapping[str, str]) -> list[str]:
    """What the head of older books signs at first, a line each: store.settings.documents.to_be_signed()."""
    return [f"{label(name)}: {_first_line(name, value)}" for name, value in found.items()]


def _first_line(name: str, value: str) -> str:
    return _("● set") if value == SET or is_certificate(name) else clean(value)


def label(name: str) -> str:
    """A setting's label in the language in use; a gateway's begins with the gateway's name."""
    for one in declared():
        for setting in one.settings:
            if name == f"{one.table}.{setting.name}":
                return f"{one.name}: {_(setting.long_label)}"
    return _(LABELS.get(name) or CENTRE_LABELS[name])


def is_certificate(name: str) -> bool:
    """Whether its value is a PEM text of many lines, which is read from a file."""
    return name.endswith(".ca")


def value_words(setting: Setting) -> str:
    """The value as it is shown; for a secret or a certificate only whether there is one."""
    if setting.is_changed and (setting.value is None or is_certificate(setting.name)):
        return _("● set")
    return "–" if setting.value is None else clean(setting.value)
