"""The usage ledger: any length, one search box, the chosen line's details below."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input

from reader import citizen_id
from reader.errors import NocopyError
from store.books import Books
from store.ledger import Line as LedgerLine
from store.permissions import may
from store.search import CARD, TYPED
from store.stations import Stations
from tui import keys
from tui.cells import clean, pad, rule
from tui.messages import _, mark
from tui.screens.ask import Question
from tui.screens.back_entry import show_moment
from tui.screens.base import WorkScreen
from tui.screens.ledger_words import (
    ALL,
    CORRECTIONS,
    follower_row,
    heading,
    line_details,
    line_row,
    search_words,
)
from tui.screens.paper import ask_long_paper
from tui.screens.slip import ask_slip
from tui.screens.visit_questions import Given, ask_reason, given
from tui.widgets.choice_list import Choice
from tui.widgets.frame import Line
from tui.widgets.thai_input import ThaiInput, TypingRow
from tui.widgets.virtual_list import VirtualList

_ROWS = 9
_PAGE = 200
_FOLLOWERS = 2


class LedgerScreen(WorkScreen[None]):
    """`seqs` shows these lines alone (a finding's); None shows the uses, and the search box narrows them or
    asks for other kinds of lines. The story of a line shows all that belongs to it.

    `station`: they are of another PC of the office, whose lines can only be looked at.
    """

    OFFERS = (
        *(keys.Help, keys.Card, keys.NewSearch, keys.Correct, keys.LedgerPages, keys.Network),
        *(keys.Move, keys.Page, keys.Story, keys.Back),
    )
    place = mark("Usage ledger")

    def __init__(
        self, seqs: tuple[int, ...] | None = None, title: str = "", station: str | None = None
    ) -> None:
        super().__init__()
        self._station = station
        self._fixed = seqs
        self._heading = title
        self._searched = ""
        self._found_for = ("", list[int]())  # the words whose lines are listed; none: all uses are
        self._rows: VirtualList[int, LedgerLine] = VirtualList(0, lambda n: n, lambda _key: {})

    def body(self) -> ComposeResult:
        yield TypingRow(max_length=60)
        yield Line(id="work")

    def ready(self) -> None:
        books = self.office.books
        self._documents = {one.code: one for one in books.catalogue.documents()}
        self._services = {one.code: one.name for one in books.catalogue.services()}
        self._people = {one.login: one.name for one in books.people.all()}
        self._total = books.ledger.count()
        row = self.query_one(TypingRow)
        row.show_label(f" {self._heading or _('Search')} ", field=self._fixed is None)
        if self._fixed is None:
            self.query_one("#field", ThaiInput).focus()
            self._months = books.ledger.uses_by_month()
            self._show_uses()
        else:
            self._show(list(self._fixed))

    def _show_uses(self) -> None:
        def fetch(n: int) -> dict[int, LedgerLine]:
            """The page of the n-th use, the newest being 0: it never reaches over the end of its month."""
            first, months = 0, iter(self._months)
            month = next(months)
            while n - first >= self._months[month]:
                first += self._months[month]
                month = next(months)
            skip = (n - first) // _PAGE * _PAGE
            found = self.office.books.ledger.uses(month, skip=skip, limit=_PAGE, before=self._total)
            return dict(enumerate(found, first + skip))

        self._rows = VirtualList(self._uses, lambda n: n, fetch)
        self._found_for = ("", [])

    @property
    def _uses(self) -> int:
        return sum(self._months.values())

    def _show(self, seqs: list[int]) -> None:
        books, station = self.office.books, self._station

        def fetch(seq: int) -> dict[int, LedgerLine]:
            return {seq: books.ledger.line(seq) if station is None else Stations(books).line(station, seq)}

        self._rows = VirtualList(len(seqs), lambda n: seqs[n], fetch)

    # --- searching

    def on_input_changed(self, event: Input.Changed) -> None:
        typed = event.value.strip()
        if typed == self._searched:
            return
        self._searched = typed
        if not typed:
            self._show_uses()
            self.paint()
            return
        books, words, by = self.office.books, search_words(), CARD if self._of_card(typed) else TYPED
        # A search of a large ledger takes its time; the answer to an older text is dropped.
        self.run_worker(
            lambda: self._look_for(books, typed, words, by),
            thread=True,
            exclusive=True,
            group="search",
            exit_on_error=False,  # what can go wrong is told below; a search left by F12 has nobody to tell
        )

    def _look_for(self, books: Books, typed: str, words: dict[str, tuple[str, str]], by: str) -> None:
        try:
            found = books.search.find(typed, words, by=by, uses_first=True)
        except NocopyError as error:
            self.app.call_from_thread(self.office.tell, error)
        else:
            self.app.call_from_thread(self._found, typed, found)

    def _found(self, typed: str, found: list[int]) -> None:
        if typed == self._searched and self.is_mounted:
            self._show(found)
            self._found_for = (typed, found)
            self.paint()

    def _of_card(self, typed: str) -> bool:
        card = self.office.card.card
        return card is not None and bool(card.citizen_id) and typed == citizen_id.shown(card.citizen_id)

    def can_new_search(self) -> bool:
        return self._fixed is None

    def do_new_search(self) -> None:
        self.query_one("#field", ThaiInput).value = ""

    def card_changed(self) -> None:
        # "What was looked up about me?": the card fills the box; nothing else moves.
        card = self.office.card
        if (
            card.latest == "card"
            and card.card is not None
            and card.card.citizen_id
            and self._fixed is None
            and self.office.screen is self
        ):
            self.query_one("#field", ThaiInput).value = citizen_id.shown(card.card.citizen_id)

    # --- drawing

    def paint_body(self) -> None:
        width = self.size.width or 80
        hint = " " + _("Date, document, outcome, service, visit, officer, 13 digits; or put a card in")
        lines = [pad(hint if self._fixed is None else "", width), heading()]
        rows = [
            ("►" if chosen else " ") + line_row(line, self._documents, width - 1)
            for chosen, line in self._rows.visible(self._height())
        ]
        lines += rows + [""] * (self._height() - len(rows))
        current = self._rows.current
        if current is not None:
            lines += self._details(current, width)
        self.query_one("#work", Line).show(lines)

    def _height(self) -> int:
        return max(_ROWS, self.size.height - 15)

    def _details(self, line: LedgerLine, width: int) -> list[str]:
        lines = [rule(_("Line {n}").format(n=f"{line.seq:,}"), width)]
        service = clean(self._services.get(line.service or "", ""))
        officer = clean(self._people.get(line.officer or "", line.officer or ""))
        lines += [f" {text}" for text in line_details(line, service, officer)]
        if self._station is not None:
            return [pad(text, width) for text in lines[:6]]
        search = self.office.books.search
        before = search.back_entry(line.seq)
        if before is not None:
            when = _("Served {when}").format(when=show_moment(before.served_at))
            lines.append(f" {when}  {_('Reason')}: {clean(before.why)}")
        reason = search.reason(line.seq)
        if reason:
            lines.append(f" {_('Reason')}: {clean(reason)}")
        # The newest say how it stands now.
        for follower in reversed(self.office.books.ledger.lines(about=line.seq, limit=_FOLLOWERS)):
            lines.append(f" {follower_row(follower, search.reason(follower.seq))}")
        return [pad(text, width) for text in lines[:6]]

    def sentence(self) -> str:
        if self._fixed is not None:
            return _("{n} lines. Press Esc to go back.").format(n=len(self._fixed))
        if self._searched and not self._rows.count:
            return _("Found none of {all} lines. Take words away, or press F3 to search anew.").format(
                all=f"{self._total:,}"
            )
        if self._searched:
            return _("Found {n} of {all} lines.").format(n=f"{self._rows.count:,}", all=f"{self._total:,}")
        return _("{n} uses. Type “{word}” to see all {all} lines; none can be changed.").format(
            n=f"{self._uses:,}", all=f"{self._total:,}", word=_(ALL)
        )

    # --- moving

    def do_move(self, step: int) -> None:
        self._rows.move(step)

    def do_page(self, step: int) -> None:
        self._rows.move(step * self._height())

    def can_story(self) -> bool:
        return self._rows.current is not None and not self._heading

    def enter_token(self) -> object:
        return "story"

    # --- on paper

    def can_ledger_pages(self) -> bool:
        return self._fixed is None

    def do_ledger_pages(self) -> None:
        line = self._rows.current
        if line is None or line.visit is None or not may(self.office.books.who, "visit"):
            self._print_pages()
            return
        visit = line.visit
        choices = [
            Choice(_("The pages of the lines that are listed"), self._print_pages),
            Choice(
                _("The slip of visit {id}, for the citizen").format(id=visit),
                lambda: ask_slip(self.office, visit),
            ),
        ]
        self.office.push_screen(
            Question(_("Paper"), [], choices), lambda chosen: chosen() if chosen else None
        )

    def _print_pages(self) -> None:
        from tui.papers.ledger import demand_fit, file_name, print_ledger

        books, total, (typed, found) = self.office.books, self._total, self._found_for
        try:
            demand_fit(len(found) if typed else self._uses)
        except NocopyError as error:
            self.office.tell(error)
            return

        def write(to: Path, told: Callable[[float], None]) -> None:
            uses = [] if typed else books.search.find("", {}, uses_first=True)
            print_ledger(books, typed, found or [seq for seq in uses if seq < total], to, told)

        ask_long_paper(
            self.office,
            _("The ledger's pages"),
            _("A PDF with the lines that are listed, numbers masked. The ledger notes it."),
            file_name(books),
            write,
        )

    # --- correcting

    def can_correct(self) -> bool:
        line = self._rows.current
        mine = self._station is None and may(self.office.books.who, "correct")
        return line is not None and line.kind == "use" and mine

    def do_correct(self) -> None:
        line = self._rows.current
        if line is None:
            return
        choices = [Choice(one.words, one) for one in map(given, CORRECTIONS)]
        about = [
            _("Line {n} itself stays as it is; a line that says what is wrong with it is added.").format(
                n=f"{line.seq:,}"
            )
        ]
        title = _("Correct line {n}").format(n=f"{line.seq:,}")
        nothing = _("Correct nothing")
        ask_reason(self.office, title, about, nothing, choices, lambda one: self._correct(line.seq, one))

    def _correct(self, seq: int, reason: Given) -> None:
        added = self.office.books.visits.correct(seq, reason.words, reason.why)
        self.office.refresh_counts()
        self.office.say(
            _("Line {n} is added; line {seq} stays as it was.").format(n=f"{added:,}", seq=f"{seq:,}")
        )

    def do_story(self) -> None:
        line = self._rows.current
        if line is None:
            return
        first = line.seq
        while line.about is not None:
            line = self.office.books.ledger.line(line.about)
            first = line.seq
        story = self.office.books.ledger.story(first)
        self.office.push_screen(
            LedgerScreen(tuple(one.seq for one in story), _("The story of line {n}").format(n=f"{first:,}"))
        )
