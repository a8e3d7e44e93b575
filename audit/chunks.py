"""What flows from the files to the workers: records, faults, and chunks that hold many of them.

A chunk is cheap to make and to send: one piece of text and, where a line is not a record, the places
in it. Only the worker that screens a chunk looks at its records one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, final

from engine.errors import IntakeProblem
from engine.reading import MAX_BYTES

CHUNK_BYTES: Final = 256 * 1024
"""How much text a chunk holds, give or take a record."""

CHUNK_PIECES: Final = 4096
"""How many places and faults a chunk holds at most: an array of commas must not fill the memory."""

Span = tuple[int, int, int, int | None]
"""A record in a chunk's text: start, end, line, item."""


@final
class Record(NamedTuple):
    """One text to be screened.

    ``line`` is where it begins in the unpacked text, from 1; ``item`` its place in an array, from 0.
    """

    line: int
    item: int | None
    text: bytes


@final
class Fault(NamedTuple):
    """What is no record but stands in the place of at least one; it becomes a reject.

    ``code`` is stable and meant for programs; ``line`` and ``item`` say where it begins.
    """

    line: int
    item: int | None
    code: str
    message: str


@final
class Chunk(NamedTuple):
    """A piece of one input: its records in order, and the faults that come after them.

    ``spans`` are the places of the records in ``text``; without them every line is a record, and
    ``first_line`` is the number of the first. ``hint`` belongs to the first refusal.
    """

    file: str
    text: bytes
    first_line: int
    spans: tuple[Span, ...] | None
    faults: tuple[Fault, ...]
    hint: str = ""


def records_of(chunk: Chunk) -> Iterator[Record]:
    """The records of a chunk, in order; blank lines are none, and line ends do not belong to them."""
    text = chunk.text
    if chunk.spans is not None:
        for start, end, line, item in chunk.spans:
            yield Record(line, item, text[start:end])
        return
    for line, record in enumerate(text.split(b"\n"), chunk.first_line):
        if record and not record.isspace():
            yield Record(line, None, record.removesuffix(b"\r"))


def chunked(file: str, text: bytes, pieces: Iterable[Span | Fault]) -> Iterator[Chunk]:
    """Gather places in a text, and faults, into as few chunks as their order allows."""
    spans: list[Span] = []
    faults: list[Fault] = []
    for piece in pieces:
        if (faults and not isinstance(piece, Fault)) or len(spans) + len(faults) == CHUNK_PIECES:
            yield _chunk(file, text, spans, faults)
            spans, faults = [], []
        if isinstance(piece, Fault):
            faults.append(piece)
        else:
            spans.append(piece)
    if spans or faults:
        yield _chunk(file, text, spans, faults)


def told(line: int, item: int | None, code: str, found: str, expected: str) -> Fault:
    """A fault, in the words in which the engine refuses an intake."""
    return Fault(line, item, code, IntakeProblem(code, "", found, expected).message)


def too_large(line: int, item: int | None) -> Fault:
    """The fault of a record that nobody may hold in memory."""
    return told(line, item, "too-large", f"more than {MAX_BYTES} bytes", "at most 1 MiB of text")


def kept(text: bytes) -> bytes | None:
    """What has to be kept of a record that is not complete; None if it is too large already.

    White space around a record does not count. Where white space at the end could be inside or after
    the record, one byte too many is kept of it: if anything follows, the record is too large.
    """
    text = text.lstrip()
    if len(text) <= MAX_BYTES:
        return text
    return text[: MAX_BYTES + 1] if text[MAX_BYTES:].isspace() else None


def _chunk(file: str, text: bytes, spans: list[Span], faults: list[Fault]) -> Chunk:
    if not spans:
        return Chunk(file, b"", faults[0].line, (), tuple(faults))
    first = spans[0][0]
    places = tuple((start - first, end - first, line, item) for start, end, line, item in spans)
    return Chunk(file, text[first : spans[-1][1]], spans[0][2], places, tuple(faults))
