"""Compile every .po of this folder to .mo: `make words` (needs Babel, which comes with the tests)."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

HERE = Path(__file__).parent


def compiled(po: Path) -> bytes:
    """The bytes of the .mo of one .po; the same .po always gives the same bytes."""
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    # Babel would write the time of compiling, so that every run would change the file.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def main() -> None:
    for po in sorted(HERE.glob("*/LC_MESSAGES/*.po")):
        part = po.with_suffix(".mo.part")
        part.write_bytes(compiled(po))
        os.replace(part, po.with_suffix(".mo"))


if __name__ == "__main__":
    main()
