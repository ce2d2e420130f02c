"""The usage ledger: a list of any length, a search box, and the details of the chosen line."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Input

from reader import citizen_id
from reader.errors import NocopyError
from reader.reader_state import EventKind
from store.formats.line import Line as LedgerLine
from store.formats.line import LineKind
from store.people.permissions import may
from store.search.search import CARD, TYPED
from store.stations.stations import Stations
from tui.frame import keys
from tui.frame.ask import Question
from tui.frame.ask_paper import ask_long_paper
from tui.frame.background import Progress, in_background
from tui.frame.base import WorkScreen
from tui.frame.choice_list import Choice
from tui.frame.frame import TextBlock
from tui.frame.thai_input import ThaiInput, TypingRow
from tui.frame.virtual_list import VirtualList
from tui.screens.ledger import ledger_keys
from tui.screens.visit.slip import ask_slip
from tui.screens.visit.visit_questions import Given, ask_reason, given
from tui.words.cells import clean, pad, rule
from tui.words.ledger_words import (
    ALL,
    follower_row,
    heading,
    line_details,
    line_row,
    search_words,
)
from tui.words.paper_words import LEDGER
from tui.words.reason_words import CORRECTIONS
from tui.words.translate import _, mark
from tui.words.visit_words import show_moment

_ROWS = 9
_PAGE = 200
_FOLLOWERS = 2


class LedgerScreen(WorkScreen[None]):
    """`seqs` shows these lines alone (a finding's); None shows the uses, and the search box narrows them or
    finds other kinds of lines. Enter on a line shows its story: all lines that belong to it.

    `station`: the lines are another PC's of the office; they can only be read.
    """

    OFFERS = (
        *(
            keys.Help,
            keys.Card,
            ledger_keys.NewSearch,
            ledger_keys.Correct,
            ledger_keys.LedgerPages,
            keys.Network,
        ),
        *(keys.Move, keys.Page, ledger_keys.Story, keys.Back),
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
        self._found_for = ("", list[int]())  # the search whose lines are listed; empty: all uses
        self._rows: VirtualList[int, LedgerLine] = VirtualList(0, lambda n: n, lambda _key: {})

    def body(self) -> ComposeResult:
        yield TypingRow(max_length=60)
        yield TextBlock(id="work")

    def ready(self) -> None:
        books = self.program.books
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
            """The page with the n-th use, the newest being 0; a page never goes beyond its month."""
            first, months = 0, iter(self._months)
            month = next(months)
            while n - first >= self._months[month]:
                first += self._months[month]
                month = next(months)
            skip = (n - first) // _PAGE * _PAGE
            found = self.program.books.ledger.uses(month, skip=skip, limit=_PAGE, before=self._total)
            return dict(enumerate(found, first + skip))

        self._rows = VirtualList(self._uses, lambda n: n, fetch)
        self._found_for = ("", [])

    @property
    def _uses(self) -> int:
        return sum(self._months.values())

    def _show(self, seqs: list[int]) -> None:
        books, station = self.program.books, self._station

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
        books, words, by = self.program.books, search_words(), CARD if self._of_card(typed) else TYPED
        # A search of a large ledger takes long; the result for an earlier text is dropped.
        in_background(
            self.program,
            lambda _progress: books.search.find(typed, words, by=by, uses_first=True),
            partial(self._found, typed),
            wanted=lambda: typed == self._searched and self.is_mounted,
        )

    def _found(self, typed: str, found: list[int]) -> None:
        self._show(found)
        self._found_for = (typed, found)
        self.paint()

    def _of_card(self, typed: str) -> bool:
        card = self.program.card.card
        return card is not None and bool(card.citizen_id) and typed == citizen_id.shown(card.citizen_id)

    def can_new_search(self) -> bool:
        return self._fixed is None

    def do_new_search(self) -> None:
        self.query_one("#field", ThaiInput).value = ""

    def card_changed(self) -> None:
        # "What was looked up about me?": the card's number is put into the search box.
        card = self.program.card
        if (
            card.latest == EventKind.CARD
            and card.card is not None
            and card.card.citizen_id
            and self._fixed is None
            and self.program.screen is self
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
        self.query_one("#work", TextBlock).show(lines)

    def _height(self) -> int:
        return max(_ROWS, self.size.height - 15)

    def _details(self, line: LedgerLine, width: int) -> list[str]:
        lines = [rule(_("Line {n}").format(n=f"{line.seq:,}"), width)]
        service = clean(self._services.get(line.service or "", ""))
        officer = clean(self._people.get(line.officer or "", line.officer or ""))
        lines += [f" {text}" for text in line_details(line, service, officer)]
        if self._station is not None:
            return [pad(text, width) for text in lines[:6]]
        search = self.program.books.search
        before = search.back_entry(line.seq)
        if before is not None:
            when = _("Served {when}").format(when=show_moment(before.served_at))
            lines.append(f" {when}  {_('Reason')}: {clean(before.why)}")
        reason = search.reason(line.seq)
        if reason:
            lines.append(f" {_('Reason')}: {clean(reason)}")
        # The newest ones say how it stands now.
        for follower in reversed(self.program.books.ledger.lines(about=line.seq, limit=_FOLLOWERS)):
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
        if line is None or line.visit is None or not may(self.program.books.who, "visit"):
            self._print_pages()
            return
        visit = line.visit
        choices = [
            Choice(_("The pages of the lines that are listed"), self._print_pages),
            Choice(
                _("The slip of visit {id}, for the citizen").format(id=visit),
                lambda: ask_slip(self.program, visit),
            ),
        ]
        self.program.push_screen(
            Question(_("Paper"), [], choices), lambda chosen: chosen() if chosen else None
        )

    def _print_pages(self) -> None:
        from tui.papers.ledger import demand_fit, file_name, print_ledger

        books, total, (typed, found) = self.program.books, self._total, self._found_for
        try:
            demand_fit(len(found) if typed else self._uses)
        except NocopyError as error:
            self.program.tell(error)
            return

        def write(to: Path, progress: Progress) -> None:
            uses = [] if typed else books.search.find("", {}, uses_first=True)
            print_ledger(books, typed, found or [seq for seq in uses if seq < total], to, progress)

        ask_long_paper(
            self.program,
            LEDGER,
            file_name(books),
            write,
        )

    # --- correcting

    def can_correct(self) -> bool:
        line = self._rows.current
        mine = self._station is None and may(self.program.books.who, "correct")
        return line is not None and line.kind == LineKind.USE and mine

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
        ask_reason(self.program, title, about, nothing, choices, lambda one: self._correct(line.seq, one))

    def _correct(self, seq: int, reason: Given) -> None:
        added = self.program.books.visits.correct(seq, reason.words, reason.why)
        self.program.refresh_counts()
        self.program.say(
            _("Line {n} is added; line {seq} stays as it was.").format(n=f"{added:,}", seq=f"{seq:,}")
        )

    def do_story(self) -> None:
        line = self._rows.current
        if line is None:
            return
        first = line.seq
        while line.about is not None:
            line = self.program.books.ledger.line(line.about)
            first = line.seq
        story = self.program.books.ledger.story(first)
        self.program.push_screen(
            LedgerScreen(tuple(one.seq for one in story), _("The story of line {n}").format(n=f"{first:,}"))
        )
