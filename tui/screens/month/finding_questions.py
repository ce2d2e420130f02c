"""The questions about a month: explanation, decision, the head's own finding, the reason to send it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from store.formats.free_text import words
from store.months.values import Decision, Finding
from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.screens.visit.visit_questions import Given, ask_reason
from tui.words.finding_words import RULES
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from tui.program import Program

# act(step, *what) calls the method `step` of Months (store/months/months.py) for the shown month.
Act = Callable[..., None]
_BACK_REASONS = (
    mark("Please explain the findings"),
    mark("The counts do not agree with the papers"),
    mark("A finding is missing"),
)


def finding_title(finding: Finding) -> str:
    """The rule that made the finding, in words."""
    return _(RULES.get(finding.rule, finding.rule))


def ask_own_finding(program: Program, act: Act) -> None:
    """Ask for a finding of the head's own."""
    ask = TypeIn(
        _("A finding of your own"),
        [_("Write no citizen's name or number.")],
        _("What was found"),
        check=partial(words, "finding"),
    )
    program.push_screen(ask, lambda text: act("add_finding", text) if text else None)


def ask_explanation(program: Program, finding: Finding, act: Act) -> None:
    """Ask for the officer's explanation of a finding."""
    ask = TypeIn(
        finding_title(finding),
        [_("The head reads this. Write no citizen's name or number.")],
        _("Explanation"),
        check=partial(words, "explanation"),
        initial=finding.explanation or "",
    )
    program.push_screen(ask, lambda text: act("explain", finding.n, text) if text else None)


def ask_decision(program: Program, finding: Finding, act: Act) -> None:
    """What the head decides about a finding."""
    choices: list[Choice[str]] = [
        Choice(_("Not decided yet"), ""),
        Choice(_("The explanation is accepted"), Decision.ACCEPTED),
        Choice(_("Not accepted (will be reported to ICT)"), Decision.NOT_ACCEPTED),
        Choice(_("Ask for more explanation (sends the month back)"), "more"),
    ]

    def decided(word: str | None) -> None:
        if word == Decision.ACCEPTED:
            act("decide", finding.n, True)
        elif word == "more":
            # The officer sees the reason on the month's screen, where it must name the finding.
            act("send_back", _("Explain more: {finding}").format(finding=finding_title(finding)))
        elif word == Decision.NOT_ACCEPTED:
            _ask_why_not(program, finding, act)

    program.push_screen(Question(finding_title(finding), [], choices), decided)


def _ask_why_not(program: Program, finding: Finding, act: Act) -> None:
    ask = TypeIn(
        _("Not accepted"),
        [_("ICT reads this. Write no citizen's name or number.")],
        _("Reason"),
        check=partial(words, "reason"),
    )
    program.push_screen(ask, lambda text: act("decide", finding.n, False, text) if text else None)


def ask_send_back(program: Program, act: Act) -> None:
    """Ask why the month goes back to the officer."""
    choices = [Choice(_(reason), Given(_(reason))) for reason in _BACK_REASONS]
    title, nothing = _("Send back"), _("Do not send back")
    lines = [_("It goes back to the officer; the signatures stay in its history.")]
    ask_reason(program, title, lines, nothing, choices, lambda one: act("send_back", one.words))
