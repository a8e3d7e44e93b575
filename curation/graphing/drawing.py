"""A dependency graph as a picture: SVG of our own, no script, nothing from the network."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import chain
from typing import Final, NamedTuple, final

from curation.graphing.graph import Edge, Graph, Node
from curation.graphing.layers import Box, Layout, Place, lay_out
from engine.rules import LEVELS
from engine.text import printable

_HEADINGS: Final = {
    "asked": "What is asked",
    "concept": "Concept",
    "statement": "What has to be so",
    "conclusion": "Conclusion",
    "rule": "Rule",
    "meaning": "Outcome",
}
_LETTERS: Final = {
    "asked": 20,
    "concept": 28,
    "statement": 36,
    "conclusion": 26,
    "rule": 34,
    "meaning": 20,
}
"""How many letters a line of each kind of box takes."""
_LINE, _PADDING, _MARGIN, _HEAD = 15, 8, 20, 34
_WIDE, _NARROW = frozenset("mwMW%@—…"), frozenset("iljtf.,:;'|!()[] ")

_STYLE: Final = """
svg { background: #fff; color: #1c2128; font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
text { fill: currentColor; }
.heading { font-weight: 600; font-size: 13px; }
.detail { font-size: 10px; opacity: .75; }
rect { fill: #f6f8fa; stroke: #8c959f; }
.statement rect { fill: #fff; }
.conclusion rect { fill: #eef4ff; stroke: #4a74c9; }
.contraindication rect { fill: #ffebe9; stroke: #c6362c; }
.deferral rect { fill: #fff5d6; stroke: #a87400; }
.referral rect { fill: #e8f2ff; stroke: #2166b8; }
.precaution rect { fill: #e9f7ec; stroke: #2b8a45; }
.draft rect { stroke-dasharray: 5 3; }
path { fill: none; stroke: #8c959f; stroke-opacity: .8; }
path.denied { stroke: #c6362c; stroke-dasharray: 5 4; }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117; color: #e6edf3; }
rect { fill: #161b22; stroke: #6e7681; }
.statement rect { fill: #0d1117; }
.conclusion rect { fill: #13233f; stroke: #6f9bf0; }
.contraindication rect { fill: #3c1513; stroke: #f2726b; }
.deferral rect { fill: #33270a; stroke: #d9a62e; }
.referral rect { fill: #10263f; stroke: #5da2ee; }
.precaution rect { fill: #11301a; stroke: #56b870; }
path { stroke: #6e7681; }
path.denied { stroke: #f2726b; }
}
"""


@final
class _Set(NamedTuple):
    """A node's text, set in lines."""

    label: list[str]
    detail: list[str]

    @property
    def height(self) -> float:
        return (len(self.label) + len(self.detail)) * _LINE + 2 * _PADDING

    @property
    def width(self) -> float:
        return max(map(_length, (*self.label, *self.detail))) + 2 * _PADDING


def _length(line: str) -> float:
    """About the width of a line in pixels, rather too much: every machine has another typeface."""
    wide = sum(letter in _WIDE or ord(letter) > 0x2E80 for letter in line)  # noqa: PLR2004 - CJK on
    narrow = sum(letter in _NARROW for letter in line)
    return 12 * wide + 5 * narrow + 7.8 * (len(line) - wide - narrow)


def svg(graph: Graph, title: str) -> str:
    """The graph as one SVG document; ``title`` names it for screen readers."""
    texts = {name: _set(node) for name, node in graph.nodes.items()}
    column_of = _columns(graph)
    boxes = [_box(node, texts[name], column_of[name]) for name, node in graph.nodes.items()]
    layout = lay_out(boxes, [(edge.source, edge.target) for edge in graph.edges])
    width, height = layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN + _HEAD
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" {size}>',
        f'<title id="title">{_plain(title)}</title>',
        f'<desc id="desc">{_plain(_description(graph))}</desc>',
        f"<style>{_STYLE}</style>",
        *_headings(graph, column_of, layout),
        f'<g transform="translate({_MARGIN} {_MARGIN + _HEAD})">',
        *(_path(edge, way) for edge, way in zip(graph.edges, layout.ways, strict=True)),
        *chain.from_iterable(
            _drawn(node, texts[name], layout.places[name]) for name, node in graph.nodes.items()
        ),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each node: kind by kind, and further right than everything that it reads."""
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    column_of: dict[str, int] = {}
    first = 0
    for kind in _HEADINGS:
        names = [name for name, node in graph.nodes.items() if node.kind == kind]
        of_kind = set(names)

        def depth(name: str, of_kind: set[str] = of_kind) -> int:
            read = (source for source in sources.get(name, ()) if source in of_kind)
            return 1 + max(map(depth, read), default=-1)

        depths = {name: depth(name) for name in names}
        column_of |= {name: first + deep for name, deep in depths.items()}
        first += 1 + max(depths.values(), default=-1)
    return column_of


def _set(node: Node) -> _Set:
    room = _LETTERS[node.kind]
    label = textwrap.wrap(printable(node.label), room, break_on_hyphens=False) or [""]
    return _Set(label, textwrap.wrap(printable(node.detail), room + 6))


def _box(node: Node, text: _Set, column: int) -> Box:
    group = LEVELS.index(node.level) if node.level in LEVELS else len(LEVELS)
    fixed = group if node.kind in ("rule", "meaning") else 0
    return Box(node.id, column, text.width, text.height, fixed)


def _headings(graph: Graph, column_of: Mapping[str, int], layout: Layout) -> Iterator[str]:
    for kind, heading in _HEADINGS.items():
        columns = [column_of[name] for name, node in graph.nodes.items() if node.kind == kind]
        if columns:
            x = layout.columns[min(columns)] + _MARGIN
            yield f'<text class="heading" x="{x:.1f}" y="{_MARGIN + 12}">{heading}</text>'


def _path(edge: Edge, way: Sequence[tuple[float, float]]) -> str:
    """Curves between the columns, straight through them."""
    (x, y), *others = way
    drawn = [f"M{x:.1f} {y:.1f}"]
    for place, (to_x, to_y) in enumerate(others):
        middle = (x + to_x) / 2
        curve = f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        drawn.append(curve if place % 2 else f"H{to_x:.1f}")
        x, y = to_x, to_y
    denied = ' class="denied"' if edge.denied else ""
    return f'<path{denied} d="{"".join(drawn)}"/>'


def _drawn(node: Node, text: _Set, place: Place) -> Iterator[str]:
    draft = " draft" if node.detail.endswith("(draft)") else ""
    top = place.y - place.height / 2
    yield f'<g class="{node.kind}{f" {node.level}" if node.level else ""}{draft}">'
    yield (
        f'<rect x="{place.x:.1f}" y="{top:.1f}" width="{place.width:.1f}" '
        f'height="{place.height:.1f}" rx="5"/>'
    )
    styled = [(line, "") for line in text.label] + [(line, ' class="detail"') for line in text.detail]
    for number, (line, style) in enumerate(styled):
        x, y = place.x + _PADDING, top + _PADDING + number * _LINE + 11
        yield f'<text{style} x="{x:.1f}" y="{y:.1f}">{_plain(line)}</text>'
    yield "</g>"


def _description(graph: Graph) -> str:
    count = {kind: sum(node.kind == kind for node in graph.nodes.values()) for kind in _HEADINGS}
    counted = "; ".join(f"{heading}: {count[kind]}" for kind, heading in _HEADINGS.items())
    return (
        f"From left to right, with their numbers: {counted}. Each line leads from what is read to what "
        "reads it; a dashed red line leads from what must not be so."
    )


def _plain(text: str) -> str:
    return escape(printable(text), quote=True)
