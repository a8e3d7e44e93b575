"""The smallest sets of statements that force a verdict, whatever else an intake may say.

A statement is an answer, an entry of a list, or a whole list: these entries and no others. A set forces
the verdict when no other answers, entries and lists, known or not, can make it stricter or milder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Final, NamedTuple, final

from engine import Intake
from engine.intake import LISTS
from inquiry.inquirer import Inquirer
from inquiry.parts import Part
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


class _Voice(NamedTuple):
    """What a part says to a group if it is given, and what it may say if it is not."""

    given: frozenset[bytes]
    free: frozenset[bytes]


@final
class _Said:
    """What an intake says, and what a group can come to when only some of it is given."""

    def __init__(self, situations: Situations, parts: Sequence[Part]) -> None:
        self._situations = situations
        self._parts = parts
        self._unasked = {part.place for part in parts if part.kind == "list"}
        self._entries = {
            f"/{name}": [
                part for part in parts if part.kind == "entry" and part.place.startswith(f"/{name}/")
            ]
            for name in LISTS
        }

    def smallest(self, group: RuleGroup, is_enough: Callable[[int, int], bool]) -> list[Statements]:
        """The sets of statements, none inside another, that are enough for a group."""
        heard = _Heard(self._situations, group, self._parts, self._entries, self._unasked)
        found: list[Statements] = []
        for size in range(len(heard.units) + 1):
            for chosen in map(frozenset, combinations(heard.units, size)):
                if any(known <= self._with_entries(chosen) for known in found):
                    continue
                severities = {group.severity(codes) for codes in heard.reachable(chosen)}
                if is_enough(min(severities), max(severities)):
                    found.append(chosen)
        return found

    def _with_entries(self, chosen: Statements) -> Statements:
        """The statements and those that they imply: a whole list says each of its entries."""
        return chosen | {
            entry.place
            for place, entries in self._entries.items()
            if place in chosen
            for entry in entries
        }


@final
class _Heard:
    """What one group hears of an intake; ``units`` are the statements, entries before their lists."""

    def __init__(
        self,
        situations: Situations,
        group: RuleGroup,
        parts: Sequence[Part],
        entries: Mapping[str, Sequence[Part]],
        unasked: set[str],
    ) -> None:
        self._silent = bytes(len(group.keys))
        self._answers: dict[str, _Voice] = {}
        self._entries: dict[str, dict[str, frozenset[bytes]]] = {}
        self._sums: dict[str, frozenset[bytes]] = {}
        self._unasked: dict[str, bytes] = {}
        self.units: list[str] = []
        for part in parts:
            if part.kind == "answer":
                self._hear_answer(situations, group, part)
        for name in sorted(situations.possibilities.lists_of(group.keys)):
            place = f"/{name}"
            self._sums[place] = situations.sums(group, name)
            self._unasked[place] = situations.project(group, situations.possibilities.unasked(name))
            self._entries[place] = {}
            for entry in entries[place]:
                said = frozenset(situations.project(group, option.effect) for option in entry.options)
                if said != {self._silent}:
                    self._entries[place][entry.place] = said
        self.units += [entry for own in self._entries.values() for entry in own]
        self.units += [place for place in self._entries if place not in unasked]

    def reachable(self, given: Statements) -> set[bytes]:
        """All codes that the group can come to have when only some statements are given."""
        found = {self._silent}
        for place, voice in self._answers.items():
            found = _joined(found, voice.given if place in given else voice.free)
        for place, own in self._entries.items():
            whole = place in given
            kept = [said for entry, said in own.items() if whole or entry in given]
            for said in kept:
                found = _joined(found, said)
            if not whole:
                maybe = found if kept else found | _joined(found, {self._unasked[place]})
                found = _joined(maybe, self._sums[place])
        return found

    def _hear_answer(self, situations: Situations, group: RuleGroup, part: Part) -> None:
        field = part.place[1:].replace("/", ".")
        options = [situations.project(group, option.effect) for option in part.options]
        unknown = situations.project(group, situations.possibilities.choices[field][-1].effect)
        free = frozenset((*options, unknown))
        if free == {self._silent}:
            return
        given = frozenset(options) if part.is_open else frozenset(options[:1])
        self._answers[part.place] = _Voice(given, free)
        if not part.is_open and any(map(any, options)):
            self.units.append(part.place)


def _joined(codes: set[bytes], others: Iterable[bytes]) -> set[bytes]:
    others = list(others)
    return {bytes(map(max, one, other)) for one in codes for other in others}


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
        if _least_size(chosen) > best:
            continue
        if number == len(ordered):
            if len(chosen) < best:
                found, best = set(), len(chosen)
            if len(chosen) == best:
                found.add(chosen)
            continue
        wider = [_together(chosen, way) for way in ordered[number]]
        if chosen in wider:
            ahead.append((number + 1, chosen))
            continue
        ahead.extend((number + 1, more) for more in reversed(wider))
    sets = sorted(found, key=sorted)
    return Reasons(tuple(sets[:_MOST]), are_all=len(sets) <= _MOST and not ahead)


def _together(some: Statements, others: Statements) -> Statements:
    """Both, without the entries of a list that is stated as a whole."""
    both = some | others
    return frozenset([statement for statement in both if _section(statement) not in both])


def _least_size(statements: Statements) -> int:
    """How many statements are left at least, as a list may yet stand for its entries."""
    return len({_section(statement) if _is_entry(statement) else statement for statement in statements})


def _is_entry(statement: str) -> bool:
    return statement.rpartition("/")[2].isdigit()


def _section(statement: str) -> str:
    """``/conditions`` of ``/conditions/0``."""
    return statement.rpartition("/")[0]
