"""The command line: `nocopy`, its groups of commands, and how each of them ends."""

from __future__ import annotations

import gettext
import importlib
import os
import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

import click

from reader.errors import NocopyError

# Imported first, so that no code that runs later finds a passphrase in the environment or in a memory dump.
from tui import passphrases, process  # noqa: F401
from tui.commands.call import DONE, FAILED, USAGE, Call, Group, OutputLost, complain, options
from tui.words.translate import LANGUAGES, LOCALE, _, sentences_of, use

# Command name -> the file under commands/ and the command in it.
_COMMANDS = {
    "practice": ("screen", "practice"),
    "setup": ("setup", "setup"),
    "passphrase": ("passphrase", "passphrase"),
    "card": ("card", "card"),
    "catalogue": ("catalogue", "catalogue"),
    "visit": ("visit", "visit"),
    "ledger": ("ledger", "ledger"),
    "queue": ("queue", "queue"),
    "sync": ("sync", "sync"),
    "month": ("month", "month"),
    "settings": ("settings", "settings"),
    "people": ("people_signed", "people"),
    "carry": ("carry", "carry"),
    "station": ("station", "station"),
    "verify": ("verify", "verify"),
    "backup": ("backup", "backup"),
    "restore": ("restore", "restore"),
    "doctor": ("doctor", "doctor"),
    "centre": ("centre", "centre"),
}


class _Nocopy(Group):
    """The root: each command's file is imported when its name is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click names it
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        file, name = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"tui.commands.{file}"), name)
        assert isinstance(command, click.Command)
        return command


def root() -> click.Group:
    """The root command, made when the language is known: its help is translated."""

    @click.group(
        "nocopy",
        cls=_Nocopy,
        invoke_without_command=True,
        help=_(
            "Reads Thai ID cards at an office's counter, keeps the usage ledger and works without a network. "
            "Without a command it opens the full screen."
        ),
    )
    @click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_tell_version,
        help=_("Print the version of the program."),
    )
    @options()
    def nocopy(call: Call) -> int | None:
        from tui.commands.screen import office

        return None if call.context.invoked_subcommand else office(call)

    return nocopy


def _tell_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from sync.run.centre_checkin import program_version

        click.echo(program_version())
        context.exit()


def _speak(args: Sequence[str]) -> None:
    """Read --lang wherever it is on the command line: the help is translated before click runs."""
    lang = "th"
    for place, arg in enumerate(args):
        wanted = arg.removeprefix("--lang=") if arg.startswith("--lang=") else ""
        if arg == "--lang" and place + 1 < len(args):
            wanted = args[place + 1]
        lang = wanted if wanted in LANGUAGES else lang
    use(lang)
    # click takes its own words (Usage, Options, ...) from the standard gettext: point that at our catalogue.
    os.environ["LANGUAGE"] = lang
    gettext.bindtextdomain("cli", str(LOCALE))
    gettext.textdomain("cli")


def run(args: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return its exit code."""
    _speak(args)
    try:
        time.time()
    except OverflowError:  # beyond the year 2262 Python itself cannot read the clock
        complain(
            _(
                "The clock of this PC stands so far ahead that no date can be written down: set it right,"
                " then do it again."
            )
        )
        return FAILED
    try:
        ended: Any = root().main(list(args), prog_name="nocopy", standalone_mode=False)
        return ended if isinstance(ended, int) else DONE
    except NocopyError as error:
        complain(*sentences_of(error, at_command_line=True))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message() + "\n", err=True)
        complain(_("Name one of these commands."))
        return USAGE
    except click.UsageError as error:
        complain(error.format_message())
        return USAGE
    except click.ClickException as error:
        complain(error.format_message())
        if isinstance(error, OutputLost):
            _print_no_more()
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        complain(_("Stopped."))
        return FAILED
    except PermissionError as error:
        from store.base.errors import FolderClosed

        if error.filename is None:
            _crashed(error, args)
        else:
            complain(*sentences_of(FolderClosed(path=str(error.filename))))
        return FAILED
    except BrokenPipeError:
        _print_no_more()  # the reader of our output closed the pipe, as `head` does
        return FAILED
    except Exception as error:  # noqa: BLE001 - a crash must show no value of a variable to anyone
        _crashed(error, args)
        return FAILED


def _print_no_more() -> None:
    """Drop what was not written: Python would report the same error again when it closes stdout."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _crashed(error: Exception, args: Sequence[str]) -> None:
    """Say that the program failed and where in the code; no message, value or argument: it may be secret."""
    from reader.buddhist_date import now, stamp
    from store.base.locations import Locations, find_home
    from store.base.private_file import private

    where = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    kind = type(error).__name__
    text = "\n".join([stamp(now()), kind, *where, ""])
    if isinstance(error, OSError) and error.filename:
        # A full disk or a folder that is not ours: the user can mend it when told which error it is.
        kind += f": {error.strerror}, {error.filename}"
    try:
        log = Locations(find_home(_home_in(args))).log
        log.mkdir(exist_ok=True)
        file = log / "crash.txt"
        with open(file, "a", encoding="utf-8", opener=private) as target:
            target.write(text)
    except OSError:
        complain(_("The program failed ({kind}), and the place could not be written down.").format(kind=kind))
    else:
        complain(
            _(
                "The program failed ({kind}). Where, without any data, stands in {file}: show it to ICT."
            ).format(kind=kind, file=file)
        )


def _home_in(args: Sequence[str]) -> str | None:
    for place, arg in enumerate(args):
        if arg.startswith("--home="):
            return arg.removeprefix("--home=")
        if arg == "--home" and place + 1 < len(args):
            return args[place + 1]
    return None


def main() -> None:
    """The `nocopy` command."""
    process.ignore_foreign_trust()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Thai must be printed whatever the PC's code page is; a sign that cannot be is escaped.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
