"""The third step of the first start: the people, their roles and services."""

from __future__ import annotations

from functools import partial

from reader.errors import NocopyError
from store.errors import BadInput
from store.formats.roles import SIGNING, Role
from store.settings.example import example_services
from store.setup.form import PERSON
from tui.frame import keys
from tui.frame.ask import Question
from tui.frame.choice_list import Choice
from tui.frame.frame import TextBlock
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import PEOPLE_STEP, FirstStart, Missing, Texts
from tui.screens.first_start.setup_fields import Field, FieldsStep, always, never
from tui.screens.first_start.setup_step import OpenStep, SetupStep
from tui.words.cells import clean, pad, wrap
from tui.words.role_words import ROLE_WORDS, role_words
from tui.words.setup_words import HINTS, LABELS, checked_field, service_codes, service_number
from tui.words.translate import _

_ASKED = ("name", "login", "citizen_id", "level", "roles", "services")
_SERVES = Role.OFFICER
_ROWS = 7  # people that are seen at once
_SERVICE_ROWS = 6
_TWO = ((Role.OFFICER, Role.HEAD), (Role.OFFICER, Role.CONTROLLER), (Role.CONTROLLER, Role.HEAD))
_HELD = (*Role, *(" ".join(two) for two in _TWO))
"""The roles that one person may be given at once, as the form writes them: any one, or two that sign."""


class PeopleStep(SetupStep):
    """The people so far; Enter opens one of them, or a new one."""

    OFFERS = (
        *(keys.Help, first_start_keys.RemovePerson, first_start_keys.OtherStep),
        *(keys.Move, keys.Open, first_start_keys.NextField, keys.Back),
    )
    step = PEOPLE_STEP

    def __init__(self, start: FirstStart, opens: OpenStep) -> None:
        super().__init__(start, opens)
        start.drop_empty()

    @property
    def _cursor(self) -> int:
        """The rows: the people, a row for a new one, a row for the next step."""
        return min(self.start.at.get(self.step, 0), len(self.start.people) + 1)

    def enter_token(self) -> object:
        return self._cursor

    def point_at(self, missing: Missing) -> None:
        people = len(self.start.people)
        self.start.at[self.step] = people if missing.person is None else missing.person

    def paint_page(self) -> None:
        people, wrong = self.start.people, {one.person for one in self.start.missing()}
        first = max(0, min(self._cursor - _ROWS // 2, len(people) - _ROWS))
        lines = ["", _("People and roles"), ""]
        for n, person in list(enumerate(people))[first : first + _ROWS]:
            name = clean(person.get("name", "")) or clean(person.get("login", "")) or "–"
            roles = role_words(tuple(person.get("roles", "").split()))
            lines.append(f"{self._mark(n)} {'!' if n in wrong else '●'} {pad(name, 24)} {pad(roles, 20)}")
        lines.append(f"{self._mark(len(people))} + {_('Add a person')}")
        lines.append(f"{self._mark(len(people) + 1)}   {_('Go on to the next step')}")
        lines += ["", *self._advice()]
        self.query_one("#work", TextBlock).show(lines)

    def _mark(self, row: int) -> str:
        return "►" if row == self._cursor else " "

    def _advice(self) -> list[str]:
        held = {role for person in self.start.people for role in person.get("roles", "").split()}
        lacking = ", ".join(_(ROLE_WORDS[role]) for role in SIGNING if role not in held)
        lines = []
        if lacking:
            lines.append("! " + _("Nobody has the role yet: {roles}").format(roles=lacking))
        elif self.start.one_signs_twice():
            lines.append(
                "! " + _("Nobody signs a month twice: summary, check and approval need three people.")
            )
        else:
            lines.append("● " + _("Officer, controller and head are there."))
        lines.append(_("For each service two officers are best. More people can come later."))
        return [part for line in lines for part in wrap(line, self.room, "  ")]

    def sentence(self) -> str:
        people = len(self.start.people)
        if self._cursor < people:
            return _("Enter opens this person; F8 takes the person out again.")
        if self._cursor == people:
            return _("Enter adds a person: name, login, number, level, role.")
        return _("Enter goes on. People can be changed here until the books are made.")

    # --- keys

    def do_move(self, step: int) -> None:
        self.start.at[self.step] = max(0, min(len(self.start.people) + 1, self._cursor + step))

    def can_open(self) -> bool:
        return self._cursor <= len(self.start.people)

    def do_open(self) -> None:
        people = self.start.people
        n = self._cursor if self._cursor < len(people) else self.start.add_person()
        self.program.push_screen(PersonScreen(self.start, self.opens, n))

    def can_next_field(self) -> bool:
        return not self.can_open()

    def do_next_field(self) -> None:
        self.do_other_step(1)

    def can_remove_person(self) -> bool:
        return self._cursor < len(self.start.people)

    def do_remove_person(self) -> None:
        n = self._cursor
        name = clean(self.start.people[n].get("name", "")) or clean(self.start.people[n].get("login", ""))

        def took(sure: bool | None) -> None:
            if sure:
                del self.start.people[n]

        choices = [Choice(_("Do nothing"), False), Choice(_("Take {name} out").format(name=name), True)]
        self.program.push_screen(Question(_("People and roles"), [], choices), took)

    def on_screen_resume(self) -> None:
        if self.program.screen is self:  # back from a person of whom nothing was typed
            self.start.drop_empty()


class PersonScreen(FieldsStep):
    """One person's fields. Esc goes back to the list and keeps what was typed."""

    OFFERS = (keys.Help, keys.Page, keys.Move, first_start_keys.NextField, keys.Back)
    step = PEOPLE_STEP

    def __init__(self, start: FirstStart, opens: OpenStep, person: int, field: str = "") -> None:
        super().__init__(start, opens)
        self._n = person
        self._texts: Texts = start.people[person]
        self._begin = field.partition(",")[0]
        self._services = example_services()
        self._first = 0  # of the services that are shown

    def fields(self) -> list[Field]:
        return [
            Field(
                name,
                LABELS[f"{PERSON}.{name}"],
                self._texts,
                partial(self._check, name),
                needed=never if name == "services" else always,
                hint=HINTS.get(f"{PERSON}.{name}", ""),
                shown=self._roles if name == "roles" else None,
            )
            for name in _ASKED
        ]

    def _check(self, name: str, text: str) -> None:
        """Check it as the form does: alone, then against the other people."""
        if name == "services":
            service_codes(text, self._services)
            return
        checked_field(PERSON, name, text.split() if name == "roles" else text)
        for one in self.start.missing():
            if (one.person, one.field) == (self._n, name):
                raise BadInput(what=LABELS[f"{PERSON}.{name}"], problem=one.problem)

    def _roles(self) -> str:
        held = tuple(self._texts.get("roles", "").split())
        return f"● {role_words(held)}" if held else "○ " + _("Enter: choose")

    def first_field(self) -> int:
        return _ASKED.index(self._begin) if self._begin in _ASKED else 0

    def came_to(self, n: int) -> None:
        """Not stored: a person opens at the first field, and the step's stored place is the list's cursor."""

    def above(self) -> list[str]:
        return ["", _("A person of the unit")]

    def below(self) -> list[str]:
        if self.at.name != "services":
            words = _("The program makes a first passphrase, and shows it when the books are made.")
            return wrap(words, self.room) if self.at.name in ("name", "login") else []
        chosen = set(self._codes())
        rows = list(self._services.items())[self._first : self._first + _SERVICE_ROWS]
        lines = [_("An example, not the ministry's list; PgUp/PgDn shows more:")]
        for code, name in rows:
            sign = "●" if code in chosen else "○"
            lines.append(pad(f"  {sign} {service_number(code)}  {name}", self.room))
        return lines

    def _codes(self) -> tuple[str, ...]:
        found: list[str] = []
        for part in self._texts.get("services", "").replace(",", " ").split():
            try:
                found += service_codes(part, self._services)
            except NocopyError:
                continue
        return tuple(found)

    def sentence(self) -> str:
        if self.at.name == "roles":
            return _("Press Enter, then choose the roles.")
        if self.at.name == "services":
            return _("Type the numbers of the services. PgUp and PgDn show the list, Enter goes on.")
        return super().sentence()

    # --- keys

    def can_page(self) -> bool:
        return self.at.name == "services"

    def do_page(self, step: int) -> None:
        last = max(0, len(self._services) - _SERVICE_ROWS)
        self._first = max(0, min(last, self._first + step * _SERVICE_ROWS))

    def open_field(self) -> None:
        choices = [Choice(role_words(tuple(held.split())), held) for held in _HELD]

        def took(held: str | None) -> None:
            if held:
                self._texts["roles"] = held
                if _SERVES not in held:
                    self._texts.pop("services", None)  # only officers give services
                    self.input_of("services").value = ""
                self.go_on()

        lines = [_("Who sums up does not check: best one role each.")]
        self.program.push_screen(Question(_("Roles"), lines, choices), took)

    def go_on(self) -> None:
        if self.at.name == "roles" and _SERVES not in self._texts.get("roles", ""):
            self.after_last()
        else:
            super().go_on()

    def after_last(self) -> None:
        self.start.at[self.step] = len(self.start.people)  # one more, perhaps
        self.dismiss()

    def do_back(self) -> None:
        self.dismiss()
