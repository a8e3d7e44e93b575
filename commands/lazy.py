"""A group of commands whose modules are imported when they are asked for: start-up counts."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, final

import click


@final
class LazyGroup(click.Group):
    """Commands of its own, and commands that each stand in a module, as ``command``.

    ``late`` names those modules by command, in the order in which ``--help`` lists them.
    """

    def __init__(self, *arguments: Any, late: Mapping[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._late = dict(late)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which one needs them."""
        return list(dict.fromkeys((*self.commands, *self._late)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; ``None`` if there is no such."""
        if cmd_name not in self._late:
            return super().get_command(ctx, cmd_name)
        found: click.Command = import_module(self._late[cmd_name]).command
        return found
