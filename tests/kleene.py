"""Kleene's strong three-valued logic, straight over the tree of a condition.

An independent reading of what conditions mean, to hold the rule engine to: no clauses, no
rails, no facts, nothing remembered. On the scale no < unknown < yes, ``all`` is the least of
its parts, ``any`` the greatest, and ``not`` turns the scale round.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.conditions import AllOf, AnyOf, Concluded, Condition, Leaf, Not
from engine.truth import Truth

_SCALE: Mapping[Truth, int] = {"no": 0, "unknown": 1, "yes": 2}
_TURNED: Mapping[Truth, Truth] = {"no": "yes", "unknown": "unknown", "yes": "no"}


def evaluate(condition: Condition, known: Mapping[str, Truth]) -> Truth:
    """The truth of one condition; a symbol that is not in ``known`` is unknown."""
    match condition:
        case Leaf(atom):
            return known.get(atom.key, "unknown")
        case Concluded(name):
            return known.get(f"concluded:{name}", "unknown")
        case Not(part):
            return _TURNED[evaluate(part, known)]
        case AllOf(parts):
            return min((evaluate(part, known) for part in parts), key=_SCALE.__getitem__)
        case AnyOf(parts):
            return max((evaluate(part, known) for part in parts), key=_SCALE.__getitem__)


def decide(conditions: Mapping[str, Condition], atoms: Mapping[str, Truth]) -> dict[str, Truth]:
    """The truth of every symbol (rule or conclusion), from the truth of every atom."""
    decided: dict[str, Truth] = {}

    def settle(symbol: str) -> None:
        if symbol not in decided:
            for name in conclusions_of(conditions[symbol]):
                settle(f"concluded:{name}")
            decided[symbol] = evaluate(conditions[symbol], {**atoms, **decided})

    for symbol in conditions:
        settle(symbol)
    return decided


def open_atoms(
    condition: Condition, conditions: Mapping[str, Condition], known: Mapping[str, Truth]
) -> set[str]:
    """The unknown atoms in the undecided parts of a condition, conclusions looked into.

    ``known`` holds the truth of atoms and of conclusions.
    """
    if evaluate(condition, known) != "unknown":
        return set()
    match condition:
        case Leaf(atom):
            return {atom.key}
        case Concluded(name):
            return open_atoms(conditions[f"concluded:{name}"], conditions, known)
        case Not(part):
            return open_atoms(part, conditions, known)
        case AllOf(parts) | AnyOf(parts):
            return set().union(*(open_atoms(part, conditions, known) for part in parts))


def conclusions_of(condition: Condition) -> Iterator[str]:
    """The conclusions that a condition reads."""
    match condition:
        case Concluded(name):
            yield name
        case Not(part):
            yield from conclusions_of(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from conclusions_of(part)
