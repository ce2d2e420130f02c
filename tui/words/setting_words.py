"""The settings' labels and values in the office's words."""

from __future__ import annotations

from store.settings.gateways import declared
from store.settings.settings import Setting
from tui.words.cells import clean
from tui.words.translate import _, mark

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


def label(name: str) -> str:
    """A setting's label in the language in use; a gateway's begins with the gateway's name."""
    for one in declared():
        for setting in one.settings:
            if name == f"{one.table}.{setting.name}":
                return f"{one.name}: {_(setting.long_label)}"
    return _(LABELS[name])


def is_certificate(name: str) -> bool:
    """Whether its value is a PEM text of many lines, which is read from a file."""
    return name.endswith(".ca")


def value_words(setting: Setting) -> str:
    """The value as it is shown; for a secret or a certificate only whether there is one."""
    if setting.is_changed and (setting.value is None or is_certificate(setting.name)):
        return _("● set")
    return "–" if setting.value is None else clean(setting.value)
