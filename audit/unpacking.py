"""From a file to its text: read once, hashed on the way, unpacked where it is gzip.

Whatever the sizes in which the bytes arrive, the text leaves in blocks of one size, so that all that
follows depends on the text alone. Where it breaks off, everything before the break is kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import BinaryIO, Final, NamedTuple, final

from audit.chunks import CHUNK_BYTES, Fault, told

MAGIC: Final = b"\x1f\x8b"
"""How every gzip file begins."""

_GZIP: Final = 31  # zlib's number for: gzip with header and check sum, the largest window
_PACKED_BYTES: Final = 32 * 1024
"""How much is unpacked at once: what is left of it is copied for each member that ends in it."""


@final
class Broken(NamedTuple):
    """Why a file could not be read to its end; ``cut_off``: the text is not complete."""

    code: str
    found: str
    expected: str
    cut_off: bool = True

    def fault(self, line: int, item: int | None = None, inside: str = "") -> Fault:
        """The same for the place where the text ends; ``inside`` says what is incomplete there."""
        return told(line, item, self.code, self.found + inside, self.expected)


_WHOLE: Final = "a complete gzip file"
_TRUNCATED: Final = Broken("truncated-gzip", "the end of the file before the end of its text", _WHOLE)
_CORRUPT: Final = Broken("corrupt-gzip", "compressed text that is damaged", _WHOLE)
_NO_GZIP: Final = Broken("corrupt-gzip", "a file that does not begin as gzip does", _WHOLE)
_MORE: Final = Broken(
    "corrupt-gzip", "other bytes after the compressed text", "nothing after it", cut_off=False
)


@final
class UnpackedText:
    """The text of one input, in blocks of ``CHUNK_BYTES`` (the last may be shorter); goes once.

    ``read_bytes`` and ``sha256`` are of the file as it lies on the disk; ``broken`` is set when the
    blocks ended before the file did. Takes a function that opens the file, and whether it is packed
    (None: if it begins like gzip). An error in reading ends the blocks; it is never raised.
    """

    def __init__(
        self, opened: Callable[[], AbstractContextManager[BinaryIO]], *, packed: bool | None
    ) -> None:
        self._opened = opened
        self._packed = packed
        self._digest = hashlib.sha256()
        self.read_bytes = 0
        self.broken: Broken | None = None

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        return _in_blocks(self._text())

    def _text(self) -> Iterator[bytes]:
        try:
            with self._opened() as stream:
                head, pieces = _peeked(self._raw(stream))
                packed = head.startswith(MAGIC) if self._packed is None else self._packed
                yield from self._unpacked(pieces) if packed else pieces
        except OSError as error:
            why = error.strerror or str(error)
            self.broken = self.broken or Broken(
                "unreadable", f"a file that cannot be read ({why})", "a file that can be read to its end"
            )

    def _raw(self, stream: BinaryIO) -> Iterator[bytes]:
        while (piece := stream.read(CHUNK_BYTES)) != b"":
            if piece is None:  # a stream that does not wait for its writer; this is not the end
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            self.read_bytes += len(piece)
            self._digest.update(piece)
            yield piece

    def _unpacked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """One member after the other; the file is read to its end even where unpacking ends."""
        supply = _slices(pieces)
        rest = next(supply, b"")
        first = True
        while rest and not self.broken:
            member = _Member(first=first)
            yield from member.text(chain((rest,), supply))
            self.broken = member.broken
            rest = _without_padding(member.rest, supply)
            first = False
        for _ in supply:
            pass


@final
class _Member:
    """One of the compressed texts that a gzip file holds, one after the other."""

    def __init__(self, *, first: bool) -> None:
        self._first = first
        self._head = b""
        self._inflater = zlib.decompressobj(_GZIP)
        self.broken: Broken | None = None

    @property
    def rest(self) -> bytes:
        """What was taken from the file but stands after the end of this member."""
        return self._inflater.unused_data

    def text(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Take as much of the file as belongs to this member; sets ``broken``."""
        for packed in pieces:
            self._head = (self._head + packed[: len(MAGIC)])[: len(MAGIC)]
            yield from self._unpacked(packed)
            if self.broken or self._inflater.eof:
                return
        self.broken = _TRUNCATED if MAGIC.startswith(self._head) else self._damage()

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        more = True
        while packed or more:
            before = self._inflater.copy()
            try:
                text = self._inflater.decompress(packed, CHUNK_BYTES)
            except zlib.error:
                self.broken = self._damage()
                yield _as_far_as_possible(before, packed)
                return
            yield text
            packed = self._inflater.unconsumed_tail
            more = len(text) == CHUNK_BYTES and not self._inflater.eof

    def _damage(self) -> Broken:
        if self._head == MAGIC:
            return _CORRUPT
        return _NO_GZIP if self._first else _MORE


def _without_padding(rest: bytes, supply: Iterator[bytes]) -> bytes:
    while not (rest := rest.lstrip(b"\0")):
        if not (rest := next(supply, b"")):
            break
    return rest


def _as_far_as_possible(inflater: zlib._Decompress, packed: bytes) -> bytes:
    """The text before the first byte that cannot be unpacked: zlib keeps it to itself when it fails."""
    text, good, bad = b"", 0, len(packed)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            text = inflater.copy().decompress(packed[:middle], CHUNK_BYTES)
            good = middle
        except zlib.error:
            bad = middle
    return text


def _peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a file, enough to know gzip, and the file with them."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(MAGIC):
            break
    return head, chain((head,), pieces)


def _slices(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), _PACKED_BYTES):
            yield piece[start : start + _PACKED_BYTES]


def _in_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        if not held and len(piece) == CHUNK_BYTES:
            yield piece
            continue
        held += piece
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)
