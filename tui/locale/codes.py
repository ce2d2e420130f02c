"""Words that reach `_()` in a variable, listed here so that Babel finds them. Only a test imports this.

CODES are codes of the floors below that sentences and the command line show; SYSTEM, the system's messages.
"""

from __future__ import annotations

from tui.words.translate import mark

CODES = (
    # documents of a visit
    mark("todo"),
    mark("not_found"),
    mark("not_needed"),
    # visits, months, jobs and decisions
    mark("open"),
    mark("closed"),
    mark("done"),
    mark("sending"),
    mark("waiting"),
    mark("needs_login"),
    mark("quarantined"),
    mark("cut_off"),
    mark("summarised"),
    mark("checked"),
    mark("approved"),
    mark("flagged"),
    mark("submitted"),
    mark("acknowledged"),
    mark("checkpoint"),
    mark("not_accepted"),
    # the network
    mark("online"),
    mark("portal"),
    mark("no_line"),
    mark("centre_down"),
    mark("certificate"),
    mark("unknown"),
    # what was typed
    mark("explanation"),
    mark("level"),
    mark("purpose"),
    mark("basis"),
    mark("reference"),
    mark("order"),
    mark("place"),
    # parts of a damaged file
    mark("beginning"),
    mark("token"),
    mark("outer"),
    mark("seal"),
    mark("protected"),
    mark("payload"),
    mark("signature"),
    mark("signatures"),
    mark("members"),
    mark("size"),
)
SYSTEM = (
    mark("Is a directory"),
    mark("Not a directory"),
    mark("No such file or directory"),
    mark("Permission denied"),
    mark("Read-only file system"),
    mark("No space left on device"),
    mark("File name too long"),
)
