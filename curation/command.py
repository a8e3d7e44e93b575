"""``needlecheck kb``: each command in a module of its own, imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Final, final

import click

COMMANDS: Final = {
    "check": "curation.check_command",
    "test": "curation.test_command",
    "new": "curation.new_command",
    "show": "curation.show_command",
    "list": "curation.list_command",
    "graph": "curation.graph_command",
    "diff": "curation.diff_command",
    "handbook": "curation.handbook_command",
}
"""The commands in the order in which ``--help`` lists them; each module has one, ``command``."""


@final
class KeeperGroup(click.Group):
    """Loads a command's module only when it is run, or described by ``--help``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command; ``None`` if there is no such."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(COMMANDS[cmd_name]).command
        return found
