"""The paths of all files on this PC. No other file of store/ makes up paths in the home folder."""

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
        """Appearance, language, paths; never an address that data is sent to."""
        return self.home / "config.toml"

    @property
    def books(self) -> Path:
        """The encrypted database."""
        return self.home / "books.db"

    @property
    def keys(self) -> Path:
        """The file of people's sealed keys."""
        return self.home / "keys.json"

    @property
    def tries(self) -> Path:
        """The folder of tries (store/people/wrong_passphrases.py)."""
        return self.home / "tries"

    @property
    def broken(self) -> Path:
        """What is remembered of a break of the ledger (store/proof/break_memory.py)."""
        return self.home / "broken.json"

    @property
    def making(self) -> Path:
        """The folder that is claimed while books are created; its lock file stays."""
        return self.home / "setup"

    @property
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def log(self) -> Path:
        """The folder of the program's log, which has no personal data."""
        return self.home / "log"

    @property
    def folders(self) -> list[Path]:
        """The folders that hold files of the program; those that exist."""
        own = [self.home, self.tries, self.backups, self.log, *self.home.glob("before-restore-*")]
        return [folder for folder in own if folder.is_dir()]

    @property
    def are_whole(self) -> bool:
        """Whether both files exist that are needed to open the books."""
        return self.books.is_file() and self.keys.is_file()

    @property
    def were_used(self) -> bool:
        """Whether any file of an office exists here that a new office would overwrite."""
        wal = self.books.with_name(f"{self.books.name}-wal")
        return any(path.exists() for path in (self.books, wal, self.keys)) or (
            self.backups.is_dir() and any(self.backups.iterdir())
        )

    def demand_writable(self) -> None:
        """Raises FolderClosed where this user of the PC may not write or create the files here."""
        there = next(folder for folder in (self.home, *self.home.parents) if os.path.lexists(folder))
        inside = (self.books, self.keys, self.tries, self.backups, self.log)
        for path in (there, *(path for path in inside if os.path.lexists(path))):
            if not os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
                raise FolderClosed(path=str(path))

    def make(self) -> None:
        """Creates the folders; on POSIX only their owner may enter them."""
        for folder in (self.home, self.backups, self.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)


def no_books(locations: Locations) -> NoBooks | BooksMissing:
    """The error for missing books or keys: BooksMissing where a part of an office exists, else NoBooks."""
    home = str(locations.home)
    return BooksMissing(home=home) if locations.were_used else NoBooks(home=home)


def find_home(option: str | None = None) -> Path:
    """The home folder: `option` of the command line, else $NOCOPY_HOME, else the user's data folder."""
    named = option or os.environ.get("NOCOPY_HOME")
    return Path(named).expanduser().absolute() if named else user_data_path("nocopy", appauthor=False)


def practice_home() -> Path:
    """The home folder of practice, which is never the one with real books."""
    return user_data_path("nocopy-practice", appauthor=False)


def typed_path(text: str) -> Path:
    """A typed path; ~ is the user's own folder, and ~name stays as it is where no such user exists."""
    return Path(os.path.expanduser(text.strip()))


def papers_folder() -> Path:
    """The user's documents folder, or the user's home where there is none."""
    documents = user_documents_path()
    return documents if os.path.isdir(documents) else Path.home()
