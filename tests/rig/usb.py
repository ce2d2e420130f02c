"""Card readers whose USB cable a test pulls, at the real pcscd: see usb_readers.c, which is compiled here.

pcscd's own code for the USB does all the rest: it is told that a device came or went, loads its driver, and
puts the reader on its list or takes it off. The fixture is `usb_readers`; nothing of it touches the PC's own
pcscd, its drivers or its settings.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reader.pcsc import _load
from tests.rig.pcscd import VirtualReaders
from tests.rig.waiting import until

NAMES = ("First reader", "Second reader")
READERS = tuple(f"{name} 00 00" for name in NAMES)

_SOURCE = Path(__file__).with_name("usb_readers.c")
_DESCRIPTION = """<plist version="1.0"><dict>
<key>CFBundleExecutable</key><string>driver.so</string>
<key>ifdVendorID</key><array><string>0x0001</string></array>
<key>ifdProductID</key><array><string>0x000{number}</string></array>
<key>ifdFriendlyName</key><array><string>{name}</string></array>
</dict></plist>
"""


class UsbReaders:
    """The readers 0 and 1, none of which is plugged in at first. A card stays in its reader all the while."""

    def __init__(self, virtual_readers: VirtualReaders, usb: Path) -> None:
        self.insert = virtual_readers.insert
        self.forget = virtual_readers.forget
        self._usb = usb

    def plug(self, reader: int = 0) -> None:
        """Plug it in, once pcscd has heard that it was unplugged; returns when pcscd offers it."""
        self.until_gone(reader)
        (self._usb / str(reader)).touch()
        until(lambda: READERS[reader] in _offered(), f"{READERS[reader]} to be offered")

    def unplug(self, reader: int = 0) -> None:
        """Pull its cable. It is dead at once; a moment later pcscd hears of it."""
        (self._usb / str(reader)).unlink()

    def until_gone(self, reader: int = 0) -> None:
        """Until pcscd has taken it off its list; it does not while a program still holds its card."""
        until(lambda: READERS[reader] not in _offered(), f"{READERS[reader]} to be gone")

    def loosen(self, reader: int = 0) -> None:
        """It answers no more, and pcscd is not told why."""
        (self._usb / str(reader)).rename(self._usb / f"loose {reader}")

    def fasten(self, reader: int = 0) -> None:
        """It answers again."""
        (self._usb / f"loose {reader}").rename(self._usb / str(reader))


@pytest.fixture
def usb_readers(virtual_readers: VirtualReaders, tmp_path: Path) -> Iterator[UsbReaders]:
    """pcscd with its usual ways of hot-plug, and no reader plugged in yet."""
    usb, drivers, no_others = (tmp_path / "pcsc" / name for name in ("usb", "drivers", "reader.conf.d"))
    for folder in (usb, no_others):
        folder.mkdir(parents=True)
    libraries = [_driver(drivers / f"usb{n}.bundle" / "Contents", n, name) for n, name in enumerate(NAMES)]
    settings = {"LD_PRELOAD": ":".join(libraries), "NOCOPY_USB": usb, "NOCOPY_USB_DRIVERS": drivers}
    environment = {name: str(path) for name, path in settings.items()}
    with virtual_readers.service.instead(environment, "--config", str(no_others)):
        try:
            yield UsbReaders(virtual_readers, usb)
        finally:
            virtual_readers.take_out()


def _offered() -> list[str]:
    """The readers on pcscd's list, also one that answers no more."""
    scard = _load()
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert code == 0
    try:
        return list(scard.SCardListReaders(context, [])[1])
    finally:
        scard.SCardReleaseContext(context)


def _driver(bundle: Path, number: int, name: str) -> str:
    """Make the driver of one reader, as pcscd expects it; gives the path of its library."""
    library = bundle / "Linux" / "driver.so"
    library.parent.mkdir(parents=True)
    (bundle / "Info.plist").write_text(_DESCRIPTION.format(number=number, name=name))
    cc = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-I/usr/include/PCSC"]
    subprocess.run([*cc, "-shared", "-fPIC", str(_SOURCE), "-o", str(library), "-ldl"], check=True)
    return str(library)
