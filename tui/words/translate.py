"""The words of the program: English message ids in the code, Thai by default.

Each floor has its own catalogue in tui/locale/<language>/LC_MESSAGES; they are searched in the order
reader, store, sync, tui, cli. tui/locale/compile.py compiles the .po files to .mo files beside them, which
are kept because an office installs this without any tool for translations.
"""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

from reader import buddhist_date
from reader.errors import NocopyError
from reader.sentences import mark as mark

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
LOCALE = Path(__file__).parents[1] / "locale"
DOMAINS = ("reader", "store", "sync", "tui", "cli")
LANGUAGES = buddhist_date.LANGUAGES
"""The languages in which dates are written; a message missing in a catalogue is shown in English."""


def _chain(lang: str) -> gettext.NullTranslations:
    """The catalogues of one language, chained; for English the message ids themselves."""
    first = gettext.NullTranslations()
    if lang != "en":
        for domain in DOMAINS:
            first.add_fallback(gettext.translation(domain, LOCALE, languages=[lang], fallback=lang != "th"))
    return first


_language = "th"
_catalogue = _chain(_language)


def use(lang: str) -> None:
    """Speak `lang`, one of LANGUAGES, from now on, in the whole process."""
    global _language, _catalogue
    if lang not in LANGUAGES:
        raise ValueError(lang)
    _language, _catalogue = lang, _chain(lang)
    buddhist_date.use(lang)


def language() -> str:
    """The language in use, one of LANGUAGES."""
    return _language


def _(msgid: str) -> str:
    """The message in the language in use; {placeholders} are left for the caller's .format()."""
    return _catalogue.gettext(msgid) if msgid else ""


def in_thai(msgid: str) -> str:
    """As _(), but always in Thai: the office's papers are Thai whatever language is in use."""
    return _thai().gettext(msgid) if msgid else ""


@cache
def _thai() -> gettext.NullTranslations:
    return _chain("th")


ACTIONS = {
    "visit": mark("serve citizens"),
    "ledger_read": mark("read the ledger"),
    "ledger_whole_ids": mark("see whole numbers in the ledger"),
    "export": mark("write the ledger out"),
    "correct": mark("correct a line"),
    "archive": mark("archive months"),
    "queue_read": mark("see the waiting list"),
    "sync": mark("send what waits"),
    "cut_off": mark("cut a month off"),
    "summarise": mark("sum a month up"),
    "check": mark("check a month's summary"),
    "return": mark("send a month back"),
    "approve": mark("approve a month"),
    "flag": mark("report a month to ICT"),
    "submit": mark("send a month's report"),
    "settings": mark("change the settings"),
    "enrol": mark("enrol the unit"),
    "backup": mark("back the books up"),
    "people": mark("change the list of people"),
    "people_read": mark("see the list of people"),
    "catalogue": mark("see the catalogue"),
    "recovery": mark("make a recovery sheet"),
    "rescue": mark("set a passphrase with the recovery sheet"),
    "confirm_clock": mark("confirm the PC's date"),
    "station_export": mark("write out a month of this PC"),
    "station_import": mark("bring in a month of another PC"),
    "station_trust": mark("confirm another PC"),
    # A refused signature's error names the statement that would have been signed.
    "summarised": mark("sum a month up"),
    "checked": mark("check a month's summary"),
    "approved": mark("approve a month"),
    "flagged": mark("report a month to ICT"),
}
"""What a refusal says somebody may not do: for each action of the permission table, and a few besides.

An action's own name is a message id elsewhere, for another thing ("people" is also a kind of ledger line).
"""


def sentences_of(error: NocopyError, *, at_command_line: bool = False) -> tuple[str, str]:
    """(what happened, what to do now) in the language in use; the second may be empty.

    A fact that is a message id itself (a reason, a role, a list of roles) is translated too; the path of a
    signed file's member is none, although some members are named as words are. A month is
    written as people write it, or, for the command line, as it is typed there.
    """
    facts = {name: _fact(name, fact) if isinstance(fact, str) else fact for name, fact in error.facts.items()}
    if not at_command_line and _MONTH.fullmatch(month := str(error.facts.get("month"))):
        facts["month"] = buddhist_date.show_month_short(month)
    do = (at_command_line and error.do_at_command_line) or error.do
    return _(error.says).format(**facts), _(do).format(**facts)


def _fact(name: str, fact: str) -> str:
    if name == "member":
        return fact
    whole = _(ACTIONS[fact] if name == "action" else fact)
    if whole == fact:
        whole = ", ".join(_(part) for part in fact.split(", "))
    return whole.removesuffix(".")  # the sentence around it ends with a full stop
