"""Words that no vocabulary holds: markup, formulas, other scripts, invisible and endless ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from benchmarks.words import Draw, happens, pick

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_EMOJI: Final = (0x1F300, 0x2FF)
_MARKS: Final = (0x300, 0x70)
_SCRIPTS: Final = (
    (0x4E00, 0x51FF),  # Chinese and Japanese
    (0xAC00, 0x2BA0),  # Korean
    (0x5D0, 27),  # Hebrew
    (0x620, 0x2B),  # Arabic
    (0x915, 0x25),  # Devanagari
    (0x1D400, 0x54),  # bold letters that look like Latin ones
    (0x20000, 0xA6DF),  # rare Chinese
    (0xE000, 0x18FF),  # private use
    (0x2800, 0xFF),  # Braille
)
_INVISIBLE: Final = (
    "\u200b\u200d\u202e\u2066\u00ad\ufe0f\u0000\u0007\u001b\u007f\u0085\u2028\u2029\n\r\t\ufffd"
)
SPECIAL: Final = (
    "<script>alert(1)</script>", "</script><svg/onload=alert(1)>", "<img src=x onerror=alert(1)>",
    "</td></tr></table><h1>", "&lt;b&gt;&amp;&#x27;", "<!--", "]]>", "=1+1", '=HYPERLINK("#A1","open")',
    "+SUM(A1:A9)", "-2+3", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", "{{7*7}}", "${7*7}", "%s%n%d",
    "'; DROP TABLE intakes; --", "../../secret", "NUL", "C:\\con\\con", '"', "\\", '\\"',
    "a,b;c\td|e", '"quoted","cells"', "null", "NaN", "true", "1e5", "007", "__proto__", "-", " ",
    "x" * 128, "\U0001f489" * 64, "line\nbreak", "line\u2028break", "\u202etxt.exe", "\ufeffbom",
)  # fmt: skip
"""For names, ids and notes: what must be shown as it is, and neither run nor interpreted."""

_DENIALS: Final = ("no history of ", "denies ", "family history of ", "mother has ", "history of ")


@final
class StrangeWords:
    """Makes words that nobody has said before; ``known`` are words to make strange ones of."""

    def __init__(self, known: Sequence[str], draw: Draw) -> None:
        self._known = known
        self._draw = draw
        self._kinds = (
            *((self._letters,) * 6), *((self._foreign,) * 3), *((self._emoji,) * 2), self._long,
            *((self._combining,) * 2), *((self._denial,) * 2), *((self._almost,) * 2), self._hidden,
        )  # fmt: skip

    def one(self) -> str:
        """A word; it holds line breaks and control characters now and then."""
        return pick(self._draw, self._kinds)()

    def _letters(self) -> str:
        return _letters(6 + int(self._draw() * 14), self._draw)

    def _long(self) -> str:
        return _letters(3, self._draw) * 700 if happens(self._draw, 0.05) else _letters(200, self._draw)

    def _foreign(self) -> str:
        return _code_points(pick(self._draw, _SCRIPTS), 6 + int(self._draw() * 10), self._draw)

    def _emoji(self) -> str:
        return _code_points(_EMOJI, 6, self._draw) + pick(self._draw, _INVISIBLE)

    def _combining(self) -> str:
        marks = (_code_points(_MARKS, int(self._draw() * 9), self._draw) for _ in range(9))
        return "".join(_letters(1, self._draw) + mark for mark in marks)

    def _denial(self) -> str:
        return pick(self._draw, _DENIALS) + pick(self._draw, self._known) + f" {_letters(5, self._draw)}"

    def _almost(self) -> str:
        name = pick(self._draw, self._known)
        return name[: len(name) // 2] + _letters(3, self._draw) + name[len(name) // 2 :]

    def _hidden(self) -> str:
        around = pick(self._draw, _INVISIBLE)
        return around + _letters(8, self._draw) + around + pick(self._draw, SPECIAL)


def _letters(length: int, draw: Draw) -> str:
    return "".join(_LETTERS[int(draw() * 26)] for _ in range(length))


def _code_points(block: Sequence[int], length: int, draw: Draw) -> str:
    first, size = block
    return "".join(chr(first + int(draw() * size)) for _ in range(length))
