"""Which names are written most like a word that is no name, without comparing it with all of them.

Comparing a word with 8,000 names takes most of a millisecond: too long for files in which every
record holds a new unknown word. So only candidates are compared, the names that start or end like
the word. Two starts are alike when dropping a letter from each makes them equal: ``psori`` and
``psroi`` both leave ``psoi``. A start is the first five letters, of a name of up to seven letters
the first four; an end likewise. What a start leaves is filed once, so that a word takes about a
dozen look-ups and, on average, a few dozen comparisons.

Every name that is one slip away (a letter added, missing or wrong, two letters swapped) starts or
ends like the word. What can be missed: names of which both the start and the end differ by more (a
short word with two slips, a name inside a longer text); and, where more names are alike than are
worth comparing, those with the commonest starts and ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from itertools import combinations
from typing import Final, final

_CUTOFF: Final = 60  # of 100: what is less alike was not meant
_ENOUGH: Final = 200  # names to compare; more take longer than all the rest
_SHORT_NAME: Final = 7
_OF_SHORT, _OF_LONG = 4, 5  # letters of a start

_Filed = Mapping[tuple[str, ...], list[list[str]]]


@final
class NameShelf:
    """Folded names (see :mod:`engine.names`) among which the closest to a word can be found.

    They are filed when the first word is looked up (about 30 ms for 8,000 names) and must not
    change afterwards.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._longest = max(map(len, names), default=0)

    def closest(self, folded: str, limit: int) -> list[str]:
        """Up to ``limit`` names that are at least 60 % like a folded word, the closest first.

        The likeness is rapidfuzz's ``ratio``; names that are equally close come in the order of
        their letters. The work is bounded, however long the word.
        """
        if len(folded) * _CUTOFF > self._longest * (200 - _CUTOFF):
            return []  # so long that even the longest name is less than 60 % like it
        candidates = self._candidates(folded)
        if not candidates:
            return []
        from rapidfuzz.fuzz import ratio  # only for words that were not understood
        from rapidfuzz.process import extract

        ranked = extract(folded, candidates, scorer=ratio, score_cutoff=_CUTOFF, limit=None)
        ranked.sort(key=lambda found: (-found[1], found[0]))
        return [name for name, _, _ in ranked[:limit]]

    def _candidates(self, folded: str) -> set[str]:
        alike: dict[int, list[str]] = {}
        for step, filed in self._filed.items():
            text = folded[::step]
            parts = _left(text[:_OF_LONG])
            if len(text) <= _SHORT_NAME + 1:
                parts += _left(text[:_OF_SHORT])
            for part in parts:
                for names in filed.get(part, ()):
                    alike[id(names)] = names
        found: set[str] = set()
        for names in sorted(alike.values(), key=len):  # the rarest starts and ends say most
            found.update(names)
            if len(found) > _ENOUGH:
                break
        return found

    @cached_property
    def _filed(self) -> Mapping[int, _Filed]:
        """The names by what their starts leave; under -1, read backwards, by what their ends do."""
        return {step: _file(sorted(self._names), step) for step in (1, -1)}


def _file(names: Iterable[str], step: int) -> _Filed:
    by_start: dict[str, list[str]] = {}
    for name in names:
        size = _OF_SHORT if len(name) <= _SHORT_NAME else _OF_LONG
        by_start.setdefault(name[::step][:size], []).append(name)
    filed: dict[tuple[str, ...], list[list[str]]] = {}
    for start, alike in by_start.items():
        for left in _left(start):
            filed.setdefault(left, []).append(alike)
    return filed


def _left(start: str) -> list[tuple[str, ...]]:
    """What is left of a start when a letter is dropped, of one of up to four letters also itself."""
    left = list(combinations(start, max(len(start) - 1, 0)))
    return [*left, tuple(start)] if len(start) < _OF_LONG else left
