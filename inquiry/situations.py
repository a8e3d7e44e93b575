"""What the rules ask for when the parts of an intake say this or that, group by group, exactly.

The rules fall apart into groups that share no atom; the verdict is the strictest that any group asks
for. So the worst that can still come is found group by group. For the best, parts that bear on several
groups have to be chosen once for all of them: a search that only ever changes what stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, final

from curation.proving.logic import atom_keys, truth, unfolded
from curation.proving.worlds import Ingredient, Possibilities
from engine import KnowledgeBase
from engine.conditions import Condition
from engine.memory import Memory
from engine.rules import VERDICT_OF_LEVEL, VERDICTS, Rule
from engine.truth import TRUTHS
from inquiry.parts import Option, Part

ELIGIBLE: Final = VERDICTS.index("eligible")
_INCOMPLETE: Final = VERDICTS.index("incomplete")

_REMEMBERED: Final = 20_000
_Sayings = tuple[int, tuple[frozenset[bytes], ...]]

Assignment = Mapping[str, Option]
"""What each part says, by its place; parts that are not named say what they say now."""


@final
class RuleGroup:
    """Rules that share atoms, and what they ask for by the codes of these atoms."""

    def __init__(self, rules: Sequence[Rule], conditions: Mapping[str, Condition]) -> None:
        self.rules = rules
        self._conditions = conditions
        keys = (key for rule in rules for key in atom_keys(conditions[rule.id]))
        self.keys = tuple(dict.fromkeys(keys))
        self._known: dict[bytes, int] = {}

    def severity(self, codes: bytes) -> int:
        """The strictest verdict that the rules ask for: 0 is the strictest."""
        found = self._known.get(codes)
        if found is None:
            found = self._known[codes] = self._judge(codes)
        return found

    def _judge(self, codes: bytes) -> int:
        truths = dict(zip(self.keys, (TRUTHS[code] for code in codes), strict=True))
        worst = ELIGIBLE
        for rule in self.rules:
            value = truth(self._conditions[rule.id], truths)
            if value == "yes":
                worst = min(worst, VERDICTS.index(VERDICT_OF_LEVEL[rule.level]))
            elif value == "unknown" and rule.level != "precaution":
                worst = min(worst, _INCOMPLETE)
        return worst


@final
class Situations:
    """The groups of a knowledge base, and what entries that nobody has named yet could do to them."""

    def __init__(self, knowledge_base: KnowledgeBase, possibilities: Possibilities) -> None:
        self.possibilities = possibilities
        self._places = possibilities.sight.places
        conditions = {
            rule.id: unfolded(rule.condition, knowledge_base.conclusions)
            for rule in knowledge_base.rules.values()
        }
        self.groups = [RuleGroup(rules, conditions) for rules in _together(knowledge_base, conditions)]
        self._own = {id(group): [self._places[key] for key in group.keys] for group in self.groups}
        self._group_at = {place: group for group in self.groups for place in self._own[id(group)]}
        self._hearing_lists: dict[str, list[RuleGroup]] = {}
        self._joined: Memory[_Sayings, frozenset[bytes]] = Memory(_REMEMBERED)
        self._extremes: Memory[_Sayings, tuple[int, int]] = Memory(_REMEMBERED)
        self._sums: dict[tuple[int, str], frozenset[bytes]] = {}

    def project(self, group: RuleGroup, effect: Mapping[int, int]) -> bytes:
        """The codes that an effect gives to the atoms of a group."""
        return bytes([effect.get(place, 0) for place in self._own[id(group)]])

    def hearing(self, effects: Iterable[Mapping[int, int]]) -> list[RuleGroup]:
        """The groups to which some of the effects say something."""
        places = (place for effect in effects for place in effect if place in self._group_at)
        found = {id(group): group for group in (self._group_at[place] for place in places)}
        return list(found.values())

    def hearing_list(self, list_name: str) -> list[RuleGroup]:
        """The groups to which some entry of a list says something, or that the list was not asked."""
        if list_name not in self._hearing_lists:
            effects = [i.effect for i in self.possibilities.ingredients if i.list_name == list_name]
            unasked = self.possibilities.unasked(list_name)
            self._hearing_lists[list_name] = self.hearing([unasked, *effects])
        return self._hearing_lists[list_name]

    def severity(self, group: RuleGroup, parts: Iterable[Part], said: Assignment) -> int:
        """What a group asks for when some parts say something else than now."""
        codes = bytes(len(group.keys))
        for part in parts:
            codes = _join(codes, self.project(group, said.get(part.place, part.now).effect))
        return group.severity(codes)

    def verdict(self, parts: Sequence[Part], said: Assignment) -> int:
        """The verdict when some parts say something else than now: 0 is the strictest."""
        return min((self.severity(group, parts, said) for group in self.groups), default=ELIGIBLE)

    def reachable(
        self, group: RuleGroup, parts: Iterable[Part], free: Iterable[str], unlisted: Iterable[str]
    ) -> set[bytes]:
        """All codes that a group can come to have.

        Parts at the places ``free`` may say anything that they can; lists in ``unlisted`` may hold any
        further entries.
        """
        free = set(free)
        found = {bytes(len(group.keys))}
        for part in parts:
            options = part.options if part.place in free else (part.now,)
            effects = {self.project(group, option.effect) for option in options}
            found = {_join(codes, effect) for codes in found for effect in effects}
        for list_name in unlisted:
            more = self.sums(group, list_name)
            found = {_join(codes, effect) for codes in found for effect in more}
        return found

    def joined(self, group: RuleGroup, sayings: tuple[frozenset[bytes], ...]) -> frozenset[bytes]:
        """All codes that a group can have when of each of some sayings one is said."""
        key = id(group), sayings
        found = self._joined.get(key)
        if found is None:
            joined = {bytes(len(group.keys))}
            for saying in sayings:
                joined = {_join(codes, effect) for codes in joined for effect in saying}
            found = self._joined.keep(key, frozenset(joined))
        return found

    def extremes(self, group: RuleGroup, sayings: tuple[frozenset[bytes], ...]) -> tuple[int, int]:
        """The strictest and the mildest that a group can ask for when of each saying one is said."""
        key = id(group), sayings
        found = self._extremes.get(key)
        if found is None:
            severities = [group.severity(codes) for codes in self.joined(group, sayings)]
            found = self._extremes.keep(key, (min(severities), max(severities)))
        return found

    def least_changes(self, parts: Sequence[Part], goal: int, most: int) -> dict[str, Option] | None:
        """The fewest parts that have to say something else for a verdict at least as mild as ``goal``.

        ``None`` if it takes more than ``most``. Parts without further options cannot change.
        """
        for count in range(most + 1):
            found = self._change(parts, goal, count, {}, set())
            if found is not None:
                return found
        return None

    def can_reach(self, parts: Sequence[Part], goal: int) -> bool:
        """Whether some change of the parts gives a verdict at least as mild as ``goal``."""
        return self._change(parts, goal, len(parts), {}, set()) is not None

    def _change(
        self, parts: Sequence[Part], goal: int, left: int, said: dict[str, Option], seen: set[object]
    ) -> dict[str, Option] | None:
        state = frozenset((place, id(option)) for place, option in said.items())
        if state in seen:
            return None
        seen.add(state)
        standing = [group for group in self.groups if self.severity(group, parts, said) < goal]
        if not standing:
            return said
        ways = sorted((self._ways(group, parts, said) for group in standing), key=len)
        if _apart(ways) > left:
            return None
        choices = ways[0]
        for place, option in choices:
            found = self._change(parts, goal, left - 1, {**said, place: option}, seen)
            if found is not None:
                return found
        return None

    def _ways(
        self, group: RuleGroup, parts: Iterable[Part], said: Assignment
    ) -> list[tuple[str, Option]]:
        """The changes of one more part that this group would notice."""
        ways: list[tuple[str, Option]] = []
        for part in parts:
            if part.place in said or len(part.options) == 1:
                continue
            now = self.project(group, part.now.effect)
            different: dict[object, Option] = {}
            for option in part.options[1:]:
                effect = self.project(group, option.effect)
                if effect != now:
                    different.setdefault((effect, tuple(sorted(option.effect.items()))), option)
            ways.extend((part.place, option) for option in different.values())
        return ways

    def sums(self, group: RuleGroup, list_name: str) -> frozenset[bytes]:
        """All that any entries of a list can add up to for a group."""
        key = id(group), list_name
        if key not in self._sums:
            effects = {
                self.project(group, ingredient.effect)
                for ingredient in self._ingredients(group)
                if ingredient.list_name == list_name
            }
            found = {bytes(len(group.keys))}
            ahead = list(found)
            for codes in ahead:
                for effect in effects:
                    summed = _join(codes, effect)
                    if summed not in found:
                        found.add(summed)
                        ahead.append(summed)
            self._sums[key] = frozenset(found)
        return self._sums[key]

    def _ingredients(self, group: RuleGroup) -> list[Ingredient]:
        return self.possibilities.relevant(group.keys)


def _apart(ways: Iterable[Sequence[tuple[str, Option]]]) -> int:
    """How many groups at least need a change of their own: they hear from no common part."""
    taken: set[str] = set()
    count = 0
    for choices in ways:
        places = {place for place, _ in choices}
        if taken.isdisjoint(places):
            taken |= places
            count += 1
    return count


def _join(codes: bytes, others: bytes) -> bytes:
    return bytes(map(max, codes, others))


def _together(knowledge_base: KnowledgeBase, conditions: Mapping[str, Condition]) -> list[list[Rule]]:
    """The rules that share atoms, directly or through others."""
    groups: list[tuple[set[str], list[Rule]]] = []
    for rule in knowledge_base.rules.values():
        keys, rules = set(atom_keys(conditions[rule.id])), [rule]
        apart = []
        for other_keys, other_rules in groups:
            if keys.isdisjoint(other_keys):
                apart.append((other_keys, other_rules))
            else:
                keys |= other_keys
                rules = [*other_rules, *rules]
        groups = [*apart, (keys, rules)]
    return [rules for _, rules in groups]
