"""What can be proved about the rules of a knowledge base, each finding with an intake that shows it.

Everything here is exact over the situations of :mod:`curation.proving.worlds`: nothing is sampled. What
is proved, and what is not, stands in docs/proofs.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, final

from curation.proving.logic import atom_keys, truth, unfolded
from curation.proving.sight import Sight
from curation.proving.witnesses import Witnesses
from curation.proving.worlds import Possibilities, TooManyWorldsError, World
from engine import KnowledgeBase, Screener
from engine.chaining import Group
from engine.conditions import Condition, conclusion_symbol
from engine.rules import VERDICT_OF_LEVEL, VERDICTS, Rule
from engine.truth import Truth

NEVER_FIRES: Final = "KB601"
SUBSUMED: Final = "KB602"
SAME_CONDITION: Final = "KB603"
IDLE_PART: Final = "KB604"
CONTRADICTION: Final = "KB605"
IDLE_QUESTION: Final = "KB606"
GAP: Final = "KB607"
MILDER_BY_BAD_NEWS: Final = "KB608"
NOT_PROVED: Final = "KB609"


@final
class Proved(NamedTuple):
    """Something that was proved about an item of a knowledge base.

    ``kind`` is ``rule`` or ``question``, ``key`` the place in it. ``witness`` is an intake; its
    screening gives what ``claim`` says.
    """

    code: str
    kind: str
    id: str
    key: str
    message: str
    remedy: str
    witness: Mapping[str, Any] | None = None
    claim: str = ""


@final
class Reasoner:
    """What the proofs share: the possible situations, and each rule's truth in them."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        self.sight = Sight(knowledge_base)
        self.possibilities = Possibilities(self.sight)
        self.conditions: dict[str, Condition] = {
            rule.id: unfolded(rule.condition, knowledge_base.conclusions)
            for rule in knowledge_base.rules.values()
        }
        self._worlds: dict[tuple[str, ...], list[World]] = {}

    @cached_property
    def witnesses(self) -> Witnesses:
        """Made only when there is something to show."""
        return Witnesses(self.possibilities, Screener(self.knowledge_base))

    def keys(self, *rules: str) -> list[str]:
        """The atoms that some rules rest on."""
        found = (key for rule in rules for key in atom_keys(self.conditions[rule]))
        return list(dict.fromkeys(found))

    def worlds(self, keys: Sequence[str]) -> list[World]:
        """Every situation of some atoms, the smallest first. Raises TooManyWorldsError."""
        known = tuple(sorted(keys))
        if known not in self._worlds:
            self._worlds[known] = self.possibilities.worlds(known)
        return self._worlds[known]

    def truths(self, rule: str, worlds: Sequence[World]) -> list[Truth]:
        """The truth of a rule in each situation."""
        return [truth(self.conditions[rule], world.by_key) for world in worlds]

    def condition_of(self, symbol: str) -> Condition:
        """The condition of a rule (by id) or of a conclusion (by symbol), without conclusions in it."""
        if symbol in self.conditions:
            return self.conditions[symbol]
        conclusions = self.knowledge_base.conclusions
        name = next(name for name in conclusions if conclusion_symbol(name) == symbol)
        return unfolded(conclusions[name].condition, conclusions)

    def rules_of(self, group: Group) -> list[Rule]:
        """The rules among the symbols of a group."""
        rules = self.knowledge_base.rules
        return [rules[symbol] for symbol in group.conditions if symbol in rules]

    def severity(self, rules: Sequence[Rule], truths: Mapping[str, Truth]) -> int:
        """The strictest verdict that some rules ask for by themselves: 0 is the strictest."""
        worst = VERDICTS.index("eligible")
        for rule in rules:
            found = truth(self.conditions[rule.id], truths)
            asked_for = VERDICTS.index(VERDICT_OF_LEVEL[rule.level])
            if found == "yes":
                worst = min(worst, asked_for)
            elif found == "unknown" and rule.level != "precaution":
                worst = min(worst, VERDICTS.index("incomplete"))
        return worst


def prove(knowledge_base: KnowledgeBase) -> Iterator[Proved]:
    """Every fault that can be proved, rule by rule and then question by question."""
    from curation.proving import of_pairs, of_questions, of_rules

    reasoner = Reasoner(knowledge_base)
    for proofs in (of_rules, of_pairs, of_questions):
        yield from proofs.prove(reasoner)


__all__ = [
    "CONTRADICTION",
    "GAP",
    "IDLE_PART",
    "IDLE_QUESTION",
    "MILDER_BY_BAD_NEWS",
    "NEVER_FIRES",
    "NOT_PROVED",
    "SAME_CONDITION",
    "SUBSUMED",
    "Proved",
    "Reasoner",
    "TooManyWorldsError",
    "prove",
]
