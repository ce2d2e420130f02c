"""A visit's slip: where each document was obtained, what is still awaited, and what the citizen may ask.

The visitor at the counter gets it. Numbers are masked, and no document's answer is printed. A name is
printed only while the card's text is kept, which is until the visit ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from reader import citizen_id
from reader.buddhist_date import BANGKOK, letter_date, letter_day
from store.counter import slips
from store.counter.errors import NothingRecorded
from store.counter.reasons import Reason
from store.counter.visit import SETTLED, UNFINISHED, Comer, Visit, Wanted, WantedState
from store.errors import NotFound
from store.formats.line import OUTCOME_KINDS, Entry, Line, LineKind, Outcome
from store.people.permissions import demand
from store.settings.catalogue import LOOKUPS, Whose
from store.settings.office_hours import end_of_day
from tui.papers.figures import clock_time, figure, moment_of
from tui.papers.paper import paper_name, write_paper
from tui.papers.pdf import typeset
from tui.words.paper_words import SLIP
from tui.words.translate import in_thai
from tui.words.visit_words import CHANNELS

if TYPE_CHECKING:
    from store.books import Books

T = TypeVar("T")
_NEVER_SENT = (Outcome.CANCELLED, Outcome.EXPIRED)
# States in which a document that was never asked for has nothing to be said of it.
_LEAVES_NO_TRACE = (WantedState.NOT_NEEDED, WantedState.CANCELLED)


def file_name(books: Books, visit_id: str) -> str:
    """The default name of the file."""
    return paper_name(books, visit_id)


def print_slip(books: Books, visit_id: str, to: Path) -> int:
    """Writes a visit's slip as a new file; returns the number of its `paper` line.

    Raises NotAllowed, NotFound, NothingRecorded, BadInput, DiskFull, NoSuchFolder, FolderClosed.
    """
    demand(books.who, SLIP.action)
    visit = books.visits.get(visit_id)
    content = slip(books, visit)
    entry = Entry(
        LineKind.PAPER, books.who.login, visit=visit.id, service=visit.service, subject=visit.subject
    )
    seq = write_paper(books, SLIP, content, to, entry)
    slips.let_go(books, visit.id)
    return seq


def slip(books: Books, visit: Visit) -> bytes:
    """The PDF. Raises NothingRecorded where nothing was asked for: such a visit must leave no trace."""
    if all(want.use is None for want in visit.wanted):
        raise NothingRecorded(visit=visit.id)
    now = books.clock().astimezone(BANGKOK)
    return typeset(SLIP.what, _data(books, visit, now), now)


def _data(books: Books, visit: Visit, now: datetime) -> dict[str, Any]:
    service = _named(books.catalogue.service, visit.service)
    names = {one.login: one.name for one in books.people.all()}
    is_live = visit.state in UNFINISHED
    shown = [want for want in visit.wanted if want.use is not None or want.state not in _LEAVES_NO_TRACE]
    missing = [want for want in shown if want.state not in SETTLED] if is_live else []
    holder = visit.card.name_th.full() if visit.card else None
    titles = _titles(books, visit)
    spared = sum(want.state == WantedState.OBTAINED for want in shown)
    return {
        "unit": books.unit_name,
        "visit": visit.id,
        "service": [visit.service[1:], service.name if service else ""],
        "began": moment_of(visit.back_entry.served_at if visit.back_entry else visit.opened_at),
        "written_down": moment_of(visit.opened_at) if visit.back_entry else None,
        "state": visit.state,
        "ended": moment_of(visit.ended_at) if visit.ended_at else None,
        "officer": names.get(visit.officer, visit.officer),
        "subject": {
            "kind": visit.subject_kind,
            "name": holder if visit.comer == Comer.SELF else None,
            "number": citizen_id.covered(visit.subject),
        },
        # The card that was read is the visitor's.
        "comer": None if visit.comer == Comer.SELF else {"role": visit.comer, "name": holder},
        "documents": [_document(books, visit, want, titles[want.n]) for want in shown],
        "spared": figure(spared) if spared else None,
        "awaited": [
            {"title": titles[want.n], "until": _until(books, want)}
            for want in missing
            if want.state == WantedState.ASKED
        ],
        "to_ask": [titles[want.n] for want in missing if _is_to_ask(want)],
        "to_bring": [
            titles[want.n] for want in missing if want.state != WantedState.ASKED and not _is_to_ask(want)
        ],
        "holder": holder,
        "printed": moment_of(now.isoformat()),
        "printed_by": names.get(books.who.login, books.who.login),
    }


def _is_to_ask(want: Wanted) -> bool:
    return want.state == WantedState.TODO and want.channel is not None


def _titles(books: Books, visit: Visit) -> dict[int, str]:
    """The documents' names by their numbers in the visit; the second of a kind is (๒)."""
    seen: Counter[str] = Counter()
    titles = {}
    for want in visit.wanted:
        seen[want.document] += 1
        again = f" ({figure(seen[want.document])})" if seen[want.document] > 1 else ""
        document = _named(books.catalogue.document, want.document)
        titles[want.n] = (document.name if document else want.document) + again
    return titles


def _document(books: Books, visit: Visit, want: Wanted, title: str) -> dict[str, Any]:
    """One document: all channels that were tried for it, the newest last, and what is still to do."""
    document = _named(books.catalogue.document, want.document)
    uses = _uses(books, want)
    steps = [
        _step(books, visit, use, waits=use is uses[-1] and want.state == WantedState.ASKED) for use in uses
    ]
    if want.state == WantedState.TODO:
        outcome = "todo" if want.channel else "todo_original"
        steps.append({"channel": None, "outcome": outcome, "at": None, "asked": False})
    elif want.state == WantedState.NOT_NEEDED and not (steps and steps[-1]["outcome"] == want.state):
        steps.append({"channel": None, "outcome": want.state, "at": None, "asked": False})
    return {
        "title": title,
        "owner": document.owner if document and any(step["asked"] for step in steps) else None,
        "of_comer": want.whose == Whose.COMER and visit.comer != Comer.SELF,
        "steps": steps,
    }


def _named(find: Callable[[str], T], code: str) -> T | None:
    """The catalogue's entry for that code; None where it was removed since the visit ended."""
    try:
        return find(code)
    except NotFound:
        return None


def _uses(books: Books, want: Wanted) -> list[Line]:
    """The uses of one document, the oldest first: each later one names the one before."""
    found: list[Line] = []
    seq = want.use
    while seq is not None:
        found.insert(0, books.ledger.line(seq))
        seq = found[0].about
    return found


def _step(books: Books, visit: Visit, use: Line, *, waits: bool) -> dict[str, Any]:
    about = books.ledger.lines(about=use.seq)
    is_lookup = use.channel in LOOKUPS
    outcome = Outcome.ASKED if waits else use.stands
    # A change of service is no answer: the time stays that of the answer.
    said = next(
        (one for one in about if one.kind in OUTCOME_KINDS and one.error != Reason.WRONG_SERVICE), use
    )
    if outcome in _NEVER_SENT and is_lookup and not any(line.kind == LineKind.ATTEMPT for line in about):
        outcome = f"{outcome}_unsent"
    # A back entry was served on paper at its own earlier time, and is no lookup.
    before = visit.back_entry
    at = datetime.fromisoformat(before.served_at if before else (use if waits else said).at)
    began = datetime.fromisoformat(before.served_at if before else visit.opened_at)
    same_day = at.date() == began.date()
    return {
        "channel": in_thai(CHANNELS[use.channel].slip) if use.channel in CHANNELS else use.channel,
        "outcome": outcome,
        "at": f"{clock_time(at)} น." if same_day else f"{letter_day(at)} {clock_time(at)} น.",
        "asked": is_lookup,
    }


def _until(books: Books, want: Wanted) -> str | None:
    """Until when an answer may still come."""
    until = books.queue.get(want.job).expires_at if want.job else None
    if until is None:
        return None
    moment = datetime.fromisoformat(until)
    return f"สิ้นวันที่ {letter_date(moment)}" if moment == end_of_day(moment.date()) else moment_of(until)
