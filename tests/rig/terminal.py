"""A real terminal for whole flows: tmux at 80x24, keys as a keyboard sends them, the screen as it is seen."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Sequence

_STILL_S = 0.4
_NAMES = {"Enter", "Escape", "Tab", "BTab", "Up", "Down", "Left", "Right", "BSpace", "PPage", "NPage"}


class Terminal:
    """One program in its own tmux server (width x height cells); a context manager.

    `env` is its whole environment, but for the language.

    Waiting is by condition with a deadline in seconds; what was on the screen is in the error.
    """

    def __init__(
        self, command: Sequence[str], env: dict[str, str], width: int = 80, height: int = 24
    ) -> None:
        self._server = f"nocopy-test-{secrets.token_hex(4)}"
        self._command = list(command)
        self._env = {**env, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self._size = (width, height)

    def __enter__(self) -> Terminal:
        width, height = self._size
        self._tmux(
            *("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), "-s", "t"),
            *self._command,
            ";",
            *("set-option", "-g", "remain-on-exit", "on"),
        )
        return self

    def __exit__(self, *_: object) -> None:
        # The server may have ended with the program: then there is nothing to kill.
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True, check=False)

    def press(self, *keys: str) -> None:
        """Send keys by tmux name (`Enter`, `F9`, `Down`); any other word is typed as text.

        Enter comes as from a person, who has seen the screen: one that comes too soon after a change is
        swallowed by the program.
        """
        for key in keys:
            if key == "Enter":
                self._wait_until_still()
            if key in _NAMES or (key[:1] == "F" and key[1:].isdigit()):
                self._tmux("send-keys", "-t", "t", key)
            else:
                self._tmux("send-keys", "-t", "t", "-l", key)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", "t")

    def wait_for(self, *texts: str, timeout: float = 20) -> str:
        """The screen once it shows every text."""
        return self.wait_until(lambda shown: all(text in shown for text in texts), repr(texts), timeout)

    def wait_until(self, good: Callable[[str], bool], what: str, timeout: float = 20) -> str:
        deadline = time.monotonic() + timeout
        while True:
            shown = self.screen()
            if good(shown):
                return shown
            if time.monotonic() > deadline:
                raise AssertionError(f"the screen did not come to {what} in {timeout} s; it shows:\n{shown}")
            time.sleep(0.05)  # the pause between two looks at the screen

    def _wait_until_still(self) -> None:
        """Until the screen has not changed for longer than the program's guard lasts."""
        seen, since = "", time.monotonic()

        def still(shown: str) -> bool:
            nonlocal seen, since
            if shown != seen:
                seen, since = shown, time.monotonic()
            return time.monotonic() - since > _STILL_S

        self.wait_until(still, "stand still")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", self._server, *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"tmux {arguments[:2]}: {done.stderr.strip()}")
        return done.stdout
