"""The smallest sets of statements that force a verdict, whatever else an intake may say.

A statement is an answer, an entry of a list, or a whole list: these entries and no others. A set forces
the verdict when no other answers, entries and lists, known or not, can make it stricter or milder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple, final

from engine import Intake
from engine.intake import LISTS
from inquiry.inquirer import Inquirer
from inquiry.parts import Option, Part
from inquiry.situations import ELIGIBLE, RuleGroup, Situations

Statements = frozenset[str]

_MOST: Final = 5
_MOST_STEPS: Final = 20_000


@final
class Reasons(NamedTuple):
    """The smallest sets of places of an intake that force its verdict; none if nothing said does.

    ``are_all`` is false where there are more sets of that size than are listed.
    """

    sets: tuple[Statements, ...]
    are_all: bool


def minimal_reasons(inquirer: Inquirer, intake: Intake) -> Reasons:
    """Why the verdict of an intake is what it is and stays so, as briefly as can be."""
    parts = inquirer.parts(intake)
    situations = inquirer.situations
    verdict = situations.verdict(parts, {})
    said = _Said(situations, parts)
    needed = [said.smallest(group, lambda low, _: low >= verdict) for group in situations.groups]
    if any(not ways for ways in needed):
        return Reasons((), are_all=True)
    demands = [ways for ways in needed if frozenset() not in ways]
    if verdict < ELIGIBLE:
        pinned = [said.smallest(group, lambda _, high: high <= verdict) for group in situations.groups]
        ways = _smallest_only(way for found in pinned for way in found)
        if not ways:
            return Reasons((), are_all=True)
        demands.append(ways)
    return _unions(demands)


@final
class _Said:
    """What an intake says, and what a group can come to when only some of it is given."""

    def __init__(self, situations: Situations, parts: Sequence[Part]) -> None:
        self._situations = situations
        self._parts = parts
        self._entries = {
            name: [part for part in parts if part.place.startswith(f"/{name}/")] for name in LISTS
        }
        self._unasked = {part.place: part.now for part in parts if part.kind == "list"}

    def smallest(self, group: RuleGroup, is_enough: Callable[[int, int], bool]) -> list[Statements]:
        """The sets of statements, none inside another, that are enough for a group."""
        found: list[Statements] = []
        units = list(self._units(group))
        for size in range(len(units) + 1):
            for chosen in map(frozenset, combinations(units, size)):
                if any(known <= self._with_entries(chosen) for known in found):
                    continue
                codes = self._reachable(group, chosen)
                severities = {group.severity(code) for code in codes}
                if is_enough(min(severities), max(severities)):
                    found.append(chosen)
        return found

    def _units(self, group: RuleGroup) -> Iterator[str]:
        """The statements that a group hears, entries before the lists that hold them."""
        for part in self._parts:
            if part.kind == "answer" and not part.is_open:
                effects = (self._situations.project(group, option.effect) for option in part.options)
                if any(map(any, effects)):
                    yield part.place
            elif part.kind == "entry" and any(self._situations.project(group, part.now.effect)):
                yield part.place
        for name in sorted(self._situations.possibilities.lists_of(group.keys)):
            if f"/{name}" not in self._unasked:
                yield f"/{name}"

    def _with_entries(self, chosen: Statements) -> Statements:
        """The statements and those that they imply: a whole list says each of its entries."""
        return chosen | {
            entry.place
            for name, entries in self._entries.items()
            if f"/{name}" in chosen
            for entry in entries
        }

    def _reachable(self, group: RuleGroup, given: Statements) -> set[bytes]:
        free = [
            part._replace(options=(part.now,)) if part.place in given else self._any(part)
            for part in self._parts
            if part.kind == "answer"
        ]
        unlisted: list[str] = []
        for name, entries in self._entries.items():
            whole = f"/{name}" in given
            kept = [entry for entry in entries if whole or entry.place in given]
            free.extend(kept)
            if not whole:
                unlisted.append(name)
                if not kept:
                    free.append(self._maybe_unasked(name))
        places = [part.place for part in free]
        return self._situations.reachable(group, free, places, unlisted)

    def _maybe_unasked(self, name: str) -> Part:
        silence = self._situations.possibilities.unasked(name)
        return Part(f"/{name}", "list", (Option((), {}), Option((), silence)), is_open=True)

    def _any(self, part: Part) -> Part:
        """The part with every answer and none."""
        field = part.place[1:].replace("/", ".")
        unknown = self._situations.possibilities.choices[field][-1].effect
        return part._replace(options=(*part.options, Option((), unknown)))


def _smallest_only(ways: Iterable[Statements]) -> list[Statements]:
    """Those sets that hold no other of them."""
    distinct = sorted(set(ways), key=lambda way: (len(way), sorted(way)))
    found: list[Statements] = []
    for way in distinct:
        if not any(known <= way for known in found):
            found.append(way)
    return found


def _unions(demands: Sequence[Sequence[Statements]]) -> Reasons:
    """The smallest sets that hold, for every demand, one of the sets that meet it."""
    ordered = sorted(demands, key=len)
    best = len(frozenset().union(*(way for ways in ordered for way in ways))) if ordered else 0
    found: set[Statements] = set()
    steps = 0
    ahead: list[tuple[int, Statements]] = [(0, frozenset())]
    while ahead and steps < _MOST_STEPS:
        steps += 1
        number, chosen = ahead.pop()
        if len(chosen) > best:
            continue
        if number == len(ordered):
            if len(chosen) < best:
                found, best = set(), len(chosen)
            found.add(chosen)
            continue
        if any(way <= chosen for way in ordered[number]):
            ahead.append((number + 1, chosen))
            continue
        ahead.extend((number + 1, chosen | way) for way in reversed(ordered[number]))
    sets = sorted(found, key=sorted)
    return Reasons(tuple(sets[:_MOST]), are_all=len(sets) <= _MOST and not ahead)
