"""Where things live on this PC. The only file of this floor that makes up paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path, user_documents_path

from store.base.errors import BooksMissing, FolderClosed, NoBooks


@dataclass(frozen=True)
class Locations:
    """The files of one office's PC under its home folder."""

    home: Path

    @property
    def config(self) -> Path:
        """Looks, language, paths; nothing that sends data anywhere."""
        return self.home / "config.toml"

    @property
    def books(self) -> Path:
        """The encrypted database."""
        return self.home / "books.db"

    @property
    def keys(self) -> Path:
        """People's sealed keys."""
        return self.home / "keys.json"

    @property
    def tries(self) -> Path:
        """Wrong passphrases that the ledger does not have yet."""
        return self.home / "tries"

    @property
    def making(self) -> Path:
        """What is claimed while the books are made; its lock stays."""
        return self.home / "setup"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def log(self) -> Path:
        """Messages of the program without any personal data."""
        return self.home / "log"

    @property
    def are_whole(self) -> bool:
        """Both files are there without which nobody can open the books."""
        return self.books.is_file() and self.keys.is_file()

    @property
    def were_used(self) -> bool:
        """An office lives here, or did: something of it is still there that a new one would overwrite."""
        wal = self.books.with_name(f"{self.books.name}-wal")
        return any(path.exists() for path in (self.books, wal, self.keys)) or (
            self.backups.is_dir() and any(self.backups.iterdir())
        )

    def demand_writable(self) -> None:
        """Raises FolderClosed where this user of the PC may not write what is here, or make it."""
        there = next(folder for folder in (self.home, *self.home.parents) if os.path.lexists(folder))
        inside = (self.books, self.keys, self.tries, self.backups, self.log)
        for path in (there, *(path for path in inside if os.path.lexists(path))):
            if not os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
                raise FolderClosed(path=str(path))

    def make(self) -> None:
        """Makes the folders, open to their owner alone where the system knows modes."""
        for folder in (self.home, self.backups, self.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)


def no_books(locations: Locations) -> NoBooks | BooksMissing:
    """What to say where books or keys are not there: nobody set this PC up, or they are gone."""
    home = str(locations.home)
    return BooksMissing(home=home) if locations.were_used else NoBooks(home=home)


def find_home(option: str | None = None) -> Path:
    """The home folder: what the command line named, else $NOCOPY_HOME, else the user's data folder."""
    named = option or os.environ.get("NOCOPY_HOME")
    return Path(named).expanduser().absolute() if named else user_data_path("nocopy", appauthor=False)


def practice_home() -> Path:
    """The home of practice: never the one with real books."""
    return user_data_path("nocopy-practice", appauthor=False)


def typed_path(text: str) -> Path:
    """The path that somebody typed: ~ is their own folder; of a user who is not there it is only a name."""
    return Path(os.path.expanduser(text.strip()))


def papers_folder() -> Path:
    """Where this user keeps papers, if the PC has such a folder; else the user's own."""
    documents = user_documents_path()
    return documents if os.path.isdir(documents) else Path.home()
