"""The options that keeper's commands share: which knowledge base, and where the output goes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from curation.errors import KeeperError
from engine import SHIPPED
from engine.text import printable


def folder_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--knowledge-base`` and ``--overlay``, as every command has them."""
    options = [
        click.option(
            "--knowledge-base", type=click.Path(path_type=Path), default=SHIPPED, metavar="DIR",
            help="The knowledge base to read instead of the shipped one.",
        ),
        click.option(
            "--overlay", "overlays", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
            help="An overlay to read with it; may be repeated.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def write(text: str, output: Path | None = None) -> None:
    """UTF-8 and line feeds on every machine, to a file or to standard output.

    Raises :class:`~curation.errors.KeeperError` if it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        if output is not None:
            output.write_bytes(data)
            return
        if sys.stdout is None:
            raise KeeperError("the result cannot be written: standard output is closed")
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read the output had enough
    except OSError as error:
        where = printable(str(output)) if output else "the result"
        raise KeeperError(f"{where} cannot be written: {error.strerror}") from None
