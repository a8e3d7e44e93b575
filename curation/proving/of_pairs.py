"""Proofs about two rules: the same condition, one always beaten, advice that contradicts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from curation.proving.proofs import (
    CONTRADICTION,
    SAME_CONDITION,
    SUBSUMED,
    Proved,
    Reasoner,
    TooManyWorldsError,
)
from curation.proving.worlds import World
from engine.rules import LEVELS, Rule


def prove(reasoner: Reasoner) -> Iterator[Proved]:
    """All faults that two rules have with each other."""
    rules = list(reasoner.knowledge_base.rules.values())
    heard = {rule.id: reasoner.possibilities.heard(reasoner.keys(rule.id)) for rule in rules}
    for one, other in combinations(rules, 2):
        if heard[one.id].isdisjoint(heard[other.id]):
            yield from _contradicting_apart(reasoner, one, other)
            continue
        try:
            worlds = reasoner.worlds(reasoner.keys(one.id, other.id))
        except TooManyWorldsError:
            continue
        yield from _compare(reasoner, one, other, worlds)


def _compare(reasoner: Reasoner, one: Rule, other: Rule, worlds: list[World]) -> Iterator[Proved]:
    mine, theirs = (reasoner.truths(rule.id, worlds) for rule in (one, other))
    fires = next((w for w, found in zip(worlds, mine, strict=True) if found == "yes"), None)
    if fires is None or "yes" not in theirs:
        return  # told already: a rule that never fires
    if mine == theirs:
        yield _same(reasoner, one, other, fires)
        return
    for weaker, stronger, a, b in ((other, one, theirs, mine), (one, other, mine, theirs)):
        beaten = all(y == "yes" for x, y in zip(a, b, strict=True) if x == "yes")
        if beaten and _is_stricter(stronger, weaker) and _same_advice(stronger, weaker):
            yield _subsumed(reasoner, weaker, stronger, worlds[a.index("yes")])
    both = next((w for w, x, y in zip(worlds, mine, theirs, strict=True) if x == y == "yes"), None)
    clash = _clash(one, other)
    if both is not None and clash:
        yield _contradiction(reasoner, one, other, clash, both)


def _same(reasoner: Reasoner, one: Rule, other: Rule, world: World) -> Proved:
    differ = [
        word
        for word, mine, theirs in (
            ("level", one.level, other.level),
            ("lifts", one.lifting, other.lifting),
        )
        if mine != theirs
    ]
    clash = _clash(one, other)
    if differ or clash:
        why = f"they hold in exactly the same cases and differ in {' and '.join(differ)}"
        return _contradiction(reasoner, one, other, clash or why, world)
    return Proved(
        SAME_CONDITION, "rule", other.id, "when",
        f"this rule and {one.id} hold in exactly the same cases",
        f"keep one of the two: put the advice of both into {one.id}",
        *_shown(reasoner, one, other, world),
    )  # fmt: skip


def _subsumed(reasoner: Reasoner, weaker: Rule, stronger: Rule, world: World) -> Proved:
    return Proved(
        SUBSUMED, "rule", weaker.id, "when",
        f"whenever this rule fires, {stronger.id} fires too, is stricter and advises the same",
        "take this rule out, or say in its action what it adds",
        *_shown(reasoner, weaker, stronger, world),
    )  # fmt: skip


def _contradiction(reasoner: Reasoner, one: Rule, other: Rule, why: str, world: World) -> Proved:
    return Proved(
        CONTRADICTION, "rule", other.id, "when",
        f"this rule and {one.id} contradict each other: {why}",
        "let the stricter one stand, or make the conditions exclude each other",
        *_shown(reasoner, one, other, world),
    )  # fmt: skip


def _shown(reasoner: Reasoner, one: Rule, other: Rule, world: World) -> tuple[dict[str, object], str]:
    document = reasoner.witnesses.intake(world)
    verdict = reasoner.witnesses.screen(document)["verdict"]
    return document, f"{one.id} and {other.id} both fire here; the verdict is {verdict}"


def _contradicting_apart(reasoner: Reasoner, one: Rule, other: Rule) -> Iterator[Proved]:
    """Rules that have nothing in common can always fire together, if each can at all."""
    clash = _clash(one, other)
    if not clash:
        return
    try:
        worlds = reasoner.worlds(reasoner.keys(one.id, other.id))
    except TooManyWorldsError:
        return
    mine, theirs = (reasoner.truths(rule.id, worlds) for rule in (one, other))
    for world, x, y in zip(worlds, mine, theirs, strict=True):
        if x == y == "yes":
            yield _contradiction(reasoner, one, other, clash, world)
            return


def _clash(one: Rule, other: Rule) -> str:
    """What one advises and the other advises against."""
    clashing = sorted(
        {*one.advises}.intersection(other.advises_against)
        | {*other.advises}.intersection(one.advises_against)
    )
    return f"one advises {', '.join(clashing)}, the other advises against it" if clashing else ""


def _is_stricter(one: Rule, other: Rule) -> bool:
    return LEVELS.index(one.level) < LEVELS.index(other.level)


def _same_advice(stronger: Rule, weaker: Rule) -> bool:
    """Whether the weaker rule tells the front desk nothing that the stronger one does not."""
    said, adds = (" ".join(rule.action.casefold().split()) for rule in (stronger, weaker))
    return adds in said and {*weaker.advises} <= {*stronger.advises}
