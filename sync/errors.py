"""What can go wrong on the network: what becomes a job's outcome, and what several rooms share.

What one room alone raises stands in its own `errors.py`; the tree goes on there.

NocopyError
    SyncError
        NotConfigured                   this PC does not know where to send
        NotEnrolled                     the centre has not let this unit in
        Problem                         what kept a job from being done: (code, detail) in the queue
            NetworkProblem              nothing usable came back
                Unreachable             nothing has left this PC
                AnswerLost              it may have arrived: the same job goes again under the same id
                Portal                  stops the whole run
                CertificateRefused      stops the whole run
                ByDate                  stops the run; the server's date is in the way, or this PC's
                    CertificateExpired
                    ClockWrong
            GatewayFault                the other end's own trouble: later
            EmptyAnswer                 the other end's own trouble: later
            Busy                        the other end's own trouble: later
            NoSession                   the officer must do something
            NoThaid                     the officer must do something
            AboutAnother                quarantined: nothing of the answer is kept
            OtherOfficer                the officer must do something
            LaserMismatch               the answer itself speaks against the card
            LaserCancelled              the answer itself speaks against the card
            TokenRefused                the officer must do something
            Forbidden                   the endpoint pauses, its jobs keep
            EnrolAgain                  the endpoint pauses, its jobs keep
            Forged                      an answer that the centre never signed, or for other bytes
            RequestRefused              quarantined, with the other end's own words
"""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar

from reader.buddhist_date import show_date
from reader.errors import NocopyError


class SyncError(NocopyError):
    """The root of this floor's errors."""


class NotConfigured(SyncError):
    says = "The address of {what} is not set, so nothing was sent."
    do = "The head of the unit sets it; everything that waits is kept."


class NotEnrolled(SyncError):
    says = "This unit is not enrolled at the centre, so reports wait."
    do = "The head of the unit enrols it with the code from the ministry's letter (Home: “To do”)."
    do_at_command_line = (
        "The head of the unit enrols it with the code from the ministry's letter: `nocopy centre enrol`."
    )


class Problem(SyncError):
    """What kept a job from being done, as the queue remembers it.

    `code` stands in the job's outcome and `detail` in its problem; `problem()` makes the error again,
    so the screen can tell it in the officer's language. `detail` never holds a citizen ID, a token or a URL.
    """

    code: ClassVar[str] = "problem"

    def __init__(self, detail: str = "") -> None:
        super().__init__(**self._facts(detail))
        self.detail = detail

    @classmethod
    def _facts(cls, detail: str) -> dict[str, str]:
        """What fills the sentence's placeholders."""
        return {"detail": detail}


class NetworkProblem(Problem):
    """Nothing usable came back. `may_have_arrived` says whether the other end can have seen the request."""

    may_have_arrived: ClassVar[bool] = False


class Unreachable(NetworkProblem):
    code = "unreachable"
    says = "{detail} cannot be reached. Nothing has left this PC; what waits is kept."
    do = "Go on with the originals, or wait: it is sent again by itself."
    exit_code = 6


class AnswerLost(NetworkProblem):
    code = "answer_lost"
    may_have_arrived = True
    says = "{detail} did not answer in time, or the connection broke before the answer came."
    do = "It is sent again by itself, under the same number."
    exit_code = 6


class Portal(NetworkProblem):
    code = "portal"
    says = "This network wants a sign-in first, so nothing could be sent. All requests are kept."
    do = "Open the web browser, sign in, then send again."
    exit_code = 6


class CertificateRefused(NetworkProblem):
    code = "certificate"
    says = (
        "The other end could not be proved genuine (certificate: {detail}), so sending stopped. "
        "No citizen's data has left this PC."
    )
    do = "Tell ICT, and use the originals for now."
    exit_code = 6


class ByDate(NetworkProblem):
    """A certificate that is good but for the date. `detail` is "HOST; TODAY; FIRST; LAST": what this PC calls
    today, and the first and the last day of the certificate (empty where it could not be read), in ISO."""

    exit_code = 6

    @classmethod
    def of(cls, host: str, today: date, lasts: tuple[date, date] | None) -> ByDate:
        """The problem with `lasts`, the certificate's first and last day."""
        first, last = (day.isoformat() for day in lasts) if lasts else ("", "")
        return cls(f"{host}; {today.isoformat()}; {first}; {last}")

    @classmethod
    def _facts(cls, detail: str) -> dict[str, str]:
        host, *days = detail.split("; ")
        known = [show_date(date.fromisoformat(day)) if _DAY.fullmatch(day) else "–" for day in days]
        today, first, last = (*known, "–", "–", "–")[:3]
        return {"host": host, "today": today, "first": first, "last": last}


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class CertificateExpired(ByDate):
    """It has ended, and nothing speaks against this PC's date: a person must look which of them it is."""

    code = "expired"
    says = (
        "By the date of this PC, {today}, the certificate of {host} has ended ({last}), so sending stopped. "
        "No citizen's data has left this PC."
    )
    do = "Check this PC's date first. If it is right, tell ICT, and use the originals for now."


class ClockWrong(ByDate):
    """It is not valid yet, or has ended while the ledger doubts this PC's date too."""

    code = "clock"
    says = (
        "This PC says that it is {today}, which seems wrong: the certificate of {host} is good from {first} "
        "to {last}. Sending stopped."
    )
    do = "Set the date and the time of this PC, then send again. If they are right, tell ICT."


class GatewayFault(Problem):
    code = "gateway_fault"
    says = "The other end has trouble of its own (status {detail})."
    do = "It is sent again by itself."
    exit_code = 6


class EmptyAnswer(Problem):
    code = "empty_answer"
    says = "The other end answered with nothing, which does not mean: not found."
    do = "It is sent again by itself."
    exit_code = 6


class Busy(Problem):
    code = "busy"
    says = "The other end asks to wait before anything more is sent ({detail} seconds)."
    do = "It is sent again by itself after that."
    exit_code = 6


class NoSession(Problem):
    code = "no_session"
    says = "You are not logged in to Linkage. All requests are kept."
    do = "Put your own card in, log in with the GovAMI program, then send again."
    exit_code = 6


class NoThaid(Problem):
    code = "no_thaid"
    says = "You are not logged in to Linkage 2. All requests are kept."
    do = "Press F6, log in with the ThaID app on your telephone, then send again."
    exit_code = 6


class AboutAnother(Problem):
    code = "about_another"
    says = "The other end answered about another person, so the answer was thrown away."
    do = "Use the original, and tell ICT which document it was."


class OtherOfficer(Problem):
    code = "other_officer"
    says = "Another officer is logged in to GovAMI on this PC. All requests are kept."
    do = "Log out there, put your own card in, log in with the GovAMI program, then send again."
    exit_code = 6


class LaserMismatch(Problem):
    code = "laser_mismatch"
    says = "The department answers: this laser number does not belong to what stands on the card."
    do = "Compare what was typed with the card; if it is right, use another document and tell the head."


class LaserCancelled(Problem):
    code = "laser_cancelled"
    says = "The department answers: this card was cancelled."
    do = "Do not use the card. Ask for another document that shows who the citizen is."


class TokenRefused(Problem):
    code = "token_refused"
    says = "GDx did not accept your access, not even a new one. All requests are kept."
    do = "Log in with the GovAMI program again, then send again; if it stays so, tell the head of the unit."
    exit_code = 6


class Forbidden(Problem):
    code = "forbidden"
    says = "The other end does not let this unit in: {detail}."
    do = "The head of the unit must check the addresses and keys of the gateways; what waits is kept."
    exit_code = 6


class EnrolAgain(Problem):
    code = "enrol_again"
    says = "The centre does not know this unit any more, so reports wait."
    do = "The head of the unit enrols it again with a new code (Home: “To do”)."
    do_at_command_line = "The head of the unit enrols it again with a new code: `nocopy centre enrol`."
    exit_code = 6


class Forged(Problem):
    code = "forged"
    says = "What came back is not the ministry's centre's, or not for what was sent: {detail}"
    do = "Nothing was accepted; what was sent still waits. Check the centre's address, and tell ICT."
    exit_code = 5


class RequestRefused(Problem):
    code = "refused"
    says = "The other end refuses this and it will not be repeated by itself: {detail}."
    do = "Correct it and put it back, or cancel it and use the original."


PROBLEMS: dict[str, type[Problem]] = {
    kind.code: kind
    for kind in (
        Unreachable,
        AnswerLost,
        Portal,
        CertificateRefused,
        CertificateExpired,
        ClockWrong,
        GatewayFault,
        EmptyAnswer,
        Busy,
        NoSession,
        NoThaid,
        AboutAnother,
        OtherOfficer,
        LaserMismatch,
        LaserCancelled,
        TokenRefused,
        Forbidden,
        EnrolAgain,
        Forged,
        RequestRefused,
    )
}


def problem(outcome: str | None, detail: str | None) -> Problem | None:
    """The error that a job's outcome and problem stand for, or None where they stand for none."""
    if outcome in PROBLEMS:
        return PROBLEMS[outcome](detail or "")
    # `needs_login` has a reason too: no card session, or access refused.
    return PROBLEMS[detail]() if detail in PROBLEMS else None
