"""The questions that a visit asks: finish, cancel, one more document. Each opens on the harmless answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store.catalogue import LASER
from store.free_text import words
from store.visit import Visit
from tui.cells import clean
from tui.messages import _, mark
from tui.screens.ask import Question, TypeIn
from tui.screens.visit_panel import Row, deadline_of
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

WRONG_NUMBER_TYPED = mark("The wrong number was typed")
WRONG_SERVICE_CHOSEN = mark("The wrong service was chosen")
"""Of the reasons for a cancellation the one that cancels nothing: the visit goes on for the right service."""
REASONS = (
    WRONG_NUMBER_TYPED,
    WRONG_SERVICE_CHOSEN,
    mark("The citizen does not want to be looked up"),
    mark("The citizen has left"),
)
_LABELS = {WRONG_SERVICE_CHOSEN: mark("The wrong service was chosen: on with the right one")}
OTHER = "other"


def ask_finish(
    app: NocopyApp, visit: Visit, missing: int, asked: int, finish: Callable[[bool], None]
) -> None:
    """Of the `missing` documents `asked` are awaited: leave the visit open, or finish it without them."""
    if asked:
        choices = [
            Choice(_("Leave the visit open and wait"), False),
            Choice(_("Finish, and cancel the waiting requests"), True),
        ]
        line = _("{n} answers are still awaited. What waits expires {when}.").format(
            n=asked, when=deadline_of(visit)
        )
    else:
        choices = [
            Choice(_("Go on with the visit"), False),
            Choice(_("Finish without them"), True),
        ]
        line = _("{n} documents are not here yet and were not asked for.").format(n=missing)
    app.push_screen(Question(_("Finish"), [line], choices), lambda forced: finish(True) if forced else None)


def ask_cancel(app: NocopyApp, cancel: Callable[[str], None]) -> None:
    """Why is the visit cancelled? The first choice does nothing."""
    choices: list[Choice[str]] = [Choice(_("Do not cancel"), "")]
    choices += [Choice(_(_LABELS.get(reason, reason)), _(reason)) for reason in REASONS]
    choices.append(Choice(_("Another reason"), OTHER))
    ask_reason(app, _("Cancel the visit"), [_("What was recorded stays in the ledger.")], choices, cancel)


def ask_reason(
    app: NocopyApp, title: str, lines: list[str], choices: list[Choice[str]], then: Callable[[str], None]
) -> None:
    """A ready-made reason, or one that is typed (the value "other"); an empty one does nothing."""

    def chosen(reason: str | None) -> None:
        if reason == OTHER:
            asked = TypeIn(title, lines, _("Reason"), check=partial(words, "reason"))
            app.push_screen(asked, lambda typed: then(typed) if typed else None)
        elif reason:
            then(reason)

    app.push_screen(Question(title, lines, choices), chosen)


def ask_document(app: NocopyApp, add: Callable[[str], None]) -> None:
    """One more document for this visit."""
    choices: list[Choice[str]] = [Choice(_("Add nothing"), "")]
    choices += [
        Choice(f"{clean(document.short)}  ({clean(document.owner)})", document.code)
        for document in app.books.catalogue.documents()
    ]
    app.push_screen(Question(_("Add a document"), [], choices), lambda code: add(code) if code else None)


def document_choices(row: Row, visit: Visit) -> list[Choice[str]]:
    """What can be done about one document; the first answer changes nothing."""
    waits = row.want.state == "asked"
    answers = [
        Choice(_("wait for the answer (the visit stays open)") if waits else _("leave it as it is"), "wait")
    ]
    channels = row.document.channels
    if not waits and visit.default_channel(row.document, row.want.whose) is not None:
        answers.append(Choice(_("ask for it"), "want"))
    if not waits and visit.can_come(row.document, row.want.whose, LASER):
        answers.append(Choice(_("have the laser number on the back checked"), LASER))
    if "copy" in channels:
        answers.append(Choice(_("original here: the officer has made the copy"), "copy"))
    if "sighted" in channels:
        answers.append(Choice(_("original here: looked at, no copy needed"), "sighted"))
    if row.want.state != "not_needed":
        answers.append(Choice(_("this visit does not need the document"), "not_needed"))
    return answers
