"""Forward chaining over all rules: which fired, which are ruled out, which are undecided.

The clauses fall apart into groups that share no symbol. Groups of the same shape (the same
clauses but for the names) share one small rule engine, and a group's inference is remembered by
the truth values of its atoms, so that a million intakes cost a few thousand inferences. Groups that
hear from the same lists stand together in a block, whose outcome is remembered in the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol, final

from engine.atoms import Atom, list_of
from engine.conditions import (
    AllOf,
    AnyOf,
    Clause,
    Concluded,
    Condition,
    Fact,
    Leaf,
    compile_clauses,
    conclusion_symbol,
    leaves,
    part_symbol,
    without_not,
)
from engine.experta_rules import RuleEngine
from engine.memory import Memory
from engine.truth import TRUTHS, Truth

REMEMBERED: Final = 2_000
"""How much a shape, a group or a block remembers."""


def _memory() -> Memory[Any, Any]:
    return Memory(REMEMBERED)


class Chainer(Protocol):
    """What draws conclusions from clauses: experta here, CLIPS in the tests."""

    def run(self, facts: Iterable[Fact]) -> list[int]:
        """The indexes of the clauses that fire, given the facts, sorted."""
        ...


@final
class Proof(NamedTuple):
    """How a symbol was decided.

    ``facts`` are the decided atoms and conclusions that were used, in all the ways in which the
    symbol was proved.
    """

    value: Truth
    facts: tuple[Fact, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """What one group concludes from its atoms.

    ``fired`` and ``undecided`` list symbols in their given order; ``proofs`` has every decided
    symbol; ``waiting`` has, for each undecided symbol, the unknown atoms that stand between it
    and a decision.
    """

    fired: tuple[str, ...]
    undecided: tuple[str, ...]
    proofs: Mapping[str, Proof]
    waiting: Mapping[str, tuple[str, ...]]


@final
@dataclass(slots=True)
class Shape:
    """Clauses under short names, shared by all groups that differ in their names only."""

    chainer: Chainer
    _remembered: Memory[tuple[Fact, ...], list[int]] = field(default_factory=_memory)

    def fire(self, facts: Iterable[Fact]) -> list[int]:
        """The indexes of the clauses that fire, given the facts under their short names."""
        key = tuple(facts)
        fired = self._remembered.get(key)
        return self._remembered.keep(key, self.chainer.run(key)) if fired is None else fired


@final
@dataclass(slots=True)
class Group:
    """Rules and conclusions that share atoms, and what is known about them."""

    conditions: Mapping[str, Condition]
    atoms: Mapping[str, Atom]
    clauses: tuple[Clause, ...]
    short_names: Mapping[str, str]
    shape: Shape
    _remembered: Memory[tuple[Truth, ...], Inference] = field(default_factory=_memory)

    def infer(self, values: Sequence[Truth]) -> Inference:
        """The inference from the truth values of the group's own atoms, in their order."""
        key = tuple(values)
        inference = self._remembered.get(key)
        if inference is None:
            inference = self._chain(dict(zip(self.atoms, key, strict=True)))
            self._remembered.keep(key, inference)
        return inference

    def _chain(self, truths: Mapping[str, Truth]) -> Inference:
        given = [Fact(atom, truth) for atom, truth in truths.items() if truth != "unknown"]
        proved_by = defaultdict(list)
        for index in self.shape.fire(Fact(self.short_names[atom], value) for atom, value in given):
            proved_by[self.clauses[index].head].append(self.clauses[index])
        decided = {fact.symbol: fact for fact in (*given, *proved_by)}
        proofs = {
            symbol: Proof(decided[symbol].value, tuple(_used(decided[symbol], proved_by)))
            for symbol in self.conditions
            if symbol in decided
        }
        undecided = tuple(symbol for symbol in self.conditions if symbol not in decided)
        return Inference(
            tuple(symbol for symbol, proof in proofs.items() if proof.value == "yes"),
            undecided,
            proofs,
            {symbol: tuple(dict.fromkeys(self._waiting(symbol, decided))) for symbol in undecided},
        )

    def _waiting(self, symbol: str, decided: Mapping[str, Fact]) -> Iterator[str]:
        yield from self._waiting_in(symbol, self.conditions[symbol], decided)

    def _waiting_in(
        self, symbol: str, condition: Condition, decided: Mapping[str, Fact]
    ) -> Iterator[str]:
        parts = condition.parts if isinstance(condition, AllOf | AnyOf) else (condition,)
        for index, part in enumerate(parts):
            inner, _ = part_symbol(symbol, index, part)
            if inner in decided:
                continue
            match without_not(part):
                case Leaf():
                    yield inner
                case Concluded():
                    yield from self._waiting(inner, decided)
                case nested:
                    yield from self._waiting_in(inner, nested, decided)


def _used(fact: Fact, proved_by: Mapping[Fact, list[Clause]]) -> Iterator[Fact]:
    """The atoms and conclusions behind a fact, through the symbols inside one condition."""
    found: dict[Fact, None] = {}
    open_facts = [literal for clause in proved_by[fact] for literal in clause.body]
    while open_facts:
        literal = open_facts.pop(0)
        inside = "/" in literal.symbol and literal in proved_by
        if inside:
            open_facts.extend(inner for clause in proved_by[literal] for inner in clause.body)
        else:
            found[literal] = None
    yield from found


def make_groups(
    conditions: Mapping[str, Condition],
    new_chainer: Callable[[Sequence[Clause]], Chainer] = RuleEngine,
) -> tuple[Group, ...]:
    """Split conditions (symbol → condition) into the smallest groups that share no atom."""
    shapes: dict[tuple[Clause, ...], Shape] = {}
    members: dict[str, list[str]] = defaultdict(list)
    root = _union_find(conditions)
    for symbol in conditions:
        members[root[symbol]].append(symbol)
    groups = []
    for symbols in members.values():
        own = {symbol: conditions[symbol] for symbol in symbols}
        clauses = tuple(c for symbol in own for c in compile_clauses(symbol, own[symbol]))
        names, shape = _shape(clauses)
        if shape not in shapes:
            shapes[shape] = Shape(new_chainer(shape))
        groups.append(Group(own, atoms_of(own), clauses, names, shapes[shape]))
    return tuple(groups)


@final
@dataclass(slots=True, eq=False)
class Outcome:
    """What the groups of a block conclude together.

    ``fired`` lists symbols with the inference that decided them; ``waiting`` lists undecided symbols
    with the unknown atoms that stand between them and a decision.
    """

    fired: tuple[tuple[str, Inference], ...]
    waiting: tuple[tuple[str, tuple[str, ...]], ...]
    inferences: tuple[Inference, ...]


@final
@dataclass(slots=True)
class Block:
    """Groups that hear from the same parts of an intake, and what they concluded together.

    Their atoms stand side by side in the truth values, from ``start``: one look tells whether
    this combination was seen before.
    """

    groups: tuple[Group, ...]
    start: int
    end: int
    _remembered: Memory[bytes, Outcome] = field(default_factory=_memory)

    def conclude(self, values: bytes) -> Outcome:
        """The outcome from the truth values (as codes) of all atoms, in the blocks' order."""
        key = values[self.start : self.end]
        outcome = self._remembered.get(key)
        return self._remembered.keep(key, self._infer(key)) if outcome is None else outcome

    def _infer(self, codes: bytes) -> Outcome:
        truths = iter([TRUTHS[code] for code in codes])
        inferences = tuple(group.infer(list(islice(truths, len(group.atoms)))) for group in self.groups)
        return Outcome(
            tuple((symbol, found) for found in inferences for symbol in found.fired),
            tuple(open_symbol for found in inferences for open_symbol in found.waiting.items()),
            inferences,
        )


def make_blocks(groups: Iterable[Group]) -> tuple[Block, ...]:
    """Put groups that hear from the same lists and fields side by side.

    The truth values are expected in the order of the blocks' groups and their atoms.
    """
    together: dict[frozenset[str | None], list[Group]] = defaultdict(list)
    for group in groups:
        together[frozenset(map(list_of, group.atoms.values()))].append(group)
    blocks, start = [], 0
    for members in together.values():
        end = start + sum(len(group.atoms) for group in members)
        blocks.append(Block(tuple(members), start, end))
        start = end
    return tuple(blocks)


def atoms_of(conditions: Mapping[str, Condition]) -> dict[str, Atom]:
    """All atoms by key, sorted by key."""
    found = {
        leaf.atom.key: leaf.atom
        for condition in conditions.values()
        for leaf in leaves(condition)
        if isinstance(leaf, Leaf)
    }
    return dict(sorted(found.items()))


def _shape(clauses: Iterable[Clause]) -> tuple[dict[str, str], tuple[Clause, ...]]:
    """Clauses with their symbols numbered as they come, and the number of each symbol."""
    names: dict[str, str] = {}

    def short(fact: Fact) -> Fact:
        return Fact(names.setdefault(fact.symbol, f"s{len(names)}"), fact.value)

    shape = tuple(Clause(short(head), tuple(map(short, body))) for head, body in clauses)
    return names, shape


def _union_find(conditions: Mapping[str, Condition]) -> Mapping[str, str]:
    parent: dict[str, str] = {}

    def find(symbol: str) -> str:
        parent.setdefault(symbol, symbol)
        while parent[symbol] != symbol:
            parent[symbol] = parent[parent[symbol]]
            symbol = parent[symbol]
        return symbol

    for symbol, condition in conditions.items():
        for leaf in leaves(condition):
            shared = leaf.atom.key if isinstance(leaf, Leaf) else conclusion_symbol(leaf.conclusion)
            parent[find(shared)] = find(symbol)
    return {symbol: find(symbol) for symbol in conditions}
