"""Text that is one intake, however many lines it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from audit.chunks import Chunk, Fault, Span, chunked, kept, too_large
from audit.unpacking import Broken
from engine.reading import MAX_BYTES


@final
class SingleIntake:
    """Collects blocks of text into one record; no more of it than a record may have."""

    def __init__(self, file: str, line: int) -> None:
        self._file = file
        self._line = line
        self._held: bytes | None = b""
        """What there is of the intake; None if it is too large."""
        self.blank_lines = 0

    def feed(self, block: bytes) -> Iterator[Chunk]:
        """Nothing yet: the intake is complete at the end of the text."""
        if self._held is not None:
            self._held = kept(self._held + block)
        return iter(())

    def end(self, broken: Broken | None) -> Iterator[Chunk]:
        """The intake, or why there is none."""
        text = None if self._held is None else self._held.rstrip()
        yield from chunked(self._file, text or b"", self._pieces(text, broken))

    def _pieces(self, text: bytes | None, broken: Broken | None) -> Iterator[Span | Fault]:
        if broken and broken.cut_off:
            yield broken.fault(self._line, inside=", inside the intake")
            return
        if text is None or len(text) > MAX_BYTES:
            yield too_large(self._line, None)
        else:
            yield 0, len(text), self._line, None
        if broken:
            yield broken.fault(self._line)
