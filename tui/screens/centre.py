"""The ministry's centre as this office stands there: the head enrols it, and reads its fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import enrolment
from store.carrying import centre_keys
from store.endpoints import CENTRE
from store.enrolment import checked_address, checked_code
from store.people_list import PeopleLists, grouped
from store.permissions import may
from tui.cells import clean
from tui.duties import Duty
from tui.messages import _, told
from tui.screens.ask import Question, TypeIn
from tui.screens.hand import ask_hand
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from store.books import Books
    from store.job import Job
    from store.vault import Signer
    from tui.app import NocopyApp

DUTY = "enrol"


def missing(books: Books) -> list[Duty]:
    """The line of "to do" where the centre does not know this office, and nothing is on its way to it."""
    if not may(books.who, "enrol") or enrolment.under_way(books) is not None:
        return []
    if enrolment.is_enrolled(books) and not _is_unknown_there(books):
        return []
    return [Duty(DUTY, "", "! " + _("Enrol the office at the ministry's centre"))]


def centre_words(office: NocopyApp) -> str:
    """How the office stands there, in a few words."""
    books, job = office.books, enrolment.under_way(office.books)
    if job is not None:
        return _("! not enrolled: refused") if job.state == "quarantined" else _("… enrolment on its way")
    if not enrolment.is_enrolled(books):
        return _("○ not enrolled yet")
    return _("! must be enrolled again") if _is_unknown_there(books) else _("● enrolled")


def ask_centre(office: NocopyApp) -> None:
    """Say how the office stands there; where it never asked, ask for what enrols it at once."""
    books, job = office.books, enrolment.under_way(office.books)
    if job is None and not enrolment.is_enrolled(books):
        _ask_address(office)
        return
    choices = [Choice(_("Do nothing"), False), Choice(_("Enrol with a code from a letter"), True)]
    question = Question(_("The ministry's centre"), _stands(office, job), choices)
    office.push_screen(question, lambda sure: _ask_address(office) if sure else None)


def _stands(office: NocopyApp, job: Job | None) -> list[str]:
    from sync.errors import problem

    books = office.books
    lines = [centre_words(office)]
    error = problem(job.outcome, job.problem) if job is not None else None
    if error is not None:
        lines.append(clean(told(error)[0]))
    if job is not None and job.state == "quarantined":
        lines.append(_("Compare the code with the letter, or ask the ministry for a new one."))
    elif job is not None:
        lines.append(_("It goes by itself when the network is there; F5 at Home sends it now."))
    keys, people = centre_keys(books), PeopleLists(books).last()
    if keys and people is not None:
        lines.append(_("By telephone head and ministry compare:"))
        lines.append(_("The centre: {centre}").format(centre=enrolment.fingerprint(keys)))
        lines.append(_("The people of this unit: {people}").format(people=grouped(people.sha256)))
    return lines


def _ask_address(office: NocopyApp) -> None:
    settings = office.books.settings
    known = settings.get(enrolment.ENROLLING) or settings.get("centre.url") or ""

    def typed(address: str | None) -> None:
        if address is not None:
            _ask_code(office, address)

    office.push_screen(
        TypeIn(
            _("Enrol at the ministry's centre"),
            [_("The ministry's letter to the head names the address and a code, good once and for 30 days.")],
            _("Address (URL)"),
            check=lambda text: checked_address(text.strip()),
            initial=known,
        ),
        typed,
    )


def _ask_code(office: NocopyApp, address: str) -> None:
    def typed(code: str | None) -> None:
        if code is not None:
            _sign(office, address, code)

    office.push_screen(
        TypeIn(
            _("Enrol at the ministry's centre"),
            [clean(address), _("Capital or small letters, with or without spaces: it is the same.")],
            _("Enrolment code"),
            check=checked_code,
            initial=office.books.settings.get("centre.enrolment_code") or "",
        ),
        typed,
    )


def _sign(office: NocopyApp, address: str, code: str) -> None:
    def step(signer: Signer) -> str:
        return enrolment.request(office.books, signer, address, code)

    def queued(_job: str) -> None:
        office.refresh_counts()
        office.line.send()
        office.said = "… " + _("Enrolling at the ministry's centre.")

    ask_hand(office, _("Enrol at the ministry's centre"), step, queued)


def _is_unknown_there(books: Books) -> bool:
    from sync.errors import EnrolAgain

    pauses = books.endpoints.paused()
    return any(pause.endpoint == CENTRE and pause.why == EnrolAgain.code for pause in pauses)
