"""What `nocopy doctor` checks of card reading: the software, the card service, drivers, readers, permissions.

Each check finds what it can although the one before failed: a PC without pyscard is still told that its card
service is stopped, or that a reader is plugged into its USB.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from reader.errors import (
    CardServiceHangs,
    CardServiceRefused,
    CardSoftwareMissing,
    NoCardService,
    ReaderError,
    ReaderRefused,
)
from store.base.hang_guard import apart
from tui.commands.call import plain
from tui.commands.check import Check
from tui.words.translate import _

_SMART_CARD_CLASS = "0b"  # USB's number for readers that need no driver of their own
_ANSWERS_WITHIN_S = 5.0  # a card service that takes longer counts as hanging


@dataclass(frozen=True)
class Pc:
    """The paths that are checked on this PC; tests give others."""

    platform: str = sys.platform
    root: Path = Path("/")
    socket: str = field(
        default_factory=lambda: os.environ.get("PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm")
    )

    def has(self, *paths: str) -> bool:
        return any((self.root / path).exists() for path in paths)

    def usb_readers(self) -> list[str]:
        """The readers on the USB, by their own product names."""
        found = []
        for interface in sorted((self.root / "sys/bus/usb/devices").glob("*/bInterfaceClass")):
            if interface.read_text(encoding="ascii", errors="replace").strip() == _SMART_CARD_CLASS:
                device = interface.parent.parent / interface.parent.name.partition(":")[0]
                found.append(_line(device / "product") or device.name)
        return found


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def card_checks(pc: Pc | None = None) -> Iterator[Check]:
    """Whether cards can be read on this PC, and if not, what to do, in the best order of repair."""
    pc = pc or Pc()
    offered: list[str] | NoCardService | None = None
    software = _software(pc)
    if software.ok:
        offered = _answer()
        if isinstance(offered, CardSoftwareMissing):  # installed, but not loadable by this Python
            software, offered = replace(software, ok=False), None
    yield software
    yield _service(pc, offered)
    if pc.platform.startswith("linux"):
        yield _driver(pc)
    yield _readers(pc, offered)


def _software(pc: Pc) -> Check:
    found = importlib.util.find_spec("smartcard") is not None
    advice = _("Install it with `./install.sh install`; without it only typed numbers work.")
    if found and pc.platform.startswith("linux"):
        try:
            ctypes.CDLL("libpcsclite.so.1")
        except OSError:
            found, advice = False, _("Install what it needs: `sudo apt install libpcsclite1`.")
    return Check("pyscard", found, _("The part that talks to card readers (pyscard)."), advice)


def _answer() -> list[str] | NoCardService:
    try:
        return apart(lambda _goes_on: _offered(), _ANSWERS_WITHIN_S, CardServiceHangs())
    except CardServiceHangs as error:
        return error


def _offered() -> list[str] | NoCardService:
    """The readers that the card service offers, or the error that it gave."""
    from reader.pcsc import PcscSlots

    readers = PcscSlots()
    try:
        return [slot.reader for slot in readers.wait(None, 0)]
    except NoCardService as error:
        return error
    finally:
        readers.close()


def _may_open(names: list[str]) -> bool:
    """Whether the card service lets this user open cards: a separate right from listing readers."""
    from reader.pcsc import PcscSlots

    readers = PcscSlots()
    try:
        for name in names:
            with readers.connect(name):
                pass
    except ReaderRefused:
        return False
    except ReaderError:
        return True  # no card in it, or one that does not answer: access itself was given
    finally:
        readers.close()
    return True


def _service(pc: Pc, offered: list[str] | NoCardService | None) -> Check:
    linux = pc.platform.startswith("linux")
    found, advice = _("The card service of this PC does not answer."), ""
    shut = isinstance(offered, list) and not _may_open(offered)
    if not shut and (isinstance(offered, list) or (offered is None and linux and _listens(pc) is None)):
        return Check("pcscd", True, _("The card service of this PC answers."))
    if not linux:
        advice = _("Start the service `Smart Card` (SCardSvr) of this PC.")
    elif shut or isinstance(offered, CardServiceRefused) or isinstance(_listens(pc), PermissionError):
        found = _("The card service runs, but does not let this user in.")
        advice = _("Work at the PC itself, not from afar, or let ICT allow this user (docs/operate.md).")
    elif _listens(pc) is None:
        advice = _("Restart it: `sudo systemctl restart pcscd`.")
    elif pc.has("usr/sbin/pcscd", "usr/bin/pcscd"):
        advice = _("Start it: `sudo systemctl enable --now pcscd.socket`.")
    else:
        found = _("This PC has no card service (pcscd).")
        advice = _("Install it: `sudo apt install pcscd libccid`.")
    return Check("pcscd", False, found, advice)


def _listens(pc: Pc) -> OSError | None:
    """Why nothing accepts connections at the card service's socket; None where something does."""
    with socket.socket(socket.AF_UNIX) as line:
        line.setblocking(False)
        try:
            line.connect(pc.socket)
        except BlockingIOError:  # its backlog is full, so it accepts no connections
            return None
        except OSError as error:
            return error
    return None


def _driver(pc: Pc) -> Check:
    return Check(
        "ccid",
        pc.has("usr/lib/pcsc/drivers/ifd-ccid.bundle", "usr/lib64/pcsc/drivers/ifd-ccid.bundle"),
        _("The driver of USB card readers (ccid)."),
        _("Install it: `sudo apt install libccid`, then plug the reader in again."),
    )


def _readers(pc: Pc, offered: list[str] | NoCardService | None) -> Check:
    """The check of the readers: those of the card service, or, where it cannot be asked, those on the USB."""
    plugged = pc.usb_readers()
    names = offered if isinstance(offered, list) else plugged
    if names or not plugged:
        return Check(
            "reader",
            bool(names),
            _("Card readers: {names}").format(names=plain(", ".join(names)) or "-"),
            _("Plug the reader's USB cable in again; a new kind of reader may need its maker's driver."),
        )
    return Check(
        "reader",
        False,
        _("{names} is plugged in, but not in use.").format(names=plain(", ".join(plugged))),
        _("Plug it in again, then `sudo systemctl restart pcscd`; it may need its maker's driver."),
    )
