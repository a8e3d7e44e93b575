"""Whether the examples of a rule show all that its parts and the rule itself can be.

What an atom can be, and what a rule can come to, is not guessed from its kind: every situation of
the rule's atoms is tried out (:mod:`curation.proving.worlds`). An atom that is never unknown, or a rule
that is never undecided, is not asked for an example of it; for what is missing the smallest intake that
shows it is at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, final

from curation.english import in_words, sentence
from curation.proving.logic import atom_keys, truth, unfolded
from curation.proving.sight import TREATED, Sight
from curation.proving.worlds import Possibilities, TooManyWorldsError, World
from curation.testing.examples import Outcome, Result, Subject
from engine import KnowledgeBase
from engine.conditions import Concluded, Condition, Leaf, conclusion_symbol, leaves
from engine.intake import LISTS
from engine.rules import Conclusion
from engine.truth import Truth

_ORDER: Final[tuple[Truth, ...]] = ("yes", "no", "unknown")


@final
class Hint(NamedTuple):
    """An example that would fill a gap: what is given, and what comes of it."""

    given: Mapping[str, Any]
    expect: Outcome


@final
class Part(NamedTuple):
    """An atom or a conclusion in a condition: the values that it can have, and those seen."""

    symbol: str
    says: str
    possible: tuple[Truth, ...]
    seen: frozenset[Truth]
    hints: Mapping[Truth, Hint]

    @property
    def missing(self) -> tuple[Truth, ...]:
        """The values that no example shows."""
        return tuple(value for value in self.possible if value not in self.seen)


@final
class Coverage(NamedTuple):
    """What the examples of one rule or conclusion show, part by part and as a whole.

    ``exact`` is false where there are too many situations to try out: then each atom is looked at
    by itself and no outcome is called missing.
    """

    subject: Subject
    parts: tuple[Part, ...]
    whole: Part
    exact: bool

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not any(part.missing for part in (*self.parts, self.whole))

    @property
    def wanted(self) -> int:
        """How many values there are to see, outcomes included."""
        return sum(len(part.possible) for part in (*self.parts, self.whole))

    @property
    def shown(self) -> int:
        """How many of them were seen."""
        return self.wanted - sum(len(part.missing) for part in (*self.parts, self.whole))


def cover(subject: Subject, results: Iterable[Result], knowledge_base: KnowledgeBase) -> Coverage:
    """What the examples of a rule or conclusion show of what they could; refused ones show nothing."""
    truths = [result.truths for result in results if result.truths]
    scene = Scene(subject, knowledge_base)
    parts = tuple(
        _part(scene, leaf, sentence(in_words(leaf, knowledge_base)), truths)
        for leaf in _distinct(subject.condition)
    )
    whole = _part(scene, None, subject.item.id, truths)
    return Coverage(subject, parts, whole, scene.exact)


@final
class Scene:
    """Every situation of one rule's atoms; ``exact`` is false where they are too many."""

    def __init__(self, subject: Subject, knowledge_base: KnowledgeBase) -> None:
        self.subject = subject
        self._conclusions = knowledge_base.conclusions
        self._condition = unfolded(subject.condition, self._conclusions)
        possibilities = Possibilities(Sight(_alone(self._condition, knowledge_base)))
        keys = atom_keys(self._condition)
        self.lists = possibilities.lists_of(keys)
        try:
            self.worlds = sorted(possibilities.worlds(keys), key=_to_read)
            self.exact = True
        except TooManyWorldsError:
            alone = {key: possibilities.worlds([key]) for key in keys}
            self.worlds = sorted((w for worlds in alone.values() for w in worlds), key=_to_read)
            self.exact = False

    def truth(self, leaf: Leaf | Concluded | None, world: World) -> Truth | None:
        """The truth of a part (``None``: of the whole) in a situation, if it can be told there."""
        condition = self._condition if leaf is None else unfolded(leaf, self._conclusions)
        known = world.by_key
        if not self.exact and (leaf is None or not known.keys() >= set(atom_keys(condition))):
            return None
        return truth(condition, known)

    def first(self, leaf: Leaf | Concluded | None) -> dict[Truth, World]:
        """For each value that a part can have, the situation with least to read that shows it."""
        found: dict[Truth, World] = {}
        for world in self.worlds:
            value = self.truth(leaf, world)
            if value is not None:
                found.setdefault(value, world)
        return found

    def turns_on(self, leaf: Leaf, world: World) -> bool:
        """Whether an atom holds in a situation, and the rule would come to something else if not."""
        known = world.by_key
        otherwise = {**known, leaf.atom.key: "no"}
        return known[leaf.atom.key] == "yes" and truth(self._condition, known) != truth(
            self._condition, otherwise
        )

    def hint(self, world: World) -> Hint:
        """The example that shows a situation."""
        value = truth(self._condition, world.by_key) if self.exact else "unknown"
        return Hint(given(world), self.subject.outcome(value))


def given(world: World) -> dict[str, Any]:
    """What an example of a situation holds, and nothing else."""
    found: dict[str, Any] = {}
    for field, value, _ in world.answers:
        if value is not None:
            section, key = field.split(".")
            found.setdefault(section, {})[key] = value
    away = any(entry.raw.get("areas", [TREATED]) != [TREATED] for entry in world.entries)
    if away:
        found.setdefault("treatment", {})["areas"] = [TREATED]
    for name in LISTS:
        if name in world.asked:
            entries = [entry.raw for entry in world.entries if entry.list_name == name]
            found[name] = [_plain(raw, away=away) for raw in entries]
    return found


def _plain(raw: Mapping[str, Any], *, away: bool) -> dict[str, Any]:
    """An entry without the areas where they say nothing."""
    return {key: value for key, value in raw.items() if key != "areas" or away}


def _part(
    scene: Scene, leaf: Leaf | Concluded | None, says: str, truths: Sequence[Mapping[str, Truth]]
) -> Part:
    symbol = scene.subject.symbol if leaf is None else symbol_of(leaf)
    first = scene.first(leaf)
    seen = frozenset(values[symbol] for values in truths if symbol in values)
    hints = {value: scene.hint(world) for value, world in first.items() if value not in seen}
    return Part(symbol, says, tuple(value for value in _ORDER if value in first), seen, hints)


def symbol_of(leaf: Leaf | Concluded) -> str:
    """The name of a part in working memory."""
    return leaf.atom.key if isinstance(leaf, Leaf) else conclusion_symbol(leaf.conclusion)


def _distinct(condition: Condition) -> Iterator[Leaf | Concluded]:
    yield from {symbol_of(leaf): leaf for leaf in leaves(condition)}.values()


def _alone(condition: Condition, knowledge_base: KnowledgeBase) -> KnowledgeBase:
    """The knowledge base with nothing but one condition: what else it reads costs time only."""
    only = Conclusion("alone", "", condition, "", (), ())
    return replace(knowledge_base, rules={}, conclusions={"alone": only})


def _to_read(world: World) -> tuple[int, int, str]:
    """How much there is to read in a situation's example."""
    answers = sum(value is not None for _, value, _ in world.answers)
    return len(world.entries) + answers, len(world.asked), repr(given(world))
