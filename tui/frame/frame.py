"""The rows of the frame, and the colours of a painted text."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from tui.frame.keys import Command
from tui.words.translate import _

# Colour only repeats what the sign says already.
_COLOURS = (
    (r"●", "green"),
    (r"(?<!\S)!(?= )", "bold yellow"),
    (r"(?<!\S)×(?= )", "bold red"),
    (r"(?<!\S)…(?= )", "cyan"),
    (r"(?m)^.*►.*$", "bold"),
)


class TextBlock(Static):
    """One row, or a block of rows, of painted text. Nothing in it is parsed as markup."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self._shown = Text()

    def show(self, text: str | Text | list[str]) -> None:
        """Draw one row, or a list of rows. The same text is not drawn again, and only another size is laid
        out anew: at each key most rows of the frame stay as they are."""
        new, old = text if isinstance(text, Text) else inked(text), self._shown
        if new.plain == old.plain and new.spans == old.spans:
            return
        self._shown = new
        self.update(new, layout=_size(new) != _size(old))


def _size(text: Text) -> tuple[int, int]:
    """The width of its widest row in cells, and the number of its rows."""
    lines = text.plain.split("\n")
    return max(cell_len(line) for line in lines), len(lines)


def inked(text: str | list[str]) -> Text:
    """The rows with the colours of their signs; cut at the right edge, never wrapped."""
    painted = Text(text if isinstance(text, str) else "\n".join(text), no_wrap=True, overflow="crop")
    for pattern, style in _COLOURS:
        painted.highlight_regex(pattern, style)
    return painted


def fitting(commands: list[type[Command]], width: int) -> list[type[Command]]:
    """The commands of row 24; where it is too full, `spare` ones are left out."""
    kept = list(commands)
    for command in commands:
        if command.spare and _cells(kept, " ") > width:
            kept.remove(command)
    return kept


def _cells(commands: list[type[Command]], gap: str) -> int:
    shown = gap.join(f"{command.shown_key()} {_(command.label)}" for command in commands)
    return 1 + cell_len(shown)


def key_bar(commands: list[type[Command]], chosen: int | None, width: int) -> Text:
    """Row 24: the keys that do something now, three spaces apart, or two or one where room is short."""
    parts = [(command.shown_key(), _(command.label)) for command in commands]
    gap = next((gap for gap in ("   ", "  ") if _cells(commands, gap) <= width), " ")
    row = Text(" ", no_wrap=True, overflow="crop")
    for n, (key, label) in enumerate(parts):
        style = "reverse" if n == chosen else ""
        row.append(key, f"bold {style}")
        row.append(f" {label}", style)
        row.append(gap)
    return row
