"""An answer that is a file (a company's certificate as PDF): saved to a folder of the officer's choice.

A ledger line records that it was saved. The saved copy is the officer's to keep or delete; the books erase
theirs when the visit ends.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.counter.citizen_data import Keeping
from store.counter.handed_out import free_path, hand_out
from store.counter.visits import Visits
from store.errors import NotFound
from store.formats.line import Entry, LineKind
from store.people.permissions import demand

if TYPE_CHECKING:
    from store.office import Office


def is_file(fields: dict[str, Any]) -> bool:
    """Whether an answer's fields hold a file: `mimeType`, and `Result` with its content in base64."""
    return isinstance(fields.get("mimeType"), str) and isinstance(fields.get("Result"), str)


def file_name(fields: dict[str, Any], otherwise: str) -> str:
    """The file's own name without any path, at most 80 characters; `otherwise` where nothing is left."""
    name = re.sub(r"[^\w.-]+", "_", str(fields.get("FileName") or "")).strip("._")
    return name[-80:] or otherwise


def file_size(fields: dict[str, Any]) -> int:
    """The size in bytes of the file that the fields hold."""
    content: str = fields["Result"]
    return len(content) * 3 // 4 - content.count("=")


def save_answer(office: Office, visit_id: str, n: int, folder: Path) -> Path:
    """Writes the file of a visit's document into the folder under a free name; returns its path.

    Raises NotAllowed, NotFound where no file is stored for the document, and what hand_out() raises.
    """
    demand(office.who, "visit")
    visit = Visits(office).get(visit_id)
    want, answer = visit.want(n), Keeping(office).answer(visit_id, n)
    if answer is None or not is_file(answer.fields):
        raise NotFound(what="document", name=str(n))
    path = free_path(folder, file_name(answer.fields, f"{visit_id}-{n}.pdf"))
    entry = Entry(
        kind=LineKind.PAPER,
        officer=office.who.login,
        visit=visit_id,
        service=visit.service,
        document=want.document,
        channel=want.channel,
        about=want.use,
    )
    hand_out(office, path, base64.b64decode(answer.fields["Result"]), entry)
    return path
