"""Strict JSON: bytes in, plain Python values out, or every reason why not.

What JSON parsers let pass in silence is refused here, with the place: a duplicate key (of which
most parsers keep the last), ``NaN``, a number out of range, ``30.0`` where only whole numbers
exist, ``null``, a lone surrogate, invalid UTF-8, text over 1 MiB, nesting over 32.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, final

from engine.errors import MOST_PROBLEMS, IntakeError, IntakeProblem

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
ENOUGH_BYTES: Final = MAX_BYTES + 4
"""How much to read of a file: whatever is longer is refused, a byte order mark included."""

_SHOWN: Final = 60
_LONGEST_NUMBER: Final = 15  # digits; the largest number that a field accepts has three

_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_Path = tuple[str | int, ...]


@final
class _Repeated(dict[str, Any]):
    """An object that had a key more than once; ``keys_repeated`` names them."""

    keys_repeated: tuple[str, ...]


@final
class _OddNumber:
    """A number as written that no field of an intake can hold."""

    def __init__(self, text: str) -> None:
        self.text = text


def read_json(data: bytes) -> Any:
    """Parse one JSON document.

    Returns dicts, lists, strings, integers and booleans only. Raises :class:`IntakeError` with
    the problems that can be told from the text alone.
    """
    text = _decode(data)
    oddities: list[bool] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) == len(items):
            return found
        repeated = _Repeated(found)
        count = Counter(key for key, _ in items)
        repeated.keys_repeated = tuple(key for key, times in count.items() if times > 1)
        oddities.append(True)
        return repeated

    def odd(number: str) -> _OddNumber:
        oddities.append(True)
        return _OddNumber(number)

    def whole(number: str) -> int | _OddNumber:
        return int(number) if len(number) <= _LONGEST_NUMBER else odd(number)

    try:
        document = json.loads(
            text, object_pairs_hook=pairs, parse_float=odd, parse_constant=odd, parse_int=whole
        )
    except json.JSONDecodeError as error:
        problem = error.msg[0].lower() + error.msg[1:].removesuffix(" at")
        raise _refused(
            "malformed-json",
            f"{problem} at line {error.lineno}, column {error.colno}",
            "one complete JSON object",
        ) from None
    except RecursionError:
        raise _refused("too-deep", "very deep nesting", f"at most {MAX_DEPTH} levels") from None
    if oddities or _may_hide_oddities(text):
        problems = list(islice(_oddities(document, (), 1), MOST_PROBLEMS + 1))
        if problems:
            raise IntakeError(problems)
    return document


def document_order(document: Any, path: str) -> tuple[int, ...]:
    """A sorting key for the places of a document (JSON Pointers): the order in which they stand."""
    order: list[int] = []
    for part in path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            order.append(list(document).index(key))
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            order.append(int(key))
            document = document[int(key)]
    return tuple(order)


def pointer(*parts: str | int) -> str:
    """The JSON Pointer (RFC 6901) of a path: ``pointer("a/b", 0)`` is ``/a~1b/0``."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: Any) -> str:
    """A value as it stands in a message: JSON, cut to a readable length."""
    if isinstance(value, _OddNumber):
        text = value.text
    else:
        text = json.dumps(value, ensure_ascii=False, default=lambda odd: odd.text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _decode(data: bytes) -> str:
    start = len(_BOM) if data.startswith(_BOM) else 0
    if len(data) - start > MAX_BYTES:
        raise _refused("too-large", f"more than {MAX_BYTES} bytes", "at most 1 MiB of text")
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        place = start + error.start
        found = f"the byte 0x{data[place]:02x} at position {place}"
        raise _refused("invalid-utf-8", found, "text in UTF-8") from None
    if not text.strip():
        raise _refused("malformed-json", "no text at all", "one complete JSON object")
    return text


def _may_hide_oddities(text: str) -> bool:
    return (
        "null" in text
        or text.count("{") + text.count("[") > MAX_DEPTH
        or _SURROGATE_ESCAPE.search(text) is not None
    )


def _oddities(value: Any, path: _Path, depth: int) -> Iterator[IntakeProblem]:
    if isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            limit = f"at most {MAX_DEPTH} levels of nesting"
            yield IntakeProblem("too-deep", pointer(*path), "deeper nesting", limit)
        elif isinstance(value, dict):
            yield from _oddities_in_object(value, path, depth)
        else:
            for index, item in enumerate(value):
                yield from _oddities(item, (*path, index), depth + 1)
    elif value is None:
        expected = "a value; leave the key out when it is not known"
        yield IntakeProblem("null", pointer(*path), "null", expected)
    elif isinstance(value, _OddNumber):
        yield IntakeProblem("number", pointer(*path), shown(value), _number_expected(value.text))
    elif isinstance(value, str) and _SURROGATE.search(value):
        yield _surrogate(path, value)


def _oddities_in_object(value: dict[str, Any], path: _Path, depth: int) -> Iterator[IntakeProblem]:
    for key in value.keys_repeated if isinstance(value, _Repeated) else ():
        if not _SURROGATE.search(key):
            found = f"the key {shown(key)} more than once"
            yield IntakeProblem("duplicate-key", pointer(*path, key), found, "each key once")
    for key, item in value.items():
        if _SURROGATE.search(key):
            yield _surrogate(path, key)
        else:
            yield from _oddities(item, (*path, key), depth + 1)


def _number_expected(written: str) -> str:
    whole = written.removeprefix("-").isdigit()
    return f"at most {_LONGEST_NUMBER} digits" if whole else "a whole number, written without a point"


def _surrogate(path: _Path, text: str) -> IntakeProblem:
    return IntakeProblem(
        "lone-surrogate",
        pointer(*path),
        ascii(text)[:_SHOWN],
        "whole Unicode characters (a \\uD800 to \\uDFFF escape stands alone here)",
    )


def _refused(code: str, found: str, expected: str) -> IntakeError:
    return IntakeError([IntakeProblem(code, "", found, expected)])
