"""The action of the permission table that each command and each key of the screen needs.

The table itself is in store/people/permissions.py, and the books ask it before every step, whoever calls.
With these two lists the command line and the screens ask it beforehand, so that nobody is offered what is
then refused. A test goes through all commands and all screens, and fails where one is missing here.
"""

from __future__ import annotations

# The command's words -> the action; None: it opens no books, or asks for no passphrase of the office.
COMMANDS: dict[str, str | None] = {
    "practice": None,
    "setup": None,
    "passphrase": None,  # everybody's own, and the way back in with the recovery sheet
    "card read": None,
    "card watch": None,
    "catalogue": "catalogue",
    "visit": "visit",
    "visit show": "visit",
    "visit close": "visit",
    "visit cancel": "visit",
    "ledger list": "ledger_read",
    "ledger verify": "ledger_read",
    "ledger accept-break": "recovery",
    "ledger correct": "correct",
    "ledger export": "export",
    "ledger archive": "archive",
    "settings list": "ledger_read",
    "settings set": "settings",
    "queue list": "queue_read",
    "queue retry": "sync",
    "queue cancel": "sync",
    "sync": "sync",
    "month status": "ledger_read",
    "month cut-off": "cut_off",
    "month summarise": "summarise",
    "month check": "check",
    "month return": "return",
    "month approve": "approve",
    "month flag": "flag",
    "month submit": "submit",
    "month paper": "ledger_read",
    "people list": "people_read",
    "people add": "people",
    "people appoint": "people",
    "people end": "people",
    "people change": "people",
    "people reset": "people",
    "people sheet": "recovery",
    "people sign": "recovery",
    "people head": None,  # the recovery sheet is the authority: there may be no head left
    "carry out": "sync",
    "carry in": "sync",
    "station identity": "station_export",
    "station export": "station_export",
    "station import": "station_import",
    "station list": "ledger_read",
    "station trust": "station_trust",
    "station release": "station_trust",
    "verify": "ledger_read",  # with --login alone: without it no books are opened
    "backup": "backup",
    "restore": None,  # the recovery sheet is the authority: there may be nobody's passphrase left
    "doctor": None,
    "centre serve": None,  # the ministry's side has a home of its own
    "centre code": None,
    "centre status": None,
    "centre accept": None,
    "centre message": None,
    "centre return": None,
    "centre confirm": None,
    "centre revoke": None,
    "centre publish": None,
    "centre enrol": "enrol",
    "centre fingerprints": "ledger_read",
    "centre proof": "ledger_read",
    "centre messages": "ledger_read",
}

GO_ON_OVER_A_BREAK = frozenset(
    {"ledger_read", "export", "backup", "sync", "queue_read", "people_read", "station_export", "catalogue"}
)
"""The actions whose commands go on while a break of the ledger is remembered: reading, saving, sending."""

# The name of a key's command (class SendNow: send_now) -> the actions of which one is enough; none: all may.
KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            *("help", "card", "network", "lock", "move", "page", "back", "open", "confirm", "quit"),
            *("try_again", "log_in", "other_words", "handed_over"),
            # The first start: there are no people yet whose roles could be checked.
            *(
                "next_field",
                "other_step",
                "setup_file",
                "try_key",
                "remove_person",
                "sheet_place",
                "make_books",
            ),
        ),
        (),
    ),
    **dict.fromkeys(
        (
            *(
                "choose_service",
                "change_service",
                "who_came",
                "obtain",
                "look",
                "add_document",
                "answer",
                "channel",
                "settle",
                "other_area",
            ),
            *(
                "retry_lookups",
                "take_over",
                "slip",
                "cancel_visit",
                "finish",
                "park",
                "save_file",
                "open_visit",
                "explain",
            ),
        ),
        ("visit",),
    ),
    **dict.fromkeys(
        ("find", "new_search", "story", "lines", "other_month", "paper", "ledger_pages"), ("ledger_read",)
    ),
    **dict.fromkeys(("send_now", "cancel_item", "by_stick"), ("sync",)),
    **dict.fromkeys(("change_person", "end_appointment", "add_person"), ("people",)),
    **dict.fromkeys(("open_settings", "change_setting", "usual_setting"), ("settings",)),
    "open_centre": ("enrol",),
    "recovery_sheet": ("recovery",),
    "back_up": ("backup",),
    "correct": ("correct",),
    "decide": ("approve",),
    "add_finding": ("approve",),
    "send_back": ("return",),
    "sign": ("summarise", "check", "approve"),
    "submit": ("submit",),
}
