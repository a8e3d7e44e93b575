"""A dependency graph for other programs to draw: Mermaid and DOT, every label escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from curation.graphing.graph import Graph, Node
from engine.text import printable

_MERMAID_ENTITIES: Final = str.maketrans(
    {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}
)
"""Mermaid has HTML's entities with # for &; a backtick would begin Markdown."""

_MERMAID_CLASSES: Final = {
    "contraindication": "stroke:#c6362c,stroke-width:2px",
    "deferral": "stroke:#a87400,stroke-width:2px",
    "referral": "stroke:#2166b8,stroke-width:2px",
    "precaution": "stroke:#2b8a45,stroke-width:2px",
}
_MERMAID_SHAPES: Final = {
    "asked": ('(["', '"])'),
    "concept": ('("', '")'),
    "statement": ('["', '"]'),
    "conclusion": ('{{"', '"}}'),
    "rule": ('["', '"]'),
    "meaning": ('(["', '"])'),
}
_DOT_SHAPES: Final = {
    "asked": "oval",
    "concept": "box",
    "statement": "plaintext",
    "conclusion": "hexagon",
    "rule": "box",
    "meaning": "oval",
}
_DOT_COLOURS: Final = {
    "contraindication": "#c6362c",
    "deferral": "#a87400",
    "referral": "#2166b8",
    "precaution": "#2b8a45",
}


def mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flowchart, which Markdown pages can show."""
    return "\n".join(_mermaid_lines(graph)) + "\n"


def dot(graph: Graph) -> str:
    """The graph in Graphviz's language."""
    return "\n".join(_dot_lines(graph)) + "\n"


def _mermaid_lines(graph: Graph) -> Iterator[str]:
    short = {name: f"n{number}" for number, name in enumerate(graph.nodes, 1)}
    yield "flowchart LR"
    for name, node in graph.nodes.items():
        before, after = _MERMAID_SHAPES[node.kind]
        text = "<br/>".join(line.translate(_MERMAID_ENTITIES) for line in _lines(node))
        level = f":::{node.level}" if node.level else ""
        yield f"  {short[name]}{before}{text}{after}{level}"
    for edge in graph.edges:
        arrow = "-. not .->" if edge.denied else "-->"
        yield f"  {short[edge.source]} {arrow} {short[edge.target]}"
    for level, style in _MERMAID_CLASSES.items():
        yield f"  classDef {level} {style}"


def _dot_lines(graph: Graph) -> Iterator[str]:
    yield "digraph knowledge_base {"
    yield '  graph [rankdir=LR, ranksep=1.2, nodesep=0.15, fontname="Helvetica"];'
    yield '  node [fontname="Helvetica", fontsize=11];'
    yield '  edge [color="#8c959f", arrowsize=0.6];'
    for node in graph.nodes.values():
        colour = f", color={_quoted(_DOT_COLOURS[node.level])}" if node.level in _DOT_COLOURS else ""
        text = "\\n".join(_escaped(line) for line in _lines(node))
        yield f'  {_quoted(node.id)} [label="{text}", shape={_DOT_SHAPES[node.kind]}{colour}];'
    for edge in graph.edges:
        denied = ' [style=dashed, label="not"]' if edge.denied else ""
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)}{denied};"
    yield "}"


def _lines(node: Node) -> list[str]:
    return [printable(line) for line in (node.label, node.detail) if line]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(text: str) -> str:
    return f'"{_escaped(printable(text))}"'
