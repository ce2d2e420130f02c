"""The month's paper: what its report says, for the people who sign it and those who get it.

It is this program's own summary; the ministry's printed form, if there is one, is not known. Every count is
the signed report's. No citizen is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reader.buddhist_date import BANGKOK, letter_date, letter_month, thai_digits
from store.formats.canonical import sha256_hex
from store.formats.free_text import without_numbers
from store.formats.line import Outcome
from store.formats.roles import SIGNING, Role
from store.months.values import Finding, Reported, Signatory
from store.people.permissions import demand
from store.settings.catalogue import Channel
from store.spans import MonthState, ledger_of
from tui.papers.figures import figure, moment_of, short_print
from tui.papers.paper import paper_name, write_paper
from tui.papers.pdf import qr, typeset
from tui.words.finding_words import RULES, why
from tui.words.paper_words import MONTH
from tui.words.translate import in_thai
from tui.words.visit_words import CHANNELS

if TYPE_CHECKING:
    from store.books import Books

_ALWAYS = (Outcome.OBTAINED, Outcome.NOT_FOUND, Outcome.UNANSWERED)
_OFFICER, _SERVICE, _DOCUMENT, _CHANNEL, _OUTCOME, _N = range(6)
Row = list[Any]


@dataclass(frozen=True)
class Printed:
    """A written paper: its month and state, the report's id, the file's SHA-256 (hex), the ledger's line."""

    month: str
    state: str
    revision: int
    report: str
    sha256: str
    line: int


def file_name(books: Books, month: str) -> str:
    """The default name of the file."""
    return paper_name(books, month)


def print_month(books: Books, month: str, to: Path) -> Printed:
    """Writes a month's paper as a new file, with a `paper` line in the ledger.

    Raises NotAllowed, NotFound, BadInput, DiskFull, NoSuchFolder, FolderClosed.
    """
    demand(books.who, MONTH.action)
    reported = books.months.reported(month)
    content = month_paper(books, reported)
    view, digest = reported.view, sha256_hex(content)
    seq = write_paper(books, MONTH, content, to, month=month, revision=view.revision, state=view.state)
    return Printed(month, view.state, view.revision, reported.id, digest, seq)


def month_paper(books: Books, reported: Reported) -> bytes:
    """The PDF. The same month in the same state gives the same bytes; an open month does so within a day."""
    view = reported.view
    now = books.clock().astimezone(BANGKOK)
    signed = [datetime.fromisoformat(one.at) for one in reported.signatories]
    received = [datetime.fromisoformat(view.receipt["received_at"])] if view.receipt else []
    first = datetime.combine(date.fromisoformat(f"{view.month}-01"), datetime.min.time(), BANGKOK)
    return typeset(MONTH.what, _data(books, reported, now), max([first, *signed, *received]))


def _data(books: Books, reported: Reported, now: datetime) -> dict[str, Any]:
    view, content = reported.view, reported.content
    use: list[Row] = content["use"]
    late: list[Row] = content.get("late", [])
    names = {one.login: one.name for one in books.people.all()}
    services = {one.code: one.name for one in books.catalogue.services()}
    documents = {one.code: one.name for one in books.catalogue.documents()}
    found = {row[_OUTCOME] for row in use}
    outcomes = [str(one) for one in Outcome if one in found or one in _ALWAYS]
    outcomes += sorted(found - set(outcomes))
    # Another PC of the office may run a newer program, with a channel that is unknown here.
    channels = [str(one) for one in Channel]
    channels += sorted({row[_CHANNEL] or "" for row in use} - set(channels))

    def numbered(known: dict[str, str]) -> Callable[[str], list[str]]:
        return lambda code: [code, known.get(code, "")]

    return {
        "unit": {"code": books.unit, "name": books.unit_name},
        "month": letter_month(view.month),
        "revision": figure(view.revision) if view.revision > 1 else None,
        "state": view.state,
        "decided": next((one.says for one in reported.signatories if one.role == Role.HEAD), None),
        "as_of": letter_date(now) if view.state == MonthState.OPEN else None,
        "late_month": view.late,
        "due_check": letter_date(view.due_check),
        "due_report": letter_date(view.due_report),
        "handed_over": view.handed_over,
        "returned": _words(view.returned),
        "stations": sorted({books.station, *view.stations}),
        "missing": list(view.missing),
        "figures": _figures(content, _sum(use), _sum(late), len(view.findings)),
        "some_lost": content["lost_lines"] > 0,
        "channels": [_channel(one) for one in channels],
        "outcomes": outcomes,
        "services": _table(use, _SERVICE, _CHANNEL, channels, numbered(services)),
        "documents": _table(use, _DOCUMENT, _OUTCOME, outcomes, numbered(documents)),
        "by_channel": _table(use, _CHANNEL, _OUTCOME, outcomes, lambda code: [_channel(code)], channels),
        "officers": _table(use, _OFFICER, _CHANNEL, channels, lambda login: [names.get(login, login)]),
        "late": _late(late, services, documents),
        "findings": [_finding(one, names) for one in view.findings],
        "chains": [_chain(one) for one in content["chains"]] if reported.content_sha256 else [],
        "signatures": [_signature(role, reported.signatories) for role in SIGNING],
        "back": [
            {"name": names.get(one.login, one.login), "role": one.role, "reason": _words(one.reason)}
            for one in view.signatures
            if one.withdrawn
        ],
        "report": _report(books, reported),
        "receipt": _receipt(view.receipt) if view.receipt else None,
    }


def _figures(content: dict[str, Any], total: int, late: int, findings: int) -> dict[str, Any]:
    """The month's sums, in Thai digits; `offline` is [hours, minutes]."""
    return {
        "visits": figure(content["visits"]),
        "total": figure(total),
        "spared": figure(content["spared"]),
        "unanswered": figure(content["unanswered"]),
        "late": figure(late),
        "offline": [figure(content["offline_min"] // 60), figure(content["offline_min"] % 60)],
        "lost": figure(content["lost_lines"]),
        "findings": figure(findings),
    }


def _chain(part: dict[str, Any]) -> dict[str, str]:
    """One of the report's `chains`: whose lines, the first and the last, and the beginning of the root."""
    return {
        **{"origin": part["origin"], "root": short_print(part["root"])},
        **{"from": figure(part["from"]), "to": figure(part["to"])},
    }


def _channel(channel: str) -> str:
    """The title of its column."""
    return in_thai(CHANNELS[channel].paper) if channel in CHANNELS else channel


def _sum(rows: Iterable[Row]) -> int:
    return sum(row[_N] for row in rows)


def _words(text: str | None) -> str | None:
    """Free text, or a sentence of the program; a citizen's number is covered."""
    return text and without_numbers(in_thai(text))


def _table(
    use: Sequence[Row],
    by: int,
    across: int,
    columns: Sequence[str],
    name: Callable[[str], list[str]],
    order: Sequence[str] = (),
) -> dict[str, Any]:
    """{rows: [[name ..., a count for each column, total]], total: [...]}: "–" where there is none."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in use:
        counts[row[by] or "", row[across] or ""] += row[_N]
    keys = sorted({key for key, _column in counts}, key=lambda key: (_place(order, key), key))

    def figures(chosen: Sequence[str]) -> list[str]:
        cells = [sum(counts[key, column] for key in chosen) for column in columns]
        cells.append(sum(n for (key, _column), n in counts.items() if key in chosen))
        return [figure(n) if n else "–" for n in cells]

    return {"rows": [[*name(key), *figures([key])] for key in keys], "total": figures(keys)}


def _place(order: Sequence[str], key: str) -> int:
    return order.index(key) if key in order else len(order)


def _late(late: Sequence[Row], services: dict[str, str], documents: dict[str, str]) -> list[list[str]]:
    """[service, document, channel, outcome, n] of uses in closed months that were answered in this month."""
    counts: Counter[tuple[str, ...]] = Counter()
    for row in late:
        counts[tuple(str(row[n] or "") for n in (_SERVICE, _DOCUMENT, _CHANNEL, _OUTCOME))] += row[_N]
    return [
        [
            services.get(service, service),
            documents.get(document, document),
            _channel(channel),
            outcome,
            figure(n),
        ]
        for (service, document, channel, outcome), n in sorted(counts.items())
    ]


def _finding(finding: Finding, names: dict[str, str]) -> dict[str, Any]:
    station, epoch = ledger_of(finding.station) if finding.station else (None, 1)
    facts = why(_named(finding, names), in_thai, letter_date, thai_digits)
    return {
        "n": figure(finding.n),
        "rule": in_thai(RULES.get(finding.rule, finding.rule)),
        "why": facts,
        "about": names.get(finding.about),
        "station": station,
        "restored": epoch > 1,
        "lines": figure(len(finding.lines)) if finding.lines else "–",
        "explanation": _words(finding.explanation),
        "decision": finding.decision,
        "reason": _words(finding.reason),
    }


def _named(finding: Finding, names: dict[str, str]) -> Finding:
    """The same with the person's name in place of the login."""
    person = finding.facts.get("person")
    if person is None:
        return finding
    return replace(finding, facts={**finding.facts, "person": names.get(str(person), person)})


def _signature(role: str, signatories: Sequence[Signatory]) -> dict[str, Any]:
    one = next((one for one in signatories if one.role == role), None)
    if one is None:
        return {"role": role, "signed": False}
    return {
        **{"role": role, "signed": True, "name": one.name, "level": one.level, "says": one.says},
        **{"acting": one.acting, "order": one.order_no, "at": moment_of(one.at)},
    }


def _report(books: Books, reported: Reported) -> dict[str, Any]:
    """How to compare paper and report; without a fingerprint until somebody has signed."""
    if reported.content_sha256 is None:
        return {"id": reported.id, "content": None, "sent": None, "qr": None}
    view, sent = reported.view, reported.sent_sha256
    words = [
        f"nocopy {books.unit} {view.month} r{view.revision}",
        reported.id,
        f"content sha256 {reported.content_sha256}",
        *([f"sent sha256 {sent}"] if sent else []),
    ]
    return {
        "id": reported.id,
        "content": short_print(reported.content_sha256),
        "sent": short_print(sent) if sent else None,
        "qr": qr("\n".join(words)),
    }


def _receipt(receipt: dict[str, Any]) -> dict[str, Any]:
    return {
        **{"id": str(receipt["id"]), "at": moment_of(str(receipt["received_at"]))},
        **{"sha256": short_print(str(receipt["sha256"])), "late": bool(receipt.get("late"))},
        "people": receipt.get("people"),
    }
