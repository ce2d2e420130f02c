"""The settings, for the head: the value and the usual value of each, and a key to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult

from store.base.locations import typed_path
from store.errors import BadInput
from store.settings.rules import checked, is_secret
from store.settings.settings import Setting
from store.setup.form import certificate
from tui.frame import keys
from tui.frame.ask import Question, TypeIn
from tui.frame.ask_signature import ask_signature
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.frame import TextBlock
from tui.screens.unit import unit_keys
from tui.words.cells import clean, pad, rule, wrap
from tui.words.setting_words import is_certificate, label, value_words
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.people.vault import Signer

_ROWS = 13
_LABEL = 46


class SettingsScreen(WorkScreen[None]):
    """Every setting that `nocopy settings list` names; below, the chosen one in full."""

    OFFERS = (
        *(keys.Help, unit_keys.ChangeSetting, unit_keys.UsualSetting, keys.Network),
        *(keys.Move, keys.Page, keys.Back),
    )
    place = mark("The settings")

    def __init__(self) -> None:
        super().__init__()
        self._cursor = 0
        self._settings: list[Setting] = []

    def body(self) -> ComposeResult:
        yield TextBlock(id="work")

    def ready(self) -> None:
        self._read()

    def _read(self) -> None:
        self._settings = self.program.books.settings.all()

    @property
    def _chosen(self) -> Setting:
        return self._settings[self._cursor]

    def enter_token(self) -> object:
        return self._cursor

    # --- drawing

    def paint_body(self) -> None:
        width, room = self.size.width or 80, max(_ROWS, self.size.height - 11)
        first = max(0, min(self._cursor - room // 2, len(self._settings) - room))
        lines = [
            self._row(n, setting) for n, setting in list(enumerate(self._settings))[first : first + room]
        ]
        title = f"{label(self._chosen.name)} · {self._cursor + 1}/{len(self._settings)}"
        lines += [rule(title, width), *self._details(self._chosen, width)]
        self.query_one("#work", TextBlock).show([pad(line, width) for line in lines])

    def _row(self, n: int, setting: Setting) -> str:
        sign = "► " if n == self._cursor else "  "
        changed = "* " if setting.is_changed else "  "
        return sign + changed + pad(label(setting.name), _LABEL) + value_words(setting)

    def _details(self, setting: Setting, width: int) -> list[str]:
        text = [
            _("Now: {value}").format(value=value_words(setting)),
            _("Where nobody changed it: {value}").format(value=setting.usual or "–"),
            _("On the command line: nocopy settings set {name}").format(name=setting.name),
        ]
        return [f" {part}" for line in text for part in wrap(line, width - 2)]

    def sentence(self) -> str:
        return _("F4 changes it, with your signature; * was changed. The ledger has no value.")

    # --- keys

    def do_move(self, step: int) -> None:
        self._cursor = max(0, min(len(self._settings) - 1, self._cursor + step))

    def do_page(self, step: int) -> None:
        self.do_move(step * _ROWS)

    def do_change_setting(self) -> None:
        setting = self._chosen
        books, name = self.program.books, setting.name
        asked = _("File with the certificate (PEM)") if is_certificate(name) else _("New value")
        lines = [_("Now: {value}").format(value=value_words(setting))]

        def check(text: str) -> str:
            try:
                given = certificate(name, typed_path(text)) if is_certificate(name) else text
                return checked(books.settings.get, name, given)
            except BadInput as error:  # the head knows the setting by its label, not its key
                raise BadInput(what=label(name), problem=error.facts["problem"]) from error

        def took(value: str | None) -> None:
            if value is not None:
                self._sign(name, value)

        ask = TypeIn(label(name), lines, asked, password=is_secret(name), check=check)
        self.program.push_screen(ask, took)

    def can_usual_setting(self) -> bool:
        return self._chosen.is_changed

    def do_usual_setting(self) -> None:
        name, usual = self._chosen.name, self._chosen.usual
        becomes = _("It becomes {value} again").format(value=usual) if usual else _("Remove it")
        choices = [Choice(_("Do nothing"), False), Choice(becomes, True)]
        lines = [_("Now: {value}").format(value=value_words(self._chosen))]

        def took(sure: bool | None) -> None:
            if sure:
                self._sign(name, None)

        self.program.push_screen(Question(label(name), lines, choices), took)

    def _sign(self, name: str, value: str | None) -> None:
        """Ask for the passphrase, and change it; None: as if nobody had changed it."""
        settings = self.program.books.settings

        def step(signer: Signer) -> str:
            settings.change({name: value}, signer)
            return name

        ask_signature(self.program, label(name), step, self._changed)

    def _changed(self, name: str) -> None:
        self._read()
        self.program.network.look()
        self.program.refresh_counts()
        said = _("{name} is changed; the ledger says by whom.")
        self.program.say(said.format(name=clean(label(name))))
