"""The last step of the first start: what will be made, what is still missing, and F9."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from reader.errors import NocopyError
from store.formats.roles import Role
from store.settings.gateways import declared
from store.setup.errors import BooksExist
from store.setup.form import CENTRE, gateway_tables
from store.staff.appointments import FIRST_HOURS
from tui.frame import keys
from tui.frame.choice_list import Choice
from tui.frame.error import ErrorScreen
from tui.frame.frame import TextBlock
from tui.login_names import remember
from tui.screens.first_start import first_start_keys
from tui.screens.first_start.answers import CLOCK, MAKE_STEP, SHEET, FirstStart, Missing
from tui.screens.first_start.setup_file import offer_to_delete
from tui.screens.first_start.setup_step import OpenStep, SetupStep
from tui.screens.unit.first_passphrases import First, HandOverScreen
from tui.words.cells import clean, pad, wrap
from tui.words.role_words import ROLE_WORDS
from tui.words.setup_words import label
from tui.words.translate import _, mark

_OTHERS = {CLOCK: mark("Date and time"), SHEET: mark("Recovery sheet")}
_FRAME = 6  # rows above and below the work
_FEWEST = 2  # missing things that are seen at once


class MakeStep(SetupStep):
    """What will be made. Enter leads to what is missing; F9 makes the books, when nothing is."""

    OFFERS = (
        keys.Help,
        first_start_keys.MakeBooks,
        first_start_keys.OtherStep,
        keys.Move,
        keys.Open,
        keys.Back,
    )
    step = MAKE_STEP

    def __init__(self, start: FirstStart, opens: OpenStep) -> None:
        super().__init__(start, opens)
        self._cursor = 0
        self._missing: list[Missing] = []
        self._are_made = self._is_making = False

    def missing(self) -> list[Missing]:
        # The sheet that is being written would now be reported as in the way of itself.
        done = self._are_made or self._is_making or self._others
        return [] if done else super().missing()

    @property
    def _others(self) -> bool:
        """Whether another window has made the books, with what was typed there."""
        mine = self._are_made or self._is_making
        return self.program.locations.are_whole and not mine

    def enter_token(self) -> object:
        return self._cursor, len(self._missing), self._others

    # --- drawing

    def paint_page(self) -> None:
        self._missing = self.missing()
        self._cursor = max(0, min(self._cursor, len(self._missing) - 1))
        lines = ["", *self._summary(), ""]
        if self._is_making:
            lines.append("… " + _("Making the books"))
        elif self._are_made:
            lines.append("● " + _("The books are made."))
        elif self._others:
            lines.append("► ! " + _("Another window has made the books."))
        elif not self._missing:
            lines += wrap("● " + _("Nothing is missing. F9 makes the books of the unit."), self.room, "  ")
        else:
            lines.append(_("Still missing: {n}").format(n=len(self._missing)))
            rows = max(_FEWEST, self.size.height - _FRAME - len(lines))
            first = max(0, min(self._cursor - rows // 2, len(self._missing) - rows))
            for n, one in list(enumerate(self._missing))[first : first + rows]:
                sign = "►" if n == self._cursor else " "
                lines.append(pad(f"{sign} ! {one.step + 1} {self._words(one)}", self.room))
        self.query_one("#work", TextBlock).show(lines)

    def _summary(self) -> list[str]:
        start, form = self.start, self.start.form()
        code, station = (clean(start.unit.get(name, "")) or "–" for name in ("code", "station"))
        name = wrap(clean(start.unit.get("name", "")), self.room)
        counts = [
            f"{_(ROLE_WORDS[role])} {sum(role in one.get('roles', '').split() for one in start.people)}"
            for role in Role
        ]
        there = {f"gateways.{one}" for one in form.get("gateways", {})} | {
            one for one in form if one == CENTRE
        }
        ends = [f"{'●' if where in there else '–'} {words}" for where, words in _end_words().items()]
        return [
            f"{code} · " + _("PC {station}").format(station=station),
            *name[:2],
            _("{n} people").format(n=len(start.people)) + ": " + ", ".join(counts),
            "   ".join(ends),
            "",
            *self._place(_("Recovery sheet"), start.sheet_file),
            *self._place(_("Books"), start.home),
        ]

    def _place(self, what: str, path: Path) -> list[str]:
        return wrap(f"{what}: {clean(str(path))}", self.room, "  ")[:3]

    def _words(self, one: Missing) -> str:
        problem = _(one.problem)
        if one.field in ROLE_WORDS:
            return f"{_(ROLE_WORDS[one.field])}: {problem}"
        if one.field in _OTHERS:
            return f"{_(_OTHERS[one.field])}: {problem}"
        name = one.field.partition(",")[0]
        words = f"{_(label(one.table, name))}: {problem}"
        if one.person is not None:
            who = clean(self.start.people[one.person].get("name", "")) or str(one.person + 1)
            return f"{who} · {words}"
        return f"{_end_words()[one.table]} · {words}" if one.table in gateway_tables() else words

    def sentence(self) -> str:
        if self._others:
            return _("Enter goes to the log-in. What was typed here is not needed any more.")
        if self._missing:
            return _("Enter opens the step where this is missing.")
        return _("Look through it. F9 makes the books; nothing was written until now.")

    # --- keys

    def can_move(self) -> bool:
        return len(self._missing) > 1

    def do_move(self, step: int) -> None:
        self._cursor += step

    def can_open(self) -> bool:
        return bool(self._missing) or self._others

    def do_open(self) -> None:
        if self._others:
            self.program.begin()
            return
        one = self._missing[self._cursor]
        self.open_step(one.step, one)

    def can_make_books(self) -> bool:
        return not (self._are_made or self._others or self.start.missing())

    def do_make_books(self) -> None:
        program, setup, sheet = self.program, self.start.setup(), self.start.sheet_file
        until = program.clock() + timedelta(hours=FIRST_HOURS)

        def work() -> None:
            from store.setup.create import (
                create_books,  # all of the books' cryptography, needed once in an office's life
            )

            create_books(program.locations, setup, recovery=sheet, clock=program.clock)
            home = program.locations.home
            remember(home, setup.unit_name, setup.station, setup.people, sheet=str(sheet))

        def made(_done: None) -> None:
            self._are_made, self._is_making = True, False
            self.paint()
            people = self.start.to_hand_over(setup)
            firsts = [First(one.name, one.login, one.first_passphrase) for one in people]
            if firsts:
                program.push_screen(HandOverScreen(firsts, until, self._after))
            else:
                self._after()

        self._is_making = True
        program.slow(_("Making the books"), work, made, self._failed)

    def _after(self) -> None:
        if self.start.source is not None:
            offer_to_delete(self.program, self.start.source, self._log_in)
        else:
            self._log_in()

    def _log_in(self) -> None:
        self.program.begin()
        self.program.say(_("The books are made. Log in with your first passphrase."))

    def _failed(self, error: NocopyError) -> None:
        self._is_making = False
        if not isinstance(error, BooksExist):
            self.program.tell(error)  # all that was typed is kept: F9 may be pressed again
            return
        ways = [Choice(_("To the log-in"), True)]
        self.program.push_screen(
            ErrorScreen(error, place=self.place, ways=ways),
            lambda go: self.program.begin() if go else None,
        )


def _end_words() -> dict[str, str]:
    """What each gateway and the centre are called, by their tables in the form."""
    return {one.table: one.name for one in declared()} | {CENTRE: _("Centre")}
