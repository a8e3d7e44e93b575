"""``needlecheck kb check``: every problem of a knowledge base in one run."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

import click

from curation.checking.codes import all_codes, explained, listed
from curation.errors import KeeperError
from curation.options import write
from engine import SHIPPED
from engine.text import printable


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option(
    "--knowledge-base", type=click.Path(path_type=Path), metavar="DIR",
    help="The same as DIR, as the other commands have it.",
)  # fmt: skip
@click.option(
    "--overlay", "overlays", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
    help="Check this overlay together with the knowledge base; may be given more than once.",
)  # fmt: skip
@click.option(
    "--sources", "documents", type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR", help="Look up the cited words in the project's documents, which lie in DIR.",
)  # fmt: skip
@click.option(
    "--on", "today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help="The day on which reviews are due or not (YYYY-MM-DD).  [default: today]",
)  # fmt: skip
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "sarif", "github"]),
    default="text", show_default=True,
    help="Text for people, JSON for programs, SARIF for code scanners, workflow commands for GitHub.",
)  # fmt: skip
@click.option(
    "--explain", metavar="CODE", help="Say what a code means and how to mend it ('all': list)."
)
@click.option("--no-proofs", is_flag=True, help="Leave out the proofs, which take most of the time.")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings, too.")
@click.pass_context
def command(
    context: click.Context,
    folder: Path | None,
    knowledge_base: Path | None,
    overlays: tuple[Path, ...],
    documents: Path | None,
    today: datetime | None,
    output_format: str,
    explain: str | None,
    no_proofs: bool,  # noqa: FBT001 - click passes options by name
    strict: bool,  # noqa: FBT001
) -> None:
    """Find every problem of a knowledge base in one run.

    DIR is a folder of the shape of knowledge_base/; without it the shipped rules are checked.
    Each problem has a code, a place, and a way to mend it.

    \b
    Examples:
      needlecheck kb check
      needlecheck kb check our-rules --format github
      needlecheck kb check --overlay our-clinic --no-proofs
      needlecheck kb check --sources documents/ --strict
      needlecheck kb check --explain KB309

    What is right as it is gets an exception with a reason, in the file itself:

    \b
      exceptions:
        - {code: KB412, reason: the two are read in different places}

    The exit code is 0 when there is no error (with --strict: no warning either), 1 otherwise.
    """  # noqa: D301 - click wants the control character itself
    if explain is not None:
        write(_explanation(explain))
        return
    if folder is not None and knowledge_base is not None:
        raise click.UsageError("give the folder once: as DIR or with --knowledge-base")
    from curation.checking.check import check_knowledge_base  # other commands need none of these
    from curation.checking.formats import FORMATS, as_text

    on = today.date() if today else date.today()  # noqa: DTZ011 - the clinic's day
    checked = check_knowledge_base(
        folder or knowledge_base or SHIPPED, overlays, on, documents=documents, proofs=not no_proofs
    )
    if output_format == "text":
        write(as_text(checked, colour=_wants_colour()))
    else:
        write(FORMATS[output_format](checked))
    if checked.count("error") or (strict and checked.count("warning")):
        context.exit(1)


def _explanation(code: str) -> str:
    if code.lower() == "all":
        return listed()
    found = all_codes().get(code.upper())
    if found is None:
        close = get_close_matches(code.upper(), all_codes(), n=1, cutoff=0.7)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise KeeperError(f"there is no code {printable(code)}{hint} (--explain all lists them)")
    return explained(found)


def _wants_colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
