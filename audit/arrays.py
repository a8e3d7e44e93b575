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
_WHITE: Final = rb"[ \t\n\r\v\f]*+"


def _without(marks: bytes, insert: bytes = b"") -> bytes:
    """A pattern for text that has ``marks`` in strings only, or in what ``insert`` matches."""
    plain = rb'[^"' + marks + rb"]*+"
    plain += rb"(?:" + _STRING + plain + rb")*"
    return plain + rb"(?:" + insert + plain + rb")*" if insert else plain


def _nested(levels: int) -> bytes:
    """A pattern for the inside of brackets, with so many levels of brackets inside it."""
    return _without(rb"{}\[\]", _bracketed(_nested(levels - 1)) if levels else b"")


def _bracketed(inner: bytes) -> bytes:
    return rb"[{\[]" + inner + rb"[}\]]"


# What need not be looked at step by step. An intake has three levels of brackets inside its own; more
# levels, and strings that go on in the next block, take the steps.
_IN_BRACKETS: Final = _nested(3)
_NOT_IN_BRACKETS: Final = _without(rb"{\[\],")
_INSIDE: Final = re.compile(_IN_BRACKETS, re.DOTALL)
_DEEP_INSIDE: Final = re.compile(_nested(0), re.DOTALL)
_OUTSIDE: Final = re.compile(_NOT_IN_BRACKETS, re.DOTALL)
_ELEMENT: Final = re.compile(_WHITE + _bracketed(_IN_BRACKETS) + _NOT_IN_BRACKETS, re.DOTALL)
_LEADING_WHITE: Final = re.compile(_WHITE)

_CLOSING: Final = ord("]")
_OPENING: Final = frozenset(b"{[")
_DEEP: Final = 5
"""From here on it is no intake: brackets in brackets are no longer tried at once, since it costs."""

_MISSING_COMMA: Final = -1
_END: Final = -2


@final
class _Scanner:
    """Finds where the elements of an array end; remembers between blocks of text where it stands."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._fresh = True  # nothing of the present element was seen
        self._bracketed = False  # outside of brackets: the element has had some

    @property
    def complete(self) -> bool:
        """Whether the element that was begun has brackets, all closed: only they show an end."""
        return self._bracketed and not self._depth and not self._in_string

    def cuts(self, text: bytes, start: int) -> Iterator[tuple[int, int]]:
        """The places where an element ends, and with what: a comma, the closing bracket, or nothing.

        The last is an opening bracket after an element that is complete. Ends with the array.
        """
        position = self._after_string(text, start) if self._in_string else start
        while (position := self._next_mark(text, position)) < len(text):
            mark = text[position]
            if mark in _OPENING:
                if self.complete:
                    self._bracketed = False
                    yield position, _MISSING_COMMA
                self._depth += 1
            elif self._depth:
                self._depth -= 1
                self._bracketed = True
            else:
                self._bracketed = False
                self._fresh = True
                yield position, mark
                if mark == _CLOSING:
                    return
            position += 1

    def _next_mark(self, text: bytes, position: int) -> int:
        """The place of the next bracket or, outside of brackets, comma; else the end of the text."""
        if self._depth:
            match = (_INSIDE if self._depth < _DEEP else _DEEP_INSIDE).match(text, position)
        elif self._fresh and (match := _ELEMENT.match(text, position)):
            self._bracketed = True
        else:
            match = _OUTSIDE.match(text, position)
        self._fresh = False
        position = match.end() if match else position
        if text[position : position + 1] != b'"':
            return position
        return self._after_string(text, position + 1)  # to the end: no other string is in the way

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
            piece = self._piece(text, begin, cut, mark)
            if piece:
                yield piece
            begin = cut if mark == _MISSING_COMMA else cut + 1
            self._ended = mark == _CLOSING
        if self._ended:
            yield from self._trailing(text, begin)
        else:
            self._hold(text, begin)

    def _piece(self, text: bytes, begin: int, cut: int, mark: int) -> Span | Fault | None:
        """An element, whatever it is; nothing at all for the inside of an empty array."""
        start, end = _stripped(text, begin, cut)
        line = self._line_at(text, start) if self._held == b"" else self._held_line
        large = self._held is None or end - start > MAX_BYTES
        beside = self._comma_missing or mark == _MISSING_COMMA
        self._held, self._comma_missing = b"", mark == _MISSING_COMMA
        item = self._item
        self._item += 1
        if large:
            return too_large(line, item)
        if start == end:
            found = "nothing where an intake should stand"
            return _malformed(line, item, found, "an intake") if item or mark != _CLOSING else None
        if beside:
            return _malformed(line, item, "an intake beside another", "a comma between two intakes")
        return start, end, line, item

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
        if self._scanner.complete and _is_paired(text):
            piece = self._piece(text, 0, len(text), _END)
            if piece:
                yield piece
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
    leading = _LEADING_WHITE.match(text, start, end)
    start = leading.end() if leading else start
    return start, start + len(text[start:end].rstrip())


def _is_paired(text: bytes) -> bool:
    """Whether a text ends with the bracket that belongs to its first one."""
    return text.rstrip()[-1:] == {b"{": b"}", b"[": b"]"}.get(text[:1])


def _malformed(line: int, item: int | None, found: str, expected: str) -> Fault:
    return told(line, item, "malformed-array", found, expected)


def _not_closed(line: int, item: int, *, incomplete: bool) -> Fault:
    if not incomplete:
        return _malformed(line, item, "the end of the text", "an intake or the closing bracket ]")
    found = f"no end of item {item}, so that from it on the text could not be split"
    return _malformed(line, item, found, "brackets and quotes in pairs, and ] after the last intake")
