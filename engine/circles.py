"""Circles among things that rest on each other: concepts on their parents, conclusions on others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def circles(above: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Every circle, walked once, from a name back to itself: ``(a, b, a)``.

    ``above`` maps each name to those that it rests on; names that it does not hold rest on nothing.
    """
    settled: set[str] = set()
    for start in above:
        if start not in settled:
            yield from _walk(start, above, settled)


def _walk(
    start: str, above: Mapping[str, Iterable[str]], settled: set[str]
) -> Iterator[tuple[str, ...]]:
    """Depth first, without recursion: a chain may be longer than the interpreter's stack."""
    path = [start]
    ahead = [iter(above[start])]
    while ahead:
        following = next(ahead[-1], None)
        if following is None:
            ahead.pop()
            settled.add(path.pop())
        elif following in path:
            yield (*path[path.index(following) :], following)
        elif following not in settled:
            path.append(following)
            ahead.append(iter(above.get(following, ())))
