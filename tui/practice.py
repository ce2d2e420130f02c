"""Practice: an invented office in a home of its own, with virtual cards, and gateways that run on this PC.

Every start makes the office anew, with visits of last month in its ledger, so that this month can be summed
up and reported. A folder that holds real books is never touched.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reader.buddhist_date import now, stamp
from reader.card import Name
from reader.citizen_id import check_digit
from reader.errors import NocopyError
from reader.practice import PracticeSlots
from reader.practice_people import (
    ADDRESS_LOST,
    CUT_ADDRESS,
    DAMAGED,
    NO_PICTURE,
    NUMBER_LOST,
    OLD_CARD,
    PEOPLE,
    UNKNOWN_KIND,
    WRONG_NUMBER,
    PracticePerson,
)
from reader.t0_timing import Pace
from reader.virtual_card import FOREIGN_APPLET
from store.base.folder_claim import FolderClaim
from store.base.locations import Locations
from store.base.private_file import write_private
from store.books import Books, change_passphrase
from store.counter.visit import WantedState
from store.counter.visitor import Visitor
from store.exchange import enrolment
from store.formats.line import Outcome
from store.formats.roles import Role
from store.people.guessed import PRACTICE_UNIT
from store.people.people import Newcomer
from store.queue.job import JobKind
from store.queue.process_token import process_token
from store.settings.catalogue import Channel
from store.settings.office_hours import is_working_day
from store.setup.create import create_books
from store.setup.form import Setup
from store.staff import recovery
from sync.practice.network import PracticeNetwork
from sync.run.engine import Engine
from tui.login_names import remember
from tui.words.translate import mark

MARKER = "practice.txt"
PASSPHRASE = "practice nocopy"  # noqa: S105  (shown on the first screen: it protects nothing)
UNIT, STATION = PRACTICE_UNIT, "01"
_NAME = "สำนักงานตัวอย่างเพื่อการฝึก"
_SERVICES = ("S01", "S02", "S04", "S07", "S15")

OFFICER, SECOND, CONTROLLER, HEAD = "somying", "wichai", "pornthip", "prasert"


def _number(first12: str) -> str:
    return first12 + check_digit(first12)


_STAFF = (
    Newcomer(
        OFFICER,
        "นางสาวสมหญิง ใจดี",
        _number("110000000001"),
        "ชำนาญงาน",
        (Role.OFFICER,),
        _SERVICES,
        "first-1-practice",
    ),
    Newcomer(
        SECOND,
        "นายวิชัย มั่นคง",
        _number("110000000002"),
        "ปฏิบัติการ",
        (Role.OFFICER,),
        _SERVICES,
        "first-2-practice",
    ),
    Newcomer(
        CONTROLLER,
        "นางพรทิพย์ สุขสม",
        _number("110000000003"),
        "ชำนาญการ",
        (Role.CONTROLLER,),
        (),
        "first-3-practice",
    ),
    Newcomer(
        HEAD, "นายประเสริฐ ทองดี", _number("110000000004"), "อำนวยการ", (Role.HEAD,), (), "first-4-practice"
    ),
)


@dataclass(frozen=True)
class PracticeCard:
    """A card that F2 offers: its words, with a {name}; its owner; what is wrong with the chip."""

    words: str
    person: PracticePerson
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The owner's name as on the card."""
        return Name(*self.person.name_th.split("#")).full()


def _card_of(person: Newcomer) -> PracticePerson:
    """The ID card of one of the office's own people."""
    title = next(title for title in ("นางสาว", "นาย", "นาง") if person.name.startswith(title))
    first, last = person.name.removeprefix(title).split(" ", 1)
    address = "1#####ตำบลช้างเผือก#อำเภอเมืองเชียงใหม่#จังหวัดเชียงใหม่"
    sex = "1" if title == "นาย" else "2"
    return PracticePerson(
        person.citizen_id, f"{title}#{first}##{last}", "#Practice##", "25300101", sex, address
    )


_HELD = 12  # refused connections: four at once, then four every two seconds
_ORDINARY = mark("The next citizen's card: {name}")
_CARDS = (
    PracticeCard(mark("An officer's card, as for GovAMI: {name}"), _card_of(_STAFF[0])),
    PracticeCard(mark("An expired card: {name}"), PEOPLE[4]),
    PracticeCard(mark("Day and month of birth unknown, for life: {name}"), PEOPLE[2]),
    PracticeCard(mark("A long address in Bangkok: {name}"), PEOPLE[5]),
    PracticeCard(mark("An old card for life: {name}"), OLD_CARD),
    PracticeCard(mark("A number with a wrong last digit: {name}"), WRONG_NUMBER),
    PracticeCard(mark("A damaged chip: {name}"), DAMAGED),
    PracticeCard(mark("A number that the chip has lost: {name}"), NUMBER_LOST),
    PracticeCard(mark("A chip that does not give its address: {name}"), ADDRESS_LOST),
    PracticeCard(mark("An address cut off on the chip: {name}"), CUT_ADDRESS),
    PracticeCard(mark("A photo that is no picture: {name}"), NO_PICTURE),
    PracticeCard(mark("A kind of card that is not known: {name}"), UNKNOWN_KIND),
    PracticeCard(mark("A chip that does not answer: {name}"), PEOPLE[1], {"mute": True}),
    PracticeCard(mark("Not an ID card"), PEOPLE[1], {"applet": FOREIGN_APPLET}),
    PracticeCard(mark("A card that slips out while it is read: {name}"), PEOPLE[3], {"pulled_after": 12}),
    PracticeCard(
        mark("A card that another program holds for some seconds: {name}"), PEOPLE[7], {"held": _HELD}
    ),
)


class NotAPracticeHome(NocopyError):
    """The folder given for practice holds other files."""

    says = "The folder {home} holds books that are not practice's, so nothing was changed."
    do = "Choose another folder for practice."
    exit_code = 2


class PracticeIsOpen(NocopyError):
    """Another process uses practice's home, which is made anew at each start."""

    says = "Practice is already open in another window."
    do = "Go on there, or close it first."


class Practice:
    """The simulated surroundings: cards, gateways, the centre. F2 and F6 control them."""

    passphrase = PASSPHRASE

    def __init__(self, locations: Locations, *, clock: Callable[[], datetime] = now) -> None:
        self.locations = locations
        self._claim = FolderClaim(locations.home)
        self.readers = PracticeSlots(Pace(0.03, wire=True))
        self.network = PracticeNetwork(delay_s=0.8)
        self._clock = clock
        self._next = 0
        self.is_ready = False

    # --- the keys

    @property
    def is_cut(self) -> bool:
        return self.network.is_cut

    def cut_or_restore(self) -> bool:
        """F6: cut the network, or restore it. True when it is cut afterwards."""
        if self.network.is_cut:
            self.network.restore()
        else:
            self.network.cut()
        return self.network.is_cut

    @property
    def card_is_in(self) -> bool:
        return any(slot.present for slot in self.readers.slots())

    @property
    def has_reader(self) -> bool:
        return bool(self.readers.slots())

    def cards(self) -> list[PracticeCard]:
        """F2: the cards that may be put in, the next citizen's first, then the difficult ones."""
        return [PracticeCard(_ORDINARY, PEOPLE[self._next % len(PEOPLE)]), *_CARDS]

    def put_in(self, card: PracticeCard) -> None:
        """Put this card in; one that is there comes out."""
        if card.words == _ORDINARY:
            self._next += 1
        self.readers.insert(card.person.card(**card.parameters))

    def take_out(self) -> None:
        """Take the card out."""
        self.readers.remove()

    def unplug(self) -> None:
        """Unplug the reader, and with it the card."""
        self.readers.unplug()

    def plug(self) -> None:
        """Plug the reader in again."""
        self.readers.plug()

    # --- beginning and ending

    def claim_home(self) -> None:
        """Lock this home until stop(), so that no other window makes it anew. Raises PracticeIsOpen."""
        if not self._claim.take():
            raise PracticeIsOpen

    def prepare(self, progress: Callable[[float], None]) -> None:
        """Make the office anew, in a few seconds. `progress(part)` is called with how much is done, 0 to 1.

        Raises NotAPracticeHome, PracticeIsOpen.
        """
        self.claim_home()
        home = self.locations.home
        if home.exists() and any(home.iterdir()):
            if not (home / MARKER).exists():
                raise NotAPracticeHome(home=str(home))
            shutil.rmtree(home)
        self.locations.make()
        write_private(home / MARKER, b"nocopy practice: invented data, made anew at each start\n")
        self.network.start()
        clock = _SetClock(_first_working_morning(self._clock()))
        setup = Setup(UNIT, _NAME, STATION, _STAFF, self.network.settings)
        with tempfile.TemporaryDirectory() as beside:
            sheet = Path(beside) / "recovery.txt"
            create_books(self.locations, setup, recovery=sheet, clock=clock)
            key = recovery.read_key(sheet.read_text("utf-8"))
        progress(0.3)
        for n, person in enumerate(_STAFF, 1):
            change_passphrase(self.locations, person.login, person.first_passphrase, PASSPHRASE, clock=clock)
            progress(0.3 + 0.1 * n)
        self._last_month(clock)
        progress(0.85)
        self._this_month(clock, key)
        progress(1.0)
        self.is_ready = True

    def stop(self) -> None:
        """End the gateways and the centre, and unlock the home."""
        if not self.network.is_cut:
            self.network.stop()
        self._claim.release()

    # --- the invented past

    def _last_month(self, clock: _SetClock) -> None:
        """One visit on each working day of last month."""
        books = Books.open(self.locations, OFFICER, PASSPHRASE, clock=clock)
        try:
            month, n = clock.moment.month, 0
            while clock.moment.month == month:
                if is_working_day(clock.moment.date()):
                    n += 1
                    _a_visit(books, clock, n)
                clock.moment = (clock.moment + timedelta(days=1)).replace(hour=9, minute=5)
            remember(self.locations.home, _NAME, STATION, books.people.all(), OFFICER, "")
        finally:
            books.close()

    def _this_month(self, clock: _SetClock, key: str) -> None:
        """As the head: cut last month off, enrol at the practice centre, confirm the recovery sheet."""
        clock.moment = self._clock()
        books = Books.open(self.locations, HEAD, PASSPHRASE, clock=clock)
        try:
            # Within 36 hours of last month's last visit the log-in has cut it off.
            last = books.months.current()
            if last < stamp(clock.moment)[:7]:
                books.months.cut_off(last, confirmed=True)
            signer = books.signer(PASSPHRASE)
            enrolment.request(books, signer, self.network.centre_url, self.network.centre.code(UNIT))
            Engine(books).run()
            asked = recovery.unconfirmed(books.database)
            assert asked is not None
            recovery.confirm(books, recovery.group_of(key, asked.n))
        finally:
            books.close()


class _SetClock:
    """A clock that shows the moment it was set to, for `Books`."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def _first_working_morning(today: datetime) -> datetime:
    last_month = today.replace(day=1, hour=9, minute=5, second=0, microsecond=0) - timedelta(days=1)
    day = last_month.replace(day=1)
    while not is_working_day(day.date()):
        day += timedelta(days=1)
    return day


def _a_visit(books: Books, clock: _SetClock, n: int) -> None:
    """Every fourth visit uses the original, every fifth gets "not found", every ninth is in the evening."""
    if n % 9 == 0:
        clock.moment = clock.moment.replace(hour=18, minute=42)
    person = PEOPLE[n % 4]
    visit = books.visits.open(
        _SERVICES[(n - 1) % len(_SERVICES)], Visitor(person.citizen_id, card_seen_at=stamp(clock.moment))
    )
    visit = books.visits.obtain(visit.id)
    for want in visit.wanted:
        if want.state == WantedState.TODO or (want.state == WantedState.ASKED and n % 4 == 0):
            books.visits.replace(visit.id, want.n, Channel.COPY if want.n % 2 else Channel.SIGHTED)
    clock.moment += timedelta(seconds=4)
    while job := books.queue.claim(kinds=[JobKind.LOOKUP], owner=books.who.login, process=process_token()):
        books.lookups.answered(
            job, Outcome.NOT_FOUND if n % 5 == 0 else Outcome.OBTAINED, {}, 1900 + 70 * (n % 9)
        )
    books.visits.close(visit.id, force=True)
