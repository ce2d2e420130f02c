"""The log-in: the arrows choose the name, letters go to the passphrase."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.widgets import Input

from reader.buddhist_date import show_day, show_time
from reader.errors import NocopyError
from store.people.errors import MustChangePassphrase, WrongAgain, WrongPassphrase
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.login_names import recall
from tui.screens.login import login_keys
from tui.words.cells import clean, pad, wrap
from tui.words.role_words import role_words
from tui.words.translate import _, mark, sentences_of

_NAME_CELLS = 34
_OTHER_ROWS = 12  # of the frame (6), above the names (4), their blank row and the field
_FEWEST = 3  # names that are always shown


class LoginScreen(WorkScreen[None]):
    """The log-in. `other_than` has just locked the screen: another officer is then chosen at first."""

    OFFERS = (keys.Help, keys.Move, login_keys.LogIn, keys.Network, keys.Quit)
    place = mark("Log in")
    takes_typing = True

    def __init__(self, logins: list[str], *, other_than: str = "", open_visits: int = 0) -> None:
        super().__init__()
        self._logins = logins
        self._locked = other_than
        self._open_visits = open_visits
        self._cursor = 0
        self._wrong = ""
        self._typing_helps = True  # False after an error that no passphrase mends

    def body(self) -> ComposeResult:
        yield TextBlock(id="names")
        yield TypingRow(password=True)
        yield TextBlock(id="below")

    def ready(self) -> None:
        self._known = recall(self.program.locations.home)
        first = self._known.last
        others = [login for login in self._logins if login != self._locked]
        if self._locked and others:
            # At a change-over a colleague logs in: those with the same roles come first.
            roles = self._known.people.get(self._locked, ("", ()))[1]
            others.sort(key=lambda login: self._known.people.get(login, ("", ()))[1] != roles)
            first = others[0]
        self._cursor = self._logins.index(first) if first in self._logins else 0
        self.query_one(TypingRow).show_label(f"   {_('Passphrase')} ")
        self.query_one("#field", ThaiInput).focus()

    def paint_body(self) -> None:
        width = self.size.width
        known = self._known
        unit = (
            f"{known.unit_name} · {_('PC {station}').format(station=known.station)}"
            if known.unit_name
            else ""
        )
        below = self._below(width - 6)
        # Of many names those around the chosen one are shown, so that the field below always has room.
        room = max(_FEWEST, self.size.height - _OTHER_ROWS - len(below))
        first = max(0, min(self._cursor - room // 2, len(self._logins) - room))
        many = f" ({len(self._logins)})" if len(self._logins) > room else ""
        lines = ["", f"   {clean(unit)}", "", f"   {_('User')}{many}"]
        for n, login in list(enumerate(self._logins))[first : first + room]:
            name, roles = known.people.get(login, (login, ()))
            sign = "►" if n == self._cursor else " "
            lines.append(f"   {sign} {pad(clean(name), _NAME_CELLS)} {role_words(roles)}")
        self.query_one("#names", TextBlock).show([*lines, ""])
        self.query_one("#below", TextBlock).show([f"   {line}" if line else "" for line in below])

    def _below(self, width: int) -> list[str]:
        lines: list[str] = []
        if any("\u0e00" <= sign <= "\u0e7f" for sign in self.query_one("#field", ThaiInput).value):
            lines += wrap(
                "! " + _("The keyboard is in Thai. If your passphrase is in English, switch it first."), width
            )
        elif self._wrong:
            lines += wrap("! " + self._wrong, width)
        lines.append("")
        practice = self.program.practice
        if practice is not None:
            lines += wrap(
                _("Practice with invented data. Everyone's passphrase: {hint}").format(
                    hint=practice.passphrase
                ),
                width,
            )
            lines += wrap(_("Type it and press Enter. Then F2 puts a card in, F6 cuts the network."), width)
            return lines
        if self._known.last_at:
            at = datetime.fromisoformat(self._known.last_at)
            name = self._known.people.get(self._known.last, (self._known.last, ()))[0]
            lines += wrap(
                _("This PC was last used: {day} {time}, {name}").format(
                    day=show_day(at), time=show_time(at), name=clean(name)
                ),
                width,
            )
        lines += wrap(
            _("Forgotten passphrase: the head of the unit sets a new one; the head has the recovery sheet."),
            width,
        )
        return lines

    def sentence(self) -> str:
        if self._wrong and not self._typing_helps:
            return _("You are not logged in. Do what stands above.")
        if self._wrong:
            return _("You are not logged in. Type the passphrase again, then press Enter.")
        if self._locked and self._open_visits:
            return _("The screen is locked. {n} open visits are safe. Type your passphrase to go on.").format(
                n=self._open_visits
            )
        return _("Choose your name with the arrows, type your passphrase, then press Enter.")

    def can_log_in(self) -> bool:
        return bool(self.query_one("#field", ThaiInput).value)

    def can_network(self) -> bool:
        return self.program.practice is not None

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value:
            self._wrong = ""
            self.program.say("")  # which paints
        else:
            self.paint()

    def do_move(self, step: int) -> None:
        self._cursor = max(0, min(len(self._logins) - 1, self._cursor + step))

    def do_log_in(self) -> None:
        field = self.query_one("#field", ThaiInput)
        typed, login = field.value, self._logins[self._cursor]
        field.value = ""
        self.program.log_in(login, typed, lambda error: self._refused(login, typed, error))

    def _refused(self, login: str, typed: str, error: NocopyError) -> None:
        if isinstance(error, MustChangePassphrase):
            from tui.screens.login.passphrase import PassphraseScreen  # needed at most once for each person

            self.program.push_screen(PassphraseScreen(login, typed))
            return
        self._wrong = " ".join(sentences_of(error))
        self._typing_helps = isinstance(error, WrongPassphrase)
        if isinstance(error, WrongPassphrase) and any("\u0e00" <= sign <= "\u0e7f" for sign in typed):
            self._wrong = _("Wrong passphrase. What you just typed was in Thai letters.")
            if isinstance(error, WrongAgain):
                self._wrong += " " + _("The next answer takes {seconds} seconds.").format(**error.facts)
        self.paint()

    def do_quit(self) -> None:
        self.program.ask_to_close()
