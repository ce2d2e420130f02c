"""The program's command line as a PC runs it: a process for each command, on a day of the test's choice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.rig.clock import environment

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, f"exit code {self.code}: {self.err}"
        return json.loads(self.out)


@dataclass
class Pc:
    """A PC with the program: its home folder and its clock.

    From `moment` on, each command begins a minute after the one before. None: by the tests' clock.
    """

    home: Path
    moment: datetime | None = None
    passphrases: dict[str, str] = field(default_factory=dict)

    def run(
        self, *words: str, login: str | None = None, new: str | None = None, home: Path | None = None
    ) -> Ran:
        """One command with --json, under a login and its passphrase; `new` is a new passphrase."""
        ended = subprocess.run(
            self.line(*words, login=login, home=home),
            env=self.environment(login, new),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))

    @contextmanager
    def running(
        self, *words: str, login: str | None = None, home: Path | None = None
    ) -> Iterator[subprocess.Popen[str]]:
        """A command that runs until it is stopped, at the latest at the end of the block."""
        process = subprocess.Popen(
            # A suite that was started in the background has its processes ignore Ctrl+C.
            ["env", "--default-signal=INT", *self.line(*words, login=login, home=home)],
            env=self.environment(login),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)

    def line(self, *words: str, login: str | None = None, home: Path | None = None) -> list[str]:
        """The whole command line."""
        who = ["--login", login] if login else []
        line = [sys.executable, "-m", "tui.cli", *words, "--json", "--lang", "en"]
        return [*line, "--home", str(home or self.home), *who]

    def environment(self, login: str | None = None, new: str | None = None) -> dict[str, str]:
        """The environment of a command: this process's without NOCOPY_ variables, and those that it needs."""
        if self.moment is not None:
            self.moment += timedelta(minutes=1)
        here = environment(self.moment)
        given = {name: value for name, value in here.items() if not name.startswith("NOCOPY_")}
        if login:
            given["NOCOPY_PASSPHRASE"] = self.passphrases[login]
        if new is not None:
            given["NOCOPY_NEW_PASSPHRASE"] = new
        return given


@contextmanager
def practice_gateway(port: int = 0, *options: str) -> Iterator[str]:
    """The practice gateway in a process of its own, until the block is left; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sync.practice", "--port", str(port), *options],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["gdx_url"]
    finally:
        process.kill()
        process.communicate(timeout=30)
