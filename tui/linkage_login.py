"""F6 where this unit asks the Linkage Center directly: log in there with ThaID, or log out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cells import clean
from tui.messages import _
from tui.screens.ask import Question, TypeIn
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from sync.linkage2 import Linkage2Driver, Office
    from tui.app import NocopyApp


class LinkageLogin:
    """The questions of one log-in, one after another. Esc at any of them leaves everything as it was."""

    def __init__(self, app: NocopyApp, linkage: Linkage2Driver) -> None:
        self._app = app
        self._linkage = linkage

    def begin(self) -> None:
        """Ask what is wanted of the session as it is."""
        books = self._app.books
        if self._linkage.session(books).is_open:
            lines = [_("You are logged in to Linkage 2. What waits for an answer goes by itself.")]
            choices = [Choice(_("Stay logged in"), False), Choice(_("Log out of Linkage 2"), True)]
            self._ask(Question(_("Linkage 2"), lines, choices), self._log_out)
            return
        lines = [_("You are not logged in to Linkage 2, so lookups wait. All else goes on.")]
        choices = [Choice(_("Not now"), False), Choice(_("Log in with the ThaID app"), True)]
        self._ask(Question(_("Linkage 2"), lines, choices), self._offices)

    def _ask(self, question: Question, then: object) -> None:
        assert callable(then)
        self._app.push_screen(question, lambda yes: then() if yes else None)

    def _offices(self) -> None:
        books = self._app.books
        self._app.slow(_("Asking Linkage 2"), lambda: self._linkage.offices(books), self._choose)

    def _choose(self, offices: list[Office]) -> None:
        if not offices:
            self._app.say(_("Linkage 2 knows no office of yours. Tell the head of the unit."))
            return
        choices = [Choice(clean(office.name) or str(office.id), office) for office in offices]
        lines = [_("Choose the office in whose name you ask.")]
        self._app.push_screen(
            Question(_("Linkage 2"), lines, choices), lambda office: self._word(office) if office else None
        )

    def _word(self, office: Office) -> None:
        lines = [_("Confirm in the ThaID app on your telephone, then type the code that it gives.")]
        self._app.push_screen(
            TypeIn(_("Linkage 2"), lines, _("Code"), password=True),
            lambda word: self._confirm(office, word) if word else None,
        )

    def _confirm(self, office: Office, word: str) -> None:
        books = self._app.books
        self._app.slow(
            _("Logging in to Linkage 2"),
            lambda: self._linkage.confirm(books, office.id, word),
            lambda _done: self._is_in(),
        )

    def _is_in(self) -> None:
        self._app.line.session_known = True
        self._app.say(_("You are logged in to Linkage 2. What waited is being sent."))
        self._app.line.send()

    def _log_out(self) -> None:
        books = self._app.books
        self._app.slow(
            _("Logging out of Linkage 2"), lambda: self._linkage.log_out(books), lambda _done: self._is_out()
        )

    def _is_out(self) -> None:
        self._app.line.session_known = False
        self._app.say(_("You are logged out of Linkage 2."))
