"""An array of intakes, cut into its elements without being parsed.

Only brackets, quotes and commas are looked at, so that an array of any length passes in constant
memory, and an element that is no JSON is one record, which the engine refuses with its reasons.
What stands in the place of an element but cannot be one becomes a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, final

from audit.chunks import Chunk, Fault, Span, chunked, kept, told, too_large
from audit.unpacking import Broken
from engine.reading import MAX_BYTES

_STRING: Final = rb'"[^"\\]*+(?:"|(?:\\.[^"\\]*+)+")'
_STRING_REST: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*', re.DOTALL)
_PLAIN: Final = rb'[^"{}\[\]]*+'


def _balanced(inner: bytes) -> bytes:
    """A pattern for text with strings in it, and with brackets around ``inner`` if there is any."""
    in_brackets = rb"|[{\[]" + inner + rb"[}\]]" if inner else b""
    return _PLAIN + rb"(?:(?:" + _STRING + in_brackets + rb")" + _PLAIN + rb")*"


# What need not be looked at byte by byte. Two levels of brackets in one match: twice as fast as none.
_INSIDE: Final = re.compile(_balanced(_balanced(_balanced(b""))), re.DOTALL)
_BETWEEN: Final = re.compile(rb'[^"{}\[\],]*+(?:' + _STRING + rb'[^"{}\[\],]*+)*', re.DOTALL)

_QUOTE, _BACKSLASH, _COMMA, _CLOSING = b'"\\,]'
_OPENING: Final = frozenset(b"{[")
_BRACE: Final = ord("}")
_MISSING_COMMA: Final = -1
_END: Final = -2

_WHITE: Final = re.compile(rb"[ \t\n\r\v\f]*")


@final
class _Scanner:
    """Finds where the elements of an array end; remembers between blocks of text where it stands."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._bracketed = False  # the present element has closed as many brackets as it has opened

    @property
    def complete(self) -> bool:
        """Whether the element that was begun has brackets, all closed: only they show an end."""
        return self._bracketed and not self._depth and not self._in_string

    def cuts(self, text: bytes, start: int) -> Iterator[tuple[int, int]]:
        """The places where an element ends, and with what: a comma, the closing bracket, or nothing.

        The last is an opening bracket after an element that is complete. Ends with the array.
        """
        position = self._after_string(text, start) if self._in_string else start
        while True:
            match = (_INSIDE if self._depth else _BETWEEN).match(text, position)
            assert match
            position = match.end()
            if position == len(text):
                return
            mark = text[position]
            if mark == _QUOTE:  # only a string that does not end in this block is in the way
                self._after_string(text, position + 1)
                return
            if mark in _OPENING:
                if self._bracketed and not self._depth:
                    self._bracketed = False
                    yield position, _MISSING_COMMA
                self._depth += 1
            elif self._depth:
                self._depth -= 1
                self._bracketed = True
            elif mark != _BRACE:
                self._bracketed = False
                yield position, mark
                if mark == _CLOSING:
                    return
            position += 1

    def _after_string(self, text: bytes, start: int) -> int:
        """The place after the string that contains ``start``, or the end of the text."""
        self._in_string = True
        match = _STRING_REST.match(text, start + self._escaped)
        position = match.end() if match else len(text)
        self._escaped = text[position : position + 1] == b"\\"
        self._in_string = self._escaped or position == len(text)
        return len(text) if self._in_string else position + 1


@final
class ArraySplitter:
    """Cuts blocks of text that begin with ``[`` (after white space) into chunks of elements.

    An element that is too large is passed over without being held; it becomes a fault.
    """

    def __init__(self, file: str, line: int) -> None:
        self._file = file
        self._scanner = _Scanner()
        self._line = line
        self._counted = 0  # the line ends before this place of the present text are in _line
        self._held: bytes | None = b""
        """The element that is not complete; None if it is too large already."""
        self._held_line = line
        self._item = 0
        self._comma_missing = False
        self._begun = self._ended = self._trailing_told = False
        self.blank_lines = 0

    def feed(self, block: bytes) -> Iterator[Chunk]:
        """The chunks that the next block of the text completes."""
        held = self._held or b""
        self._counted = len(held)
        text = held + block
        yield from chunked(self._file, text, self._pieces(text, len(held)))
        self._line_at(text, len(text))

    def end(self, broken: Broken | None) -> Iterator[Chunk]:
        """What is left at the end of the text."""
        text = self._held or b""
        self._counted = len(text)
        yield from chunked(self._file, text, self._last_pieces(text, broken))

    def _pieces(self, text: bytes, new: int) -> Iterator[Span | Fault]:
        begin = 0
        if not self._begun:
            self._begun = True
            begin = new = text.index(b"[") + 1
        for cut, mark in () if self._ended else self._scanner.cuts(text, new):
            yield from self._piece(text, begin, cut, mark)
            begin = cut if mark == _MISSING_COMMA else cut + 1
            self._ended = mark == _CLOSING
        if self._ended:
            yield from self._trailing(text, begin)
        else:
            self._hold(text, begin)

    def _piece(self, text: bytes, begin: int, cut: int, mark: int) -> Iterator[Span | Fault]:
        """An element, whatever it is; nothing at all for the inside of an empty array."""
        large, line = self._held is None, self._held_line
        start, end = _stripped(text, begin, cut)
        if self._held == b"":
            line = self._line_at(text, start)
        self._held = b""
        alone = mark == _MISSING_COMMA or self._comma_missing
        self._comma_missing = mark == _MISSING_COMMA
        item = self._item
        if large or end - start > MAX_BYTES:
            yield too_large(line, item)
        elif start == end:
            if mark == _CLOSING and not item:
                return
            yield _malformed(line, item, "nothing where an intake should stand", "an intake")
        elif alone:
            yield _malformed(line, item, "an intake beside another", "a comma between two intakes")
        else:
            yield start, end, line, item
        self._item += 1

    def _hold(self, text: bytes, begin: int) -> None:
        if self._held is None:
            return
        if self._held == b"":
            self._held_line = self._line_at(text, _stripped(text, begin, len(text))[0])
        self._held = kept(text[begin:])

    def _trailing(self, text: bytes, begin: int) -> Iterator[Fault]:
        start, end = _stripped(text, begin, len(text))
        if start < end and not self._trailing_told:
            self._trailing_told = True
            line = self._line_at(text, start)
            yield _malformed(line, None, "text after the closing bracket", "the end of the file")

    def _last_pieces(self, text: bytes, broken: Broken | None) -> Iterator[Span | Fault]:
        if self._scanner.complete and not self._ended:
            yield from self._piece(text, 0, len(text), _END)
        incomplete = self._held != b""
        line = self._held_line if incomplete else self._line
        item = None if self._ended else self._item
        inside = f", inside item {item}" if incomplete else ""
        cut_off = broken is not None and broken.cut_off
        if not self._ended and not cut_off:
            yield _not_closed(line, self._item, incomplete=incomplete)
        if broken:
            yield broken.fault(line, item, inside)

    def _line_at(self, text: bytes, place: int) -> int:
        self._line += text.count(b"\n", self._counted, place)
        self._counted = max(self._counted, place)
        return self._line


def _stripped(text: bytes, start: int, end: int) -> tuple[int, int]:
    """The same part of a text without the white space around it."""
    match = _WHITE.match(text, start, end)
    start = match.end() if match else start
    return start, start + len(text[start:end].rstrip())


def _malformed(line: int, item: int | None, found: str, expected: str) -> Fault:
    return told(line, item, "malformed-array", found, expected)


def _not_closed(line: int, item: int, *, incomplete: bool) -> Fault:
    if not incomplete:
        return _malformed(line, item, "the end of the text", "an intake or the closing bracket ]")
    found = f"no end of item {item}, so that from it on the text could not be split"
    return _malformed(line, item, found, "brackets and quotes in pairs, and ] after the last intake")
