"""F6, where this unit uses a gateway that requires ThaID: log in there with the app, or log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.frame.ask import Question, TypeIn
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.translate import _

if TYPE_CHECKING:
    from sync.gateways.log_in import OfficeThere, ThaidLogin
    from tui.program import Program


class ThaidQuestions:
    """The questions of one log-in, one after another. Esc at any of them leaves everything as it was."""

    def __init__(self, program: Program, thaid: ThaidLogin) -> None:
        self._program = program
        self._thaid = thaid

    def begin(self) -> None:
        """Ask for the next step, by the state of the session."""
        books = self._program.books
        if self._thaid.is_logged_in(books):
            lines = [
                self._words(_("You are logged in to {gateway}. What waits for an answer goes by itself."))
            ]
            choices = [
                Choice(_("Stay logged in"), False),
                Choice(self._words(_("Log out of {gateway}")), True),
            ]
            self._ask(Question(self._thaid.name, lines, choices), self._log_out)
            return
        lines = [self._words(_("You are not logged in to {gateway}, so lookups wait. All else goes on."))]
        choices = [Choice(_("Not now"), False), Choice(_("Log in with the ThaID app"), True)]
        self._ask(Question(self._thaid.name, lines, choices), self._offices)

    def _words(self, sentence: str) -> str:
        return sentence.format(gateway=self._thaid.name)

    def _ask(self, question: Question, then: object) -> None:
        assert callable(then)
        self._program.push_screen(question, lambda yes: then() if yes else None)

    def _offices(self) -> None:
        books = self._program.books
        self._program.slow(
            self._words(_("Asking {gateway}")), lambda: self._thaid.offices(books), self._choose
        )

    def _choose(self, offices: list[OfficeThere]) -> None:
        if not offices:
            self._program.say(
                self._words(_("{gateway} knows no office of yours. Tell the head of the unit."))
            )
            return
        choices = [Choice(clean(office.name) or str(office.id), office) for office in offices]
        lines = [_("Choose the office in whose name you ask.")]
        self._program.push_screen(
            Question(self._thaid.name, lines, choices), lambda office: self._code(office) if office else None
        )

    def _code(self, office: OfficeThere) -> None:
        lines = [_("Confirm in the ThaID app on your telephone, then type the code that it gives.")]
        self._program.push_screen(
            TypeIn(self._thaid.name, lines, _("Code"), password=True),
            lambda code: self._confirm(office, code) if code else None,
        )

    def _confirm(self, office: OfficeThere, code: str) -> None:
        books = self._program.books
        self._program.slow(
            self._words(_("Logging in to {gateway}")),
            lambda: self._thaid.confirm(books, office.id, code),
            lambda _done: self._is_in(),
        )

    def _is_in(self) -> None:
        self._program.network.session_known = True
        self._program.say(self._words(_("You are logged in to {gateway}. What waited is being sent.")))
        self._program.network.send()

    def _log_out(self) -> None:
        books = self._program.books
        self._program.slow(
            self._words(_("Logging out of {gateway}")),
            lambda: self._thaid.log_out(books),
            lambda _done: self._is_out(),
        )

    def _is_out(self) -> None:
        self._program.network.session_known = False
        self._program.say(self._words(_("You are logged out of {gateway}.")))
