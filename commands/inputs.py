"""Intakes, rules and dates as commands get them, and results as they go out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, final

import click

from engine import (
    SHIPPED,
    Intake,
    IntakeError,
    KnowledgeBaseError,
    Screener,
    load_knowledge_base,
    read_intake,
)
from engine.reading import ENOUGH_BYTES
from engine.text import printable


@final
class NamedPath(click.Path):
    """A path with a name: an empty one, of a variable that was not set, is not the present folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. Raises click.BadParameter where the name is empty."""
        if value == "":
            self.fail("the name is empty", param, ctx)
        return super().convert(value, param, ctx)


@final
class InputUnusable(click.ClickException):
    """The input could not be used, or a knowledge base is broken."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """The message on standard error."""
        del file
        click.echo(f"needlecheck: {self.message}", err=True)


format_option = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="Text for people, JSON for programs.",
)  # fmt: skip
"""How a command writes its result, where there is no page of it."""


def rules_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose the rules and the reference date, the same for every command."""
    options = [
        click.option(
            "--on", "reference_date", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
            help="Reference date (YYYY-MM-DD) of an intake without screened_on.  [default: today]",
        ),
        click.option(
            "--knowledge-base", type=click.Path(path_type=Path), default=SHIPPED, metavar="DIR",
            help="The rules to use instead of the shipped ones.",
        ),
        click.option(
            "--overlay", "overlays", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
            help="A folder that adds rules and vocabulary, or changes rules; may be repeated.",
        ),
        click.option(
            "--include-drafts", is_flag=True,
            help="Use rules that are still drafts too; what they find is marked.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def day_of(reference_date: datetime | None) -> date:
    """The reference date, by default the clinic's day."""
    return reference_date.date() if reference_date else date.today()  # noqa: DTZ011


def make_screener(knowledge_base: Path, overlays: tuple[Path, ...], *, include_drafts: bool) -> Screener:
    """The screener for a command's options. Raises InputUnusable where a knowledge base is broken."""
    try:
        with _without_collection():
            return Screener(load_knowledge_base(knowledge_base, overlays, include_drafts=include_drafts))
    except KnowledgeBaseError as error:
        raise InputUnusable(f"the knowledge base cannot be used:{listed(error)}") from None


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection while the knowledge base is built: it has no garbage, only size."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def listed(error: IntakeError | KnowledgeBaseError) -> str:
    """All reasons, each on a line of its own."""
    return "".join(f"\n  {printable(text)}" for text in error.told())


def name_of(file: str) -> str:
    """A file as messages show it."""
    return "standard input" if file == "-" else printable(file)


def read_file(file: str, reference_date: datetime | None) -> Intake:
    """The intake in a file (``-``: standard input). Raises InputUnusable with every reason."""
    on = day_of(reference_date)
    try:
        intake = read_intake(read_bytes(file), on)
    except IntakeError as error:
        raise InputUnusable(f"{name_of(file)} cannot be used as an intake:{listed(error)}") from None
    if reference_date and intake.screened_on != on:
        click.echo(
            f"needlecheck: --on {on} is not used; the intake says screened_on "
            f"{intake.screened_on}", err=True,
        )  # fmt: skip
    return intake


def read_bytes(file: str, most: int = ENOUGH_BYTES) -> bytes:
    """What stands in a file (``-``: standard input), as far as it can be of use (-1: all of it)."""
    if file == "-":
        stream = sys.stdin.buffer
        if stream.isatty():
            click.echo("needlecheck: type an intake, then Ctrl-D (see --help)", err=True)
        return stream.read(most)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise InputUnusable(f"{name_of(file)} cannot be read: {error.strerror}") from None


def write_result(text: str) -> None:
    """UTF-8 and line feeds on every machine. Raises InputUnusable if it cannot be written."""
    if sys.stdout is None:
        raise InputUnusable("the result cannot be written: standard output is closed")
    try:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read the output had enough
    except OSError as error:
        raise InputUnusable(f"the result cannot be written: {error.strerror}") from None
