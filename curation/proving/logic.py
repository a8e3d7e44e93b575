"""A condition's truth by the book (Kleene's strong logic), for proofs: no rule engine in between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, final

from engine.conditions import AllOf, AnyOf, Concluded, Condition, Leaf, Not
from engine.rules import Conclusion
from engine.truth import CODES, TRUTHS, Truth

Conclusions = Mapping[str, Conclusion]


@final
class Shortened(NamedTuple):
    """A condition without one of its parts; ``place`` are the steps to the part, from 0."""

    place: tuple[int, ...]
    part: Condition
    condition: Condition


def truth(condition: Condition, truths: Mapping[str, Truth]) -> Truth:
    """The truth of a condition without conclusions (see :func:`unfolded`)."""
    return TRUTHS[_code(condition, truths)]


def unfolded(condition: Condition, conclusions: Conclusions) -> Condition:
    """The condition with the conclusions that it reads replaced by theirs."""
    match condition:
        case Concluded(name):
            return unfolded(conclusions[name].condition, conclusions)
        case Not(part):
            return Not(unfolded(part, conclusions))
        case AllOf(parts):
            return AllOf(tuple(unfolded(part, conclusions) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(unfolded(part, conclusions) for part in parts))
        case leaf:
            return leaf


def atom_keys(condition: Condition) -> list[str]:
    """The keys of the atoms of an unfolded condition, each once, left to right."""
    return list(dict.fromkeys(_keys(condition)))


def shortened(condition: Condition, place: tuple[int, ...] = ()) -> Iterator[Shortened]:
    """The condition without each of its parts in turn, inner parts too."""
    match condition:
        case Not(part):
            for place_, removed, rest in shortened(part, (*place, 0)):
                yield Shortened(place_, removed, Not(rest))
        case AllOf(parts) | AnyOf(parts):
            kind = type(condition)
            for index, part in enumerate(parts):
                if len(parts) > 1:
                    left = (*parts[:index], *parts[index + 1 :])
                    yield Shortened((*place, index), part, kind(left))
                for place_, removed, rest in shortened(part, (*place, index)):
                    changed = (*parts[:index], rest, *parts[index + 1 :])
                    yield Shortened(place_, removed, kind(changed))


def _code(condition: Condition, truths: Mapping[str, Truth]) -> int:
    match condition:
        case Leaf(atom):
            return CODES[truths[atom.key]]
        case Not(part):
            return CODES["yes"] - _code(part, truths)
        case AllOf(parts):
            return min(_code(part, truths) for part in parts)
        case AnyOf(parts):
            return max(_code(part, truths) for part in parts)
    raise TypeError(condition)


def _keys(condition: Condition) -> Iterator[str]:
    match condition:
        case Leaf(atom):
            yield atom.key
        case Not(part):
            yield from _keys(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _keys(part)
        case Concluded():
            raise TypeError(condition)
