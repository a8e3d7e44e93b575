"""Where the boxes of a layered graph stand: columns from left to right, few crossings, no overlaps.

The usual four steps, each small: an edge that skips columns gets a lane in each of them; the cells
of a column are sorted by the mean place of their neighbours, column by column, to and fro; heights
follow the neighbours' mean as closely as the order and the distances allow (isotonic regression);
and an edge runs level through its lanes. The same graph gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple, final

_SWEEPS: Final = 12
_LANE: Final = 6.0
_BETWEEN_BOXES: Final = 10.0
_BETWEEN_COLUMNS: Final = 70.0
_WIDEST_GAP: Final = 150.0


@final
class Box(NamedTuple):
    """What has to be placed; boxes of a column stay together by ``group``."""

    id: str
    column: int
    width: float
    height: float
    group: int = 0


@final
class Place(NamedTuple):
    """The left edge, the middle from top to bottom, and the size of a box."""

    x: float
    y: float
    width: float
    height: float


@final
class Layout(NamedTuple):
    """Places by id, the way of every edge as points, the columns' left edges, and the size.

    A way is level from its first point to its second, and from every other one to the next: inside
    a column. Between the columns it may rise and fall.
    """

    places: Mapping[str, Place]
    ways: tuple[tuple[tuple[float, float], ...], ...]
    columns: tuple[float, ...]
    width: float
    height: float


@final
class _Cell(NamedTuple):
    height: float
    group: int


_Columns = list[list[str]]
_Links = Mapping[str, list[str]]


def lay_out(boxes: Sequence[Box], edges: Sequence[tuple[str, str]]) -> Layout:
    """Place the boxes; every edge leads to a column further right."""
    at = {box.id: box for box in boxes}
    count = 1 + max((box.column for box in boxes), default=-1)
    columns: _Columns = [[box.id for box in boxes if box.column == place] for place in range(count)]
    cells = {box.id: _Cell(box.height, box.group) for box in boxes}
    chains = [_chain(number, at[a], at[b], columns, cells) for number, (a, b) in enumerate(edges)]
    back, forth = _links(chains)
    _sort(columns, cells, back, forth)
    heights = _settle(columns, cells, back, forth)
    widths = [max((box.width for box in boxes if box.column == c), default=0.0) for c in range(count)]
    gap = min(_BETWEEN_COLUMNS + len(edges) / 4, _WIDEST_GAP)  # many lines need room to be told apart
    lefts = [sum(widths[:c]) + c * gap for c in range(count)]
    places = {box.id: Place(lefts[box.column], heights[box.id], box.width, box.height) for box in boxes}
    ways = tuple(_way(chain, at, places, heights, lefts, widths) for chain in chains)
    bottom = max((heights[name] + cells[name].height / 2 for name in cells), default=0.0)
    right = lefts[-1] + widths[-1] if lefts else 0.0
    return Layout(places, ways, tuple(lefts), right, bottom)


def _chain(
    number: int, start: Box, end: Box, columns: _Columns, cells: dict[str, _Cell]
) -> tuple[str, ...]:
    """The cells that an edge passes: its boxes, and a lane in every column between."""
    lanes = [f"lane {number} {column}" for column in range(start.column + 1, end.column)]
    for column, lane in enumerate(lanes, start.column + 1):
        columns[column].append(lane)
        cells[lane] = _Cell(_LANE, end.group)
    return (start.id, *lanes, end.id)


def _links(chains: Iterable[tuple[str, ...]]) -> tuple[_Links, _Links]:
    back: dict[str, list[str]] = {}
    forth: dict[str, list[str]] = {}
    for chain in chains:
        for left, right in pairwise(chain):
            forth.setdefault(left, []).append(right)
            back.setdefault(right, []).append(left)
    return back, forth


def _sort(columns: _Columns, cells: Mapping[str, _Cell], back: _Links, forth: _Links) -> None:
    """Put each column into the order of its neighbours, to the left and to the right in turn."""
    for sweep in range(_SWEEPS):
        leftwards = sweep % 2 == 0
        links = forth if leftwards else back
        for column in reversed(columns) if leftwards else columns:
            _sort_column(column, cells, links, _ranks(columns))


def _sort_column(
    column: list[str], cells: Mapping[str, _Cell], links: _Links, ranks: Mapping[str, float]
) -> None:
    def wanted(name: str) -> tuple[int, float]:
        near = links.get(name)
        return cells[name].group, _mean([ranks[other] for other in near]) if near else ranks[name]

    column.sort(key=wanted)


def _ranks(columns: _Columns) -> dict[str, float]:
    return {name: rank / len(c) for c in columns for rank, name in enumerate(c)}


def _settle(
    columns: _Columns, cells: Mapping[str, _Cell], back: _Links, forth: _Links
) -> dict[str, float]:
    """The middle of every cell: near its neighbours, in order, nothing nearer than it may be."""
    heights = dict.fromkeys(cells, 0.0)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = [
                _mean([heights[n] for n in (*back.get(name, ()), *forth.get(name, ()))] or [0.0])
                for name in column
            ]
            heights.update(zip(column, _spread(wanted, _distances(column, cells)), strict=True))
    top = min((heights[name] - cells[name].height / 2 for name in cells), default=0.0)
    return {name: middle - top for name, middle in heights.items()}


def _distances(column: Sequence[str], cells: Mapping[str, _Cell]) -> list[float]:
    """How far the middles of two cells that follow each other have to be apart."""
    return [
        (cells[upper].height + cells[lower].height) / 2 + _BETWEEN_BOXES
        for upper, lower in pairwise(column)
    ]


def _spread(wanted: Sequence[float], distances: Sequence[float]) -> list[float]:
    """The values nearest to those wanted (least squares) that keep their distances.

    Without the distances this is isotonic regression, done by pooling adjacent violators.
    """
    offsets = [0.0]
    for distance in distances:
        offsets.append(offsets[-1] + distance)
    pools: list[tuple[float, int]] = []
    for value, offset in zip(wanted, offsets, strict=False):
        pool = (value - offset, 1)
        while pools and pools[-1][0] >= pool[0]:
            mean, size = pools.pop()
            pool = ((mean * size + pool[0] * pool[1]) / (size + pool[1]), size + pool[1])
        pools.append(pool)
    fitted = [mean for mean, size in pools for _ in range(size)]
    return [value + offset for value, offset in zip(fitted, offsets, strict=False)]


def _way(
    chain: Sequence[str],
    at: Mapping[str, Box],
    places: Mapping[str, Place],
    heights: Mapping[str, float],
    lefts: Sequence[float],
    widths: Sequence[float],
) -> tuple[tuple[float, float], ...]:
    start, *lanes, end = chain
    first, last = places[start], places[end]
    edge = lefts[at[start].column] + widths[at[start].column]
    points = [(first.x + first.width, first.y), (edge, first.y)]
    for column, lane in enumerate(lanes, at[start].column + 1):
        points += [(lefts[column], heights[lane]), (lefts[column] + widths[column], heights[lane])]
    return (*points, (last.x, last.y))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
