"""Errors of the network: those that become a job's outcome, and those that several rooms share.

Errors that only one room raises are in that room's `errors.py`, which continues this tree.

NocopyError
    SyncError
        NotConfigured                   this PC does not know where to send
        NotEnrolled                     this unit is not enrolled at the centre
        Problem                         why a job was not done: (code, detail) in the queue
            NetworkProblem              no usable answer came
                Unreachable             nothing has left this PC
                AnswerLost              it may have arrived: the job is sent again under the same id
                SettingsMoved           nothing has left this PC: the next run goes by the settings of now
                Portal                  the run sends nothing more to that endpoint
                CertificateRefused      the run sends nothing more to that endpoint
                ByDate                  the same: the certificate has expired, or this PC's date is wrong
                    CertificateExpired
                    ClockWrong
            GatewayFault                a fault at the other end: tried again later
            EmptyAnswer                 a fault at the other end: tried again later
            Busy                        a fault at the other end: tried again later
            NoSession                   the officer must act
            NoThaid                     the officer must act
            AboutAnother                quarantined: nothing of the answer is kept
            OtherOfficer                the officer must act
            LaserMismatch               an answer that contradicts the card
            LaserCancelled              an answer that contradicts the card
            TokenRefused                the officer must act
            Forbidden                   the endpoint pauses, its jobs wait
            EnrolAgain                  the endpoint pauses, its jobs wait
            Forged                      not signed by the centre, or a receipt for other bytes
            CodesChanged                quarantined: the settings do not know its codes
            RequestRefused              quarantined, with the other end's message
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
    """Why a job was not done, in the form that the queue stores.

    `code` is stored as the job's outcome and `detail` as its problem. `problem()` makes the error from them
    again, for translation on the screen. `detail` never holds a citizen ID, a token or a URL.
    """

    code: ClassVar[str] = "problem"

    def __init__(self, detail: str = "") -> None:
        super().__init__(**self._facts(detail))
        self.detail = detail

    @classmethod
    def _facts(cls, detail: str) -> dict[str, str]:
        """The facts for the sentence's placeholders."""
        return {"detail": detail}


class NetworkProblem(Problem):
    """No usable answer came. `may_have_arrived` says whether the other end may have got the request."""

    may_have_arrived: ClassVar[bool] = False


class Unreachable(NetworkProblem):
    code = "unreachable"
    says = "{detail} cannot be reached. Nothing has left this PC; what waits is kept."
    do = "Go on with the originals, or wait: it is sent again by itself."
    exit_code = 6


class SettingsMoved(NetworkProblem):
    code = "settings"
    says = "The settings changed before this could be sent. Nothing has left this PC; what waits is kept."
    do = "It is sent by itself with the settings of now."
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
    """A certificate that only its dates make invalid. `detail` is "HOST; TODAY; FIRST; LAST", with ISO dates:
    today by this PC, and the certificate's first and last day (empty where it could not be read)."""

    exit_code = 6

    @classmethod
    def of(cls, host: str, today: date, lasts: tuple[date, date] | None) -> ByDate:
        """The problem; `lasts` holds the certificate's first and last day."""
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
    """The certificate has expired, as far as is known: a person must check that this PC's date is right."""

    code = "expired"
    says = (
        "By the date of this PC, {today}, the certificate of {host} has ended ({last}), so sending stopped. "
        "No citizen's data has left this PC."
    )
    do = "Check this PC's date first. If it is right, tell ICT, and use the originals for now."


class ClockWrong(ByDate):
    """The certificate is not valid yet, or has expired while the ledger marks this PC's date as doubtful."""

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


class CodesChanged(Problem):
    code = "codes_changed"
    says = "This document's codes are not those that were asked for by any more, so it was not sent."
    do = "Cancel it, and ask for the document again."


class RequestRefused(Problem):
    code = "refused"
    says = "The other end refuses this and it will not be repeated by itself: {detail}."
    do = "Correct it and put it back, or cancel it and use the original."


PROBLEMS: dict[str, type[Problem]] = {
    kind.code: kind
    for kind in (
        Unreachable,
        AnswerLost,
        SettingsMoved,
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
        CodesChanged,
        RequestRefused,
    )
}


def problem(outcome: str | None, detail: str | None) -> Problem | None:
    """The error stored as a job's outcome and problem, None where they hold no error."""
    if outcome in PROBLEMS:
        return PROBLEMS[outcome](detail or "")
    # The outcome `needs_login` has its error's code as the job's problem.
    return PROBLEMS[detail]() if detail in PROBLEMS else None
