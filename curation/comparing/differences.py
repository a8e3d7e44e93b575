"""Whether a change of rules or vocabulary can change a verdict, and the smallest intakes that show it.

For each rule that is not the same in two versions, every situation of its atoms in both is gone
through (:mod:`curation.proving.worlds`). Where the rule comes out differently, intakes are made and
screened by both versions; where it never does, or where another rule is always at least as strict,
that is the proof that verdicts cannot differ because of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, product
from typing import Any, Final, Literal, NamedTuple, final

from curation.proving.joint import NEW, OLD, JointSight
from curation.proving.logic import atom_keys, truth, unfolded
from curation.proving.sight import first_outside
from curation.proving.witnesses import Witnesses
from curation.proving.worlds import Ingredient, Possibilities, TooManyWorldsError, World
from engine import Intake, KnowledgeBase, Screener, make_intake
from engine.conditions import Condition
from engine.dates import Period
from engine.rules import VERDICT_OF_LEVEL, VERDICTS

Direction = Literal["stricter", "milder"]

_MOST_TRIES: Final = 500
_HARMLESS: Final = VERDICTS.index("eligible")
_LEAP_CYCLE: Final = tuple(date(2027, 1, 1) + timedelta(days) for days in range(731))
"""A common year and a leap year: months have every length in them."""


@final
class Difference(NamedTuple):
    """An intake that the two versions judge differently; ``gist`` is what is particular about it."""

    intake: Mapping[str, Any]
    gist: str
    before: str
    after: str


@final
class Effect(NamedTuple):
    """What a change of one rule does to verdicts.

    ``why_none`` says why there is no difference in either direction, where there is none.
    """

    rule: str
    stricter: Difference | None
    milder: Difference | None
    why_none: str = ""


@final
class Versions:
    """Two versions of a knowledge base, ready to be compared."""

    def __init__(self, old: KnowledgeBase, new: KnowledgeBase) -> None:
        self.old, self.new = old, new
        self.sight = JointSight(old, new)
        self.possibilities = Possibilities(self.sight)
        self._screeners = Screener(old), Screener(new)
        self._witnesses = Witnesses(self.possibilities, *reversed(self._screeners))

    def effects(self) -> Iterator[Effect]:
        """The effect of every rule that is not the same in both versions, in the order of strictness."""
        for rule in self.affected():
            effect = self._effect(rule)
            for day in self._other_days(rule):
                if effect.stricter and effect.milder:
                    break
                effect = _together(effect, self._on(day)._effect(rule), day)  # noqa: SLF001
            yield effect

    def affected(self) -> list[str]:
        """The rules that are stated differently, or that hear something else in some entry.

        Conditions are compared as they are printed: as tuples, all and any of the same are equal.
        """
        rules = {**self.old.rules, **self.new.rules}
        heard = self._heard_differently()
        return [
            name
            for name in sorted(rules, key=lambda name: rules[name].strictness)
            if repr(self._stated(self.old, name)) != repr(self._stated(self.new, name))
            or not heard.isdisjoint(self._own_keys(name))
        ]

    def verdicts(self, document: Mapping[str, Any]) -> tuple[str, str]:
        """The verdicts of the old and the new version on an intake."""
        return self.screen(make_intake(document))

    def screen(self, intake: Intake) -> tuple[str, str]:
        """The verdicts of the old and the new version on an intake that was read already."""
        old, new = (screener.explain(intake)["verdict"] for screener in self._screeners)
        return old, new

    def judge_entry(self, list_name: str, raw: Mapping[str, Any]) -> Difference:
        """How the two versions judge a client of whom nothing is known but one entry."""
        document = {**self._witnesses.plain(), list_name: [dict(raw)]}
        return Difference(document, self._witnesses.gist(document), *self.verdicts(document))

    def _stated(self, version: KnowledgeBase, name: str) -> tuple[str, Condition] | None:
        rule = version.rules.get(name)
        return (rule.level, unfolded(rule.condition, version.conclusions)) if rule else None

    def _other_days(self, name: str) -> list[date]:
        """Days to try, too, where one version counts in days and the other in calendar months.

        On some days the last months were the longest, on others the shortest: if windows do not
        differ on these, they never do.
        """
        before, after = (set(_windows(self._stated(version, name))) for version in (self.old, self.new))
        if len({window.unit for window in before ^ after}) < 2:  # noqa: PLR2004 - days and months
            return []
        found: set[date] = set()
        for months in (window for window in before ^ after if window.unit == "months"):
            lengths = {day: (day - first_outside(day, months)).days for day in _LEAP_CYCLE}
            found |= {min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)}
        return sorted(found)

    def _on(self, day: date) -> Versions:
        """The same two versions on another day."""
        return Versions(*(replace(v, examples_on=day.isoformat()) for v in (self.old, self.new)))

    def _own_keys(self, name: str) -> set[str]:
        return {
            key
            for version in (self.old, self.new)
            if (stated := self._stated(version, name))
            for key in atom_keys(stated[1])
        }

    def _heard_differently(self) -> set[str]:
        """The atoms to which some entry says one thing in the old version and another in the new."""
        sight = self.sight
        old_keys = {sight.places[OLD + key]: key for key in sight.old.atoms}
        new_keys = {sight.places[NEW + key]: key for key in sight.new.atoms}
        found: set[str] = set()
        for ingredient in self.possibilities.ingredients:
            said = ingredient.effect.items()
            before = {(old_keys[place], code) for place, code in said if place in old_keys}
            after = {(new_keys[place], code) for place, code in said if place in new_keys}
            found.update(key for key, _ in before ^ after)
        return found.intersection(sight.old.atoms, sight.new.atoms)

    def _effect(self, name: str) -> Effect:
        stated = [(OLD, self._stated(self.old, name)), (NEW, self._stated(self.new, name))]
        keys = [version + key for version, found in stated if found for key in atom_keys(found[1])]
        try:
            worlds = self.possibilities.worlds(keys)
        except TooManyWorldsError:
            return Effect(name, None, None, "its atoms can be in too many situations to try them all")
        by_direction: dict[Direction, list[World]] = {"stricter": [], "milder": []}
        for world in worlds:
            before, after = (_severity(found, world, version) for version, found in stated)
            if before != after:
                by_direction["stricter" if after < before else "milder"].append(world)
        if not any(by_direction.values()):
            return Effect(name, None, None, "in every situation the rule asks for the same verdict")
        complete = True
        shown: dict[Direction, Difference | None] = {}
        for direction, candidates in by_direction.items():
            shown[direction], tried_all = self._show(direction, candidates)
            complete = complete and tried_all
        why = "" if complete else "some situations have too many intakes to try them all"
        if not any(shown.values()) and complete:
            why = "wherever the rule differs, another rule is at least as strict"
        return Effect(name, shown["stricter"], shown["milder"], why)

    def _show(self, direction: Direction, candidates: Sequence[World]) -> tuple[Difference | None, bool]:
        """The smallest intake that shows a direction, and whether all were tried if none does."""
        complete = True
        for world in candidates:
            variants = self._variants(world)
            for tries, entries in enumerate(variants):
                if tries == _MOST_TRIES:
                    complete = False
                    break
                document = self._witnesses.intake(world._replace(entries=entries))
                before, after = self.verdicts(document)
                if _direction(before, after) == direction:
                    return Difference(document, self._witnesses.gist(document), before, after), True
        return None, complete

    def _variants(self, world: World) -> Iterator[tuple[Ingredient, ...]]:
        """All ways to make a situation with as many entries, the plainest first."""
        places = [self.sight.places[key] for key in world.keys]
        alike = [self.possibilities.alike(entry, places) for entry in world.entries]
        yield from islice(product(*alike), _MOST_TRIES + 1)


def _windows(part: object) -> Iterator[Period]:
    """Every length of time in a condition."""
    if isinstance(part, Period):
        yield part
    elif isinstance(part, tuple):
        for smaller in part:
            yield from _windows(smaller)


def _together(effect: Effect, other: Effect, day: date) -> Effect:
    """What a change does on the usual day or on another."""
    stricter, milder = (
        usual or (found and found._replace(gist=f"{found.gist}; screened on {day}"))
        for usual, found in ((effect.stricter, other.stricter), (effect.milder, other.milder))
    )
    return Effect(effect.rule, stricter, milder, "" if stricter or milder else effect.why_none)


def _severity(stated: tuple[str, Condition] | None, world: World, version: str) -> int:
    """The strictest verdict that a rule asks for by itself in a situation: 0 is the strictest."""
    if stated is None:
        return _HARMLESS
    level, condition = stated
    truths = {
        key.removeprefix(version): found
        for key, found in world.by_key.items()
        if key.startswith(version)
    }
    found = truth(condition, truths)
    if found == "yes":
        return VERDICTS.index(VERDICT_OF_LEVEL[level])
    undecided = found == "unknown" and level != "precaution"
    return VERDICTS.index("incomplete") if undecided else _HARMLESS


def _direction(before: str, after: str) -> Direction | None:
    if before == after:
        return None
    return "stricter" if VERDICTS.index(after) < VERDICTS.index(before) else "milder"
