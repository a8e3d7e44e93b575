"""``needlecheck kb list``: what a knowledge base holds, one line each, with filters."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import click

from curation.errors import KeeperError
from curation.library import Kind, Library, open_library
from curation.options import folder_options, write
from curation.showing.listing import Filters, rows, table
from engine.rules import LEVELS
from engine.text import printable

_LAST: Final = 100
KINDS_LISTED: Final[dict[str, Kind]] = {
    "rules": "rule",
    "conclusions": "conclusion",
    "concepts": "concept",
    "questions": "question",
    "sources": "source",
}
_FITTING: Final = {
    "level": ("rules",),
    "status": ("rules", "conclusions"),
    "reads": ("rules", "conclusions"),
    "cites": ("rules", "conclusions"),
}
"""What each filter can be asked of; ``--text`` fits everything."""


@click.command("list")
@click.argument("what", type=click.Choice(list(KINDS_LISTED)), default="rules", metavar="[WHAT]")
@click.option("--level", type=click.Choice(LEVELS), help="Only rules of this level.")
@click.option("--reads", metavar="CONCEPT", help="Only what an entry with this concept can bear on.")
@click.option("--cites", metavar="SOURCE", help="Only what rests on this source.")
@click.option(
    "--status", type=click.Choice(["draft", "active", "deprecated"]), help="Only what has this status."
)
@click.option("--text", metavar="WORD", help="Only what has this word in its id, title, text or names.")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "ids"]), default="text",
    show_default=True, help="Aligned columns, JSON, or the ids alone.",
)  # fmt: skip
@folder_options
def command(
    what: str,
    level: str | None,
    reads: str | None,
    cites: str | None,
    status: str | None,
    text: str | None,
    output_format: str,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
) -> None:
    """List what a knowledge base holds, one line each.

    WHAT is rules (if nothing is said), conclusions, concepts, questions or sources. Rules come
    strictest first. Filters can be combined; all of them have to hold.

    \b
    Examples:
      needlecheck kb list --level contraindication
      needlecheck kb list --reads warfarin      which rules can warfarin decide?
      needlecheck kb list --cites S3 --format ids
      needlecheck kb list concepts --text retin
    """  # noqa: D301 - click wants the control character itself
    filters = Filters(level, reads, cites, status, text)
    for name, fitting in _FITTING.items():
        if getattr(filters, name) is not None and what not in fitting:
            raise click.UsageError(f"--{name} is for {' and '.join(fitting)}, not for {what}.")
    library = open_library(knowledge_base, overlays)
    _check_known(filters, library)
    found = rows(KINDS_LISTED[what], filters, library)
    if output_format == "json":
        write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    elif output_format == "ids":
        write("".join(f"{row['id']}\n" for row in found))
    elif found:
        write("".join(f"{line}\n" for line in table(found, _LAST)))
    else:
        click.echo("needlecheck: nothing fits", err=True)


def _check_known(filters: Filters, library: Library) -> None:
    """Raise :class:`KeeperError` for a concept or source that does not exist."""
    asked: list[tuple[Kind, str | None]] = [("concept", filters.reads), ("source", filters.cites)]
    for kind, name in asked:
        if name is not None and (kind, name) not in library.items:
            ids = [item.id for item in library.of_kind(kind)]
            close = get_close_matches(name, ids, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise KeeperError(f"there is no {kind} {printable(name)}{hint}")
