"""``needlecheck kb handbook``: the knowledge base as pages for clinicians."""

from __future__ import annotations

from pathlib import Path

import click

from commands.inputs import NamedPath
from curation.errors import KeeperError
from curation.handbook.site import handbook
from curation.handbook.writing import write_handbook
from curation.options import folder_options
from engine.text import printable


@click.command()
@click.option(
    "--output", type=NamedPath(path_type=Path), required=True, metavar="DIR",
    help="The folder that receives the site; an earlier handbook there is replaced, nothing else.",
)  # fmt: skip
@folder_options
def command(output: Path, knowledge_base: Path, overlays: tuple[Path, ...]) -> None:
    """Make a handbook for clinicians.

    A static site with every rule, its sources and examples, the questionnaire, the vocabulary and a
    search. It needs no server and no network: open index.html. print.html has all rules on paper.

    \b
    Examples:
      needlecheck kb handbook --output handbook
      needlecheck kb handbook --overlay ours --output handbook
    """  # noqa: D301 - click wants the control character itself
    files = handbook(knowledge_base, overlays)
    try:
        write_handbook(files, output)
    except OSError as error:
        raise KeeperError(f"{printable(str(output))} cannot be written: {error.strerror}") from None
    click.echo(
        f"needlecheck: {len(files)} files; open {printable(str(output / 'index.html'))}", err=True
    )
