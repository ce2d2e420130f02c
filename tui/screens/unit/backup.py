"""Backups from the screen: make one now, here or on a stick; choose where the second daily one goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from store.people.permissions import may
from store.settings.rules import BACKUP_FOLDER
from store.upkeep import backup
from tui.frame.ask import Question
from tui.frame.ask_signature import ask_signature
from tui.frame.ask_stick import ask_stick
from tui.frame.background import Progress
from tui.frame.choice_list import Choice
from tui.frame.progress import ProgressScreen
from tui.words.cells import clean
from tui.words.translate import _, mark

if TYPE_CHECKING:
    from store.people.vault import Signer
    from tui.program import Program

_HERE, _STICK, _DAILY, _NO_MORE = "here", "stick", "daily", "no more"


def ask_backup(program: Program) -> None:
    """Ask which of these to do, and do it."""
    books = program.books
    last, second = backup.newest(books), books.settings.get(BACKUP_FOLDER)
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
        program.push_screen(BackupScreen(folder))

    def chosen(what: str | None) -> None:
        if what == _HERE:
            begin(None)
        elif what == _STICK:
            ask_stick(program, _("Backup"), begin)
        elif what == _DAILY:
            ask_stick(program, _("Backup"), lambda folder: _choose(program, folder))
        elif what == _NO_MORE:
            _sign(program, None, _("From now on the day's backup is made on this PC alone."))

    program.push_screen(Question(_("Backup"), lines, choices), chosen)


def _choose(program: Program, folder: Path) -> None:
    said = _("From now on the day's backup goes to {folder}, too.").format(folder=clean(str(folder)))
    _sign(program, str(folder.absolute()), said)


def _sign(program: Program, folder: str | None, said: str) -> None:
    """Ask for the passphrase, and change where the second backup goes; None: it is made no more."""

    def step(signer: Signer) -> str:
        program.books.settings.change({BACKUP_FOLDER: folder}, signer)
        return said

    ask_signature(program, _("Backup"), step, program.say)


class BackupScreen(ProgressScreen):
    """Makes one backup."""

    place = mark("Backup")
    hint = mark("Esc stops it. Do not pull the stick out meanwhile.")

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder

    def work(self, progress: Progress) -> backup.Backup:
        return backup.make(self.program.books, self._folder, progress)

    def words(self) -> list[str]:
        where = self.program.books.locations.backups if self._folder is None else self._folder
        return [
            _("A backup is written to {folder}, then all of it is read again.").format(
                folder=clean(str(where))
            ),
            _("Others can go on working meanwhile."),
        ]

    def done(self, made: backup.Backup | None) -> None:
        if made is None:
            self.program.say(_("The backup was stopped; nothing of it stays."))
            return
        said = _("It was read again and is whole: {size} lines in {file}")
        self.program.say(said.format(size=made.size, file=clean(made.file.name)))
