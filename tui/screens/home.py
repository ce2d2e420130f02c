"""Home: what to do first, where to go, and the day at one look."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal

from reader.buddhist_date import show_date, show_day, show_month, show_month_short
from reader.errors import CardHeld, MuteCard, NocopyError, NotThaiCard, NumberLost, ReaderError
from store import mobile_day, slips
from store.permissions import may
from tui import keys
from tui.at_desk import AtCounter
from tui.cells import clean, pad, wrap
from tui.disk_words import disk_warning
from tui.duties import Duty, Reminder, duties, expired, is_after_hours, still_open
from tui.messages import _, mark
from tui.screens import centre, ministry
from tui.screens.ask import Question
from tui.screens.base import WorkScreen
from tui.screens.closing import ClosingScreen
from tui.screens.error import ErrorScreen
from tui.screens.help import HelpScreen
from tui.screens.ledger import LedgerScreen
from tui.screens.mobile_day import ask_mobile_day
from tui.screens.month import MonthScreen
from tui.screens.people import PeopleScreen
from tui.screens.practice_cards import ask_practice_card
from tui.screens.readers import ask_reader
from tui.screens.sheet import ask_sheet
from tui.screens.slip import ask_slip_of_ended, ask_waiting_slip
from tui.screens.visit_documents import DocumentsScreen
from tui.screens.visit_service import ServiceScreen
from tui.screens.waiting import WaitingScreen
from tui.screens.who_came import ask_without_card
from tui.widgets.choice_list import Choice
from tui.widgets.frame import Line

if TYPE_CHECKING:
    from store.month_values import MonthHead

_PLACES = (
    Duty("no-card", "", mark("Begin a visit without a card")),
    Duty("ledger", "", mark("The usage ledger")),
    Duty("waiting-list", "", mark("Waiting to be sent")),
    Duty("mobile", "", mark("Mobile service day")),
    Duty("months", "", mark("The month's work")),
    Duty("people", "", mark("The unit: people, backups, settings")),
    Duty("help", "", mark("Help")),
    Duty("lock", "", mark("Lock, or change the officer (F12)")),
)
# Which of them are there only for whom the permission table says so.
_ONLY = {"no-card": "visit", "mobile": "visit", "people": "people"}
_BELL_S = 4.0  # between two bells while a card is left in the reader
_READ_S = 1.0  # between two readings of the books while they change
_LEFT = 45
_DUTY_ROWS = 5
# Rows that are no duty and no place: head and foot of the screen, the box for the card, two headings, a gap.
_FRAME_ROWS, _BARE_ROWS = 13, 10


class HomeScreen(WorkScreen[None]):
    """For an officer the card alone begins a visit; controller and head find the month in the first line."""

    OFFERS = (
        *(keys.Help, keys.Card, keys.Find, keys.TryAgain, keys.SendNow, keys.Network, keys.Slip),
        *(keys.Move, keys.Open, keys.Quit),
    )
    place = mark("Home")

    def __init__(self) -> None:
        super().__init__()
        self._duties: list[Duty] = []
        self._chosen: tuple[str, str] = ("", "")
        self._facts: list[str] = []
        self._reminder = Reminder(())
        self._has_slips = False
        self._after_hours = False
        self._expired = 0
        self._version = -1
        self._read_at = 0.0

    def body(self) -> ComposeResult:
        yield Line(id="card-box")
        with Horizontal():
            yield Line(id="duties")
            yield Line(id="facts")

    def ready(self) -> None:
        who = self.office.books.who
        self._serves = may(who, "visit")
        hidden = {kind for kind, action in _ONLY.items() if not may(who, action)}
        self._places = [one for one in _PLACES if one.kind not in hidden]
        self.query_one("#card-box", Line).display = self._serves
        self.refresh_facts()
        self._choose_first()
        self.set_interval(_BELL_S, self._ring)

    def on_screen_resume(self) -> None:
        if self.office.someone_is_in:
            self.refresh_facts()
            self._choose_first()
        super().on_screen_resume()

    def refresh_facts(self) -> None:
        """Read anew what this screen shows; the cursor stays on its line."""
        books = self.office.books
        self._version, self._read_at = self.office.version, self.office.monotonic()
        self._reminder = Reminder.of(books) if self._serves else Reminder(())
        self._duties = [*duties(books, self.office.card), *ministry.unread(books), *centre.missing(books)]
        self._facts = self._read_facts()
        self._after_hours = is_after_hours(books)
        self._has_slips = slips.any_ended_today(books)
        self._tell_expired()

    def _tell_expired(self) -> None:
        """After the log-in, and when it happens: what is to be asked for anew. Once, then "to do" says it."""
        books, before = self.office.books, self._expired
        self._expired = expired(books) if may(books.who, "visit") else 0
        if self._expired > before:
            self.office.said = _(
                "{n} requests expired unanswered. Open the visit: ask again or use the original."
            ).format(n=self._expired)

    def _lines(self) -> list[Duty]:
        return [*self._duties, *self._places]

    def _choose_first(self) -> None:
        """The most urgent line. Not that of a card which happens to be in: F2 begins with it, or a choice"""
        first = next(one for one in self._lines() if one.kind != "card")
        self._chosen = (first.kind, first.name)

    def _at(self) -> int:
        keys_ = [(duty.kind, duty.name) for duty in self._lines()]
        return keys_.index(self._chosen) if self._chosen in keys_ else -1

    # --- drawing

    def paint_body(self) -> None:
        if not self.office.someone_is_in:
            return
        # What waited may have gone by itself. While a long queue goes, once a second is enough.
        if self.office.monotonic() - self._read_at >= _READ_S and (
            self._version != self.office.version or self._after_hours is not is_after_hours(self.office.books)
        ):
            self.refresh_facts()
        width = (self.size.width or 80) - 4
        practice = self.office.practice is not None
        box = [
            _("Practice: F2 offers the cards to put in.")
            if practice
            else _("Put the citizen's ID card in to begin a visit."),
            _("No card: choose it below.") if practice else _("No card, or an unreadable one: press F2."),
        ]
        self.query_one("#card-box", Line).show([pad("   " + line, width) for line in box])
        at, count = self._at(), len(self._duties)
        room = self.size.height - (_FRAME_ROWS if self._serves else _BARE_ROWS)
        rows = max(1, min(_DUTY_ROWS, room - len(self._places)))
        # Of many duties those around the cursor are seen, and their number says that there are more.
        first = max(0, min(at - rows // 2, count - rows)) if 0 <= at < count else 0
        more = f" ({count})" if count > rows else ""
        todo = [clean(duty.words) for duty in self._duties[first : first + rows]]
        seen = _rows(todo, at - first) or ["   ● " + _("Nothing")]
        places = _rows([self._place_words(place) for place in self._places], at - count)
        lines = [" " + _("To do") + more, *seen, "", " " + _("Go to"), *places]
        self.query_one("#duties", Line).show(lines if self._serves else ["", *lines])
        self.query_one("#facts", Line).show(self._facts if self._serves else ["", *self._facts])

    def _place_words(self, place: Duty) -> str:
        on = mobile_day.current(self.office.books) if place.kind == "mobile" else None
        return _(place.words) if on is None else _("● Out until {day}").format(day=show_date(on.until))

    def _read_facts(self) -> list[str]:
        books = self.office.books
        today = books.visits.today()
        months = books.months.list()
        month = months[0].month
        counts = books.months.counts(month)
        waiting = sum(
            self.office.counts.get(one, 0) for one in ("waiting", "sending", "needs_login", "quarantined")
        )
        lines = [
            _("Today"),
            _("{visits} visits  {documents} documents").format(
                visits=today.visits, documents=today.documents
            ),
            _("{n} to be sent").format(n=waiting),
            "",
            show_month(month),
            _("{uses} uses in {visits} visits").format(uses=counts.total, visits=counts.visits),
            *wrap(_("Citizens spared {n} copies").format(n=counts.spared), 28),
        ]
        now = self.office.clock()
        if f"{now:%Y-%m}" == month:
            last = monthrange(now.year, now.month)[1]
            lines.append(
                _("Cut off {day} (in {n} days)").format(
                    day=show_day(now.replace(day=last)).rsplit(" ", 1)[0], n=last - now.day
                )
            )
        for head in months[1:2]:
            lines += ["", show_month(head.month), _stands(head)]
        return [clean(line) for line in lines]

    def sentence(self) -> str:
        card = self.office.card
        short_of_room = disk_warning(self.office.books.disk.room()) if self.office.someone_is_in else ""
        if short_of_room:
            return short_of_room
        if self._serves and card.is_left_behind:
            return _("The citizen's card is still in the reader: give it and the originals back.")
        if self._serves and card.state == "no_service":
            return _("The card service of this PC does not run: tell ICT. F2 begins without a card.")
        if self._serves and card.state == "hangs":
            return _("The card reader hangs. Plug it in again or tell ICT; F2 begins without a card.")
        if self._serves and isinstance(card.error, ReaderError) and card.state == "no_reader":
            return _("No card reader. Plug its cable in again, press F5; F2 begins without a card.")
        if self._serves and isinstance(card.error, CardHeld):
            return _("Another program uses the card. When it is done, the card is read by itself.")
        if self._serves and isinstance(card.error, NotThaiCard):
            return _("This is not an ID card: take it out. F2 begins without a card.")
        if self._serves and card.card is not None and not card.card.citizen_id:
            return _("The card's number is unreadable. F2 lets you type it from the card's face.")
        if self._serves and card.state == "failed":
            return _("The card cannot be read. Take it out and put it in again, or press F2.")
        if self._serves:
            return _("Ready for a visit.")
        return _("Choose with the arrows, then press Enter.")

    def reminder(self) -> str:
        return self._reminder.words(self.office.clock())

    # --- keys

    def enter_token(self) -> object:
        return self._chosen

    def do_move(self, step: int) -> None:
        lines = self._lines()
        at = max(0, min(len(lines) - 1, self._at() + step))
        self._chosen = (lines[at].kind, lines[at].name)

    def can_open(self) -> bool:
        return self._at() >= 0

    def do_open(self) -> None:
        kind, name = self._chosen
        if kind == "card":
            self._begin_with_card()
        elif kind == "visit":
            self.office.push_screen(DocumentsScreen(name))
        elif kind == "closing":
            self.office.push_screen(ClosingScreen())
        elif kind == "slip":
            ask_waiting_slip(self.office, name)
        elif kind == "month":
            self.office.push_screen(MonthScreen(name))
        elif kind == "months":
            self.office.push_screen(MonthScreen())
        elif kind in ("waiting", "waiting-list"):
            self.office.push_screen(WaitingScreen())
        elif kind == "no-card":
            ask_without_card(self.office, self._begin)
        elif kind == "mobile":
            ask_mobile_day(self.office, self.refresh_facts)
        elif kind == "ledger":
            self.office.push_screen(LedgerScreen())
        elif kind == "help":
            self.office.push_screen(HelpScreen(self))
        elif kind == "lock":
            self.office.lock()
        elif kind == "clock":
            self._confirm_date()
        elif kind == "people":
            self.office.push_screen(PeopleScreen())
        elif kind == ministry.DUTY:
            ministry.show(self.office, int(name), self._open_month, self.refresh_facts)
        elif kind == centre.DUTY:
            centre.ask_centre(self.office)
        elif kind == "sheet":
            ask_sheet(self.office, self.refresh_facts)
        elif kind == "archive":
            self.office.say(
                _("Up to {month} can go: `nocopy ledger archive --to FILE`").format(
                    month=show_month_short(name)
                )
            )
        elif kind == "disk":
            self.office.say(disk_warning(self.office.books.disk.room()))

    def _open_month(self, month: str) -> None:
        self.office.push_screen(MonthScreen(month))

    def do_find(self) -> None:
        self.office.push_screen(LedgerScreen())

    def can_send_now(self) -> bool:
        return bool(self.office.counts.get("can_go"))

    def do_send_now(self) -> None:
        self.office.line.send()
        self.office.said = "… " + _("Sending.")

    def can_try_again(self) -> bool:
        return self._serves and self.office.card.state in ("no_reader", "no_service")

    def do_try_again(self) -> None:
        self.office.card.read_again()
        self.office.said = "… " + _("Looking for a card reader.")

    def can_slip(self) -> bool:
        return self._has_slips

    def do_slip(self) -> None:
        ask_slip_of_ended(self.office)

    def do_quit(self) -> None:
        if self._serves and still_open(self.office.books):
            self.office.push_screen(ClosingScreen())
        else:
            self.office.ask_to_close()

    def _confirm_date(self) -> None:
        day = show_day(self.office.clock())
        choices = [
            Choice(_("Do nothing"), False),
            Choice(_("The date is right: {day}").format(day=day), True),
        ]
        lines = [
            _("The PC's clock has jumped into another month. What is over is cut off only when you say so.")
        ]
        self.office.push_screen(
            Question(_("Confirm the date of this PC"), lines, choices),
            lambda right: self._cut_off() if right else None,
        )

    def _cut_off(self) -> None:
        months = self.office.books.months
        month = months.current()
        months.cut_off(month, confirmed=True)
        self.office.said = _("{month} is cut off. What comes later counts in the next month.").format(
            month=show_month_short(month)
        )
        self.refresh_facts()

    # --- beginning a visit

    def do_card(self) -> None:
        card = self.office.card
        without = _("Begin a visit without a card"), lambda: ask_without_card(self.office, self._begin)
        if not self._serves:
            self.office.card.press()
        elif self.office.practice is not None:
            ask_practice_card(self.office, self.office.practice, without)
        elif card.others():
            ask_reader(self.office, without)
        elif card.card is not None:
            self._begin_with_card()
        else:
            without[1]()

    def _begin(self, person: AtCounter) -> None:
        self.office.said = ""
        self.office.push_screen(ServiceScreen(person))

    def card_changed(self) -> None:
        card = self.office.card
        mine = self._serves and self.office.screen is self
        if mine and card.latest == "card" and self._begin_with_card():
            return  # the facts are read when this screen is seen again: the citizen waits for the other one
        if card.latest in ("card", "removed"):
            self.refresh_facts()
        if not mine:
            return
        if card.left_unread:
            self.office.said = _("The card came out before it was read. Put it in again and leave it there.")
        if card.latest in ("inserted", "no_reader", "no_service") and not self.office.said.startswith("… "):
            self.office.said = ""  # that a card left tells less than what came after it
        if card.latest == "failed" and card.error is not None:
            self._tell_card(card.error)

    def _begin_with_card(self) -> bool:
        """The card is the officer's key here: it opens the visit by itself, unless it is an officer's own."""
        card = self.office.card.card
        if card is None:
            return False
        officer = self.office.books.people.by_citizen_id(card.citizen_id)
        if officer is not None:
            self.office.said = _("This card belongs to an officer ({name}), so no visit was started.").format(
                name=clean(officer.name)
            )
        elif not card.citizen_id:
            self._tell_card(NumberLost())
        else:
            self._begin(AtCounter.of_card(self.office.card))
            return True
        return False

    def _ring(self) -> None:
        """A card left in the reader goes home with nobody: a bell until it is out."""
        if self.office.screen is self and self.office.card.is_left_behind:
            self.office.bell()

    def _tell_card(self, error: ReaderError) -> None:
        ways = [
            Choice(_("Go on: type the number from the card's face"), "card_face"),
            Choice(_("Go on: ThaID on the phone"), "thaid"),
        ]
        self.office.push_screen(
            ErrorScreen(
                error,
                place=self.place,
                ways=ways,
                again=self.office.card.read_again,
                note=_note_of,
                on_card=self._begin_with_card,
            ),
            lambda how: ask_without_card(self.office, self._begin, how) if how else None,
        )


def _note_of(error: NocopyError) -> str:
    if isinstance(error, MuteCard):
        return _("If another card can be read, the chip of this one is broken.")
    return ""


def _rows(texts: list[str], chosen: int) -> list[str]:
    """These texts as rows of the left half; the cursor stands at `chosen`, where that is one of them."""
    return [pad((" ► " if n == chosen else "   ") + text, _LEFT) for n, text in enumerate(texts)]


def _stands(head: MonthHead) -> str:
    if head.receipt is None:
        return _(_STATES[head.state])
    day = show_day(datetime.fromisoformat(str(head.receipt.get("received_at")))).rpartition(" ")[0]
    words = _("● sent to ICT, receipt {day}") if head.goes_to_ict else _("● sent, receipt {day}")
    return words.format(day=day)


_STATES = {
    "open": mark("○ not summed up yet"),
    "cut_off": mark("○ waits for the summary"),
    "summarised": mark("… waits for the controller"),
    "checked": mark("… waits for the head"),
    "approved": mark("… waits to be sent"),
    "flagged": mark("… waits to be sent"),
    "submitted": mark("… on its way to the ministry"),
}
