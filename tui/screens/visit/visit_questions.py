"""The questions that a visit asks: finish, cancel, one more document. Each opens on the harmless answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from store.counter.reasons import Reason
from store.counter.visit import Visit, WantedState
from store.formats.free_text import words
from store.settings.catalogue import OWN_WORK, Channel
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.screens.visit.visit_panel import Row, deadline_of
from tui.words.cells import clean
from tui.words.reason_words import CANCELLATIONS, INSTEAD, REASONS
from tui.words.translate import _
from tui.words.visit_words import CHANNELS

if TYPE_CHECKING:
    from tui.program import Program


@dataclass(frozen=True)
class Given:
    """A reason: its words for the ledger, in the language in use, and the code that decides what happens."""

    words: str
    why: Reason = Reason.OTHER


def given(why: Reason) -> Given:
    """A ready-made reason in the language in use."""
    return Given(_(REASONS[why]), why)


def ask_finish(
    program: Program, visit: Visit, missing: int, asked: int, finish: Callable[[bool], None]
) -> None:
    """Ask whether to finish the visit without `missing` documents, of which `asked` are awaited."""
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
    program.push_screen(
        Question(_("Finish"), [line], choices), lambda forced: finish(True) if forced else None
    )


def ask_take_over(program: Program, take_over: Callable[[], None]) -> None:
    """Ask whether to take over another officer's visit, with what waits for their log-in."""
    choices = [Choice(_("Leave it to them"), False), Choice(_("Take the visit over"), True)]
    lines = [
        _("What waits is cancelled, with a line in the ledger, and can be asked anew under your log-in.")
    ]
    program.push_screen(
        Question(_("Take the visit over"), lines, choices), lambda sure: take_over() if sure else None
    )


def ask_cancel(program: Program, cancel: Callable[[Given], None]) -> None:
    """Ask why the visit is cancelled. The first choice does nothing."""
    choices = [
        Choice(_(INSTEAD[why]) if why in INSTEAD else given(why).words, given(why)) for why in CANCELLATIONS
    ]
    lines = [_("What was recorded stays in the ledger.")]
    ask_reason(program, _("Cancel the visit"), lines, _("Do not cancel"), choices, cancel)


def ask_reason(
    program: Program,
    title: str,
    lines: list[str],
    nothing: str,
    ready: list[Choice[Given]],
    then: Callable[[Given], None],
) -> None:
    """Ask for a `ready`-made reason, or a typed one. The first choice, `nothing`, does nothing, like Esc."""

    def type_in() -> None:
        asked = TypeIn(title, lines, _("Reason"), check=partial(words, "reason"))
        program.push_screen(asked, lambda typed: then(Given(typed)) if typed else None)

    choices: list[Choice[Callable[[], None] | None]] = [Choice(nothing, None)]
    choices += [Choice(one.label, partial(then, one.value)) for one in ready]
    choices.append(Choice(_("Another reason"), type_in))
    program.push_screen(Question(title, lines, choices), lambda chosen: chosen() if chosen else None)


def ask_document(program: Program, add: Callable[[str], None]) -> None:
    """Ask for one more document for this visit."""
    choices: list[Choice[str]] = [Choice(_("Add nothing"), "")]
    choices += [
        Choice(f"{clean(document.short)}  ({clean(document.owner)})", document.code)
        for document in program.books.catalogue.documents()
    ]
    program.push_screen(Question(_("Add a document"), [], choices), lambda code: add(code) if code else None)


def document_choices(row: Row, visit: Visit) -> list[Choice[str]]:
    """The choices for one document; the first one changes nothing."""
    waits = row.want.state == WantedState.ASKED
    answers: list[Choice[str]] = [
        Choice(_("wait for the answer (the visit stays open)") if waits else _("leave it as it is"), "wait")
    ]
    if not waits and visit.default_channel(row.document, row.want.whose) is not None:
        answers.append(Choice(_("ask for it"), "want"))
    if not waits and visit.can_come(row.document, row.want.whose, Channel.LASER):
        answers.append(Choice(_(CHANNELS[Channel.LASER].offer), Channel.LASER))
    answers += [Choice(_(CHANNELS[own].offer), own) for own in OWN_WORK if own in row.document.channels]
    if row.want.state != WantedState.NOT_NEEDED:
        answers.append(Choice(_("this visit does not need the document"), WantedState.NOT_NEEDED))
    return answers
