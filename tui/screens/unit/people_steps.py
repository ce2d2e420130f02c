"""The questions of the people's screen: each series ends with the head's passphrase and one change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from reader.buddhist_date import stamp
from store.formats.roles import Role
from store.people.people import Newcomer, Person
from store.setup.form import PERSON
from store.staff.appointments import Done, Term
from store.staff.errors import LastHead
from tui.frame.ask import Question, TypeIn
from tui.frame.ask_signature import ask_signature
from tui.frame.choice_list import Choice
from tui.login_names import remember_people
from tui.screens.unit.first_passphrases import First, HandOverScreen
from tui.words.cells import clean
from tui.words.four_words import four_words
from tui.words.role_words import ROLE_WORDS
from tui.words.setup_words import HINTS, LABELS, checked_field, service_codes
from tui.words.translate import _
from tui.words.typed_days import after_day

if TYPE_CHECKING:
    from tui.program import Program

Then = Callable[[], None]


def add_person(program: Program, then: Then) -> None:
    """Login, name, number, level, role, services; then the first passphrase is shown once."""
    given: dict[str, str] = {}

    def ask(name: str, go_on: Callable[[], None]) -> None:
        def took(text: str | None) -> None:
            if text is not None:
                given[name] = text
                go_on()

        label, hint = (_(words.get(f"{PERSON}.{name}", "")) for words in (LABELS, HINTS))
        check = partial(checked_field, PERSON, name)
        program.push_screen(TypeIn(_("Add a person"), [hint] if hint else [], label, check=check), took)

    def login() -> None:
        ask("login", name)

    def name() -> None:
        ask("name", number)

    def number() -> None:
        ask("citizen_id", level)

    def level() -> None:
        ask("level", lambda: _ask_role(program, _("Add a person"), role))

    def role(chosen: str) -> None:
        given["role"] = chosen
        if chosen == Role.OFFICER:
            _ask_services(program, _("Add a person"), lambda codes: confirm(codes))
        else:
            confirm(())

    def confirm(codes: tuple[str, ...]) -> None:
        newcomer = Newcomer(
            login=given["login"],
            name=given["name"],
            citizen_id=given["citizen_id"],
            level=given["level"],
            roles=(given["role"],),
            services=codes,
            first_passphrase=four_words(),
        )
        _ask_to_appoint(program, newcomer, then)

    login()


def _ask_to_appoint(program: Program, newcomer: Newcomer, then: Then) -> None:
    title, (role,) = _("Add a person"), newcomer.roles
    lines = [
        f"{clean(newcomer.name)} · {newcomer.login} · {_(ROLE_WORDS[role])} {' '.join(newcomer.services)}"
    ]

    def chosen(sure: bool | None) -> None:
        if sure:
            ask_signature(
                program,
                title,
                lambda signer: program.books.appointments.add(newcomer, signer),
                lambda done: _tell_first(program, done, newcomer.first_passphrase, then),
            )

    choices = [Choice(_("Do nothing"), False), Choice(_("Appoint from now on"), True)]
    program.push_screen(Question(title, lines, choices), chosen)


def change_person(program: Program, person: Person, then: Then) -> None:
    """Ask what to change about a person; the first choice changes nothing."""
    title = clean(person.name)
    choices = [Choice(_("Do nothing"), "")]
    if person.login != program.books.who.login:
        choices.append(Choice(_("Give a first passphrase (the old one was forgotten)"), "reset"))
    choices += [
        Choice(_("Appoint to a further role"), "appoint"),
        Choice(_("Change the services"), "services"),
        Choice(_("Change the name"), "name"),
        Choice(_("Change the level"), "level"),
    ]
    people = program.books.appointments

    def took(what: str | None) -> None:
        if what == "reset":
            first = four_words()
            ask_signature(
                program,
                title,
                lambda signer: people.reset(person.login, first, signer),
                lambda done: _tell_first(program, done, first, then),
            )
        elif what == "appoint":
            _ask_role(program, title, lambda role: _ask_term(program, person, role, then))
        elif what == "services":
            _ask_services(
                program,
                title,
                lambda codes: ask_signature(
                    program,
                    title,
                    lambda signer: people.change(person.login, signer, services=codes),
                    lambda done: _tell(program, done, then),
                ),
            )
        elif what:
            _ask_text(program, person, what, then)

    program.push_screen(Question(title, [], choices), took)


def end_appointment(program: Program, person: Person, then: Then) -> None:
    """Ask which appointment ends, when, and by which order or for what reason."""
    title, now = clean(person.name), stamp(program.clock())
    held = [one for one in person.appointments if not one.is_over(now)]
    choices: list[Choice[tuple[str, ...]]] = [Choice(_("Do nothing"), ())]
    if len(held) > 1:
        choices.append(Choice(_("All appointments end"), tuple(one.role for one in held)))
    choices += [
        Choice(_("The appointment as {role} ends").format(role=_(ROLE_WORDS[one.role])), (one.role,))
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
                    program.books.appointments.demand_head_without(person.login, role)
                except LastHead as error:  # said before an order and a passphrase are asked for
                    program.tell(error)
                else:
                    why(role, None)
            elif moment == "day":
                label = _("Last day (day/month/year)")
                program.push_screen(
                    TypeIn(title, [], label, check=lambda text: lasting(role, after_day(text))),
                    lambda at: why(role, at) if at is not None else None,
                )

        program.push_screen(Question(title, [], times), took)

    def lasting(role: str | None, at: str) -> str:
        program.books.appointments.demand_head_without(person.login, role, at)
        return at

    def why(role: str | None, at: str | None) -> None:
        program.push_screen(
            TypeIn(title, [], _("Number of the order, or the reason")),
            lambda order: _end(program, person, role, at, order, then) if order is not None else None,
        )

    program.push_screen(Question(title, lines, choices), when)


def _end(program: Program, person: Person, role: str | None, at: str | None, order: str, then: Then) -> None:
    ask_signature(
        program,
        clean(person.name),
        lambda signer: program.books.appointments.end(person.login, signer, role=role, at=at, order_no=order),
        lambda done: _tell(program, done, then),
    )


# --- single questions


def _ask_role(program: Program, title: str, go_on: Callable[[str], None]) -> None:
    choices: list[Choice[str]] = [Choice(_("Do nothing"), "")]
    choices += [Choice(_(ROLE_WORDS[role]), role) for role in Role]
    program.push_screen(Question(title, [], choices), lambda role: go_on(role) if role else None)


def _ask_services(program: Program, title: str, go_on: Callable[[tuple[str, ...]], None]) -> None:
    known = {service.code for service in program.books.catalogue.services()}

    def check(text: str) -> str:
        return " ".join(service_codes(text, known))

    label = _(LABELS[f"{PERSON}.services"])
    program.push_screen(
        TypeIn(title, [_(HINTS[f"{PERSON}.services"])], label, check=check),
        lambda codes: go_on(tuple(codes.split())) if codes is not None else None,
    )


def _ask_term(program: Program, person: Person, role: str, then: Then) -> None:
    """Ask whether the appointment is for good, or acting by an order until a day."""
    title = clean(person.name)

    def finish(term: Term) -> None:
        ask_signature(
            program,
            title,
            lambda signer: program.books.appointments.appoint(person.login, role, signer, term),
            lambda done: _tell(program, done, then),
        )

    def order(number: str | None) -> None:
        if number is not None:
            program.push_screen(
                TypeIn(title, [], _("Last day (day/month/year)"), check=after_day),
                lambda until: (
                    finish(Term(until_at=until, order_no=number, acting=True)) if until is not None else None
                ),
            )

    def took(how: str | None) -> None:
        if how == "good":
            finish(Term())
        elif how == "acting":
            program.push_screen(TypeIn(title, [], _("Number of the order")), order)

    choices = [
        Choice(_("Do nothing"), ""),
        Choice(_("From now on, without an end"), "good"),
        Choice(_("In the place of another, by an order, until a day"), "acting"),
    ]
    program.push_screen(Question(f"{title} · {_(ROLE_WORDS[role])}", [], choices), took)


def _ask_text(program: Program, person: Person, what: str, then: Then) -> None:
    title, people = clean(person.name), program.books.appointments
    label = _(LABELS[f"{PERSON}.name"]) if what == "name" else _("Level")

    def took(text: str | None) -> None:
        if text is None:
            return
        ask_signature(
            program,
            title,
            lambda signer: (
                people.change(person.login, signer, name=text)
                if what == "name"
                else people.change(person.login, signer, level=text)
            ),
            lambda done: _tell(program, done, then),
        )

    program.push_screen(TypeIn(title, [], label), took)


def _tell(program: Program, done: Done, then: Then) -> None:
    said = [_("Written down.")]
    if done.rekeyed:
        said.append(_("The books have a new key."))
    elif done.rekeyed is False:
        said.append(_("The new key comes at the next log-in without another program."))
    if done.list_job is not None:
        said.append(_("The ministry gets the next list of people."))
    remember_people(program.books)
    program.refresh_counts()
    if done.person.login == program.books.who.login and not done.person.roles:
        program.lock()  # a head who has left may do nothing more
        return
    then()
    program.say(" ".join(said))


def _tell_first(program: Program, done: Done, first: str, then: Then) -> None:
    """Show the first passphrase once, to be read out or written down for the person."""
    _tell(program, done, then)
    until = datetime.fromisoformat(done.person.first_until or stamp(program.clock()))
    one = First(done.person.name, done.person.login, first)
    program.push_screen(HandOverScreen([one], until, lambda: None))
