"""Typesets a template of this folder with its data as a PDF. The only file that imports typst.

The template reads the data as values from one JSON text: nothing in them is ever markup. Neither the PC's
fonts nor the network are used, and the same data give the same bytes.
"""

from __future__ import annotations

import io
import json
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

from tui.words.cells import clean

_FOLDER = Path(__file__).parent
_LONGEST_WORD = 18  # signs in a row without a place to break them
_BREAK = "\u200b"
_CONSONANTS = ("ก", "ฮ")


def typeset(template: str, data: dict[str, Any], at: datetime) -> bytes:
    """The PDF of `template`.typ. The texts need not be trusted; `at` is the date in the PDF's metadata."""
    import fontpkg_sarabun  # 80 MB with typst: imported only for a paper
    import typst

    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fontpkg_sarabun.ROOT / "files")],
    )
    made = typst.compile(
        str(_FOLDER / f"{template}.typ"),
        root=str(_FOLDER),
        font_paths=fonts,
        format="pdf",
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        package_path=str(_FOLDER / "none"),
        package_cache_path=str(_FOLDER / "none"),
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


def qr(text: str) -> str:
    """A QR code as SVG, without a margin."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False, svgns=True)
    return out.getvalue().decode("ascii")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.startswith("<svg") else _breakable(clean(value))
    if isinstance(value, dict):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value


def _breakable(text: str) -> str:
    """The text with places to break in each long run of signs; Typst breaks Thai between its words.

    A run of Thai consonants of that length is no word, so Typst would not break it.
    """
    done, run, before = [], 0, ""
    for sign in text:
        kind = (
            "thai"
            if _CONSONANTS[0] <= sign <= _CONSONANTS[1]
            else ""
            if sign == " " or _is_thai(sign)
            else "other"
        )
        run = run + 1 if kind and kind == before else 1
        before = kind
        if kind and run > _LONGEST_WORD and not unicodedata.combining(sign):
            done.append(_BREAK)
            run = 1
        done.append(sign)
    return "".join(done)


def _is_thai(sign: str) -> bool:
    return "\u0e00" <= sign <= "\u0e7f"
