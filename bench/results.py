"""Writes bench/RESULTS.md: a section for each measurement, with its date and the machine."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
_TITLE = (
    "# Measured\n\n"
    "Each script writes its own section anew. Ratios are of one run; times alone say little of another PC.\n"
)


def machine() -> str:
    """The processor, its cores, the memory in GiB, the system and Python, in one row."""
    model = "unknown processor"
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, AttributeError, ValueError):
        memory = 0.0
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def write(section: str, text: str) -> None:
    """Replace the section of that name by the text, with today's date, and print it."""
    block = f"## {section}\n{date.today().isoformat()} · {machine()}\n\n{text.strip()}\n"  # noqa: DTZ011
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _TITLE
    found = re.compile(rf"^## {re.escape(section)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    new = found.sub(lambda _: block + "\n", old) if found.search(old) else f"{old.rstrip()}\n\n{block}"
    RESULTS.write_text(new.rstrip() + "\n", encoding="utf-8")
    print(block)
