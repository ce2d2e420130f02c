"""The commands, the frame and the small parts that every screen is drawn with."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import tui
from reader.buddhist_date import BANGKOK
from sync.network.network_state import NetworkState
from tests.rig.office import HEAD, OFFICER
from tests.tui.counter import Office, counter
from tests.tui.every import commands, screens
from tui.frame import keys
from tui.frame.frame import fitting, key_bar
from tui.frame.thai_input import ThaiInput
from tui.frame.virtual_list import VirtualList
from tui.network_state import NetworkSeen
from tui.screens.month import month_keys
from tui.screens.queue import queue_keys
from tui.screens.visit import visit_keys
from tui.state_row import state_row
from tui.words import card_words, translate
from tui.words.cells import clean, pad, wrap


def test_every_command_has_its_help_in_thai_and_no_letter_for_a_key() -> None:
    translate.use("th")
    found = list(commands())
    assert len(found) > 50
    for command in found:
        assert set(command.keys) <= set(keys.KEYS), command
        assert not any(len(key) == 1 or "+" in key for key in command.keys), command
        english = " ".join((command.__doc__ or "").split())
        assert english, command
        assert command.help() != english, f"{command.__name__}: its help is not in tui.po"


def test_every_command_on_a_screen_can_be_done_there() -> None:
    found = list(screens())
    assert len(found) > 12
    for screen in found:
        for command in screen.OFFERS:
            assert hasattr(screen, f"do_{command.name()}"), f"{screen.__name__}: {command.__name__}"


async def test_a_dead_key_is_not_shown_and_does_nothing(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        assert "F9" not in at.row(-1)
        assert "F5" not in at.row(-1)
        for key in ("f9", "f8", "f4", "f5", "f7", "x", "pageup"):
            await at.press(key)
        assert at.here == "HomeScreen"


async def test_tab_reaches_every_key_of_the_last_row(office: Office) -> None:
    """A laptop whose F-keys control the volume: Tab, an arrow and Enter press F3."""
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("tab", "right", "enter")
        assert at.here == "LedgerScreen"


async def test_f1_tells_what_the_keys_of_the_screen_below_do(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.press("f1")
        await at.see("F3", "ค้นหาในสมุดควบคุมการใช้งาน", "F12", "พักหน้าจอ")
        await at.press("escape")
        assert at.here == "HomeScreen"
        # F1 explains the keys of a question too, and the question stays open behind it.
        await at.press("f2", "down", "f1")
        await at.see("ปุ่มในหน้านี้")
        await at.press("escape")
        await at.see("► หน้าบัตร")
        await at.press("enter", "f1")
        await at.see("ปุ่มในหน้านี้")
        await at.press("escape")
        await at.see("เลข 13 หลัก")


async def test_the_ledger_is_searched_by_words(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(HEAD)
        await at.press("f3")
        await at.see("สมุดแก้หรือลบไม่ได้")
        before = at.app.books.ledger.count()
        await at.type("เข้าใช้งาน ประสิทธิ์")
        await at.see(f"พบ 1 จาก {before} บรรทัด")
        await at.type(" อะไรก็ไม่รู้")
        await at.see(f"ไม่พบใน {before} บรรทัด", "กด F3 เพื่อค้นใหม่")
        await at.press("f3")
        await at.see("สมุดแก้หรือลบไม่ได้")
        await at.type("12345678901234567890")
        await at.see(f"ไม่พบใน {before} บรรทัด")


async def test_a_window_that_is_too_small_asks_for_a_larger_one(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at._pilot.resize_terminal(78, 22)
        await at.until(lambda: "80 x 24" in at.row(1), "the word that the window is too small")
        await at._pilot.resize_terminal(80, 24)
        await at.until(lambda: "หน้าหลัก" in at.row(1), "Home as it was")


async def test_an_event_of_an_earlier_log_in_is_dropped(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.until(lambda: at.app.network.report is not None, "the first look at the line")
        line = at.app.network.report
        assert line is not None
        at.app.generation += 1
        at.app.post_message(NetworkSeen(at.app.generation - 1, type(line)(line.state, "stale")))
        await at.press("f1", "escape")
        assert at.app.network.report == line


async def test_a_crash_shows_where_and_no_values(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "1234567890121"

    def crash() -> None:
        number = secret
        raise RuntimeError(f"about {number}")

    with pytest.raises(RuntimeError):  # noqa: PT012  (it is raised when the program is left)
        async with counter(office()) as at:
            at.app.call_later(crash)
            await at.until(lambda: not at.app.is_running or at.app._exception, "the crash")
    shown = capsys.readouterr().err
    assert "RuntimeError" in shown
    assert "test_keys.py" in shown
    assert secret not in shown


async def test_the_cursor_and_delete_move_by_thai_cluster(office: Office) -> None:
    async with counter(office()) as at:
        await at.see("ชื่อผู้ใช้งาน")
        field = at.app.screen.query_one("#field", ThaiInput)
        await at.type("ที่นี่")
        await at.press("home", "right")
        assert field.cursor_position == len("ที่")
        await at.press("left", "delete")
        assert field.value == "นี่"


@given(st.text(alphabet="กขคงน้ำที่ผู้เแโใไะาๆ ./()abc", max_size=120), st.integers(4, 40))
def test_wrapping_keeps_every_letter_and_no_line_is_too_long(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


@given(st.text(max_size=60), st.integers(1, 30))
def test_padding_is_exact_whatever_the_text(text: str, width: int) -> None:
    assert cell_len(pad(clean(text), width)) == width


def test_escape_sequences_and_direction_marks_never_reach_the_terminal() -> None:
    assert clean("\x1b[31mแดง\x1b[0m\x1b]0;title\x07 \u202eกข\x9b2J\x00\u200b") == "แดง กข"


def test_a_long_list_fetches_only_what_is_seen() -> None:
    asked: list[int] = []

    def fetch(key: int) -> dict[int, str]:
        asked.append(key)
        return {n: f"line {n}" for n in range(key // 200 * 200, key // 200 * 200 + 200)}

    rows = VirtualList(1_000_000, lambda n: 999_999 - n, fetch)
    assert [row for _, row in rows.visible(3)] == ["line 999999", "line 999998", "line 999997"]
    rows.move(500_000)
    assert rows.current == "line 499999"
    assert (True, "line 499999") in rows.visible(3)
    assert len(asked) <= 4


def sentences() -> Iterator[tuple[str, str]]:
    """(place in the code, message id) of every sentence of row 23."""
    of_cards = (card_words.UNREADABLE, *card_words.FAULTS.values())
    faults = (
        *card_words.STATES.values(),
        *(said for one in of_cards for said in (one.at_home, one.in_visit)),
    )
    yield from (("card_words.py", words) for words in (card_words.LEFT_BEHIND, card_words.NO_NUMBER, *faults))
    for path in sorted(Path(tui.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            said: list[ast.AST] = []
            if isinstance(node, ast.FunctionDef) and node.name.endswith("sentence"):
                said = [node]
            elif isinstance(node, ast.Assign):
                said = [node.value] if any(getattr(to, "attr", "") == "said" for to in node.targets) else []
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
                said = list(node.args)
            for part in (one for each in said for one in ast.walk(each)):
                if not isinstance(part, ast.Call) or getattr(part.func, "id", "") != "_":
                    continue
                if isinstance(part.args[0], ast.Constant):
                    yield f"{path.name}:{part.lineno}", str(part.args[0].value)


@pytest.mark.parametrize("lang", translate.LANGUAGES)
def test_every_sentence_of_row_23_fits_its_row(lang: str) -> None:
    translate.use(lang)
    long = {"id": "01-69-00021", "number": "x-xxxx-xxx90-12-1", "name": "นายวิชัย มั่นคง", "month": "พ.ย. 2569"}
    long |= {"state": translate._("! check the PC's clock"), "all": "123,456"}
    found = list(sentences())
    assert len(found) > 40
    for where, msgid in found:
        text = translate._(msgid)
        blanks = {name: long.get(name, "12") for _, name, _, _ in string.Formatter().parse(text) if name}
        assert cell_len(text.format(**blanks)) <= 78, where


class _At:
    """What row 2 is drawn from, in one of its states."""

    def __init__(self, card: str, line: NetworkState, *, practice: bool) -> None:
        self.card = SimpleNamespace(state=card)
        self.network = SimpleNamespace(
            report=SimpleNamespace(state=line),
            is_down=line not in (NetworkState.ONLINE, NetworkState.UNKNOWN),
            since=datetime(2026, 11, 22, 10, 42, tzinfo=BANGKOK),
            session_known=False,
        )
        self.practice = object() if practice else None
        self.someone_is_in = True
        self.counts = {"waiting": 12, "visits": 12}


@pytest.mark.parametrize("lang", translate.LANGUAGES)
@pytest.mark.parametrize("practice", [True, False])
def test_row_2_is_never_cut(lang: str, practice: bool) -> None:
    translate.use(lang)
    for card in ("empty", "whole", "no_reader", "reading"):
        for line in (NetworkState.ONLINE, NetworkState.NO_NETWORK, NetworkState.PORTAL):
            row = state_row(cast("Any", _At(card, line, practice=practice)), 80).plain
            assert cell_len(row) <= 80, row
            assert row.rstrip().endswith("12"), row


def test_row_24_leaves_the_arrows_out_only_where_there_is_no_room_at_all() -> None:
    translate.use("th")
    many: list[type[keys.Command]] = [
        *(
            keys.Help,
            month_keys.Decide,
            month_keys.SendBack,
            month_keys.Sign,
            keys.Move,
            month_keys.OtherMonth,
            month_keys.Lines,
            keys.Back,
        )
    ]
    assert fitting(many, 80) == many
    assert keys.Move not in fitting(many, 76)
    assert cell_len(key_bar(fitting(many, 76), None, 76).plain.rstrip()) <= 76


@pytest.mark.parametrize("lang", translate.LANGUAGES)
@pytest.mark.parametrize(
    "bar",
    [
        (
            keys.Help,
            month_keys.Explain,
            month_keys.Sign,
            keys.Move,
            month_keys.OtherMonth,
            month_keys.Lines,
            keys.Back,
        ),
        (
            keys.Help,
            month_keys.Decide,
            month_keys.SendBack,
            month_keys.Sign,
            keys.Move,
            month_keys.OtherMonth,
            month_keys.Lines,
            keys.Back,
        ),
        (
            keys.Help,
            month_keys.Submit,
            month_keys.SendBack,
            keys.Move,
            month_keys.OtherMonth,
            month_keys.Lines,
            keys.Back,
        ),
        (
            keys.Help,
            visit_keys.RetryLookups,
            visit_keys.CancelVisit,
            visit_keys.Finish,
            visit_keys.OtherArea,
            keys.Move,
            visit_keys.Answer,
        ),
        (
            *(
                keys.Help,
                visit_keys.Channel,
                visit_keys.RetryLookups,
                visit_keys.CancelVisit,
                visit_keys.Finish,
                visit_keys.OtherArea,
            ),
            *(keys.Move, visit_keys.Park),
        ),
        (
            keys.Help,
            queue_keys.ByStick,
            keys.SendNow,
            queue_keys.CancelItem,
            keys.Move,
            queue_keys.OpenVisit,
            keys.Back,
        ),
        (keys.Help, keys.Find, keys.TryAgain, keys.SendNow, keys.Move, keys.Open, keys.Quit),
    ],
)
def test_the_arrows_have_room_in_row_24(bar: tuple[type[keys.Command], ...], lang: str) -> None:
    translate.use(lang)
    assert fitting(list(bar), 80) == list(bar)
    assert cell_len(key_bar(list(bar), None, 80).plain.rstrip()) <= 80
