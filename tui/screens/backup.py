"""A backup from the screen: one now, here or on a stick, and where the day's second one goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.message import Message

from store import backup
from store.permissions import may
from tui import keys
from tui.background import Finished
from tui.cells import clean, wrap
from tui.messages import _, mark
from tui.screens.ask import Question
from tui.screens.base import WorkScreen
from tui.screens.stick import ask_folder
from tui.widgets.choice_list import Choice
from tui.widgets.frame import Line

if TYPE_CHECKING:
    from reader.errors import NocopyError
    from tui.app import NocopyApp

_HERE, _STICK, _DAILY, _NO_MORE = "here", "stick", "daily", "no more"
_BAR = 40


def ask_backup(office: NocopyApp) -> None:
    """Ask which, and do it."""
    books = office.books
    last, second = backup.newest(books), books.settings.get(backup.FOLDER)
    lines = [
        _("The newest on this PC: {file}").format(file=clean(last.name) if last else "–"),
        _("The day's second backup goes to: {folder}").format(folder=clean(second) if second else "–"),
        _("It opens with the recovery sheet alone: keep the two apart."),
    ]
    choices = [
        Choice(_("Do nothing"), ""),
        Choice(_("Make one now on this PC"), _HERE),
        Choice(_("Make one now on a USB stick"), _STICK),
    ]
    if may(books.who, "settings"):
        choices.append(Choice(_("Choose where the day's second backup goes"), _DAILY))
        if second:
            choices.append(Choice(_("Make no second backup of the day any more"), _NO_MORE))

    def begin(folder: Path | None) -> None:
        office.push_screen(BackupScreen(folder))

    def chosen(what: str | None) -> None:
        if what == _HERE:
            begin(None)
        elif what == _STICK:
            ask_folder(office, _("Backup"), begin)
        elif what == _DAILY:
            ask_folder(office, _("Backup"), lambda folder: _choose(office, folder))
        elif what == _NO_MORE:
            books.settings.reset(backup.FOLDER)
            office.say(_("From now on the day's backup is made on this PC alone."))

    office.push_screen(Question(_("Backup"), lines, choices), chosen)


def _choose(office: NocopyApp, folder: Path) -> None:
    office.books.settings.set(backup.FOLDER, str(folder.absolute()))
    office.say(_("From now on the day's backup goes to {folder}, too.").format(folder=clean(str(folder))))


@dataclass
class Moved(Message):
    """So much of the backup is done, in percent."""

    percent: int


class _Stopped(Exception):
    """The person stopped it, or has left."""


class BackupScreen(WorkScreen[None]):
    """Makes one backup in a thread, with its progress; Esc stops it, and nothing of it stays."""

    OFFERS = (keys.Back,)
    place = mark("Backup")

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder
        self._percent = 0
        self._stop = False

    def body(self) -> ComposeResult:
        yield Line(id="work")

    def ready(self) -> None:
        books, office, generation = self.office.books, self.office, self.office.generation

        def told(done: float) -> None:
            if self._stop or office.generation != generation or not office.is_running:
                raise _Stopped
            if (percent := int(done * 100)) != self._percent:
                self._percent = percent
                self.post_message(Moved(percent))

        def run() -> None:
            finished = Finished(generation, self._made, self._failed)
            try:
                finished.result = backup.make(books, self._folder, told)
            except _Stopped:
                pass
            except Exception as error:  # noqa: BLE001 - handed to the screen's thread, which tells or fails
                finished.error = error
            office.post_message(finished)

        self.run_worker(run, thread=True, group="backup", exit_on_error=False)

    def on_moved(self, _message: Moved) -> None:
        self.paint()

    def _made(self, made: backup.Backup | None) -> None:
        self.dismiss(None)
        if made is None:
            self.office.say(_("The backup was stopped; nothing of it stays."))
            return
        said = _("It was read again and is whole: {size} lines in {file}")
        self.office.say(said.format(size=made.size, file=clean(made.file.name)))

    def _failed(self, error: NocopyError) -> None:
        self.dismiss(None)
        self.office.tell(error)

    def paint_body(self) -> None:
        width = max(40, self.size.width - 8)
        full = _BAR * self._percent // 100
        where = self.office.books.locations.backups if self._folder is None else self._folder
        text = [
            _("A backup is written to {folder}, then all of it is read again.").format(
                folder=clean(str(where))
            ),
            _("Others can go on working meanwhile."),
        ]
        lines = ["", *(f"   {part}" for line in text for part in wrap(line, width)), ""]
        lines.append(f"   [{'█' * full}{'·' * (_BAR - full)}] {self._percent}%")
        self.query_one("#work", Line).show(lines)

    def sentence(self) -> str:
        return _("Stopping…") if self._stop else _("Esc stops it. Do not pull the stick out meanwhile.")

    def do_back(self) -> None:
        self._stop = True
