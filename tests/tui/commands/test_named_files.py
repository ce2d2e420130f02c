"""Whatever stands where a command is to read or write: it ends at once and changes nothing."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from reader.practice import PracticeSlots
from reader.practice_people import PEOPLE
from store.base.locations import Locations
from store.settings.rules import BACKUP_FOLDER
from tests.rig.modes import bound_by_modes
from tests.rig.office import HEAD, PASSPHRASE, open_books
from tests.rig.small_disk import small_disk
from tests.tui.commands.all_commands import commands
from tests.tui.commands.named_files import (
    CENTRE,
    DOORS,
    FOLDER,
    NONE,
    READ,
    SPARE,
    WRITE,
    Door,
    World,
    make_world,
)  # fmt: skip
from tui import cli, passphrases
from tui.commands.call import FILE
from tui.commands.call import FOLDER as FOLDER_TYPE

OWN = "of the program itself|must lie outside the home folder"
SAYS = {
    "link": "it is a link",
    "link to nothing": "it is a link",
    "pipe": "it is a pipe or a device",
    "device": "it is a pipe or a device",
    "books": OWN,
    "keys": OWN,
    "hard link to the books": OWN,
    "hard link to the keys": OWN,
    "folder": "it is a folder, not a file",
    "there": "is there already",
    "full disk": "is full|A backup needs",
    "closed": "may not write in|cannot be written|cannot be read",
    "missing": "cannot be read",
}
SECRETS = {"NOCOPY_NEW_PASSPHRASE": "seven quiet boats ashore"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    umask = os.umask(0)
    try:
        with pytest.MonkeyPatch.context() as patch:
            made = make_world(tmp_path_factory.mktemp("world"), patch)
            readers = PracticeSlots()
            readers.insert(PEOPLE[0])
            patch.setattr("reader.pcsc.PcscSlots", lambda: readers)
            yield made
    finally:
        os.umask(umask)


def named(command: click.Command) -> Iterator[str]:
    """The options and arguments of a command that name a file or a folder."""
    for one in command.params:
        assert not isinstance(one.type, click.Path | click.File), "its type looks at the file by itself"
        words = f"{one.metavar} {one.name} {getattr(one, 'help', '')}"
        if (
            one.name != "home"
            and not getattr(one, "is_flag", False)
            and (one.type in (FILE, FOLDER_TYPE) or re.search(r"\b(FILE|DIR|PATH|file|folder|path)\b", words))
        ):
            assert one.name is not None
            yield one.name


def test_every_option_that_names_a_file_is_in_the_table() -> None:
    cli.use("en")
    found = {(words, name) for words, command in commands(cli.root()) for name in named(command)}
    assert found == set(DOORS)


@dataclass
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str


class Tried:
    """One door in its world, with a new folder for each thing that may stand at its place."""

    def __init__(
        self, world: World, at: tuple[str, str], folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.world, self.door, self.folder = world, DOORS[at], folder
        self.books, self.keys = world.own(self.door)
        self._capsys = capsys
        self._n = 0

    def place(self) -> Path:
        self._n += 1
        place = self.folder / str(self._n)
        place.mkdir()
        return place / ("named.csv" if "export --month" in self.door.words else "named")

    def good(self) -> Path:
        return self.world.good / self.door.good

    def run(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
        door, world = self.door, self.world
        names = {"LETTER": world.letter, "OTHER": world.other, "NEW": str(self.place())}
        words = [names.get(word, word).replace("GOOD", str(world.good)) for word in door.words.split()]
        words = [str(file) if word == "FILE" else word for word in words]
        home = self.folder / f"new-{self._n}" if door.home == NONE else world.home(door.home)
        who = ["--login", door.login] if door.login else []
        given = {"NOCOPY_PASSPHRASE": PASSPHRASE[door.login]} if door.login else {}
        monkeypatch.setattr(passphrases, "_taken", {**SECRETS, **given})
        self._capsys.readouterr()
        code = cli.run([*words, "--json", "--lang", "en", "--home", str(home), *who])
        told = self._capsys.readouterr()
        return Run(code, told.out, told.err)

    def things(self) -> dict[str, Callable[[Path], Path]]:
        """What may stand at the place: it is made there, and the name to give is returned."""

        def at(make: Callable[[Path], object]) -> Callable[[Path], Path]:
            def made(place: Path) -> Path:
                make(place)
                return place

            return made

        target = self.good() if self.door.way == READ else self.world.good / "form"
        things: dict[str, Callable[[Path], Path]] = {
            "link": at(lambda place: place.symlink_to(target)),
            "pipe": at(os.mkfifo),
            "device": lambda _place: Path("/dev/zero"),
            "books": lambda _place: self.books,
            "keys": lambda _place: self.keys,
            "hard link to the books": at(lambda place: os.link(self.books, place)),
        }
        if self.door.login is None:  # a log-in writes the keys anew: it is no link to them any more
            things["hard link to the keys"] = at(lambda place: os.link(self.keys, place))
        if self.door.way != FOLDER:
            things["folder"] = at(Path.mkdir)
        if self.door.way == WRITE:
            things["link to nothing"] = at(lambda place: place.symlink_to(place.parent / "nothing"))
            things["there"] = at(lambda place: place.write_bytes(b"a letter"))
        if self.door.way == READ and self.door.words != "ledger verify --offline --head FILE":
            things["missing"] = lambda place: place
        return things

    def own(self) -> list[bytes]:
        return [self.books.read_bytes(), self.keys.read_bytes()]


def standing(folder: Path) -> list[tuple[str, int, object]]:
    """Each thing below the folder: its path, its kind and modes, and its content or where it leads."""
    found: list[tuple[str, int, object]] = []
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        inside: object = os.readlink(path) if stat.S_ISLNK(mode) else None
        # A log-in writes to the books themselves: what became of them is looked at for itself.
        if stat.S_ISREG(mode) and path.stat().st_nlink == 1:
            inside = path.read_bytes()
        found.append((str(path.relative_to(folder)), mode, inside))
    return found


def refused(ran: Run, thing: str, way: str) -> None:
    says = SAYS[thing]
    if way == FOLDER and thing not in ("full disk", "closed", "books", "keys"):
        says = "cannot be written: no backup was made there"
    assert ran.code not in (0, None), f"{thing}: {ran.out}"
    assert (ran.out, ran.err.count("\n")) == ("", 1), f"{thing}: {ran.out} {ran.err}"
    assert re.search(says, ran.err), f"{thing}: {ran.err}"


@pytest.mark.parametrize("at", DOORS, ids=lambda at: " ".join(at))
def test_what_is_no_file_of_the_officers_is_neither_read_nor_written(
    at: tuple[str, str],
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NOCOPY_HOME", str(world.home("office")))
    tried = Tried(world, at, tmp_path, capsys)
    key, root = world.books_as_they_are(tried.door)
    for thing, make in tried.things().items():
        place = tried.place()
        file = make(place)
        before, own, good = standing(place.parent), tried.own(), standing(world.good)
        ran = tried.run(file, monkeypatch)
        refused(ran, thing, tried.door.way)
        assert (standing(place.parent), standing(world.good)) == (before, good), thing
        if tried.door.login is None:
            assert tried.own() == own, thing
    assert world.books_as_they_are(tried.door) == (key, root)


@pytest.mark.parametrize("at", DOORS, ids=lambda at: " ".join(at))
def test_where_there_is_no_room_or_no_permission_nothing_is_left(
    at: tuple[str, str],
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NOCOPY_HOME", str(world.home("office")))
    tried = Tried(world, at, tmp_path, capsys)
    way, place = tried.door.way, tried.place()
    closed = place if way == READ else place.parent
    if way == READ:
        place.write_bytes(tried.good().read_bytes())
    closed.chmod(0 if way == READ else 0o500)
    with bound_by_modes():
        ran = tried.run(place.parent if way == FOLDER else place, monkeypatch)
    closed.chmod(0o700)
    refused(ran, "closed", way)
    assert list(place.parent.iterdir()) == ([place] if way == READ else [])
    if way == READ:  # nothing is written
        return
    with small_disk(tmp_path / "disk", 1) as disk:
        disk.leave(0)
        there = disk.folder / "named.csv" if place.suffix else disk.folder / "named"
        before = standing(disk.folder)
        ran = tried.run(disk.folder if way == FOLDER else there, monkeypatch)
        refused(ran, "full disk", way)
        assert standing(disk.folder) == before


@pytest.mark.parametrize("at", DOORS, ids=lambda at: " ".join(at))
def test_a_true_file_is_taken_and_what_is_written_is_private_whatever_the_umask(
    at: tuple[str, str],
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NOCOPY_HOME", str(world.home("office")))
    tried = Tried(world, at, tmp_path, capsys)
    place = tried.place()
    if tried.door.way == READ:
        place.write_bytes(tried.good().read_bytes())
    ran = tried.run(place.parent if tried.door.way == FOLDER else place, monkeypatch)
    assert ran.code == tried.door.code, ran.err
    if tried.door.way == READ:
        return
    (made,) = place.parent.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


@pytest.mark.parametrize("folder", [".", "backups", "log"])
def test_the_second_backup_goes_into_no_folder_of_the_program(
    world: World,
    folder: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = world.home("office")
    tried = Tried(world, ("backup", "to"), tmp_path, capsys)
    for words in (f"settings set backup.folder {home / folder}", f"backup --daily --to {home / folder}"):
        tried.door = Door(FOLDER, words)
        ran = tried.run(home, monkeypatch)
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert "it is a folder of the program itself" in ran.err
    books = open_books(Locations(home), HEAD)
    assert books.settings.get(BACKUP_FOLDER) is None
    books.close()


def test_everything_that_the_program_keeps_is_private_whatever_the_umask(world: World) -> None:
    for home in (world.home(CENTRE), world.home("office"), world.home(SPARE)):
        for path in (home, *home.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), f"{path}: {mode:o}"
