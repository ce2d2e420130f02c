"""The last step of the first start: what will be made, what is still missing, and F9."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from reader.errors import NocopyError
from store.appointments import FIRST_HOURS
from store.errors import BooksExist
from store.permissions import ROLES as ALL_ROLES
from store.setup_form import CENTRE, GATEWAYS
from tui import keys
from tui.cells import clean, pad, wrap
from tui.first_start import CLOCK, MAKE_STEP, SHEET, FirstStart, Missing
from tui.messages import _, mark
from tui.remembered import remember
from tui.screens.error import ErrorScreen
from tui.screens.hand_over import First, HandOverScreen
from tui.screens.login import ROLES
from tui.screens.setup_file import offer_to_delete
from tui.screens.setup_step import SetupStep
from tui.setup_words import LABELS
from tui.widgets.choice_list import Choice
from tui.widgets.frame import Line

_ENDS = {GATEWAYS[0]: "GDx", GATEWAYS[1]: "Linkage 2", CENTRE: mark("Centre")}
_OTHERS = {CLOCK: mark("Date and time"), SHEET: mark("Recovery sheet")}
_FRAME = 6  # rows above and below the work
_FEWEST = 2  # missing things that are seen at once


class MakeStep(SetupStep):
    """What will be made. Enter leads to what is missing; F9 alone makes the books, when nothing is."""

    OFFERS = (keys.Help, keys.MakeBooks, keys.OtherStep, keys.Move, keys.Open, keys.Back)
    step = MAKE_STEP

    def __init__(self, start: FirstStart) -> None:
        super().__init__(start)
        self._cursor = 0
        self._missing: list[Missing] = []
        self._are_made = self._is_making = False

    def missing(self) -> list[Missing]:
        # The sheet that is being written is by now in its own way.
        done = self._are_made or self._is_making or self._others
        return [] if done else super().missing()

    @property
    def _others(self) -> bool:
        """Another window was faster, with whatever was typed there."""
        mine = self._are_made or self._is_making
        return self.office.locations.are_whole and not mine

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
        self.query_one("#work", Line).show(lines)

    def _summary(self) -> list[str]:
        start, form = self.start, self.start.form()
        code, station = (clean(start.unit.get(name, "")) or "–" for name in ("code", "station"))
        name = wrap(clean(start.unit.get("name", "")), self.room)
        counts = [
            f"{_(ROLES[role])} {sum(role in one.get('roles', '').split() for one in start.people)}"
            for role in ALL_ROLES
        ]
        there = {f"gateways.{one}" for one in form.get("gateways", {})} | {
            one for one in form if one == CENTRE
        }
        ends = [f"{'●' if where in there else '–'} {_(words)}" for where, words in _ENDS.items()]
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
        if one.field in ALL_ROLES:
            return f"{_(ROLES[one.field])}: {problem}"
        if one.field in _OTHERS:
            return f"{_(_OTHERS[one.field])}: {problem}"
        name = one.field.partition(",")[0]
        words = f"{_(LABELS[f'{one.table}.{name}'])}: {problem}"
        if one.person is not None:
            who = clean(self.start.people[one.person].get("name", "")) or str(one.person + 1)
            return f"{who} · {words}"
        return f"{_ENDS[one.table]} · {words}" if one.table in GATEWAYS else words

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
            self.office.begin()
            return
        one = self._missing[self._cursor]
        self.open_step(one.step, one)

    def can_make_books(self) -> bool:
        return not (self._are_made or self._others or self.start.missing())

    def do_make_books(self) -> None:
        office, setup, sheet = self.office, self.start.setup(), self.start.sheet_file
        until = office.clock() + timedelta(hours=FIRST_HOURS)

        def work() -> None:
            from store.setup import create_books  # all of the books' cryptography: once in an office's life

            create_books(office.locations, setup, recovery=sheet, clock=office.clock)
            home = office.locations.home
            remember(home, setup.unit_name, setup.station, setup.people, sheet=str(sheet))

        def made(_done: None) -> None:
            self._are_made, self._is_making = True, False
            self.paint()
            people = self.start.to_hand_over(setup)
            firsts = [First(one.name, one.login, one.first_passphrase) for one in people]
            if firsts:
                office.push_screen(HandOverScreen(firsts, until, self._after))
            else:
                self._after()

        self._is_making = True
        office.slow(_("Making the books"), work, made, self._failed)

    def _after(self) -> None:
        if self.start.source is not None:
            offer_to_delete(self.office, self.start.source, self._log_in)
        else:
            self._log_in()

    def _log_in(self) -> None:
        self.office.begin()
        self.office.say(_("The books are made. Log in with your first passphrase."))

    def _failed(self, error: NocopyError) -> None:
        self._is_making = False
        if not isinstance(error, BooksExist):
            self.office.tell(error)  # what was typed is all there: F9 may be pressed again
            return
        ways = [Choice(_("To the log-in"), True)]
        self.office.push_screen(
            ErrorScreen(error, place=self.place, ways=ways),
            lambda go: self.office.begin() if go else None,
        )
