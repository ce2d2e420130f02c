"""Where things live on this PC. The only file of this floor that makes up paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path


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
    def backups(self) -> Path:
        return self.home / "backups"

    @property
    def log(self) -> Path:
        """Messages of the program without any personal data."""
        return self.home / "log"

    def make(self) -> None:
        """Makes the folders, open to their owner alone where the system knows modes."""
        for folder in (self.home, self.backups, self.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                folder.chmod(0o700)


def find_home(option: str | None = None) -> Path:
    """The home folder: what the command line named, else $NOCOPY_HOME, else the user's data folder."""
    named = option or os.environ.get("NOCOPY_HOME")
    return Path(named).expanduser().absolute() if named else user_data_path("nocopy", appauthor=False)


def practice_home() -> Path:
    """The home of practice: never the one with real books."""
    return user_data_path("nocopy-practice", appauthor=False)
