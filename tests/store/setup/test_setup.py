"""The first start: a form with mistakes changes nothing, a right one makes books that hold."""

from __future__ import annotations

import hmac
import json
import os
import re
import stat
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from store.base.database import Database
from store.base.locations import Locations, find_home, practice_home
from store.errors import BadInput
from store.formats.canonical import unb64
from store.ledger.ledger import Ledger
from store.people.sheet_key import sheet_signer
from store.people.standing import Standing
from store.people.vault import Keyring
from store.setup.create import create_books
from store.setup.errors import BadSetup, BooksExist
from store.setup.form import certificate, read_setup
from store.staff.recovery import read_key
from tests.rig.argon import make_cheap
from tests.rig.clock import now
from tests.rig.office import CITIZEN_ID, FIRST, FORM, write_form

GATEWAYS = """
[gateways.gdx]
url = "http://127.0.0.1:8080/gdx"
consumer_key = "key-of-the-office"
consumer_secret = "secret-of-the-office"
[centre]
url = "https://centre.example"
enrolment_code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""

PEM = """\
-----BEGIN CERTIFICATE-----
MIIBSDCB+6ADAgECAhQ+gLZieIxMThX257+BzDXt09AewjAFBgMrZXAwGTEXMBUG
A1UEAwwOT2ZmaWNlIFRlc3QgQ0EwIBcNMjYxMTI4MDkyNzUwWhgPMjEyNjExMDQw
OTI3NTBaMBkxFzAVBgNVBAMMDk9mZmljZSBUZXN0IENBMCowBQYDK2VwAyEAKCKX
z8/YaC/R3M5uycNLaQexq+4snZvfz8kkUZ/Hf/CjUzBRMB0GA1UdDgQWBBQFS9i8
8PLaSD4pe5jJthS5Av+4RzAfBgNVHSMEGDAWgBQFS9i88PLaSD4pe5jJthS5Av+4
RzAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBACxyIQaxVbps3dXLWGqN98ZnS07X
nDi7gZj0hN/smGGOrKRJupTJbYAmcna47izIl9OeytU+I/b5jL2QpdSG2QY=
-----END CERTIFICATE-----
"""


def form(folder: Path, old: str = "", new: str = "") -> Path:
    """The office's form with one piece of its text exchanged."""
    path = write_form(folder, GATEWAYS)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_a_form_is_read(tmp_path: Path) -> None:
    setup = read_setup(form(tmp_path))
    assert (setup.unit, setup.station) == ("5001", "01")
    assert setup.unit_name == "สำนักงานเกษตรและสหกรณ์จังหวัดเชียงใหม่"
    assert [person.login for person in setup.people] == ["somchai", "wipha", "prasit"]
    somchai = setup.people[0]
    assert (somchai.roles, somchai.services) == (("officer",), ("S01", "S02", "S03"))
    assert setup.settings == {
        "gateways.gdx.url": "http://127.0.0.1:8080/gdx",
        "gateways.gdx.consumer_key": "key-of-the-office",
        "gateways.gdx.consumer_secret": "secret-of-the-office",
        "centre.url": "https://centre.example",
        "centre.enrolment_code": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    }
    shown = repr(setup)
    for secret in (*CITIZEN_ID.values(), *FIRST.values(), "secret-of-the-office", "ABCDEFGHIJKL"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('code = "5001"', 'code = "5001"\ncolour = "red"', "unit.colour"),
        ("[unit]", "colour = 1\n[unit]", "colour"),
        ("[centre]", "[centre]\ntoken = 'x'", "centre.token"),
        ("[gateways.gdx]", "[gateways.gdx]\npin = 'x'", "gateways.gdx.pin"),
        ("[gateways.gdx]", "[gateways.other]", "gateways.other"),
        ('level = "ชำนาญงาน"', 'level = "ชำนาญงาน"\nnick = "x"', "person 1.nick"),
        ('code = "5001"', 'code = "50/01"', "unit.code"),
        ('code = "5001"', "code = 5001", "unit.code"),
        ('station = "01"', 'station = "1"', "unit.station"),
        ('station = "01"', 'station = "๐๑"', "unit.station"),
        ('consumer_key = "key-of-the-office"', "", "gateways.gdx.consumer_key"),
        ('consumer_secret = "secret-of-the-office"', "", "gateways.gdx.consumer_secret"),
        ('url = "http://127.0.0.1:8080/gdx"', "", "gateways.gdx.url"),
        ('url = "https://centre.example"', "", "centre.url"),
        ("[centre]", '[gateways.linkage2]\njob = "7"\n[centre]', "gateways.linkage2.url"),
        ('name = "สำนักงาน', 'nam = "สำนักงาน', "unit.nam"),
        ('login = "wipha"', 'login = "Wi pha"', "person 2.login"),
        ('login = "wipha"', 'login = "somchai"', "person 2.login"),
        (CITIZEN_ID["wipha"], CITIZEN_ID["somchai"], "person 2.citizen_id"),
        (CITIZEN_ID["wipha"], CITIZEN_ID["wipha"][:-1] + "0", "person 2.citizen_id"),
        ('roles = ["controller"]', 'roles = ["boss"]', "person 2.roles, boss"),
        ('roles = ["controller"]', "roles = []", "person 2.roles"),
        ('roles = ["controller"]', 'roles = "controller"', "person 2.roles"),
        ('roles = ["controller"]', 'roles = ["controller", "controller"]', "person 2.roles"),
        ('roles = ["controller"]', 'roles = ["officer"]', "controller"),
        ('roles = ["officer"]', 'roles = ["controller"]', "officer"),
        ('roles = ["head"]', 'roles = ["controller"]', "head"),
        ('first_passphrase = "first-word-2"', 'first_passphrase = "short"', "person 2.first_passphrase"),
        ('first_passphrase = "first-word-2"', "", "person 2.first_passphrase"),
        ("http://127.0.0.1:8080/gdx", "127.0.0.1:8080", "gateways.gdx.url"),
        ("http://127.0.0.1:8080/gdx", "https://somchai:pass@example", "gateways.gdx.url"),
        ("https://centre.example", "https://centre.example/?token=1", "centre.url"),
        ("http://127.0.0.1:8080/gdx", "http://api.example/gdx", "gateways.gdx.url"),
        ("http://127.0.0.1:8080/gdx", "http://127.0.0.1.example/gdx", "gateways.gdx.url"),
        ("https://centre.example", "http://10.0.0.5", "centre.url"),
        ("https://centre.example", "https://ศูนย์.example", "centre.url"),
        ("https://centre.example", f"https://{'a' * 64}.example", "centre.url"),
        ("https://centre.example", "https://centre.example:99999", "centre.url"),
        ("key-of-the-office", "key–of-the-office", "gateways.gdx.consumer_key"),
        ('"secret-of-the-office"', '"secret-of-the-office–"', "gateways.gdx.consumer_secret"),
        ("[centre]", '[centre]\nca_file = "nowhere.pem"', "centre.ca_file"),
        ("นายสมชาย ใจดี", "นายสมชาย\\u001b[31m", "person 1.name"),
        ("[unit]", "[unit", "TOML"),
    ],
)
def test_a_mistake_is_named_and_no_secret_with_it(tmp_path: Path, old: str, new: str, named: str) -> None:
    with pytest.raises(BadSetup, match=re.escape(named)) as refused:
        read_setup(form(tmp_path, old, new))
    for secret in (*CITIZEN_ID.values(), *FIRST.values(), "secret-of-the-office", "pass@", "token=1"):
        assert secret not in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("host", ["localhost", "127.8.0.1:8080", "[::1]:8080"])
def test_http_may_lead_to_this_pc(tmp_path: Path, host: str) -> None:
    setup = read_setup(form(tmp_path, "http://127.0.0.1:8080/gdx", f"http://{host}/gdx"))
    assert setup.settings["gateways.gdx.url"] == f"http://{host}/gdx"


def test_what_is_no_form_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetup):
        read_setup(tmp_path / "nothing.toml")
    (tmp_path / "x.toml").write_bytes(FORM.encode("cp874"))
    with pytest.raises(BadSetup):
        read_setup(tmp_path / "x.toml")


def test_a_form_written_by_notepad_is_read(tmp_path: Path) -> None:
    path = form(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_setup(path).unit == "5001"


def test_an_offices_own_certificate_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    setup = read_setup(form(tmp_path, "[centre]", '[centre]\nca_file = "ca.pem"'))
    assert setup.settings["centre.ca"] == PEM.strip()
    (tmp_path / "ca.pem").write_text(PEM.replace("MIIB", "XXXX"))
    with pytest.raises(BadSetup, match=r"centre\.ca_file"):
        read_setup(tmp_path / "office.toml")


def test_setup_makes_books_and_a_recovery_sheet(tmp_path: Path) -> None:
    locations, sheet = Locations(tmp_path / "home"), tmp_path / "sheet.txt"
    create_books(locations, read_setup(form(tmp_path)), recovery=sheet, clock=now)
    assert sorted(path.name for path in locations.home.iterdir()) == [
        "backups",
        "books.db",
        "keys.json",
        "log",
        "setup.lock",
    ]
    for path, mode in (
        (locations.home, 0o700),
        (locations.books, 0o600),
        (locations.keys, 0o600),
        (sheet, 0o600),
    ):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    text = sheet.read_text(encoding="utf-8")
    (whole,) = re.findall(r"^  (AGE-SECRET-KEY-1[0-9A-Z]{58})$", text, re.MULTILINE)
    (grouped,) = re.findall(r"^  AGE-S  .*(?:\n  .+)*", text, re.MULTILINE)
    assert "".join(grouped.split()) == whole
    assert all(4 <= len(group) <= 6 for group in grouped.split())
    for wanted in ("5001", "เครื่อง", "01", "ใบกู้คืน", str(now().year + 543)):
        assert wanted in text

    # The sheet alone opens the books.
    sealed = unb64(json.loads(locations.keys.read_bytes())["recovery"])
    key = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(whole)])
    database = Database(locations.books, key)
    ledger = Ledger(database, "01", Standing, now)
    first = ledger.line(0)
    assert (first.kind, first.officer, first.station) == ("keys", None, "01")
    names = ("origin", "station_key", "sheet_key", "recovery_key", "roles", "unit", "station", "epoch")
    assert first.facts.keys() == set(names)
    # The sheet can sign: its key is derived by RFC 5869 with one block, here by hand, and line 0 names it.
    drawn = hmac.digest(bytes(32), whole.encode(), "sha256")
    seed = hmac.digest(drawn, b"nocopy sheet sign v1" + b"\x01", "sha256")
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert unb64(first.facts["sheet_key"]) == public
    assert sheet_signer(whole).seed == seed
    assert re.fullmatch(r"nocopy/5001/01-[0-9a-f]{8}/e1", first.facts["origin"])
    kinds = [line.kind for line in ledger.lines(newest_first=False)]
    assert kinds == ["keys", "catalogue", *["people"] * 3, "settings"]
    bodies = "".join(row["body"] for row in database.rows("SELECT body FROM ledger"))
    for secret in (*CITIZEN_ID.values(), "secret-of-the-office", "127.0.0.1", whole):
        assert secret not in bodies
    assert database.value("SELECT count(*) FROM service") == 24
    assert database.value("SELECT count(*) FROM document") == 21
    ledger.verify()
    database.close()


def test_books_are_never_made_twice(tmp_path: Path) -> None:
    locations, setup = Locations(tmp_path / "home"), read_setup(form(tmp_path))
    create_books(locations, setup, recovery=tmp_path / "sheet.txt", clock=now)
    before = {path: path.read_bytes() for path in (locations.books, locations.keys)}
    with pytest.raises(BooksExist):
        create_books(locations, setup, recovery=tmp_path / "sheet2.txt", clock=now)
    assert not (tmp_path / "sheet2.txt").exists()
    assert {path: path.read_bytes() for path in before} == before


def test_of_two_that_begin_at_once_one_makes_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_cheap(monkeypatch)
    locations, setup = Locations(tmp_path / "home"), read_setup(form(tmp_path))
    both_are_here, made, refused = threading.Barrier(2), [], []

    def slow_clock() -> datetime:
        with suppress(threading.BrokenBarrierError):
            both_are_here.wait(0.5)  # the other one, where it is let in, is as far by now
        return now()

    def make(n: int) -> None:
        try:
            create_books(locations, setup, recovery=tmp_path / f"{n}.txt", clock=slow_clock)
            made.append(n)
        except BooksExist:
            refused.append(n)

    both = [threading.Thread(target=make, args=(n,)) for n in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert (len(made), len(refused)) == (1, 1)
    # Books, keys and the sheet are of the same making, and the other sheet is not there.
    identity = read_key((tmp_path / f"{made[0]}.txt").read_text("utf-8"))
    Database(locations.books, Keyring(locations.keys).recover(identity)[0]).close()
    assert not (tmp_path / f"{refused[0]}.txt").exists()
    assert sorted(path.name for path in locations.home.iterdir()) == [
        "backups",
        "books.db",
        "keys.json",
        "log",
        "setup.lock",
    ]


@pytest.mark.parametrize(
    "where", ["home/sheet.txt", "home/../home/log/sheet.txt", "there.txt", "no/folder/sheet.txt"]
)
def test_a_sheet_in_a_wrong_place_leaves_nothing_behind(tmp_path: Path, where: str) -> None:
    (tmp_path / "there.txt").write_text("a letter")
    locations = Locations(tmp_path / "home")
    with pytest.raises(BadInput, match=r"recovery sheet|is there already|of the program itself"):
        create_books(locations, read_setup(form(tmp_path)), recovery=tmp_path / where, clock=now)
    assert (tmp_path / "there.txt").read_text() == "a letter"
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in left) == ["office.toml", "setup.lock", "there.txt"]


def test_a_service_that_the_first_catalogue_does_not_know_is_refused(tmp_path: Path) -> None:
    path = form(tmp_path, '"S02"', '"S99"')
    with pytest.raises(BadSetup, match=r"person 1\.services, S99"):
        read_setup(path)


def test_where_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOCOPY_HOME", raising=False)
    assert find_home(str(tmp_path / "named")) == tmp_path / "named"
    usual = find_home()
    assert usual.name == "nocopy"
    assert practice_home() != usual
    monkeypatch.setenv("NOCOPY_HOME", str(tmp_path / "other"))
    assert find_home() == tmp_path / "other"
    assert find_home(str(tmp_path / "named")) == tmp_path / "named"
    assert practice_home() not in (usual, tmp_path / "other")


def test_a_certificate_is_read_from_a_regular_file_alone(tmp_path: Path) -> None:
    """The screens read it by the same function: at the first start and in the settings."""
    true, link, pipe = (tmp_path / name for name in ("ca.pem", "link", "pipe"))
    true.write_text("-----BEGIN", encoding="ascii")
    link.symlink_to(true)
    os.mkfifo(pipe)
    assert certificate("ca", true) == "-----BEGIN"
    for path, problem in (
        (link, "a link"),
        (pipe, "a pipe"),
        (Path("/dev/zero"), "a device"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(BadInput, match=problem):
            certificate("ca", path)
