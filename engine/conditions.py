"""The condition of a rule: a tree of atoms, and the clauses that it compiles to.

A condition is evaluated on two rails: clauses that prove it *yes* and clauses that prove it
*no*; what neither rail proves is *unknown*. The clauses contain no negation: ``not`` only swaps
the rails of its part. Every ``all`` and ``any`` inside a condition gets a symbol of its own, so
the number of clauses grows with the size of the tree and never multiplies out.

    all(a, b)   yes <- a yes, b yes        no <- a no    no <- b no
    any(a, b)   yes <- a yes   yes <- b yes    no <- a no, b no

That is Kleene's strong three-valued logic, rail by rail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, final

from engine import answer_tests, atoms
from engine.atoms import Atom
from engine.dates import Period
from engine.intake import LISTS

Rail = Literal["yes", "no"]
OTHER_RAIL: Mapping[Rail, Rail] = {"yes": "no", "no": "yes"}


class Fact(NamedTuple):
    """One decided thing: the symbol (an atom's key, a conclusion, a rule) and its value."""

    symbol: str
    value: Rail


class Clause(NamedTuple):
    """``head`` holds when every fact of ``body`` does."""

    head: Fact
    body: tuple[Fact, ...]


@final
class Leaf(NamedTuple):
    """One atom."""

    atom: Atom


@final
class Concluded(NamedTuple):
    """A conclusion that other rules have drawn."""

    conclusion: str


@final
class Not(NamedTuple):
    """True when its part is false."""

    part: Condition


@final
class AllOf(NamedTuple):
    """True when every part is true."""

    parts: tuple[Condition, ...]


@final
class AnyOf(NamedTuple):
    """True when some part is true."""

    parts: tuple[Condition, ...]


Condition = Leaf | Concluded | Not | AllOf | AnyOf


class ConditionError(ValueError):
    """A condition, as written in a knowledge base, means nothing; the text says what and why."""


def leaves(condition: Condition) -> Iterator[Leaf | Concluded]:
    """The atoms and conclusions of a condition, left to right."""
    match condition:
        case Not(part):
            yield from leaves(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield condition


def leaf_places(data: Any) -> Iterator[tuple[str | int, ...]]:
    """Where the atoms and conclusions of a written condition stand in it, as :func:`leaves` goes."""
    (kind, body), *_ = data.items()
    match kind:
        case "all" | "any":
            for index, part in enumerate(body):
                yield from ((kind, index, *place) for place in leaf_places(part))
        case "not":
            yield from ((kind, *place) for place in leaf_places(body))
        case _:
            yield (kind,)


def conclusion_symbol(conclusion: str) -> str:
    """The name of a conclusion in working memory."""
    return f"concluded:{conclusion}"


def compile_clauses(symbol: str, condition: Condition) -> Iterator[Clause]:
    """The clauses that prove ``symbol`` yes or no from the facts of ``condition``."""
    if not isinstance(condition, AllOf | AnyOf):
        condition = AllOf((condition,))
    together: Rail = "yes" if isinstance(condition, AllOf) else "no"
    alone = OTHER_RAIL[together]
    symbols = [part_symbol(symbol, index, part) for index, part in enumerate(condition.parts)]
    yield Clause(Fact(symbol, together), tuple(_fact(*part, together) for part in symbols))
    for part_and_swap in symbols:
        yield Clause(Fact(symbol, alone), (_fact(*part_and_swap, alone),))
    for index, part in enumerate(condition.parts):
        inner = without_not(part)
        if isinstance(inner, AllOf | AnyOf):
            yield from compile_clauses(f"{symbol}/{index}", inner)


def part_symbol(symbol: str, index: int, part: Condition) -> tuple[str, bool]:
    """The symbol that stands for a part, and whether its rails are swapped."""
    swapped = False
    while isinstance(part, Not):
        part, swapped = part.part, not swapped
    match part:
        case Leaf(atom):
            return atom.key, swapped
        case Concluded(conclusion):
            return conclusion_symbol(conclusion), swapped
        case _:
            return f"{symbol}/{index}", swapped


def _fact(symbol: str, swapped: bool, rail: Rail) -> Fact:  # noqa: FBT001 - part_symbol's pair
    return Fact(symbol, OTHER_RAIL[rail] if swapped else rail)


def without_not(part: Condition) -> Leaf | Concluded | AllOf | AnyOf:
    """The part itself, or what is denied, however often."""
    while isinstance(part, Not):
        part = part.part
    return part


def parse_condition(data: Any) -> Condition:
    """Read a condition as a rule file holds it; the form was checked by the rule schema.

    Raises :class:`ConditionError` for what the schema cannot tell.
    """
    (kind, body), *_ = data.items()
    match kind:
        case "all":
            return AllOf(tuple(map(parse_condition, body)))
        case "any":
            return AnyOf(tuple(map(parse_condition, body)))
        case "not":
            return Not(parse_condition(body))
        case "concluded":
            return Concluded(body)
        case _:
            return Leaf(_ATOMS[kind](body))


def _condition(body: dict[str, Any]) -> Atom:
    return atoms.Has(body["is"], _status_word(body["status"]), body.get("site", atoms.ANY))


def _mentioned(body: dict[str, Any]) -> Atom:
    return atoms.Has(body["is"], _status_word(body["status"]), body.get("site", atoms.ANY), weak=True)


def _began(body: dict[str, Any]) -> Atom:
    return atoms.Began(body["is"], _period(body["within"]), body.get("site", atoms.ANY))


def _unclear(body: dict[str, Any]) -> Atom:
    return atoms.Unclear(body["is"], tuple(sorted(body["status"])))


def _stopped(body: dict[str, Any]) -> Atom:
    return atoms.Stopped(body["medicine"], _period(body["within"]))


def _done(body: dict[str, Any]) -> Atom:
    within = _period(body["within"]) if "within" in body else None
    return atoms.Done(body["procedure"], within, body.get("site", atoms.ANY))


def _unrecognised(body: list[str]) -> Atom:
    return atoms.NotUnderstood(tuple(name for name in LISTS if name in body))


def _answer(body: dict[str, Any]) -> Atom:
    return atoms.Answered(body["field"], _answer_test(body))


def _answer_test(body: dict[str, Any]) -> answer_tests.AnswerTest:
    match {key: value for key, value in body.items() if key != "field"}:
        case {"is": value, **rest} if not rest:
            return answer_tests.OneOf(tuple(value) if isinstance(value, list) else (value,))
        case {"within": period, **rest} if not rest:
            return answer_tests.Within(_period(period))
        case {"includes": value, **rest} if not rest:
            return answer_tests.Includes(value)
        case {"under": bound, **rest} if not rest:
            return answer_tests.Between(0, bound - 1)
        case {"from": low, "to": high, **rest} if not rest:
            return answer_tests.Between(low, high)
        case _:
            raise ConditionError("an answer is tested by is, under, from and to, within, or includes")


_ATOMS: Mapping[str, Callable[[Any], Atom]] = {
    "taking": atoms.Taking,
    "stopped": _stopped,
    "condition": _condition,
    "mentioned": _mentioned,
    "began": _began,
    "unclear": _unclear,
    "done": _done,
    "allergy": atoms.Allergic,
    "answer": _answer,
    "unrecognised": _unrecognised,
}


def _status_word(status: str | list[str]) -> str:
    return status if isinstance(status, str) else "+".join(sorted(status))


def _period(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise ConditionError(str(error)) from None
