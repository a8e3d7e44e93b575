"""Where a problem stands: the line and column of a key, a value, or the words of a long text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.yaml_files import place_of


def exact_place(file: Path, place: Sequence[str | int], words: str = "") -> tuple[int, int]:
    """The line and column (from 1) of the value at ``place``; 0 if they cannot be told.

    A value that has parts is found at its key. ``words`` are looked for from there on, since a text
    may go over many lines.
    """
    line, column = _value(file, tuple(place)) or place_of(file, place)
    return _at_words(file, line, column, words) if line and words else (line, column)


def lines_of(file: Path) -> Sequence[str]:
    """The lines of a file, without their ends; none if it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return ()


def _value(file: Path, place: Sequence[str | int]) -> tuple[int, int] | None:
    """Where a value without parts begins; an empty one has no place of its own."""
    from ruamel.yaml.error import YAMLError

    from engine.yaml_text import with_lines

    try:
        node: Any = with_lines(file.read_bytes())
        for part in place[:-1]:
            node = node[part]
        mapping = hasattr(node, "keys")
        if not place or isinstance(node[place[-1]], dict | list):
            return None
        if mapping and node[place[-1]] is None:
            return None
        line, column = node.lc.value(place[-1]) if mapping else node.lc.item(place[-1])
    except (OSError, YAMLError, ValueError, LookupError, AttributeError, TypeError):
        return None
    return line + 1, column + 1


def _at_words(file: Path, line: int, column: int, words: str) -> tuple[int, int]:
    """The first line from ``line`` on that has the words, or as many of them as fit on it."""
    lines = lines_of(file)
    wanted = words.split()
    for number in range(line, len(lines) + 1):
        text = lines[number - 1]
        found = text.find(" ".join(wanted), column - 1 if number == line else 0)
        if found >= 0:
            return number, found + 1
        if number > line and _is_cut(text, wanted):
            return number, text.rindex(wanted[0]) + 1
    return line, column


def _is_cut(text: str, wanted: Sequence[str]) -> bool:
    """Whether a line ends in the first of the words."""
    said = text.split()
    return any(said[-size:] == list(wanted[:size]) for size in range(len(wanted) - 1, 0, -1))
