"""The kinds of paper, each declared once: its words, and the action that making it needs.

A paper's Python file and its template are in tui/papers/ under the same name; its `paper` line in the ledger
has `what` it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.words.translate import mark


@dataclass(frozen=True)
class Paper:
    """One kind of paper.

    `what` is its name in the ledger's facts and its template's, `action` the permission table's name for
    making it. In words: `called` in a row of the ledger, `title` and `about` where its folder is asked for.
    """

    what: str
    action: str
    called: str
    title: str
    about: str


MONTH = Paper(
    "month",
    "ledger_read",
    mark("month's paper"),
    mark("The month's paper"),
    mark("A PDF with counts, findings and signatures; no citizen stands in it. The ledger notes it."),
)
SLIP = Paper(
    "slip",
    "visit",
    mark("slip"),
    mark("The slip"),
    mark("A PDF for the citizen: what was obtained, what is awaited. The ledger notes it."),
)
LEDGER = Paper(
    "ledger",
    "ledger_read",
    mark("ledger pages"),
    mark("The ledger's pages"),
    mark("A PDF with the lines that are listed, numbers masked. The ledger notes it."),
)
PAPERS = (MONTH, SLIP, LEDGER)
