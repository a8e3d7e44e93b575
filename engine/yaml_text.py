"""YAML as it is written: parsed, with the lines of its keys, and why it cannot be read, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple, final

import orjson
from ryaml import loads  # type: ignore[attr-defined]

_NOT_TEXT: Final = frozenset({"int", "float", "bool", "null"})
_ODD_KEY: Final = "a key that is not text"
_TOO_DEEP: Final = "too many levels inside one another"
_LINE: Final = re.compile(r"at line (\d+)")
_POSITION: Final = re.compile(r"at position (\d+)")


@final
class Unreadable(NamedTuple):
    """Why bytes are not readable as YAML: line and column from 1, or 0 if they cannot be told."""

    code: str
    why: str
    line: int
    column: int
    remedy: str


def parsed(text: str) -> Any:
    """What YAML text says. Raises ValueError with why it is not readable."""
    try:
        data = loads(text)
    except ValueError as error:
        raise ValueError(_in_words(str(error))) from None
    try:
        orjson.dumps(data)  # the quickest look at every key
    except TypeError as error:
        if "Dict key" in str(error):
            raise ValueError(_ODD_KEY) from None
    return data


def unreadable(content: bytes, error: ValueError) -> Unreadable:
    """Why and where ``content`` cannot be parsed, and what to do; ``error`` is what was raised."""
    line, column = _place_of_fault(content, error)
    if isinstance(error, UnicodeDecodeError):
        why = f"the byte {content[error.start]:02X} is not UTF-8"
        return Unreadable("KB105", why, line, column, "Let the editor save the file as UTF-8.")
    code, remedy = "KB105", "Mend the YAML there: indentation, quotes, brackets; the file is UTF-8."
    if "duplicate" in str(error):
        code, remedy = "KB106", "Keep one of the two keys."
    elif str(error) == _ODD_KEY:
        remedy = "Put it in quotes if it is meant as text."
    return Unreadable(code, str(error), line, column, remedy)


@lru_cache(maxsize=64)
def with_lines(content: bytes) -> Any:
    """A file's data with the line and column of every key.

    Raises what ruamel.yaml raises, and ValueError where things lie too deep inside one another.
    """
    from ruamel.yaml import YAML  # slow; only messages need lines
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        """Leaves dates as they are written: one that does not exist has a line, too."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    yaml = YAML()
    yaml.Constructor = Constructor
    try:
        return yaml.load(content)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _in_words(error: str) -> str:
    """A message of the parser without words that only a programmer knows."""
    return _ODD_KEY if "unhashable" in error else error.replace("recursion limit exceeded", _TOO_DEEP)


def _place_of_fault(content: bytes, error: ValueError) -> tuple[int, int]:
    """Where YAML stops being readable; ruamel.yaml knows it of a repeated key too."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if isinstance(error, UnicodeDecodeError):
        return _line_and_column(content, error.start)
    if str(error) == _ODD_KEY:
        return next(_odd_keys(content), (0, 0))
    try:
        with_lines(content)
    except MarkedYAMLError as fault:
        if fault.problem_mark is not None:
            return int(fault.problem_mark.line) + 1, int(fault.problem_mark.column) + 1
    except (YAMLError, ValueError):
        position = _POSITION.search(str(error))
        if position:
            return _line_and_column(content, int(position[1]))
    line = _LINE.search(str(error))
    return (int(line[1]) if line else 0), 0


def _line_and_column(content: bytes, position: int) -> tuple[int, int]:
    """The line and column of a byte."""
    *before, last = content[:position].decode("utf-8", "replace").split("\n")
    return len(before) + 1, len(last) + 1


def _odd_keys(content: bytes) -> Iterator[tuple[int, int]]:
    """The line and column of each key that is a number, a truth value, nothing, or has parts."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

    try:
        waiting = [YAML().compose(content)]
    except (YAMLError, RecursionError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, MappingNode):
            for key, _ in node.value:
                if not isinstance(key, ScalarNode) or str(key.tag).rpartition(":")[2] in _NOT_TEXT:
                    yield key.start_mark.line + 1, key.start_mark.column + 1
            waiting += [value for _, value in reversed(node.value)]
        elif isinstance(node, SequenceNode):
            waiting += reversed(node.value)
