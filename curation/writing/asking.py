"""Asking for what was not given: at a terminal one by one, elsewhere all at once as an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import click

from curation.errors import KeeperError

_FEW: Final = 12


def at_a_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


@final
@dataclass(slots=True)
class Asker:
    """Gives back what was given, and asks for the rest; ``missing`` collects what nobody could say."""

    interactive: bool
    missing: list[str] = field(default_factory=list)

    def text(self, option: str, given: str | None, asks: str, default: str | None = None) -> str:
        """One line of text."""
        if given:
            return given
        if self.interactive:
            click.echo(f"\n{asks}", err=True)
            return str(click.prompt(f"  {option}", default=default, err=True)).strip()
        if default is None:
            self.missing.append(f"{option}  {asks}")
        return default or ""

    def choice(
        self, option: str, given: str | None, asks: str, choices: Sequence[tuple[str, str]]
    ) -> str:
        """One of several words, by its number or as a word; each comes with what it means."""
        if given:
            return given
        if not self.interactive:
            words = [word for word, _ in choices]
            listed = f" One of: {', '.join(words)}." if len(words) <= _FEW else ""
            self.missing.append(f"{option}  {asks}{listed}")
            return ""
        click.echo(f"\n{asks}", err=True)
        for number, (word, means) in enumerate(choices, 1):
            click.echo(f"  {number}. {word}{f': {means}' if means else ''}", err=True)
        words = [word for word, _ in choices]
        accepted = click.Choice([*map(str, range(1, len(words) + 1)), *words])
        said = str(click.prompt(f"  {option}", type=accepted, show_choices=False, err=True))
        return words[int(said) - 1] if said.isdigit() else said

    def again(self, option: str, asks: str, read: Callable[[str], object], *, optional: bool) -> bool:
        """Ask until the answer can be read, or until nothing is said if that is allowed.

        The answer goes to ``read``, which raises KeeperError if it is no use. Tells whether
        something was said.
        """
        click.echo(f"\n{asks}", err=True)
        while True:
            said = str(click.prompt(f"  {option}", default="", show_default=False, err=True)).strip()
            if not said and optional:
                return False
            try:
                read(said)
            except KeeperError as error:
                click.echo(f"  {error.message}", err=True)
            else:
                return True

    def complain(self) -> None:
        """Raise UsageError with everything that is missing, if anything is."""
        if self.missing:
            listed = "".join(f"\n  {line}" for line in self.missing)
            raise click.UsageError(f"at a terminal these would be asked; here they are missing:{listed}")
