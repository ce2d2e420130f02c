"""`nocopy visit`: one citizen for one service, without the screen."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from store.counter.visit import Comer, Identity, SubjectKind, VisitState, WantedState
from store.settings.catalogue import Channel
from tui.commands.call import DONE, WAITING, Call, Group, complain, options
from tui.commands.queue import after, explain_waiting
from tui.words.translate import _
from tui.words.visit_words import VISIT_STATE_WORDS

if TYPE_CHECKING:
    from reader.card import Card
    from reader.card_record import CardRecord
    from store.books import Books
    from store.counter.visit import Visit
    from store.counter.visitor import Visitor

WAIT_S = 3.0  # for a card that is just being put in
# The laser check is offered on the screen alone: its number is typed from the card on the counter.
_CHANNELS = [one.value for one in Channel if one != Channel.LASER]
_IDENTITIES = [one.value for one in Identity if one != Identity.CHIP]
_COMERS = [one.value for one in Comer if one != Comer.SELF]


@dataclass(frozen=True)
class _Who:
    """The subject or the visitor, as given on the command line."""

    kind: str  # thai_person or juristic
    number: str

    def __repr__(self) -> str:
        return f"<_Who {self.kind}>"  # the number must not reach a log


class _WhoType(click.ParamType[_Who]):
    """person:ID or company:ID."""

    name = "person:ID|company:ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> _Who:
        from reader import citizen_id

        if isinstance(value, _Who):
            return value
        kind, _colon, number = str(value).partition(":")
        kinds = {"person": SubjectKind.THAI_PERSON, "company": SubjectKind.JURISTIC}
        if kind not in kinds:
            self.fail(_("Write person:ID or company:ID."), param, ctx)
        return _Who(kinds[kind], citizen_id.parse(number))


WHO = _WhoType()


@click.group(
    cls=Group,
    invoke_without_command=True,
    help=_(
        "Serve one citizen: obtain the documents of a service. "
        "Closed if all were obtained, else it waits (exit code 6)."
    ),
)
@click.option("--service", metavar="S", help=_("The service's code."))
@click.option(
    "--documents", metavar="D,D", help=_("The documents' codes; by default all that the service requires.")
)
@click.option("--card", "by_card", is_flag=True, help=_("Read the ID card that is in the reader."))
@click.option("--subject", type=WHO, metavar="WHO", help=_("person:ID or company:ID, instead of --card."))
@click.option(
    "--identity", type=click.Choice(_IDENTITIES), help=_("How identity was shown, with --subject: none.")
)
@click.option(
    "--channel", type=click.Choice(_CHANNELS), help=_("Obtain every one of the documents in this way.")
)
@click.option("--purpose", help=_("What it is for, where it is not the service's own purpose."))
@click.option("--reference", help=_("The number of the application, where the service has one."))
@click.option(
    "--on-behalf-of",
    "principal",
    type=WHO,
    metavar="WHO",
    help=_("Whose business it is, when the person of --card or --subject comes for another."),
)
@click.option(
    "--comer", type=click.Choice(_COMERS), help=_("As what this person comes; by default with a mandate.")
)
@click.option("--basis", help=_("The date or number of the mandate, or what else the person relies on."))
@options(login=True)
def visit(call: Call, **asked: Any) -> int | None:
    if call.context.invoked_subcommand is not None:
        return None
    if not asked["service"]:
        raise click.UsageError(_("Name the service with --service."))
    if asked["by_card"] == bool(asked["subject"]):
        raise click.UsageError(_("Say whom you serve: either --card or --subject."))
    return _serve(call, **asked)


def _serve(call: Call, *, service: str, documents: str | None, channel: str | None, **asked: Any) -> int:
    codes = None if documents is None else [code.strip() for code in documents.split(",")]
    if codes is not None and not all(codes):
        raise click.UsageError(
            _("--documents names an empty document: write codes with a comma between, or leave it out.")
        )
    if codes is not None and len(set(codes)) < len(codes):
        raise click.UsageError(_("--documents names a document twice: it would be asked for twice."))
    _fit_together(**asked)
    with call.books() as (books, _passphrase):
        visitor = _visitor(asked)
        opened = books.visits.open(
            service,
            visitor,
            documents=codes,
            purpose=asked["purpose"],
            reference=asked["reference"],
            closes_itself=True,
        )
        try:
            by = {wanted.n: channel for wanted in opened.missing} if channel else None
            found = books.visits.obtain(opened.id, by)
            if all(wanted.use is None for wanted in found.wanted):
                raise click.UsageError(
                    _("None of the documents can be obtained from here: say how with --channel.")
                )
        except BaseException:
            # The ledger has no line of it yet, so no trace of it may stay in the books.
            books.visits.discard(opened.id)
            raise
        found = _finished(books, found)
        _explain_no_way(found)
        _give(call, books, found, visitor.card)
        return _ended(books, found)


def _fit_together(
    *,
    by_card: bool,
    subject: _Who | None,
    identity: str | None,
    principal: _Who | None,
    comer: str | None,
    basis: str | None,
    **_free: str | None,
) -> None:
    """Raises UsageError for an option that the others make meaningless: it would be missing in the ledger."""
    if by_card and identity:
        raise click.UsageError(_("--identity goes with --subject: with --card the card's chip showed it."))
    if principal is not None and principal == subject:
        raise click.UsageError(_("--on-behalf-of names the person who comes: leave it out."))
    for_another = principal is not None or (subject is not None and subject.kind == SubjectKind.JURISTIC)
    if not for_another and (comer or basis):
        raise click.UsageError(_("--comer and --basis go with --on-behalf-of, or with a company."))


def _explain_no_way(found: Visit) -> None:
    """Name the documents that no gateway gives: only the officer knows if an original was copied or seen."""
    left = ", ".join(wanted.document for wanted in found.wanted if wanted.state == WantedState.TODO)
    if left:
        complain(
            _(
                "{documents} cannot come by itself. Choose own copy or sighted for it on the screen (F4),"
                " or cancel visit {visit} and begin anew with --channel copy, --channel sighted or --card."
            ).format(documents=left, visit=found.id)
        )


def _finished(books: Books, found: Visit) -> Visit:
    """The visit after one run through its lookups: closed where every answer came, else waiting."""
    if found.complete:
        return books.visits.close(found.id)
    found = books.visits.park(found.id)
    jobs = [wanted.job for wanted in found.wanted if wanted.job]
    if jobs:
        from sync.run.engine import Engine

        Engine(books).run(jobs=jobs)
    return books.visits.get(found.id)


def _ended(books: Books, found: Visit) -> int:
    """The exit code of a visit. A document that has no job, or was not found, also counts as waiting."""
    jobs = [books.queue.get(wanted.job) for wanted in found.wanted if wanted.job]
    code = after(*jobs)
    if code == WAITING and not any(job.outcome for job in jobs):
        explain_waiting(books)
    return DONE if found.state == VisitState.CLOSED else code or WAITING


def _visitor(asked: dict[str, Any]) -> Visitor:
    """The visitor, as the options say, with the card where one is to be read."""
    from store.counter.visitor import Visitor

    card, seen_at = _read_card() if asked["by_card"] else (None, None)
    here = asked["subject"] if card is None else _Who(SubjectKind.THAI_PERSON, card.citizen_id)
    principal: _Who | None = asked["principal"]
    subject = principal or here
    comer: str = Comer.SELF
    if principal or subject.kind == SubjectKind.JURISTIC:
        usual = Comer.REPRESENTATIVE if subject.kind == SubjectKind.JURISTIC else Comer.MANDATE
        comer = asked["comer"] or usual
    return Visitor(
        subject.number,
        subject_kind=subject.kind,
        comer=comer,
        comer_id=here.number if principal else None,
        basis=asked["basis"],
        identity=asked["identity"] or Identity.NONE if card is None else Identity.CHIP,
        card_seen_at=seen_at,
        card=card,
    )


def _read_card() -> tuple[CardRecord, str]:
    """The card and when it was read. Its photo is not needed without a screen."""
    from reader.buddhist_date import now, stamp
    from reader.card_record import CardRecord
    from reader.pcsc import PcscSlots
    from reader.read_once import read_card
    from tui.commands.card import at_reader

    def read(goes_on: Callable[[], None]) -> Card:
        readers = PcscSlots()
        try:
            return read_card(readers, photo=False, wait_s=WAIT_S, goes_on=goes_on)[0]
        finally:
            readers.close()

    return CardRecord.of(at_reader(read), 0), stamp(now())


def visit_json(books: Books, found: Visit, card: CardRecord | None) -> dict[str, Any]:
    """A visit for --json: its documents with the fields that are kept of them; no citizen's number."""
    from store.counter import mobile_day

    documents = []
    for wanted in found.wanted:
        one: dict[str, Any] = {
            "document": wanted.document,
            "whose": wanted.whose,
            "need": wanted.need,
            "channel": wanted.channel,
            "state": wanted.state,
            "line": wanted.use,
        }
        answer = books.visits.answer(found.id, wanted.n)
        if answer:
            one["fields"] = answer.fields
        elif wanted.channel == Channel.CARD and wanted.state == WantedState.OBTAINED and card:
            one["fields"] = card.as_json()
        documents.append(one)
    return {
        "visit": found.id,
        "state": found.state,
        "service": found.service,
        "officer": found.officer,
        "opened_at": found.opened_at,
        "ended_at": found.ended_at,
        "deadline": found.deadline,
        "back_entry": dataclasses.asdict(found.back_entry) if found.back_entry else None,
        "mobile_day": mobile_day.of_visit(books, found.id),
        "documents": documents,
    }


def _give(call: Call, books: Books, found: Visit, card: CardRecord | None) -> None:
    from reader.buddhist_date import show_date, show_time

    value = visit_json(books, found, card)
    state = _(VISIT_STATE_WORDS[found.state])
    lines = [_("Visit {visit}: {state}").format(visit=found.id, state=state)]
    if found.back_entry is not None:
        when = show_date(at := datetime.fromisoformat(found.back_entry.served_at)) + " " + show_time(at)
        lines.append(
            "  "
            + _("Served {when}, written down afterwards: {why}").format(when=when, why=found.back_entry.why)
        )
    if value["mobile_day"] is not None:
        lines.append("  " + _("Mobile service day: {words}").format(words=value["mobile_day"]))
    for document in value["documents"]:
        if document["state"] != WantedState.NOT_NEEDED:
            lines.append(f"  {document['document']}  {_(document['channel'] or '-')}  {_(document['state'])}")
            lines += [f"      {name}: {field}" for name, field in document.get("fields", {}).items()]
    call.give(value, lines)


@visit.command(help=_("How a visit stands, with the answers that are still kept."))
@click.argument("visit_id", metavar="ID")
@options(login=True)
def show(call: Call, visit_id: str) -> None:
    with call.books() as (books, _passphrase):
        found = books.visits.get(visit_id)
        _give(call, books, found, found.card)


@visit.command(help=_("Close a visit; its waiting requests are cancelled and its answers erased."))
@click.argument("visit_id", metavar="ID")
@options(login=True)
def close(call: Call, visit_id: str) -> None:
    with call.books() as (books, _passphrase):
        _give(call, books, books.visits.close(visit_id, force=True), None)


@visit.command(help=_("Cancel a visit with a reason: wrong service, wrong number, the citizen left."))
@click.argument("visit_id", metavar="ID")
@click.option("--reason", required=True, help=_("Why, in a few words; it is kept."))
@options(login=True)
def cancel(call: Call, visit_id: str, reason: str) -> None:
    with call.books() as (books, _passphrase):
        found = books.visits.cancel(visit_id, reason)
        if found is None:
            call.give(
                {"visit": visit_id, "state": "forgotten"},
                [_("The ledger knew nothing of it: it is forgotten.")],
            )
        else:
            _give(call, books, found, None)
