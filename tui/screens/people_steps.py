"""The questions of the people's screen: each chain ends with the head's passphrase and one step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.appointments import Done, Term
from store.errors import LastHead
from store.people import Person
from store.permissions import ROLES as ALL_ROLES
from store.setup_form import PERSON, Newcomer
from tui.cells import clean
from tui.four_words import four_words
from tui.messages import _
from tui.remembered import remember_people
from tui.screens.ask import Question, TypeIn
from tui.screens.hand import ask_hand
from tui.screens.hand_over import First, HandOverScreen
from tui.screens.login import ROLES
from tui.setup_words import HINTS, LABELS, checked_field, service_codes
from tui.typed_days import after_day
from tui.widgets.choice_list import Choice

if TYPE_CHECKING:
    from tui.app import NocopyApp

Then = Callable[[], None]


def add_person(office: NocopyApp, then: Then) -> None:
    """Login, name, number, level, role, services; then the first passphrase is shown once."""
    given: dict[str, str] = {}

    def ask(name: str, go_on: Callable[[], None]) -> None:
        def took(text: str | None) -> None:
            if text is not None:
                given[name] = text
                go_on()

        label, hint = (_(words.get(f"{PERSON}.{name}", "")) for words in (LABELS, HINTS))
        check = partial(checked_field, PERSON, name)
        office.push_screen(TypeIn(_("Add a person"), [hint] if hint else [], label, check=check), took)

    def login() -> None:
        ask("login", name)

    def name() -> None:
        ask("name", number)

    def number() -> None:
        ask("citizen_id", level)

    def level() -> None:
        ask("level", lambda: _ask_role(office, _("Add a person"), role))

    def role(chosen: str) -> None:
        given["role"] = chosen
        if chosen == "officer":
            _ask_services(office, _("Add a person"), lambda codes: confirm(codes))
        else:
            confirm(())

    def confirm(codes: tuple[str, ...]) -> None:
        first = four_words()
        newcomer = Newcomer(
            login=given["login"],
            name=given["name"],
            citizen_id=given["citizen_id"],
            level=given["level"],
            roles=(given["role"],),
            services=codes,
            first_passphrase=first,
        )
        lines = [f"{clean(newcomer.name)} · {newcomer.login} · {_(ROLES[given['role']])} {' '.join(codes)}"]
        yes = Choice(_("Appoint from now on"), True)
        office.push_screen(
            Question(_("Add a person"), lines, [Choice(_("Do nothing"), False), yes]),
            lambda sure: (
                ask_hand(
                    office,
                    _("Add a person"),
                    lambda hand: office.books.appointments.add(newcomer, hand),
                    lambda done: _tell_first(office, done, first, then),
                )
                if sure
                else None
            ),
        )

    login()


def change_person(office: NocopyApp, person: Person, then: Then) -> None:
    """What is to change of a person; the first choice changes nothing."""
    title = clean(person.name)
    choices = [Choice(_("Do nothing"), "")]
    if person.login != office.books.who.login:
        choices.append(Choice(_("Give a first passphrase (the old one was forgotten)"), "reset"))
    choices += [
        Choice(_("Appoint to a further role"), "appoint"),
        Choice(_("Change the services"), "services"),
        Choice(_("Change the name"), "name"),
        Choice(_("Change the level"), "level"),
    ]
    people = office.books.appointments

    def took(what: str | None) -> None:
        if what == "reset":
            first = four_words()
            ask_hand(
                office,
                title,
                lambda hand: people.reset(person.login, first, hand),
                lambda done: _tell_first(office, done, first, then),
            )
        elif what == "appoint":
            _ask_role(office, title, lambda role: _ask_term(office, person, role, then))
        elif what == "services":
            _ask_services(
                office,
                title,
                lambda codes: ask_hand(
                    office,
                    title,
                    lambda hand: people.change(person.login, hand, services=codes),
                    lambda done: _tell(office, done, then),
                ),
            )
        elif what:
            _ask_text(office, person, what, then)

    office.push_screen(Question(title, [], choices), took)


def end_appointment(office: NocopyApp, person: Person, then: Then) -> None:
    """Which appointment ends, when, and by which order or for what reason."""
    title, now = clean(person.name), stamp(office.clock())
    held = [one for one in person.appointments if not one.is_over(now)]
    choices: list[Choice[tuple[str, ...]]] = [Choice(_("Do nothing"), ())]
    if len(held) > 1:
        choices.append(Choice(_("All appointments end"), tuple(one.role for one in held)))
    choices += [
        Choice(_("The appointment as {role} ends").format(role=_(ROLES[one.role])), (one.role,))
        for one in held
    ]
    lines = [
        _("Who has none left has left: the books get a new key, and everything of the past stays."),
    ]

    def when(roles: tuple[str, ...] | None) -> None:
        if not roles:
            return
        role = roles[0] if len(roles) == 1 else None
        times = [
            Choice(_("Do nothing"), ""),
            Choice(_("Now"), "now"),
            Choice(_("At the end of a day to come"), "day"),
        ]

        def took(moment: str | None) -> None:
            if moment == "now":
                try:
                    office.books.appointments.demand_head_without(person.login, role)
                except LastHead as error:  # before an order and a passphrase are asked for
                    office.tell(error)
                else:
                    why(role, None)
            elif moment == "day":
                label = _("Last day (day/month/year)")
                office.push_screen(
                    TypeIn(title, [], label, check=lambda text: lasting(role, after_day(text))),
                    lambda at: why(role, at) if at is not None else None,
                )

        office.push_screen(Question(title, [], times), took)

    def lasting(role: str | None, at: str) -> str:
        office.books.appointments.demand_head_without(person.login, role, at)
        return at

    def why(role: str | None, at: str | None) -> None:
        office.push_screen(
            TypeIn(title, [], _("Number of the order, or the reason")),
            lambda order: finish(role, at, order) if order is not None else None,
        )

    def finish(role: str | None, at: str | None, order: str) -> None:
        ask_hand(
            office,
            title,
            lambda hand: office.books.appointments.end(person.login, hand, role=role, at=at, order_no=order),
            lambda done: _tell(office, done, then),
        )

    office.push_screen(Question(title, lines, choices), when)


# --- the parts


def _ask_role(office: NocopyApp, title: str, go_on: Callable[[str], None]) -> None:
    choices = [Choice(_("Do nothing"), ""), *(Choice(_(ROLES[role]), role) for role in ALL_ROLES)]
    office.push_screen(Question(title, [], choices), lambda role: go_on(role) if role else None)


def _ask_services(office: NocopyApp, title: str, go_on: Callable[[tuple[str, ...]], None]) -> None:
    known = {service.code for service in office.books.catalogue.services()}

    def check(text: str) -> str:
        return " ".join(service_codes(text, known))

    label = _(LABELS[f"{PERSON}.services"])
    office.push_screen(
        TypeIn(title, [_(HINTS[f"{PERSON}.services"])], label, check=check),
        lambda codes: go_on(tuple(codes.split())) if codes is not None else None,
    )


def _ask_term(office: NocopyApp, person: Person, role: str, then: Then) -> None:
    """For good, or in the place of another by an order, until a day."""
    title = clean(person.name)

    def finish(term: Term) -> None:
        ask_hand(
            office,
            title,
            lambda hand: office.books.appointments.appoint(person.login, role, hand, term),
            lambda done: _tell(office, done, then),
        )

    def order(number: str | None) -> None:
        if number is not None:
            office.push_screen(
                TypeIn(title, [], _("Last day (day/month/year)"), check=after_day),
                lambda until: (
                    finish(Term(until_at=until, order_no=number, acting=True)) if until is not None else None
                ),
            )

    def took(how: str | None) -> None:
        if how == "good":
            finish(Term())
        elif how == "acting":
            office.push_screen(TypeIn(title, [], _("Number of the order")), order)

    choices = [
        Choice(_("Do nothing"), ""),
        Choice(_("From now on, without an end"), "good"),
        Choice(_("In the place of another, by an order, until a day"), "acting"),
    ]
    office.push_screen(Question(f"{title} · {_(ROLES[role])}", [], choices), took)


def _ask_text(office: NocopyApp, person: Person, what: str, then: Then) -> None:
    title, people = clean(person.name), office.books.appointments
    label = _(LABELS[f"{PERSON}.name"]) if what == "name" else _("Level")

    def took(text: str | None) -> None:
        if text is None:
            return
        ask_hand(
            office,
            title,
            lambda hand: (
                people.change(person.login, hand, name=text)
                if what == "name"
                else people.change(person.login, hand, level=text)
            ),
            lambda done: _tell(office, done, then),
        )

    office.push_screen(TypeIn(title, [], label), took)


def _tell(office: NocopyApp, done: Done, then: Then) -> None:
    said = [_("Written down.")]
    if done.rekeyed:
        said.append(_("The books have a new key."))
    elif done.rekeyed is False:
        said.append(_("The new key comes at the next log-in without another program."))
    if done.list_job is not None:
        said.append(_("The ministry gets the next list of people."))
    remember_people(office.books)
    office.refresh_counts()
    if done.person.login == office.books.who.login and not done.person.roles:
        office.lock()  # who has left goes on with nothing
        return
    then()
    office.said = " ".join(said)


def _tell_first(office: NocopyApp, done: Done, first: str, then: Then) -> None:
    """The first passphrase is seen this once, to be read out or written down for the person."""
    _tell(office, done, then)
    until = datetime.fromisoformat(done.person.first_until or stamp(office.clock()))
    one = First(done.person.name, done.person.login, first)
    office.push_screen(HandOverScreen([one], until, lambda: None))
