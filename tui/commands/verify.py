"""`nocopy verify`: an outsider's check of a month, a report, a receipt or a checkpoint, without the books."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from store.exchange.verify_file import ProvedKind
from tui.commands.call import FILE, Call, options
from tui.words.translate import _

if TYPE_CHECKING:
    from store.exchange.verify_file import Known, Proved


@click.command(help=_("Check a report, a receipt or a month without the books, by the centre's fingerprint."))
@click.argument("file", type=FILE)
@click.option(
    "--centre-key",
    metavar="FINGERPRINT",
    help=_("The centre's fingerprint: the second half of the code in the ministry's letter."),
)
@options(login=True)
def verify(call: Call, file: Path, centre_key: str | None) -> None:
    from store.exchange.verify_file import AGE, Proved, check
    from sync.carry.bundle import read
    from sync.carry.carry import look_into

    data = read(file, call.locations().home)
    if data.startswith(AGE) and centre_key is None and call.names_someone:
        with call.books() as (books, _passphrase):
            proved, vouched_by = Proved(ProvedKind.ANSWER, look_into(books, data)), "books"
    else:
        known, vouched_by = _known(call, centre_key)
        proved = check(data, known)
    facts = {"file": str(file), "kind": proved.kind, "vouched_by": vouched_by, **proved.facts}
    call.give(facts, _lines(proved, vouched_by))


def _known(call: Call, centre_key: str | None) -> tuple[Known, str]:
    """What the file is checked against: a given fingerprint, or the books of the person who logs in."""
    from store.exchange.stick import centre_keys
    from store.exchange.verify_file import Known, known_fingerprint
    from store.staff.people_list import PeopleLists

    if centre_key is not None:
        try:
            return Known(fingerprint=known_fingerprint(centre_key)), "fingerprint"
        except ValueError:
            raise click.UsageError(_("A fingerprint has 16 letters and digits.")) from None
    if not call.names_someone:
        return Known(), "nobody"
    with call.books() as (books, _passphrase):
        return Known(keys=centre_keys(books) or None, people=PeopleLists(books).known()), "books"


def _lines(proved: Proved, vouched_by: str) -> list[str]:
    facts = proved.facts
    lines = [
        _("Proved, by keys that the books of this office hold:")
        if vouched_by == "books"
        else _("Proved, by keys of the centre with that fingerprint:")
    ]
    if proved.kind in (ProvedKind.MONTH, ProvedKind.REPORT):
        lines.append(
            _("- Unit {unit} reported {month}, revision {revision}: {visits} visits.").format(**facts)
        )
        lines += [
            _("- {name} ({role}) signed it at {at}.").format(
                name=one["name"], role=_(one["role"]), at=one["at"]
            )
            for one in facts["signers"]
        ]
    if proved.kind == ProvedKind.RECEIPT:
        lines.append(
            _("- It is a receipt for unit {unit}: {about}, {month}.").format(
                unit=facts["unit"], about=facts["about"], month=facts["month"] or "-"
            )
        )
    if proved.kind == ProvedKind.ANSWER:
        lines.append(
            _("- It is the centre's answer to bundle {n} of unit {unit}, station {station}.").format(
                n=facts["for"], unit=facts["unit"], station=facts["station"]
            )
        )
    if proved.kind == ProvedKind.MESSAGE:
        lines.append(_("- The ministry said to unit {unit}: {text}").format(**facts))
    if proved.kind == ProvedKind.CATALOGUE:
        lines.append(_("- It is the ministry's catalogue number {n}.").format(n=facts["n"]))
    if proved.kind in (ProvedKind.MONTH, ProvedKind.RECEIPT):
        lines.append(_("- The centre received it at {at}.").format(at=facts["received_at"]))
        if facts["people"] != "confirmed":
            lines.append(_("- The ministry had not yet compared the fingerprints of the people who signed."))
    return [*lines, *_fixed(facts), *_limits(proved)]


def _fixed(facts: dict[str, Any]) -> list[str]:
    return [
        _("- The ledger {origin} is fixed up to line {line}, by the centre's witness at {at}.").format(
            origin=one["origin"], line=one["size"] - 1, at=one["at"]
        )
        for one in facts.get("fixed", [])
    ]


def _limits(proved: Proved) -> list[str]:
    """What the file does not prove."""
    if proved.kind == ProvedKind.MONTH:
        return [_("Not proved: that the counts are true. Only the ledger and the gateways' logs show that.")]
    if proved.kind == ProvedKind.REPORT:
        return [_("Not proved: that the centre received it. Its receipt shows that.")]
    if proved.kind in (ProvedKind.RECEIPT, ProvedKind.CHECKPOINT):
        return [_("Not proved: what stands in the lines. Only the ledger itself shows that.")]
    return []
