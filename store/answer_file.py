"""An answer that is a file (a company's certificate as PDF): put where the officer says, with a ledger line.

From then on the file is the officer's to keep or to throw away: the books forget theirs when the visit ends.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.errors import BadInput, NotFound
from store.ledger_line import Entry
from store.permissions import demand
from store.private_file import private

if TYPE_CHECKING:
    from store.books import Books


def is_file(fields: dict[str, Any]) -> bool:
    """Whether an answer's fields are a file: its kind, and its content in base64."""
    return isinstance(fields.get("mimeType"), str) and isinstance(fields.get("Result"), str)


def file_name(fields: dict[str, Any], otherwise: str) -> str:
    """The file's own name without anything that leads elsewhere, or the other one."""
    name = re.sub(r"[^\w.-]+", "_", str(fields.get("FileName") or "")).strip("._")
    return name[-80:] or otherwise


def file_size(fields: dict[str, Any]) -> int:
    """The size in bytes of the file that the fields hold."""
    content: str = fields["Result"]
    return len(content) * 3 // 4 - content.count("=")


def save_answer(books: Books, visit_id: str, n: int, folder: Path) -> Path:
    """Writes the file of a visit's document into the folder, under a name that is free there; its path.

    The `paper` line is written first. NotFound where no file is kept, BadInput where it cannot be written.
    """
    demand(books.who, "visit")
    visit = books.visits.get(visit_id)
    want, answer = visit.want(n), books.visits.answer(visit_id, n)
    if answer is None or not is_file(answer.fields):
        raise NotFound(what="document", name=str(n))
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise BadInput(what="folder", problem="it is not there, or nothing can be written in it")
    entry = Entry(
        kind="paper",
        officer=books.who.login,
        visit=visit_id,
        service=visit.service,
        document=want.document,
        channel=want.channel,
        about=want.use,
    )
    with books.database.write() as db:
        books.ledger.append(db, entry)
    name = Path(file_name(answer.fields, f"{visit_id}-{n}.pdf"))
    for again in range(1000):
        path = folder / (name.name if not again else f"{name.stem}-{again}{name.suffix}")
        try:
            with open(path, "xb", opener=private) as file:
                file.write(base64.b64decode(answer.fields["Result"]))
            return path
        except FileExistsError:
            continue
        except OSError:
            path.unlink(missing_ok=True)
            raise BadInput(what="folder", problem="the file could not be written there") from None
    raise BadInput(what="folder", problem="it is full of files of that name")
