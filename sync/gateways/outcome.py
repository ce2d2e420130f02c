"""The meaning of an answer, by its body first and then by its status, as one pure function.

The body comes first because a gateway's 500 may be a real "no", and a 200 a hotel's log-in page. Source:
the public documents of the gateways' operators. Where they say nothing, the job waits for another try.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from reader.buddhist_date import now
from store.counter.allow_list import LIST, allowed
from store.queue.endpoints import CENTRE
from sync.errors import (
    Busy,
    ByDate,
    CertificateRefused,
    EmptyAnswer,
    EnrolAgain,
    Forbidden,
    GatewayFault,
    NetworkProblem,
    NoSession,
    Portal,
    Problem,
    RequestRefused,
    SettingsMoved,
    TokenRefused,
)

RECEIPT_MEDIA = "application/jose"

BUSY_S = 60.0  # where the other end gives no Retry-After
BUSY_LONGEST_S = 3600.0

NO_SUCH_PERSON = re.compile(r"(?<!\d)(?:00001|00410|00815|00870|99706|99707)(?!\d)")
_NO_SESSION = re.compile(r"(?<!\d)90001(?!\d)")
_NO_JSON = object()
_DEEPEST = 32  # real answers have three or four levels
_LONGEST_WORDS = 160  # characters
_SAYS_ERROR = re.compile(r"error|exception|fault|^(?:message|msg|code|status|status_?code)$")
# Fields beside an error that are no citizen's data either.
_BESIDE_ERROR = re.compile(
    r"^(?:timestamp|path|type|title|detail|instance|success|(?:trace|request|correlation)_?-?id)$|ur[il]$"
)


class Kind(StrEnum):
    """What is to be done with the job, its endpoint or the run."""

    DONE = "done"
    NOT_FOUND = "not_found"
    LATER = "later"
    PORTAL = "portal"  # ends the run's sends to the endpoint
    CERTIFICATE = "certificate"  # ends the run's sends to the endpoint
    MOVED = "moved"  # ends the run's sends to the endpoint: its settings are others now
    NEEDS_LOGIN = "needs_login"
    TOKEN = "token"  # noqa: S105 - one new token, once; then needs_login
    ENROL_AGAIN = "enrol_again"  # pauses the centre
    PAUSE = "pause"  # pauses the endpoint
    THROTTLED = "throttled"  # pauses the endpoint for `retry_after` seconds
    QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Verdict:
    """The meaning of one answer. `problem` is None only for DONE and NOT_FOUND.

    `value` is set only for DONE: the answer's JSON, or the centre's receipt as text.
    """

    kind: Kind
    problem: Problem | None = None
    retry_after: float | None = None
    value: Any = None


def classify(
    endpoint: str,
    status: int = 0,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    error: NetworkProblem | None = None,
    hide: Iterable[str] = (),
) -> Verdict:
    """The verdict on one call to a gateway or to CENTRE, by its answer or by the `error` of the call.

    Header names are in lower case. `hide` lists the secrets of this call, which are removed from an error's
    text.
    """
    if error is not None:
        return _no_answer(error)
    headers = headers or {}
    if 300 <= status < 400 or status == 511:
        return Verdict(Kind.PORTAL, Portal())
    text = body.decode("utf-8-sig", "replace")
    if status >= 400:
        for secret in hide:
            text = text.replace(secret, "…")
    value = _json(text)
    if endpoint != CENTRE:
        by_body = _gateway_body(status, text, value)
        if by_body is not None:
            return by_body
    if 200 <= status < 300:
        return _success(endpoint, status, headers, text, value)
    return _by_status(endpoint, status, headers, text, value)


def without_data(fields: dict[str, Any], keep: Iterable[str]) -> Verdict | None:
    """The verdict on an answer without any field of its document's allow-list; None where it has one.

    `fields` are normalised. Without an allow-list only an empty list gives a verdict.
    """
    keep = list(keep)
    heads = {path.partition(".")[0] for path in keep}
    if fields == {LIST: []}:
        # For a document that is a list (of marriages, say) this means "none"; for another it is no answer.
        return Verdict(Kind.NOT_FOUND) if LIST in heads else Verdict(Kind.LATER, EmptyAnswer())
    if not keep or not _is_empty(allowed(fields, keep)):
        return None
    asked_for = [item for name, item in fields.items() if name in heads]
    if asked_for and all(_is_empty(item) for item in asked_for) and not _says_error(fields):
        return Verdict(Kind.NOT_FOUND)
    return Verdict(Kind.LATER, GatewayFault("200, the answer holds none of the fields asked for"))


def retry_after(header: str | None, at: datetime) -> float | None:
    """The seconds of a Retry-After header in either form, at most an hour; None where there is none."""
    if not header:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        return min(float(header), BUSY_LONGEST_S)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max((until - at).total_seconds(), 0.0), BUSY_LONGEST_S)


def own_words(text: str) -> str:
    """The other end's message in one row, without citizen IDs and tokens, so that it may be stored."""
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = re.sub(r"\d(?:[ -]?\d){12,}", "…", text)
    text = re.sub(r"[A-Za-z0-9+/_=-]{20,}", "…", text)
    return " ".join(text.split())[:_LONGEST_WORDS]


def _no_answer(error: NetworkProblem) -> Verdict:
    if isinstance(error, CertificateRefused | ByDate):
        return Verdict(Kind.CERTIFICATE, error)
    return Verdict(Kind.MOVED if isinstance(error, SettingsMoved) else Kind.LATER, error)


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _NO_JSON
    return value if _is_usable(value) else _NO_JSON


def _is_usable(value: Any) -> bool:
    """False for a value that the books cannot store: one with lone surrogates, or nested too deeply."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item, *item.values()]
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and not _is_whole(item):
                return False
        if not below:
            return True
        level = below
    return False


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in text)


def _gateway_body(status: int, text: str, value: Any) -> Verdict | None:
    """The verdict by a gateway's body, whatever the status: no session, no such person; else None."""
    code, message = _code_and_message(value)
    if value is _NO_JSON and not _is_html(text) and status >= 400:
        code = message = text  # an error's body may not be JSON at all
    if _NO_SESSION.search(code) or _NO_SESSION.search(message):
        return Verdict(Kind.NEEDS_LOGIN, NoSession())
    if NO_SUCH_PERSON.search(message) or NO_SUCH_PERSON.fullmatch(code):
        return Verdict(Kind.NOT_FOUND)
    return None


def _success(endpoint: str, status: int, headers: Mapping[str, str], text: str, value: Any) -> Verdict:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if endpoint == CENTRE and kind == RECEIPT_MEDIA:
        return Verdict(Kind.DONE, value=text)
    if endpoint != CENTRE and status == 204 and (value is _NO_JSON or _is_empty(value)):
        return Verdict(Kind.NOT_FOUND)
    if value is _NO_JSON:
        if _is_html(text) or kind == "text/html":
            return Verdict(Kind.PORTAL, Portal())
        if endpoint != CENTRE and not text.strip():
            return Verdict(Kind.LATER, EmptyAnswer())
        return Verdict(Kind.LATER, GatewayFault(f"{status}, no usable JSON"))
    if endpoint != CENTRE:
        if _only_an_error(value):
            return Verdict(Kind.LATER, GatewayFault(f"{status}, with an error in it"))
        if _is_empty(value):
            return _without_anything(value)
    if not _has_object(value):
        return Verdict(Kind.LATER, GatewayFault(f"{status}, no object"))
    return Verdict(Kind.DONE, value=value)


def _without_anything(value: Any) -> Verdict:
    """The verdict on an empty value: with empty fields it means "not found", without fields it is no answer.

    The meaning of an empty list depends on the document, so without_data() decides.
    """
    if _names_a_field(value):
        return Verdict(Kind.NOT_FOUND)
    return Verdict(Kind.DONE, value=value) if value == [] else Verdict(Kind.LATER, EmptyAnswer())


def _by_status(endpoint: str, status: int, headers: Mapping[str, str], text: str, value: Any) -> Verdict:
    wait = retry_after(headers.get("retry-after"), now())
    if status == 429 or (status == 503 and wait is not None):
        seconds = BUSY_S if wait is None else wait
        return Verdict(Kind.THROTTLED, Busy(str(round(seconds))), seconds)
    if status == 401:
        if endpoint == CENTRE:
            return Verdict(Kind.ENROL_AGAIN, EnrolAgain())
        return Verdict(Kind.TOKEN, TokenRefused())
    words = _words(status, text, value)
    if status == 403:
        return Verdict(Kind.PAUSE, Forbidden(words))
    if status >= 500 or status in (408, 425) or status < 200:
        return Verdict(Kind.LATER, GatewayFault(str(status)))
    if _is_html(text) and status not in (400, 413):
        # A page made by a proxy on the way: the gateway itself has not answered.
        return Verdict(Kind.LATER, GatewayFault(f"{status}, no JSON"))
    return Verdict(Kind.QUARANTINE, RequestRefused(words))


def _words(status: int, text: str, value: Any) -> str:
    """The other end's message: GDx's Message, or that of a problem+json."""
    said = _code_and_message(value)[1]
    if not said and value is _NO_JSON and not _is_html(text):
        said = text
    return own_words(said) or str(status)


def _code_and_message(value: Any) -> tuple[str, str]:
    if isinstance(value, str):
        return value, value
    if not isinstance(value, dict):
        return "", ""
    lower = {str(key).lower(): item for key, item in value.items()}
    names = ("message", "errormessage", "error", "detail", "title")
    message = next((lower[key] for key in names if isinstance(lower.get(key), str)), "")
    code = lower.get("code", lower.get("errornumber"))
    return ("" if code is None or isinstance(code, dict | list) else str(code)), message


def _only_an_error(value: Any) -> bool:
    """Whether an answer with status 200 holds an error's text and no data."""
    if not isinstance(value, dict):
        return False
    others = [key for key in _filled(value) if not _SAYS_ERROR.search(key)]
    return _says_error(value) and all(_BESIDE_ERROR.search(key) for key in others)


def _says_error(value: dict[str, Any]) -> bool:
    return any(_SAYS_ERROR.search(key) for key in _filled(value))


def _filled(value: dict[str, Any]) -> list[str]:
    """The names of the fields that are not empty, in lower case."""
    return [str(key).lower() for key, item in value.items() if not _is_empty(item)]


def _has_object(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(item, dict) for item in value)
    )


def _names_a_field(value: Any) -> bool:
    if isinstance(value, list):
        return any(_names_a_field(item) for item in value)
    return isinstance(value, dict) and bool(value)


def _is_empty(value: Any) -> bool:
    """True where there are only nulls and empty texts, with which some services say "not found"."""
    if isinstance(value, dict):
        return all(_is_empty(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_empty(item) for item in value)
    return value is None or value == ""


def _is_html(text: str) -> bool:
    return bool(re.match(r"\s*(?:\ufeff)?\s*<(?:!doctype|html|head|body|\?xml)", text, re.IGNORECASE))
