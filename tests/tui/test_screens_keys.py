"""The commands, the frame and the small parts that every screen is drawn with."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import tui.screens
from store.locations import Locations
from tests.rig.office import HEAD, OFFICER
from tests.tui.counter import counter
from tui import keys, messages
from tui.background import LineSeen
from tui.cells import clean, pad, wrap
from tui.screens.base import WorkScreen
from tui.widgets.thai_input import ThaiInput
from tui.widgets.virtual_list import VirtualList

Office = Callable[..., Locations]


def commands() -> Iterator[type[keys.Command]]:
    for kind in vars(keys).values():
        if isinstance(kind, type) and issubclass(kind, keys.Command) and kind.keys:
            yield kind


def screens(root: type[WorkScreen[object]] = WorkScreen) -> Iterator[type[WorkScreen[object]]]:
    for found in pkgutil.iter_modules(tui.screens.__path__):
        importlib.import_module(f"tui.screens.{found.name}")
    for kind in root.__subclasses__():
        yield kind
        yield from screens(kind)


def test_every_command_has_its_help_in_thai_and_no_letter_for_a_key() -> None:
    messages.use("th")
    for command in commands():
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


async def test_the_ledger_is_searched_by_words(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(HEAD)
        await at.press("f3")
        await at.see("สมุดแก้ไขหรือลบไม่ได้")
        before = at.app.books.ledger.count()
        await at.type("เข้าใช้งาน ประสิทธิ์")
        await at.see(f"พบ 1 จาก {before} บรรทัด")
        await at.type(" อะไรก็ไม่รู้")
        await at.see(f"พบ 0 จาก {before} บรรทัด")
        await at.press("f3")
        await at.see("สมุดแก้ไขหรือลบไม่ได้")


async def test_an_event_of_an_earlier_log_in_is_dropped(office: Office) -> None:
    async with counter(office()) as at:
        await at.log_in(OFFICER)
        await at.until(lambda: at.app.line is not None, "the first look at the line")
        line = at.app.line
        assert line is not None
        at.app.generation += 1
        at.app.post_message(LineSeen(at.app.generation - 1, type(line)(line.state, "stale")))
        await at.press("f1", "escape")
        assert at.app.line == line


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
    assert "test_screens_keys.py" in shown
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
