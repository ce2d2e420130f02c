"""What a PDF says, as its reader reads it."""

from __future__ import annotations

import re
import subprocess
import unicodedata

# pdftotext reads a consonant with two marks twice.
_TWICE = re.compile("([ก-ฮ][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]+)\\1")


def bare(text: str) -> str:
    """Without spaces and line ends, and with the marks that a PDF parts put together again."""
    whole = "".join(unicodedata.normalize("NFKC", text).replace("\u200b", "").split())
    return _TWICE.sub(r"\1", whole)


def pages(pdf: bytes) -> list[str]:
    """The text of each page."""
    ran = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return [bare(page) for page in ran.stdout.decode("utf-8").split("\f")[:-1]]


def holds(shown: str, *parts: str) -> None:
    """Every part stands in the text of a page."""
    for part in parts:
        assert bare(part) in shown, f"{part} is not in: {shown}"
