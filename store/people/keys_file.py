"""keys.json as a file: it is read and replaced as a whole.

store/people/vault.py seals and opens its entries. This module needs no cryptography, so that the log-in
screen can list the logins quickly.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reader.sentences import mark
from store.base.errors import FolderClosed
from store.base.locations import Locations, no_books
from store.base.private_file import write_private
from store.formats.canonical import canonical
from store.people.errors import KeysDamaged

VERSION = 1


class KeysFile:
    """The keys file at that path.

    Reading raises NoBooks or BooksMissing where it does not exist, FolderClosed where this user may not read
    it, and KeysDamaged where its content is wrong.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def logins(self) -> list[str]:
        """The logins of everyone who has an entry."""
        return [str(entry["login"]) for entry in self.read()["people"]]

    def read(self) -> dict[str, Any]:
        """The whole content; its form is described in store/people/vault.py."""
        try:
            content = json.loads(self._path.read_bytes())
            if content["v"] != VERSION or not all("login" in entry for entry in content["people"]):
                raise self.damaged(mark("they are of another version"))
            return dict(content)
        except FileNotFoundError:
            raise no_books(Locations(self._path.parent)) from None
        except PermissionError:
            raise FolderClosed(path=str(self._path)) from None
        except (OSError, KeyError, TypeError, ValueError):
            raise self.damaged(mark("the file cannot be read")) from None

    def write(self, content: dict[str, Any]) -> None:
        """Replaces the whole content. Raises DiskFull."""
        write_private(self._path, canonical(content) + b"\n")

    def damaged(self, problem: str) -> KeysDamaged:
        """The error that names the problem and the folder."""
        return KeysDamaged(home=str(self._path.parent), problem=problem)
