"""The door for named files: who comes in between, sticks without hard links, disks that hang, bind mounts."""

from __future__ import annotations

import ast
import errno
import os
import subprocess
import threading
from pathlib import Path

import pytest

from store.base import named_file
from store.base.errors import FileRefused, FileStalls, FolderFails, NoFile
from store.base.private_file import write_new
from tests.floors import sources
from tests.rig.office import copy_office

# Which sources open, move or delete files by themselves, and what they are.
OWN_FILES = {
    "reader/practice_people.py": "the program's photos",
    "store/base/": "the door itself, the database, the lock",
    "store/people/keys_file.py": "keys.json",
    "store/people/tries_count.py": "counts in the home folder",
    "store/people/wrong_passphrases.py": "tries in the home folder",
    "store/proof/break_memory.py": "broken.json",
    "store/queue/process_token.py": "/proc",
    "store/settings/example.py": "the program's catalogue",
    "store/setup/create.py": "the new books",
    "store/setup/restore.py": "the new books, the old ones put aside",
    "store/upkeep/backup.py": "backups under names of its own, by the folder that was let in",
    "sync/centre/keys.py": "centre-keys.json",
    "tui/cli.py": "the log of crashes",
    "tui/commands/card_checks.py": "what the PC has of USB and drivers",
    "tui/login_names.py": "names.json",
    "tui/practice.py": "practice's home",
}
BY_MODULE = {"os": {"open", "replace", "rename", "link", "unlink", "remove"}, "tempfile": {"mkstemp"}}
BY_PATH = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rename", "touch"}
# What has a method open() and is no path.
NO_PATHS = {"tarfile", "Image", "visits", "Books", "_question", "driver", "self"}


def opens(tree: ast.Module) -> set[str]:
    """The calls in a source that open, move or delete a file."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id == "open":
            found.add("open")
        if isinstance(node.func, ast.Attribute):
            of, called = ast.unparse(node.func.value).rpartition(".")[2], node.func.attr
            if called in BY_MODULE.get(of, () if of in (NO_PATHS | {"named_file"}) else BY_PATH):
                found.add(f"{of}.{called}")
    return found


def test_no_other_source_opens_a_file_by_itself() -> None:
    found = {path: calls for path, tree in sources().items() if (calls := opens(tree))}
    strange = {path: calls for path, calls in found.items() if not path.startswith(tuple(OWN_FILES))}
    assert strange == {}
    assert [one for one in OWN_FILES if not any(path.startswith(one) for path in found)] == []


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "as on FAT"])
def test_whoever_comes_in_between_keeps_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(*_paths: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr("os.link", refuse)
    path = tmp_path / "paper.pdf"
    with pytest.raises(FileExistsError):
        write_new(path, b"ours", lambda: path.write_bytes(b"theirs"))
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(path, b"theirs")]
    path.unlink()
    named_file.write(path, b"ours")
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == [(path, b"ours")]
    with pytest.raises(FileRefused, match="there already"):
        named_file.write(path, b"again")
    assert path.read_bytes() == b"ours"


def test_a_stick_without_hard_links_that_fails_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_paths: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def refuse(*_paths: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(FolderFails):
        named_file.write(tmp_path / "paper.pdf", b"ours")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_hangs_is_given_up_and_gets_nothing_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, goes_again, ended = tmp_path / "paper.pdf", threading.Event(), threading.Event()
    real = os.fsync

    def hang(opened: int) -> None:
        goes_again.wait(30)
        real(opened)
        ended.set()

    monkeypatch.setattr(named_file, "SILENT_S", 0.2)
    monkeypatch.setattr("os.fsync", hang)
    with pytest.raises(FileStalls) as told:
        named_file.write(path, b"ours")
    assert str(path) in str(told.value)
    (left,) = [one for one in threading.enumerate() if one.name == "apart"]
    goes_again.set()
    left.join(30)
    assert ended.is_set()
    assert list(tmp_path.iterdir()) == []


def test_a_read_ends_at_what_the_caller_expects(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.truncate(1 << 40)  # a hole: it takes no room on the disk
    with pytest.raises(FileRefused, match="larger"):
        named_file.read(path, 10_000)
    path.write_bytes(b"x" * 10_000)
    assert named_file.read(path, 10_000) == b"x" * 10_000
    with pytest.raises(NoFile):
        named_file.read(tmp_path / "nul\0", 10)


def test_the_home_folder_is_known_under_every_name(tmp_path: Path) -> None:
    home = copy_office(tmp_path / "home").home
    (tmp_path / "link").symlink_to(home)
    names = [home, home / "log" / "..", tmp_path / "link", home / "backups"]
    for folder in names:
        with pytest.raises(FileRefused, match="of the program itself"):
            named_file.write(folder / "new", b"x", home)
        with pytest.raises(FileRefused, match="of the program itself"):
            named_file.demand_foreign(folder, home)
    assert not (home / "new").exists()
    named_file.write(tmp_path / "new", b"x", home)
    # A backup is read from there, and nothing else.
    made = home / "backups" / "one.backup"
    made.write_bytes(b"pages")
    with named_file.open_backup(made, home) as file:
        assert file.read() == b"pages"
    for path in (home / "books.db", home / "keys.json"):
        with pytest.raises(FileRefused, match="of the program itself"):
            named_file.open_backup(path, home)


def test_a_bind_mount_of_the_home_folder_is_the_home_folder(tmp_path: Path) -> None:
    home, bound = copy_office(tmp_path / "home").home, tmp_path / "bound"
    bound.mkdir()
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*root, "mount", "--bind", str(home), str(bound)], check=True)
    try:
        with pytest.raises(FileRefused, match="of the program itself"):
            named_file.write(bound / "new", b"x", home)
        with pytest.raises(FileRefused, match="of the program itself"):
            named_file.read(bound / "keys.json", 1 << 20, home)
    finally:
        subprocess.run([*root, "umount", str(bound)], check=True)
