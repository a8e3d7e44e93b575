"""``needlecheck kb show``: everything about one rule, conclusion, concept, question or source."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path

import click

from curation.errors import KeeperError
from curation.library import Library, open_library
from curation.options import folder_options, write
from curation.showing.pages import page_of
from curation.showing.text import page_text
from engine.text import printable


@click.command("show")
@click.argument("item_id", metavar="ID")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text",
    show_default=True, help="Text for people, JSON for programs.",
)  # fmt: skip
@folder_options
def command(item_id: str, output_format: str, knowledge_base: Path, overlays: tuple[Path, ...]) -> None:
    """Show one rule, conclusion, concept, question or source.

    \b
    Examples:
      needlecheck kb show isotretinoin          a rule: when, why, on whose word
      needlecheck kb show naproxen              a concept: its names, and who reads it
      needlecheck kb show needs-longer-interval
      needlecheck kb show S3 --format json      everything that cites a source

    An id that several things have shows all of them. The condition of a rule is told in plain
    English; the words are made from the condition itself. Drafts and deprecated rules are shown
    too. JSON is a list with one object for each thing shown. The exit code is 1 when there is
    nothing with this id.
    """  # noqa: D301 - click wants the control character itself
    library = open_library(knowledge_base, overlays)
    items = library.known_as(item_id)
    if not items:
        raise KeeperError(f"there is nothing with the id {printable(item_id)}{_meant(item_id, library)}")
    pages = [page_of(item, library) for item in items]
    if output_format == "json":
        write(json.dumps(pages, ensure_ascii=False, indent=2) + "\n")
    else:
        write("\n\n".join(map(page_text, pages)))


def _meant(name: str, library: Library) -> str:
    """What else somebody could have meant: the concept of a name, or ids that look alike."""
    term = library.knowledge_base.vocabulary.find_name(name)
    if term is not None:
        return f"; as a name it means the concept {term.concept}"
    ids = {item_id.lower(): item_id for _, item_id in library.items}
    close = [ids[match] for match in get_close_matches(name.lower(), ids, n=3)]
    return f"; did you mean {' or '.join(map(printable, close))}?" if close else ""
