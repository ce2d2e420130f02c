"""Home: what to do first, where to go, and the day's figures."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from reader.reader_state import EventKind, ReaderState
from store.counter import slips
from store.people.permissions import may
from tui.duties import Duty
from tui.frame import keys
from tui.frame.base import WorkScreen
from tui.frame.frame import TextBlock
from tui.screens.card.practice_cards import ask_practice_card
from tui.screens.card.readers import ask_reader
from tui.screens.home import rows as home_rows
from tui.screens.home.day_end import ClosingScreen, is_after_hours
from tui.screens.home.day_facts import day_facts
from tui.screens.ledger.ledger import LedgerScreen
from tui.screens.visit import visit_keys
from tui.screens.visit.begin_visit import begin_with_card, begin_without_card, tell_card
from tui.screens.visit.slip import ask_slip_of_ended
from tui.screens.visit.visit_duties import Reminder, expired, open_visits, waiting_slips
from tui.words import card_words
from tui.words.cells import clean, pad
from tui.words.disk_words import disk_warning
from tui.words.setting_words import settings_warning
from tui.words.translate import _, mark

_BELL_S = 4.0  # between two bells while a card is left in the reader
_READ_S = 1.0  # between two readings of the books while they change
_LEFT = 45
_DUTY_ROWS = 5
# Rows without a duty or a place: head and foot of the screen, the box for the card, two headings, a gap.
_FRAME_ROWS, _BARE_ROWS = 13, 10


class HomeScreen(WorkScreen[None]):
    """For an officer a card begins a visit by itself; for controller and head the month comes first."""

    OFFERS = (
        *(keys.Help, keys.Card, keys.Find, keys.TryAgain, keys.SendNow, keys.Network, visit_keys.Slip),
        *(keys.Move, keys.Open, keys.Quit),
    )
    place = mark("Home")

    def __init__(self) -> None:
        super().__init__()
        self._duties: list[Duty] = []
        self._places: list[Duty] = []
        self._chosen: tuple[str, str] = ("", "")
        self._facts: list[str] = []
        self._reminder = Reminder(())
        self._has_slips = False
        self._unlike_signed = ""
        self._after_hours = False
        self._expired = 0
        self._version = -1
        self._read_at = 0.0

    def body(self) -> ComposeResult:
        yield TextBlock(id="card-box")
        with Horizontal():
            yield TextBlock(id="duties")
            yield TextBlock(id="facts")

    def ready(self) -> None:
        self._serves = may(self.program.books.who, "visit")
        self.query_one("#card-box", TextBlock).display = self._serves
        self.refresh_facts()
        self._choose_first()
        self.set_interval(_BELL_S, self._ring)

    def on_screen_resume(self) -> None:
        if self.program.someone_is_in:
            self.refresh_facts()
            self._choose_first()
        super().on_screen_resume()

    def refresh_facts(self) -> None:
        """Read again what this screen shows; the cursor stays on its row."""
        books = self.program.books
        self._version, self._read_at = self.program.version, self.program.monotonic()
        self._reminder = Reminder.of(books) if self._serves else Reminder(())
        self._duties, self._places = home_rows.to_do(books, self.program.card), home_rows.go_to(books)
        self._facts = day_facts(books, self.program.counts, self.program.clock())
        self._after_hours = is_after_hours(books)
        self._has_slips = slips.any_ended_today(books)
        self._unlike_signed = settings_warning(books)
        self._tell_expired()

    def _tell_expired(self) -> None:
        """Say once, after the log-in or when it happens, how many requests expired; then "to do" shows it."""
        books, before = self.program.books, self._expired
        self._expired = expired(books) if may(books.who, "visit") else 0
        if self._expired > before:
            self.program.say(
                _("{n} requests expired unanswered. Open the visit: ask again or use the original.").format(
                    n=self._expired
                )
            )

    def _rows(self) -> list[Duty]:
        return [*self._duties, *self._places]

    def _choose_first(self) -> None:
        first = next(one for one in self._rows() if one.is_chosen_first)
        self._chosen = (first.kind, first.name)

    def _at(self) -> int:
        keys_ = [(duty.kind, duty.name) for duty in self._rows()]
        return keys_.index(self._chosen) if self._chosen in keys_ else -1

    # --- drawing

    def paint_body(self) -> None:
        if not self.program.someone_is_in:
            return
        # Waiting items may have been sent. While a long queue is sent, reading once a second is enough.
        if self.program.monotonic() - self._read_at >= _READ_S and (
            self._version != self.program.version
            or self._after_hours is not is_after_hours(self.program.books)
        ):
            self.refresh_facts()
        self._places = home_rows.go_to(self.program.books)
        width = (self.size.width or 80) - 4
        practice = self.program.practice is not None
        box = [
            _("Practice: F2 offers the cards to put in.")
            if practice
            else _("Put the citizen's ID card in to begin a visit."),
            _("No card: choose it below.") if practice else _("No card, or an unreadable one: press F2."),
        ]
        self.query_one("#card-box", TextBlock).show([pad("   " + line, width) for line in box])
        at, count = self._at(), len(self._duties)
        room = self.size.height - (_FRAME_ROWS if self._serves else _BARE_ROWS)
        shown = max(1, min(_DUTY_ROWS, room - len(self._places)))
        # Of many duties those around the cursor are shown, with the number of all.
        first = max(0, min(at - shown // 2, count - shown)) if 0 <= at < count else 0
        more = f" ({count})" if count > shown else ""
        todo = [clean(duty.words) for duty in self._duties[first : first + shown]]
        seen = _drawn(todo, at - first) or ["   ● " + _("Nothing")]
        places = _drawn([place.words for place in self._places], at - count)
        lines = [" " + _("To do") + more, *seen, "", " " + _("Go to"), *places]
        self.query_one("#duties", TextBlock).show(lines if self._serves else ["", *lines])
        self.query_one("#facts", TextBlock).show(self._facts if self._serves else ["", *self._facts])

    def sentence(self) -> str:
        card = self.program.card
        short_of_room = disk_warning(self.program.books.disk.room()) if self.program.someone_is_in else ""
        if short_of_room or self._unlike_signed:
            return short_of_room or self._unlike_signed
        if not self._serves:
            return _("Choose with the arrows, then press Enter.")
        if card.is_left_behind:
            return _(card_words.LEFT_BEHIND)
        if card.card is not None and not card.card.citizen_id:
            return _(card_words.NO_NUMBER)
        return card_words.fault(card.state, card.error) or _("Ready for a visit.")

    def reminder(self) -> str:
        return self._reminder.words(self.program.clock())

    # --- keys

    def enter_token(self) -> object:
        return self._chosen

    def do_move(self, step: int) -> None:
        rows = self._rows()
        at = max(0, min(len(rows) - 1, self._at() + step))
        self._chosen = (rows[at].kind, rows[at].name)

    def can_open(self) -> bool:
        return self._at() >= 0

    def do_open(self) -> None:
        self._rows()[self._at()].opens(self.program, self.refresh_facts)

    def do_find(self) -> None:
        self.program.push_screen(LedgerScreen())

    def can_send_now(self) -> bool:
        return bool(self.program.counts.get("can_go"))

    def do_send_now(self) -> None:
        self.program.network.send()
        self.program.say_doing(_("Sending."))

    def can_try_again(self) -> bool:
        return self._serves and self.program.card.state in (ReaderState.NO_READER, ReaderState.NO_SERVICE)

    def do_try_again(self) -> None:
        self.program.card.read_again()
        self.program.say_doing(_("Looking for a card reader."))

    def can_slip(self) -> bool:
        return self._has_slips

    def do_slip(self) -> None:
        ask_slip_of_ended(self.program)

    def do_quit(self) -> None:
        books = self.program.books
        if self._serves and (open_visits(books) or waiting_slips(books)):
            self.program.push_screen(ClosingScreen())
        else:
            self.program.ask_to_close()

    # --- beginning a visit

    def do_card(self) -> None:
        card = self.program.card
        without = _("Begin a visit without a card"), lambda: begin_without_card(self.program)
        if not self._serves:
            self.program.press_card()
        elif self.program.practice is not None:
            ask_practice_card(self.program, self.program.practice, without)
        elif card.others():
            ask_reader(self.program, without)
        elif card.card is not None:
            begin_with_card(self.program)
        else:
            without[1]()

    def card_changed(self) -> None:
        card = self.program.card
        mine = self._serves and self.program.screen is self
        if mine and card.latest == EventKind.CARD and begin_with_card(self.program):
            return  # the citizen waits for the new screen: this one reads its facts when it is shown again
        if card.latest in (EventKind.CARD, EventKind.REMOVED):
            self.refresh_facts()
        if not mine:
            return
        if card.left_unread:
            self.program.say(_("The card came out before it was read. Put it in again and leave it there."))
        if (
            card.latest in (EventKind.INSERTED, EventKind.NO_READER, EventKind.NO_SERVICE)
            and not self.program.is_doing
        ):
            self.program.say("")  # what happened since matters more than that the card left
        if card.latest == EventKind.FAILED and card.error is not None:
            tell_card(self.program, card.error)

    def _ring(self) -> None:
        """Ring while a served card is still in the reader, so that its owner takes it along."""
        if self.program.screen is self and self.program.card.is_left_behind:
            self.program.bell()


def _drawn(texts: list[str], chosen: int) -> list[str]:
    """These texts as rows of the left half; the cursor is at the index `chosen`, if that is one of them."""
    return [pad((" ► " if n == chosen else "   ") + text, _LEFT) for n, text in enumerate(texts)]
