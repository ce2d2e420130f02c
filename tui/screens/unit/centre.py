"""This office's enrolment at the ministry's centre: the head enrols it, and reads the fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.exchange import enrolment
from store.exchange.enrolment import checked_address, checked_code
from store.exchange.stick import centre_keys
from store.people.permissions import may
from store.queue.endpoints import CENTRE
from store.queue.job import JobState
from store.settings.centre import ENROLLING, fingerprint
from store.staff.people_list import PeopleLists, grouped
from tui.frame.ask import Question, TypeIn
from tui.frame.ask_signature import ask_signature
from tui.frame.choice_list import Choice
from tui.words.cells import clean
from tui.words.translate import _, sentences_of

if TYPE_CHECKING:
    from store.books import Books
    from store.people.vault import Signer
    from store.queue.job import Job
    from tui.program import Program


def must_enrol(books: Books) -> bool:
    """Whether this person may enrol the office, it is not enrolled, and no enrolment is on its way."""
    if not may(books.who, "enrol") or enrolment.under_way(books) is not None:
        return False
    return not books.is_enrolled or _is_unknown_there(books)


def centre_words(program: Program) -> str:
    """The state of the enrolment, in a few words."""
    books, job = program.books, enrolment.under_way(program.books)
    if job is not None:
        return (
            _("! not enrolled: refused") if job.state == JobState.QUARANTINED else _("… enrolment on its way")
        )
    if not books.is_enrolled:
        return _("○ not enrolled yet")
    return _("! must be enrolled again") if _is_unknown_there(books) else _("● enrolled")


def ask_centre(program: Program) -> None:
    """Show the state of the enrolment; where none was ever asked for, ask for the letter's code at once."""
    books, job = program.books, enrolment.under_way(program.books)
    if job is None and not books.is_enrolled:
        _ask_address(program)
        return
    choices = [Choice(_("Do nothing"), False), Choice(_("Enrol with a code from a letter"), True)]
    question = Question(_("The ministry's centre"), _stands(program, job), choices)
    program.push_screen(question, lambda sure: _ask_address(program) if sure else None)


def _stands(program: Program, job: Job | None) -> list[str]:
    from sync.errors import problem

    books = program.books
    lines = [centre_words(program)]
    error = problem(job.outcome, job.problem) if job is not None else None
    if error is not None:
        lines.append(clean(sentences_of(error)[0]))
    if job is not None and job.state == JobState.QUARANTINED:
        lines.append(_("Compare the code with the letter, or ask the ministry for a new one."))
    elif job is not None:
        lines.append(_("It goes by itself when the network is there; F5 at Home sends it now."))
    keys, people = centre_keys(books), PeopleLists(books).last()
    if keys and people is not None:
        lines.append(_("By telephone head and ministry compare:"))
        lines.append(_("The centre: {centre}").format(centre=fingerprint(keys)))
        lines.append(_("The people of this unit: {people}").format(people=grouped(people.sha256)))
    return lines


def _ask_address(program: Program) -> None:
    settings = program.books.settings
    known = settings.get(ENROLLING) or settings.get("centre.url") or ""

    def typed(address: str | None) -> None:
        if address is not None:
            _ask_code(program, address)

    program.push_screen(
        TypeIn(
            _("Enrol at the ministry's centre"),
            [_("The ministry's letter to the head names the address and a code, good once and for 30 days.")],
            _("Address (URL)"),
            check=lambda text: checked_address(text.strip()),
            initial=known,
        ),
        typed,
    )


def _ask_code(program: Program, address: str) -> None:
    def typed(code: str | None) -> None:
        if code is not None:
            _sign(program, address, code)

    program.push_screen(
        TypeIn(
            _("Enrol at the ministry's centre"),
            [clean(address), _("Capital or small letters, with or without spaces: it is the same.")],
            _("Enrolment code"),
            check=checked_code,
            initial=program.books.settings.get("centre.enrolment_code") or "",
        ),
        typed,
    )


def _sign(program: Program, address: str, code: str) -> None:
    def step(signer: Signer) -> str:
        return enrolment.request(program.books, signer, address, code)

    def queued(_job: str) -> None:
        program.refresh_counts()
        program.network.send()
        program.say_doing(_("Enrolling at the ministry's centre."))

    ask_signature(program, _("Enrol at the ministry's centre"), step, queued)


def _is_unknown_there(books: Books) -> bool:
    from sync.errors import EnrolAgain

    pauses = books.endpoints.paused()
    return any(pause.endpoint == CENTRE and pause.why == EnrolAgain.code for pause in pauses)
