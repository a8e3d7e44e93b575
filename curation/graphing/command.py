"""``needlecheck kb graph``: who reads what, as a picture or for another program to draw."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import click

from curation.errors import KeeperError
from curation.graphing.drawing import svg
from curation.graphing.formats import dot, mermaid
from curation.graphing.graph import Graph, connected, graph_of, with_concept
from curation.library import Library, open_library
from curation.options import folder_options, write
from engine.text import printable


@click.command("graph")
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option(
    "--format", "output_format", type=click.Choice(["mermaid", "dot", "svg"]), default="mermaid",
    show_default=True, help="Mermaid for Markdown pages, DOT for Graphviz, SVG to look at.",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write to FILE instead of standard output.",
)  # fmt: skip
@folder_options
def command(
    ids: tuple[str, ...],
    output_format: str,
    output: Path | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
) -> None:
    """Draw what rests on what: questions, concepts, statements, conclusions, rules, outcomes.

    With IDs (of rules, conclusions, concepts, questions or levels) only what they rest on and what
    rests on them. A dashed line leads from what must not be so.

    \b
    Examples:
      needlecheck kb graph --format svg --output rules.svg
      needlecheck kb graph needle-metal-allergy
      needlecheck kb graph warfarin --format svg --output warfarin.svg
      needlecheck kb graph deferral --format dot | dot -Tpdf -o deferral.pdf

    The SVG needs no other program: open it in a browser and zoom.
    """  # noqa: D301 - click wants the control character itself
    library = open_library(knowledge_base, overlays)
    graph = _wanted(ids, library)
    if output_format == "svg":
        what = ", ".join(ids) or library.knowledge_base.id
        write(svg(graph, f"What rests on what: {what}"), output)
    else:
        write(dot(graph) if output_format == "dot" else mermaid(graph), output)


def _wanted(ids: Iterable[str], library: Library) -> Graph:
    """The whole graph, or what is connected to the ids.

    Raises :class:`~curation.errors.KeeperError` for an id that the graph does not have.
    """
    graph = graph_of(library.knowledge_base)
    names: list[str] = []
    for item_id in ids:
        if ("concept", item_id) in library.items:
            graph = with_concept(graph, item_id, library.knowledge_base)
        found = [name for name in graph.nodes if name.partition(":")[2] == item_id]
        if not found:
            raise KeeperError(_not_drawn(item_id, graph, library))
        names += found
    return connected(graph, names) if names else graph


def _not_drawn(item_id: str, graph: Graph, library: Library) -> str:
    shown = printable(item_id)
    if ("source", item_id) in library.items:
        return f"{shown} is a source; needlecheck kb list --cites {shown} tells what rests on it"
    if library.known_as(item_id):
        return f"nothing in the graph rests on {shown}"
    known = {name.partition(":")[2] for name in graph.nodes} | {name for _, name in library.items}
    close = get_close_matches(item_id, sorted(known), n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"there is nothing with the id {shown} in the graph{hint}"
