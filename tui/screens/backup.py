"""A backup from the screen: one now, here or on a stick, and where the day's second one goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from store import backup
from store.permissions import may
from tui.cells import clean
from tui.messages import _, mark
from tui.screens.ask import Question
from tui.screens.progress import ProgressScreen
from tui.screens.stick import ask_folder
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

_HERE, _STICK, _DAILY, _NO_MORE = "here", "stick", "daily", "no more"


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


class BackupScreen(ProgressScreen):
    """Makes one backup."""

    place = mark("Backup")
    hint = mark("Esc stops it. Do not pull the stick out meanwhile.")

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder

    def work(self, told: Callable[[float], None]) -> backup.Backup:
        return backup.make(self.office.books, self._folder, told)

    def words(self) -> list[str]:
        where = self.office.books.locations.backups if self._folder is None else self._folder
        return [
            _("A backup is written to {folder}, then all of it is read again.").format(
                folder=clean(str(where))
            ),
            _("Others can go on working meanwhile."),
        ]

    def done(self, made: backup.Backup | None) -> None:
        if made is None:
            self.office.say(_("The backup was stopped; nothing of it stays."))
            return
        said = _("It was read again and is whole: {size} lines in {file}")
        self.office.say(said.format(size=made.size, file=clean(made.file.name)))
