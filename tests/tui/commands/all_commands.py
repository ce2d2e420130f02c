"""Every command of the program."""

from __future__ import annotations

from collections.abc import Iterator

import click


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its words on the line."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield before + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
