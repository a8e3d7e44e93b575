"""From a file to its records: what kind of text it is, and from there on chunk by chunk.

    file ─ unpacking ─ blocks of text ─ lines, array or one intake ─ chunks ─ records (in a worker)

A file is read once and in constant memory, whatever is in it. What cannot be a record is never
passed over in silence: it becomes a fault, with its line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import BinaryIO, Final, Protocol, final

from audit.arrays import ArraySplitter
from audit.chunks import Chunk, Fault, Record, chunked, records_of, told
from audit.hints import begins_document, hint
from audit.inputs import Input, ending, is_packed
from audit.lines import LineSplitter
from audit.single import SingleIntake
from audit.unpacking import Broken, UnpackedText
from engine.reading import MAX_BYTES

__all__ = ["Chunk", "Fault", "InputReader", "Record", "records_of"]

_BOM: Final = b"\xef\xbb\xbf"


class _Splitter(Protocol):
    """Takes the text block by block, from the line on which it begins; gives chunks."""

    blank_lines: int

    def feed(self, block: bytes) -> Iterator[Chunk]: ...

    def end(self, broken: Broken | None) -> Iterator[Chunk]: ...


@final
class InputReader:
    """One input as a stream of chunks; goes once.

    The chunks depend on the unpacked text alone. Errors in reading become faults; none is raised.
    """

    def __init__(self, source: Input, standard_input: BinaryIO | None = None) -> None:
        self._source = source
        self._standard_input = standard_input
        packed = is_packed(source.path.name) if source.path else None
        self._text = UnpackedText(self._open, packed=packed)
        self._splitter: _Splitter | None = None
        self._leading_lines = 0
        self._hint = ""

    @property
    def read_bytes(self) -> int:
        """How many bytes of the file, as it lies on the disk, were read so far."""
        return self._text.read_bytes

    @property
    def sha256(self) -> str:
        """The hash of the same bytes, in hexadecimal."""
        return self._text.sha256

    @property
    def blank_lines(self) -> int:
        """How many lines were no records because nothing is on them; in JSON documents none."""
        return self._splitter.blank_lines if self._splitter else self._leading_lines

    @property
    def broken(self) -> bool:
        """Whether the file could not be read to its end."""
        return self._text.broken is not None

    def __iter__(self) -> Iterator[Chunk]:
        chunks = self._chunks()
        for first in chunks:
            yield first._replace(hint=self._hint)
            yield from chunks

    def _chunks(self) -> Iterator[Chunk]:
        blocks = self._from_first_line(iter(self._text))
        first = next(blocks, None)
        if first is None:
            yield from chunked(self._source.name, b"", [self._nothing()])
            return
        self._hint = hint(self._source.path.name, first) if self._source.path else ""
        splitter = self._splitter = self._splitter_of(first)
        for block in chain((first,), blocks):
            yield from splitter.feed(block)
        yield from splitter.end(self._text.broken)

    def _open(self) -> AbstractContextManager[BinaryIO]:
        if self._source.path is None:
            return nullcontext(self._standard_input or sys.stdin.buffer)
        return self._source.path.open("rb", buffering=0)

    def _from_first_line(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The text without a byte order mark and without the blank lines at its beginning.

        Of two marks none is left out: a record may have one, so that the other would go unseen.
        """
        begin, head = b"", next(blocks, b"")
        head = head if head.startswith(_BOM * 2) else head.removeprefix(_BOM)
        for block in chain((head,), blocks):
            text = begin + block
            blank = len(text) - len(text.lstrip())
            cut = text.rfind(b"\n", 0, blank) + 1
            self._leading_lines += text.count(b"\n", 0, cut)
            if blank < len(text):
                yield text[cut:]
                yield from blocks
                return
            begin = text[cut : cut + MAX_BYTES + 2]  # enough to see that the line is too large
        self._leading_lines += 1 if begin else 0

    def _nothing(self) -> Fault:
        line = self._leading_lines + 1
        if self._text.broken:
            return self._text.broken.fault(line)
        return told(1, None, "empty-file", "nothing but white space", "at least one intake")

    def _splitter_of(self, first: bytes) -> _Splitter:
        path = self._source.path
        kind = ending(path.name) if path else None
        splitter: Callable[[str, int], _Splitter] = LineSplitter
        if kind in {".json", None}:
            if first.lstrip().startswith(b"["):
                splitter = ArraySplitter
            elif kind or begins_document(first):
                splitter = SingleIntake
        return splitter(self._source.name, self._leading_lines + 1)
