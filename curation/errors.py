"""What a keeper's command says when it cannot do what was asked."""

from __future__ import annotations

from typing import IO, Any, final

import click

from commands.inputs import listed
from engine import KnowledgeBaseError


@final
class KeeperError(click.ClickException):
    """Something is wrong with what was given; the command ends with exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """The message on standard error, as every command of needlecheck has it."""
        del file
        click.echo(f"needlecheck: {self.message}", err=True)


def unusable(error: KnowledgeBaseError) -> KeeperError:
    """The error that lists everything that is wrong with a knowledge base."""
    return KeeperError(f"the knowledge base cannot be used:{listed(error)}")
