"""install.sh, run as a person runs it: in a copy of this folder, with its own place for what it installs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.floors import FLOORS, ROOT
from tests.rig.terminal import Terminal

NOWHERE = "http://127.0.0.1:9"  # nothing listens on the discard port

_NOT_OURS = ("NOCOPY_", "XDG_", "LD_PRELOAD", "FAKETIME", "TESTS_CLOCK_AHEAD")

# A first installation fetches everything; the tests' own venv has filled pip's cache already.
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a fresh clone holds, without what was made in this one."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in FLOORS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "install.sh",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        *(lock.name for lock in ROOT.glob("*.lock")),
    ):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The person's environment, with the books and the installed program under the test's own folder.

    There lies also what a killed installation leaves of its temporary files. Its clock is the true one also
    where the suite is run at another hour: what it fetches comes under certificates of today.
    """
    (tmp_path / "tmp").mkdir()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)},
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "DESTDIR": str(tmp_path / "pc"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LC_ALL": "C.UTF-8",
    }


@pytest.fixture
def offline() -> dict[str, str]:
    """No way out for anything that looks for one."""
    return {
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE),
        **{"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1", "PIP_FIND_LINKS": ""},
    }


def run(folder: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["./install.sh", *arguments],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def kill_at(folder: Path, env: dict[str, str], command: str, line: str) -> None:
    """Starts the command and kills all of it, as a power cut would, once it says the line."""
    started = subprocess.Popen(
        ["./install.sh", command],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert started.stdout is not None
    said = next((said for said in started.stdout if line in said), "")
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    started.stdout.close()
    assert line in said


def test_practice_begins_after_a_power_cut_and_later_without_a_network(
    checkout: Path, env: dict[str, str], offline: dict[str, str], tmp_path: Path
) -> None:
    kill_at(checkout, env, "practice", "run.lock")
    with Terminal([str(checkout / "install.sh"), "practice"], env) as terminal:
        terminal.wait_for("ฝึกใช้งาน", "F1", timeout=200)
    assert_isolated(checkout / ".venv/bin/nocopy", env, tmp_path)
    compiled = [str(checkout / ".venv/bin/python"), "-c", "import smartcard"]
    assert subprocess.run(compiled, capture_output=True, check=False).returncode == 1
    with Terminal([str(checkout / "install.sh"), "practice"], env | offline) as terminal:
        terminal.wait_for("ฝึกใช้งาน", "F1", timeout=20)


def test_the_installed_program_stands_alone_survives_a_broken_upgrade_and_goes_without_the_books(
    checkout: Path, env: dict[str, str], tmp_path: Path
) -> None:
    nocopy = tmp_path / "pc/usr/local/bin/nocopy"
    first = run(checkout, env, "install")
    assert first.returncode == 0, first.stdout + first.stderr
    program = nocopy.resolve().parent
    again = run(checkout, env, "install")
    assert again.returncode == 0, again.stderr
    assert "Installing" not in again.stdout
    assert nocopy.resolve().parent == program

    checkout = checkout.rename(tmp_path / "moved")
    assert (
        subprocess.run([nocopy, "--help"], cwd="/", env=env, capture_output=True, check=False).returncode == 0
    )
    subprocess.run([program / "python", "-c", "import smartcard.scard"], cwd="/", check=True)
    assert_isolated(nocopy, env, tmp_path)
    (packages,) = (program.parent / "lib").glob("python*/site-packages")
    assert files_of(packages) == files_of(checkout)

    with (checkout / "reader/__init__.py").open("a") as source:
        source.write("# a newer version\n")
    kill_at(checkout, env, "install", "run.lock")
    assert nocopy.resolve().parent == program
    assert (
        subprocess.run([nocopy, "--help"], cwd="/", env=env, capture_output=True, check=False).returncode == 0
    )

    books = tmp_path / "data/nocopy/books.db"
    books.parent.mkdir(parents=True, exist_ok=True)
    books.write_bytes(b"the office's books")
    gone = run(checkout, env, "uninstall")
    assert gone.returncode == 0, gone.stderr
    assert str(books.parent) in gone.stdout
    assert books.read_bytes() == b"the office's books"
    assert not nocopy.is_symlink()
    assert not (tmp_path / "pc/opt/nocopy").exists()


def assert_isolated(nocopy: Path, env: dict[str, str], tmp_path: Path) -> None:
    """No code comes in from the folder where one stands, from PYTHON... variables or the user's packages."""
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("sitecustomize.py", "click.py", "reader.py"):
        (trap / name).write_text("import os\nos.write(1, b'trapped')\nos._exit(9)\n")
    ran = subprocess.run(
        [nocopy, "--version"],
        cwd=trap,
        env=env | {"PYTHONPATH": str(trap), "PYTHONSTARTUP": str(trap / "click.py")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "0.1.0"), ran.stderr


def files_of(folder: Path) -> set[str]:
    """What the program needs at run time: the four packages without the translators' files."""
    paths = [path for floor in FLOORS for path in (folder / floor).rglob("*") if path.is_file()]
    needed = [path for path in paths if path.suffix not in {".pyc", ".po"} and path.name != "compile.py"]
    return {path.relative_to(folder).as_posix() for path in needed}


@pytest.mark.parametrize("place", ["NOCOPY_HOME", "XDG_DATA_HOME", "HOME"])
def test_the_tests_refuse_a_pc_with_real_books(place: str, env: dict[str, str], tmp_path: Path) -> None:
    books = (
        tmp_path
        / {"NOCOPY_HOME": "it", "XDG_DATA_HOME": "it/nocopy", "HOME": "it/.local/share/nocopy"}[place]
    )
    books.mkdir(parents=True)
    (books / "books.db").touch()
    shutil.copy(ROOT / "install.sh", tmp_path)  # alone: if it did not refuse, it would still test nothing
    ran = run(tmp_path, env | {place: str(tmp_path / "it")}, "test")
    assert ran.returncode == 1
    assert "real books" in ran.stderr
    assert "ข้อมูลจริง" in ran.stderr
    assert str(books) in ran.stderr


def test_what_the_pc_lacks_is_named(checkout: Path, env: dict[str, str], tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in Path("/usr/bin").iterdir():
        if tool.name not in {"swig", "apt-get", "sudo"}:
            (tools / tool.name).symlink_to(tool)
    ran = run(checkout, env | {"PATH": str(tools)}, "install")
    assert ran.returncode == 1
    assert "This PC lacks: swig " in ran.stderr
    assert "ขาดส่วนประกอบ" in ran.stderr


def test_no_network_is_said_in_both_languages(
    checkout: Path, env: dict[str, str], offline: dict[str, str]
) -> None:
    ran = run(checkout, env | offline, "practice")
    assert ran.returncode == 1
    assert "The network could not be reached" in ran.stderr
    assert "เชื่อมต่ออินเทอร์เน็ตไม่ได้" in ran.stderr
    assert not (checkout / ".venv/nocopy-parts").exists()


def test_a_venv_that_is_not_ours_is_left_alone(checkout: Path, env: dict[str, str]) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv/mine").touch()
    ran = run(checkout, env, "practice")
    assert ran.returncode == 1
    assert "was not made by this script" in ran.stderr
    assert (checkout / ".venv/mine").exists()


def test_an_unknown_command_shows_the_known_ones(checkout: Path, env: dict[str, str]) -> None:
    ran = run(checkout, env, "instal")
    assert ran.returncode == 2
    assert "./install.sh practice" in ran.stderr
