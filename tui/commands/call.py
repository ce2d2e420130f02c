"""What all commands share: where the books are, who asks, and how a result is printed."""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui import passphrases
from tui.words.translate import LANGUAGES, _, sentences_of

if TYPE_CHECKING:
    from store.base.locations import Locations
    from store.books import Books

# Control characters (JSON itself escapes only the first 32), and marks that turn the direction of writing.
_STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# The exit codes of the command line (docs/operate.md).
DONE, FAILED, USAGE, NOT_ALLOWED, NOT_THERE, BROKEN, WAITING = range(7)

Command = Callable[..., int | None]


class Call:
    """One run of a command, with the common options, wherever on the command line they were given."""

    def __init__(self, context: click.Context) -> None:
        self.context = context
        self.home: str | None = self._option("home")
        self.json = bool(self._option("as_json"))
        self.at_terminal = sys.stdin is not None and sys.stdin.isatty()

    def _option(self, name: str) -> Any:
        # `nocopy visit --home X show ID` means the same as `nocopy visit show ID --home X`.
        context: click.Context | None = self.context
        while context is not None:
            if context.params.get(name):
                return context.params[name]
            context = context.parent
        return None

    def locations(self) -> Locations:
        """The folders and files of this call's books."""
        from store.base.locations import Locations, find_home

        return Locations(find_home(self.home))

    def login(self) -> str:
        """The login name of --login, or typed."""
        name = self._option("login")
        if not name and not self.at_terminal:
            raise click.UsageError(_("Say who you are with --login NAME."))
        return str(name or click.prompt(_("Login"), err=True))

    @property
    def names_someone(self) -> bool:
        """Whether --login names somebody: only then may the books be opened."""
        return bool(self._option("login"))

    def passphrase(self) -> str:
        """The passphrase from NOCOPY_PASSPHRASE, or typed without being shown."""
        given = passphrases.given()
        if given is None and not self.at_terminal:
            raise click.UsageError(_("Give the passphrase in NOCOPY_PASSPHRASE, or type it at a terminal."))
        return given if given is not None else ask_hidden(_("Passphrase"))

    @contextmanager
    def books(self, *, even_broken: bool = False) -> Iterator[tuple[Books, str]]:
        """The opened books, and the passphrase, which a signature needs again.

        Over a break of the ledger a command goes on that only reads or saves, and one with `even_broken`; it
        is told on stderr. Raises NotAllowed where the permission table does not give this command to the
        person's roles, LedgerBroken for any other command over a break.
        """
        from store.books import Books
        from store.people.permissions import demand
        from tui.frame.permitted import COMMANDS, GO_ON_OVER_A_BREAK
        from tui.words.clock_words import clock_warning
        from tui.words.disk_words import disk_warning
        from tui.words.setting_words import settings_warning
        from tui.words.tries_words import tries_warning

        login, passphrase = self.login(), self.passphrase()
        action = COMMANDS[self.context.command_path.partition(" ")[2]]
        assert action is not None  # a command that opens books names its action
        even_broken = even_broken or action in GO_ON_OVER_A_BREAK
        books = Books.open(self.locations(), login, passphrase, even_broken=even_broken)
        try:
            demand(books.who, action)
            if books.broken is not None:
                complain(*sentences_of(books.broken, at_command_line=True))
            warnings = (
                *(tries_warning(books), disk_warning(books.disk.room())),
                *(clock_warning(books), settings_warning(books)),
            )
            for warning in warnings:
                if warning:
                    complain(warning)
            yield books, passphrase
        finally:
            books.close()

    def give(self, value: Any, lines: Iterable[str] = ()) -> None:
        """Print the result: `value` with --json, else the rows for a person. Raises OutputLost."""
        if self.json:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            lines = [_STEERS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)]
        else:
            lines = [plain(line) for line in lines]
        try:
            for line in lines:
                click.echo(line)
        except BrokenPipeError:
            raise  # the reader of our output has gone, which is no failure
        except OSError as error:
            raise OutputLost(error.strerror) from None


class OutputLost(click.ClickException):
    """The result could not be written to stdout, mostly because of a full disk."""

    def __init__(self, why: str | None) -> None:
        words = _(
            "The result could not be written where it was sent to ({why}): look there, then do it again."
        )
        super().__init__(words.format(why=why))


class Whole(click.IntRange):
    """A whole number within bounds; click's own type has a name that cannot be translated."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            self.fail(_("{text} is not a whole number that makes sense here.").format(text=value), param, ctx)


class _NamedType(click.ParamType[Path]):
    """A file or folder that is named on the line. What stands there is judged by store/base/named_file.py.

    click's own type looks at the file itself, and so waits for ever on a network folder that is gone.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        return Path(value)


FILE, FOLDER = _NamedType("FILE"), _NamedType("DIR")
FROM_STDIN = Path("-")
"""What an option of the type FILE may be in some commands: nothing is read from a file then."""


class Group(click.Group):
    """A group that lists its commands with their whole first sentence (click cuts after some words)."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click names it
        return list(self.commands)  # in the order of the work, not alphabetically

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            assert command is not None
            rows.append((name, (command.help or "").partition(". ")[0].rstrip(".")))
        with formatter.section(_("Commands")):
            formatter.write_dl(rows)


def complain(*sentences: str) -> None:
    """Say on stderr, in one row, what is wrong."""
    click.echo(plain(" ".join(" ".join(sentences).split())), err=True)


def ask_hidden(question: str) -> str:
    """Ask for a text at the terminal, without showing it."""
    return str(click.prompt(question, hide_input=True, err=True))


def plain(text: str) -> str:
    """The text without the control characters by which a card or a gateway could drive the terminal."""
    return _STEERS.sub("\ufffd", text)


def options(*, login: bool = False) -> Callable[[Command], Command]:
    """Decorate with the options of every command and group; `login` adds the one that says who is asking.

    The decorated function gets a Call first, then its own parameters.
    """

    def decorate(function: Command) -> Command:
        @functools.wraps(function)
        def run(**given: Any) -> int | None:
            for name in ("home", "as_json", "lang", "login"):
                given.pop(name, None)
            return function(Call(click.get_current_context()), **given)

        wrapped: Command = run
        for option in reversed(_common(login)):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def replacing(function: Command) -> Command:
    """Decorate with the option of a command that may write a bundle in place of an older one."""
    option = click.option("--replace", is_flag=True, help=_("In place of an older bundle of that name."))
    decorated: Command = option(function)
    return decorated


def _common(login: bool) -> list[Callable[[Command], Command]]:
    json_option = click.option("--json", "as_json", is_flag=True, help=_("Print the result as JSON."))
    who = click.option("--login", metavar="NAME", help=_("Who you are (passphrase: NOCOPY_PASSPHRASE)."))
    home = click.option("--home", metavar="DIR", help=_("The folder of the books."))
    # tui/cli.py has applied it already, before click began, because the help itself is translated.
    language = click.option("--lang", type=click.Choice(LANGUAGES), help=_("The language of what is shown."))
    found: list[Callable[[Command], Command]] = [json_option, home, language]
    return [who, *found] if login else found
