"""Who may do what: every role at every command, every key of the screen, and every step of the books.

The expectations come from the permission table itself. A command, a key or a step that is in none of the
lists fails a test, so that nobody adds a way around the table without noticing.
"""

from __future__ import annotations

import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from store.base.locations import Locations
from store.counter import slips
from store.counter.answer_file import save_answer
from store.errors import NotAllowed
from store.exchange import enrolment, station_in, station_out
from store.exchange.month_proof import make as proof_of_month
from store.exchange.stick import Carrying
from store.formats.roles import Role
from store.people.permissions import ALLOWED
from store.staff import recovery
from store.staff.adopt import adopt
from store.stations.stations import Stations
from store.upkeep import backup
from store.upkeep.retention import Retention
from tests.rig.cheap import cheap_office
from tests.rig.clock import SET_UP
from tests.rig.office import CONTROLLER, HEAD, NEWCOMER_FORM, OFFICER, PASSPHRASE, open_books
from tests.tui.commands.all_commands import commands
from tests.tui.every import screens
from tui import cli, passphrases
from tui.commands.call import FILE
from tui.frame.permitted import COMMANDS, KEYS
from tui.papers.ledger import print_ledger
from tui.papers.month import print_month
from tui.papers.slip import print_slip

LOGIN = dict(zip(Role, (OFFICER, CONTROLLER, HEAD), strict=True))
MONTH = "2026-11"

# Arguments of commands that would refuse just any value before the person's roles are checked.
GIVEN: dict[str, tuple[str, ...]] = {
    "visit": (
        *("--service", "S01", "--documents", "D02", "--subject", "person:1234567890121"),
        *("--channel", "copy"),
    ),
    "ledger export": ("--to", "FOLDER/ledger.csv", "--month", MONTH),
    "month paper": (MONTH, "--to", "FOLDER/paper.pdf"),
    "ledger archive": ("--to", "FOLDER/archive"),
    "people add": ("--from", "FOLDER/people.toml"),
    "station trust": ("FOLDER/people.toml", "--fingerprint", "1"),
    "centre enrol": ("--url", "https://centre.example", "--code", "A" * 32),
}


def needed(command: click.Command) -> Iterator[str]:
    """A value for each argument and option that the command requires."""
    for one in command.params:
        if not one.required:
            continue
        if isinstance(one, click.Option):
            yield one.opts[0]
        kind = one.type
        if kind is FILE:
            yield f"FOLDER/new-{command.name}"
        elif isinstance(kind, click.Choice):
            yield str(kind.choices[0])
        else:
            yield MONTH if one.metavar == "YYYY-MM" else "1"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Locations:
    (tmp_path / "people.toml").write_text(NEWCOMER_FORM, encoding="utf-8")
    return cheap_office(monkeypatch, tmp_path, SET_UP)


@pytest.mark.parametrize("role", Role)
def test_every_command_asks_the_table(
    office: Locations, role: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    login = LOGIN[role]
    monkeypatch.setattr(sys, "stdin", io.StringIO("a value\n"))
    given_by = {"NOCOPY_PASSPHRASE": PASSPHRASE[login], "NOCOPY_NEW_PASSPHRASE": "first-word-9"}
    for words, command in commands(cli.root()):
        action = COMMANDS[words]
        asks = any(option.name == "login" for option in command.params)
        assert asks or action is None, f"`{words}` has an action and asks nobody"
        if action is None:
            continue
        given = GIVEN.get(words) or tuple(needed(command))
        rest = [word.replace("FOLDER", str(office.home.parent)) for word in given]
        line = [*words.split(), *rest, "--home", str(office.home), "--lang", "en", "--json", "--login", login]
        monkeypatch.setattr(passphrases, "_taken", dict(given_by))
        code = cli.run(line)
        told = capsys.readouterr()
        if role in ALLOWED[action]:
            assert code != 3, f"{words}: {told.err}"
            assert not re.match("Missing|No such|Got unexpected|Invalid|Try", told.err), told.err
            assert "The program failed" not in told.err, f"{words}: {told.err}"
        else:
            assert code == 3, f"{words} gave {code}: {told.out} {told.err}"
            assert told.out == ""
            assert "may not do this" in told.err


# --- the steps of the books themselves

# What a person does with the books -> its action.
STEPS: dict[str, dict[str, str]] = {
    "visits": {
        **dict.fromkeys(
            (
                *("open", "discard", "add", "want", "not_needed", "obtain", "check_laser", "replace", "park"),
                *(
                    "resume",
                    "take_over",
                    "change_service",
                    "continued",
                    "close",
                    "cancel",
                    "keep_photo",
                    "answer",
                ),
            ),
            "visit",
        ),
        "correct": "correct",
    },
    "months": {
        **{name: name for name in ("cut_off", "summarise", "check", "approve", "flag", "submit")},
        "status": "ledger_read",
        "counts": "ledger_read",
        "reported": "ledger_read",
        "send_back": "return",
        "explain": "visit",
        "decide": "approve",
        "add_finding": "approve",
    },
    "queue": {"retry": "sync", "cancel": "sync"},
    "settings": {**dict.fromkeys(("set", "reset", "change"), "settings"), "all": "ledger_read"},
    "search": dict.fromkeys(("find", "shown", "reason", "back_entry"), "ledger_read"),
    "appointments": dict.fromkeys(
        ("add", "appoint", "end", "change", "reset", "demand_head_without"), "people"
    ),
}
# Counts and states without a citizen, and the program's own work under any log-in. A step inside another
# one's write takes `db` first, so it cannot be called without one.
FREE = {
    "visits": {"get", "unfinished", "today"},
    "months": {"current", "list", "received", "returned_by_ministry"},
    "queue": {
        *("claim", "attempt", "hurry", "recover", "put_off", "needs_login", "quarantine", "resume_logins"),
        *("get", "list", "counts", "needs_login_count", "wants"),
    },
    "settings": {"get", "content", "demand_as_signed", "verify"},
    "search": {"often_used"},
    "appointments": set(),
}
FUNCTIONS: dict[Callable[..., Any], str] = {
    adopt: "recovery",
    enrolment.request: "enrol",
    recovery.confirm: "recovery",
    recovery.renew_sheet: "recovery",
    save_answer: "visit",
    print_month: "ledger_read",
    print_slip: "visit",
    slips.wait: "visit",
    slips.let_go: "visit",
    print_ledger: "ledger_read",
    backup.make: "backup",
    station_out.write_out: "station_export",
    station_in.take_in: "station_import",
    proof_of_month: "ledger_read",
}
# What is made for the books where it is needed: its steps, as above, and those that ask nobody.
PARTS: dict[type[Any], tuple[dict[str, str], set[str]]] = {
    Stations: (
        dict.fromkeys(("trust", "release"), "station_trust"),
        {
            *("identity", "identity_file", "known", "get", "first_open", "brought", "all_brought", "spans"),
            *("missing", "must_be_complete", "chains", "line", "bodies"),
        },
    ),
    Retention: (
        {"due": "ledger_read", "archive": "archive", "check": "archive", "identity": "archive"},
        {"years"},
    ),
    Carrying: (dict.fromkeys(("out", "taken"), "sync"), set()),
}


def steps(thing: object) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public methods that are not steps inside another one's write."""
    for name, method in inspect.getmembers(thing, inspect.ismethod):
        if not name.startswith("_") and next(iter(inspect.signature(method).parameters), "") != "db":
            yield name, method


def call_with_anything(step: Callable[..., Any], *first: object, **named: object) -> None:
    """The person must be refused before anything else is looked at."""
    found = inspect.signature(step).parameters.values()
    needed = [one for one in found if one.default is one.empty and one.kind is not one.VAR_KEYWORD][
        len(first) :
    ]
    given = [object() for one in needed if one.kind is not one.KEYWORD_ONLY]
    rest = {one.name: object() for one in needed if one.kind is one.KEYWORD_ONLY}
    step(*first, *given, **{**rest, **named})


@pytest.mark.parametrize("role", Role)
def test_every_step_of_the_books_asks_the_table(office: Locations, role: str) -> None:
    books = open_books(office, LOGIN[role])
    for name, known in STEPS.items():
        found = dict(steps(getattr(books, name)))
        assert set(found) == known.keys() | FREE[name], name
        for step, action in known.items():
            if role in ALLOWED[action]:
                continue
            named = {"who": books.who} if name == "queue" else {}
            count = books.ledger.count()
            with pytest.raises(NotAllowed):
                call_with_anything(found[step], **named)
            assert books.ledger.count() == count
    for function, action in FUNCTIONS.items():
        if role not in ALLOWED[action]:
            with pytest.raises(NotAllowed):
                call_with_anything(function, books)
    for kind, (asking, free) in PARTS.items():
        found = dict(steps(kind(books)))
        assert set(found) == asking.keys() | free, kind
        for step, action in asking.items():
            if role not in ALLOWED[action]:
                with pytest.raises(NotAllowed):
                    call_with_anything(found[step])
    if role not in ALLOWED["confirm_clock"]:
        with pytest.raises(NotAllowed):
            books.months.cut_off(MONTH, confirmed=True)
    books.close()


# --- the screen


@pytest.mark.parametrize("role", Role)
def test_no_key_of_a_screen_is_alive_for_whom_the_table_refuses(office: Locations, role: str) -> None:
    books = open_books(office, LOGIN[role])
    dead = 0
    for screen in screens():
        # But for the table, every key would do something here.
        at: Any = SimpleNamespace(program=SimpleNamespace(someone_is_in=True, books=books))
        for command in screen.OFFERS:
            actions = KEYS[command.name()]
            allowed = not actions or any(role in ALLOWED[action] for action in actions)
            assert command.alive(at) == allowed, f"{screen.__name__}, {command.name()}"
            dead += not allowed
    assert dead > 0
    books.close()


def test_signatures_belong_to_three_roles_and_the_units_settings_to_the_head() -> None:
    """The three signatures are three roles, and the people, the settings and the sheet are the head's."""
    assert (ALLOWED["summarise"], ALLOWED["check"]) == ({"officer"}, {"controller"})
    for action in (
        "approve",
        "flag",
        "submit",
        "settings",
        "people",
        "recovery",
        "enrol",
        "ledger_whole_ids",
    ):
        assert ALLOWED[action] == {"head"}
    actions = {action for action in COMMANDS.values() if action} | {
        one for key in KEYS.values() for one in key
    }
    assert actions <= ALLOWED.keys()
