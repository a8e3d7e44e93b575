"""Text in which every line is a record, cut into chunks at line ends; nothing is done line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, final

from audit.chunks import Chunk, Fault, too_large
from audit.unpacking import Broken
from engine.reading import MAX_BYTES

_BLANK_FIRST: Final = re.compile(rb"[ \t\r\v\f]*\n")
_BLANK_LATER: Final = re.compile(rb"\n[ \t\r\v\f]*(?=\n)")


@final
class LineSplitter:
    """Cuts blocks of text into chunks of whole lines.

    A line that is too large is passed over without being held; it becomes a fault.
    """

    def __init__(self, file: str, line: int) -> None:
        self._file = file
        self._line = line
        self._held: bytes | None = b""
        """The line that is not complete; None if it is too large already."""
        self.blank_lines = line - 1

    def feed(self, block: bytes) -> Iterator[Chunk]:
        """The chunks that the next block of the text completes."""
        end = block.find(b"\n") + 1
        if not end:
            self._hold(block)
            return
        # A block is smaller than the largest record: only the first line of all can be larger.
        if self._held is None or len(self._held) + end > MAX_BYTES:
            yield from self._long_line(block[:end])
            block = block[end:]
        cut = block.rfind(b"\n") + 1
        yield from self._lines((self._held or b"") + block[:cut])
        self._held = b""
        self._hold(block[cut:])

    def end(self, broken: Broken | None) -> Iterator[Chunk]:
        """What is left at the end of the text; a last line needs no line end to be a record."""
        if broken and broken.cut_off:
            yield self._fault(broken.fault(self._line, inside=self._inside()))
            return
        if self._held != b"":
            yield from self._long_line(b"")
        if broken:
            yield self._fault(broken.fault(self._line))

    def _hold(self, part: bytes) -> None:
        if self._held is None:
            return
        held = self._held + part
        most = MAX_BYTES + 1  # a carriage return does not count
        if len(held) <= most:
            self._held = held
        else:  # white space may still become a blank line; if anything follows, it is too large
            self._held = held[: most + 1] if held.isspace() else None

    def _long_line(self, tail: bytes) -> Iterator[Chunk]:
        line = None if self._held is None else self._held + tail
        self._held = b""
        if line is None or _is_too_large(line):
            yield self._fault(too_large(self._line, None))
            self._line += 1
        else:
            yield from self._lines(line)

    def _lines(self, text: bytes) -> Iterator[Chunk]:
        if text and not text.isspace():
            yield Chunk(self._file, text, self._line, None, ())
        self.blank_lines += _blank_lines(text)
        self._line += text.count(b"\n")

    def _fault(self, fault: Fault) -> Chunk:
        return Chunk(self._file, b"", fault.line, None, (fault,))

    def _inside(self) -> str:
        if self._held is None:
            return f", more than {MAX_BYTES} bytes into a line"
        return f", {len(self._held)} bytes into a line" if self._held else ""


def _is_too_large(line: bytes) -> bool:
    length = len(line.removesuffix(b"\n").removesuffix(b"\r"))
    return length > MAX_BYTES and not line.isspace()


def _blank_lines(text: bytes) -> int:
    if not text.endswith(b"\n"):
        return 1 if text.isspace() else 0
    return len(_BLANK_LATER.findall(text)) + (1 if _BLANK_FIRST.match(text) else 0)
