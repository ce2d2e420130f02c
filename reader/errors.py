"""The tree of everything that can go wrong with a card or a reader.

NocopyError, the root for all four floors, stands here because this is the lowest floor.
"""

from __future__ import annotations


class NocopyError(Exception):
    """An expected failure, told in one sentence and one advice.

    `says` (what happened) and `do` (what to do now) are English templates and at the same time the
    message ids of the translation; `facts` fills their {placeholders}. `exit_code` is what the
    command line returns: 1 failed, 2 usage, 3 not allowed, 4 not there, 5 integrity, 6 waiting.
    """

    says = "Something went wrong."
    do = ""
    exit_code = 1

    def __init__(self, **facts: str | int) -> None:
        self.facts = facts
        super().__init__(" ".join(part.format(**facts) for part in (self.says, self.do) if part))


class ReaderError(NocopyError):
    """The root of this floor's errors."""
