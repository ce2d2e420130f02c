"""`nocopy ledger verify`: up to which line the ledger is fixed, by whom and when, and what contradicts it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.call import BROKEN, DONE, Call, complain, options
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from store.ledger.errors import LedgerBroken
    from store.proof.evidence import Evidence
    from store.proof.fixed_lines import Proof


@click.command(
    help=_(
        "Recompute every line and hold all of it against what is kept elsewhere;"
        " exit code 5 where anything contradicts."
    )
)
@click.option("--new", "only_new", is_flag=True, help=_("Only the lines since your last log-in."))
@click.option(
    "--head",
    "heads",
    multiple=True,
    metavar="FILE|SIZE:ROOT",
    help=_("A head of the ledger that was kept elsewhere: a signed note, or as it is printed."),
)
@click.option("--offline", is_flag=True, help=_("Do not ask the centre's witness."))
@options(login=True)
def verify(call: Call, only_new: bool, heads: Sequence[str], offline: bool) -> int:
    from store.base.errors import BooksDamaged
    from store.people.permissions import demand

    with call.books() as (books, _passphrase):
        demand(books.who, "ledger_read")
        if only_new:
            return _give_new(call, books)
        asked, outside = _outside(books, heads, offline)
        from store.proof.fixed_lines import prove
        from store.proof.ledger_watch import found_break

        proof, known = prove(books, outside), books.broken
        if proof.broken is not None:
            found_break(books, proof.broken)
        code = _give(call, books, proof, proof.broken or known, asked)
        if code == BROKEN and known is None and proof.broken is not None:
            complain(*sentences_of(proof.broken, at_command_line=True))
        if code == DONE:
            _demand_signed(books)
            if books.database.damaged_pages():
                raise BooksDamaged(home=str(books.locations.home))
        return code


def _demand_signed(books: Books) -> None:
    """Raise NotAsSigned where what the head signed, or a copy of it, was changed. Older books have none."""
    from store.settings.errors import NotSignedYet

    try:
        books.settings.verify()
    except NotSignedYet as error:
        complain(*sentences_of(error, at_command_line=True))


def _give_new(call: Call, books: Books) -> int:
    """Print the result of the log-in, which has just verified the lines since the log-in before."""
    new = books.verified
    if new is None:
        assert books.broken is not None
        call.give({"problem": _problem(books.broken)})
        return BROKEN
    call.give(
        {"size": new.size, "root": new.root.hex(), "months": list(new.months), "problem": None},
        [
            _("All lines since your last log-in are as they were written, up to line {last}.").format(
                last=new.size - 1
            )
        ],
    )
    return DONE


def _outside(books: Books, heads: Sequence[str], offline: bool) -> tuple[str, list[Evidence]]:
    """How asking the centre's witness went, and the evidence: the given `heads`, and the witness's own."""
    from store.formats.errors import BadNote
    from store.proof.evidence import given
    from store.settings.errors import NothingSent
    from sync.errors import NotConfigured, SyncError
    from sync.run import witness

    home = books.locations.home
    found = [given(books, _text(head, home)) for head in heads]
    if offline:
        return "not_asked", found
    try:
        largest = witness.largest(books, books.origin)
    except NotConfigured:
        return "not_enrolled", found
    except (NothingSent, SyncError, BadNote) as error:
        complain(_("The centre's witness could not be asked."), *sentences_of(error))
        return "not_reached", found
    return "asked", found if largest is None else [*found, largest]


def _text(head: str, home: Path) -> str:
    """The head itself, or the text of the file of that name."""
    from store.base import named_file

    file = Path(head)
    return named_file.read_text(file, home) if named_file.is_there(file) else head


def _problem(broken: LedgerBroken) -> dict[str, Any]:
    return {
        "line": broken.facts["seq"],
        "month": broken.facts["month"],
        "says": " ".join(sentences_of(broken, at_command_line=True)[:1]),
    }


def _give(call: Call, books: Books, proof: Proof, broken: LedgerBroken | None, asked: str) -> int:
    from store.settings.centre import fingerprint

    keys = json.loads(books.settings.get("centre.keys") or "null")
    fixed = proof.fixed
    centre = None if keys is None else {"name": keys["name"], "fingerprint": fingerprint(keys)}
    call.give(
        {
            "size": proof.size,
            "root": proof.root.hex() or None,
            "months": list(proof.months),
            "fixed": None if fixed is None else _evidence(fixed),
            "seen": None if proof.seen is None else _evidence(proof.seen),
            "own_word": proof.size - _beyond(proof),
            "witness": asked,
            "centre": centre,
            "lost": proof.lost,
            "evidence": [{**_evidence(one.evidence), "agrees": one.agrees} for one in proof.weighed],
            "problem": None if broken is None else _problem(broken),
        },
        [*_whole(proof, broken), *_fixed(proof), *_known(centre, asked), *_lost(proof)],
    )
    return DONE if broken is None else BROKEN


def _evidence(one: Evidence) -> dict[str, Any]:
    return {"kind": one.kind, "by": one.by, "at": one.at, "origin": one.origin, "size": one.size}


def _whole(proof: Proof, broken: LedgerBroken | None) -> list[str]:
    if broken is not None:
        return []
    return [
        _("All {size} lines fit one another.").format(size=proof.size),
        _("Root: {root}").format(root=proof.root.hex()),
    ]


def _beyond(proof: Proof) -> int:
    """The number of lines that somebody outside this PC vouches for."""
    return max(one.size if one else 0 for one in (proof.fixed, proof.seen))


def _fixed(proof: Proof) -> list[str]:
    from store.proof.fixed_lines import words

    fixed, seen = proof.fixed, proof.seen
    lines = []
    if fixed is not None:
        lines.append(
            _("Fixed to line {last}: {kind} {by}, {at}.").format(
                last=fixed.size - 1, kind=_(words(fixed.kind)), by=fixed.by or "", at=fixed.at or "-"
            )
        )
    if seen is not None and seen.size > (fixed.size if fixed else 0):
        lines.append(
            _("Seen to line {last} by {by}, {at}; the next log-in of {by} proves it.").format(
                last=seen.size - 1, by=seen.by, at=seen.at or "-"
            )
        )
    if not lines:
        return [_("Nobody outside this PC vouches for any line yet: only this PC's word stands.")]
    if proof.size > _beyond(proof):
        lines.append(_("After line {last} only this PC's word stands.").format(last=_beyond(proof) - 1))
    return lines


def _known(centre: dict[str, str] | None, asked: str) -> list[str]:
    if centre is None:
        return []
    lines = [
        _("The centre is {name}; the second half of its letter's code must be {fingerprint}.").format(
            **centre
        )
    ]
    return [*lines, _("Its witness was asked just now.")] if asked == "asked" else lines


def _lost(proof: Proof) -> list[str]:
    if not proof.lost:
        return []
    return [_("{lines} lines are known to be lost since restores from backups.").format(lines=proof.lost)]
