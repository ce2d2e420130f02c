"""What `nocopy doctor` says of a PC on which cards cannot be read: each cause has its own advice."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reader.errors import CardServiceRefused, CardSoftwareMissing, NoCardService
from tests.rig.command_line import Pc as CommandLine
from tests.rig.pcscd import READERS, VirtualReaders
from tui.commands.card_checks import Pc, card_checks
from tui.commands.check import Check
from tui.words import translate


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    translate.use("en")
    yield
    translate.use("th")


@pytest.fixture
def without_pyscard(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "smartcard" else find(name))


def looked_at(pc: Pc) -> dict[str, Check]:
    return {check.name: check for check in card_checks(pc)}


def a_pc(tmp_path: Path, *files: str) -> Pc:
    """A Linux PC that has only these files; nobody listens at its card service's socket."""
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return Pc("linux", tmp_path, str(tmp_path / "pcscd.comm"))


def plug(pc: Pc, product: str) -> None:
    devices = pc.root / "sys/bus/usb/devices"
    (devices / "1-2").mkdir(parents=True)
    (devices / "1-2" / "product").write_text(product + "\n")
    (devices / "1-2:1.0").mkdir()
    (devices / "1-2:1.0" / "bInterfaceClass").write_text("0b\n")
    (devices / "1-3:1.0").mkdir()
    (devices / "1-3:1.0" / "bInterfaceClass").write_text("03\n")


@contextmanager
def listening(pc: Pc) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(pc.socket)
        server.listen()
        yield


@pytest.mark.usefixtures("without_pyscard")
def test_a_pc_without_anything_is_told_what_to_install(tmp_path: Path) -> None:
    checks = looked_at(a_pc(tmp_path))
    assert [check.ok for check in checks.values()] == [False] * 4
    assert "install.sh" in checks["pyscard"].do
    assert "apt install pcscd" in checks["pcscd"].do
    assert "apt install libccid" in checks["ccid"].do
    assert "USB" in checks["reader"].do


@pytest.mark.usefixtures("without_pyscard")
def test_without_pyscard_the_service_the_driver_and_the_readers_are_seen_all_the_same(tmp_path: Path) -> None:
    pc = a_pc(tmp_path, "usr/sbin/pcscd", "usr/lib/pcsc/drivers/ifd-ccid.bundle")
    plug(pc, "USB CCID Reader\x1b[2J")
    stopped = looked_at(pc)
    assert [(name, check.ok) for name, check in stopped.items()] == [
        ("pyscard", False),
        ("pcscd", False),
        ("ccid", True),
        ("reader", True),
    ]
    assert "systemctl enable --now pcscd.socket" in stopped["pcscd"].do
    assert "USB CCID Reader" in stopped["reader"].found
    assert "\x1b" not in stopped["reader"].found
    with listening(pc):
        assert looked_at(pc)["pcscd"].ok


@pytest.mark.parametrize(
    ("answer", "listens", "says"),
    [
        (CardServiceRefused(code="0x8010006A"), True, "allow this user"),
        (NoCardService(code="0x8010001D"), True, "systemctl restart pcscd"),
        (NoCardService(code="0x8010001D"), False, "systemctl enable --now"),
    ],
)
def test_a_service_that_refuses_hangs_or_is_stopped_has_each_its_own_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: NoCardService, listens: bool, says: str
) -> None:
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: answer)
    pc = a_pc(tmp_path, "usr/sbin/pcscd")
    if listens:
        with listening(pc):
            check = looked_at(pc)["pcscd"]
    else:
        check = looked_at(pc)["pcscd"]
    assert not check.ok
    assert says in check.do


def test_a_card_service_that_takes_the_call_and_never_answers_is_told_to_be_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.card_checks._ANSWERS_WITHIN_S", 0.2)
    pc = a_pc(tmp_path, "usr/sbin/pcscd")
    answer = threading.Event()
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: answer.wait(60) or [])
    with listening(pc):
        check = looked_at(pc)["pcscd"]
    answer.set()
    assert not check.ok
    assert "systemctl restart pcscd" in check.do


def test_a_card_service_at_which_many_wait_already_is_told_to_be_started_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: NoCardService(code="0x8010001D"))
    pc = a_pc(tmp_path, "usr/sbin/pcscd")
    with socket.socket(socket.AF_UNIX) as server, ExitStack() as waiting:
        server.bind(pc.socket)
        server.listen(0)
        no_room = False
        while not no_room:
            caller = waiting.enter_context(socket.socket(socket.AF_UNIX))
            caller.setblocking(False)
            no_room = caller.connect_ex(pc.socket) == errno.EAGAIN
        assert "systemctl restart pcscd" in looked_at(pc)["pcscd"].do


@pytest.mark.parametrize("command", [("doctor",), ("card", "read")])
def test_ctrl_c_is_heard_while_the_card_service_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """A call that waits for PC/SC is not interrupted by signals."""
    pc = a_pc(tmp_path)
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", pc.socket)
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(pc.socket)
        hanging.listen()
        with CommandLine(tmp_path / "home").running(*command) as process:
            caller, _ = hanging.accept()
            with caller:
                caller.recv(1)  # its question
                process.send_signal(signal.SIGINT)
                assert process.wait(10) == 1


def test_a_pyscard_that_this_python_cannot_load_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade of Python, the folder of the old one's pyscard may still be found."""

    def load() -> None:
        raise CardSoftwareMissing

    monkeypatch.setattr("reader.pcsc._load", load)
    pc = a_pc(tmp_path, "usr/sbin/pcscd")
    with listening(pc):
        checks = looked_at(pc)
    assert (checks["pyscard"].ok, checks["pcscd"].ok) == (False, True)
    assert "install.sh" in checks["pyscard"].do


def test_who_may_see_the_readers_but_open_no_card_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """polkit knows two rights, access_pcsc and access_card; here the second is refused."""
    scard = pytest.importorskip("smartcard.scard")
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: ["A reader"])
    monkeypatch.setattr(scard, "SCardEstablishContext", lambda _scope: (0, 1))
    monkeypatch.setattr(scard, "SCardReleaseContext", lambda _context: 0)
    monkeypatch.setattr(scard, "SCardConnect", lambda *_: (0x8010006A - 2**32, 0, 0))
    checks = looked_at(a_pc(tmp_path))
    assert not checks["pcscd"].ok
    assert "allow this user" in checks["pcscd"].do
    monkeypatch.setattr(scard, "SCardConnect", lambda *_: (0x8010000C - 2**32, 0, 0))
    assert looked_at(a_pc(tmp_path))["pcscd"].ok, "no card in it: the user was let in"


def test_a_socket_that_this_user_may_not_open_is_a_matter_of_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: NoCardService(code="0x8010001D"))
    pc = a_pc(tmp_path, "usr/sbin/pcscd")
    with listening(pc):
        os.chmod(pc.socket, 0)
        if os.geteuid() == 0:  # root may open it all the same
            monkeypatch.setattr("tui.commands.card_checks._listens", lambda _pc: PermissionError())
        assert "allow this user" in looked_at(pc)["pcscd"].do


def test_a_reader_that_hangs_on_the_usb_unused_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.commands.card_checks._offered", list)
    pc = a_pc(tmp_path)
    assert "Plug the reader's USB cable in" in looked_at(pc)["reader"].do
    plug(pc, "EMV Smartcard Reader")
    check = looked_at(pc)["reader"]
    assert not check.ok
    assert "EMV Smartcard Reader" in check.found
    assert "driver" in check.do


def test_windows_is_told_of_its_own_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.commands.card_checks._offered", lambda: NoCardService(code="0x8010001D"))
    checks = looked_at(Pc("win32", tmp_path, ""))
    assert "ccid" not in checks
    assert "SCardSvr" in checks["pcscd"].do


def test_on_this_pc_with_everything_in_order_nothing_is_wrong(
    virtual_readers: VirtualReaders, tmp_path: Path
) -> None:
    checks = {check["name"]: check for check in CommandLine(tmp_path / "home").run("doctor").json["checks"]}
    assert [checks[name]["ok"] for name in ("pyscard", "pcscd", "reader")] == [True] * 3
    assert all(name in checks["reader"]["found"] for name in READERS)
