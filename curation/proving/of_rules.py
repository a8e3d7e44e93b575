"""Proofs about one rule at a time: it can fire, each part counts, bad news never helps."""

from __future__ import annotations

from collections.abc import Iterator

from curation.proving.logic import shortened, truth
from curation.proving.proofs import (
    IDLE_PART,
    MILDER_BY_BAD_NEWS,
    NEVER_FIRES,
    NOT_PROVED,
    Proved,
    Reasoner,
    TooManyWorldsError,
)
from curation.proving.witnesses import state_of
from curation.proving.worlds import MOST_WORLDS, Ingredient, World
from engine.conditions import AllOf, AnyOf, Condition, Leaf, Not
from engine.rules import VERDICTS, Rule
from engine.truth import CODES, TRUTHS, Truth


def prove(reasoner: Reasoner) -> Iterator[Proved]:
    """All faults of single rules, and of rules that share atoms."""
    dead: set[str] = set()
    for rule in reasoner.knowledge_base.rules.values():
        try:
            worlds = reasoner.worlds(reasoner.keys(rule.id))
        except TooManyWorldsError:
            yield _too_many(rule)
            continue
        if "yes" in reasoner.truths(rule.id, worlds):
            yield from _idle_parts(reasoner, rule, worlds)
        else:
            dead.add(rule.id)
            yield _never_fires(reasoner, rule, worlds)
    for group in reasoner.sight.groups:
        alive = [rule for rule in reasoner.rules_of(group) if rule.id not in dead]
        yield from _milder_by_bad_news(reasoner, alive)


def _too_many(rule: Rule) -> Proved:
    return Proved(
        NOT_PROVED, "rule", rule.id, "when",
        f"its atoms can be in more than {MOST_WORLDS:,} situations, so that nothing is proved about it",
        "split the rule, or draw a conclusion first and let the rule read that",
    )  # fmt: skip


def _never_fires(reasoner: Reasoner, rule: Rule, worlds: list[World]) -> Proved:
    closest = max(worlds, key=lambda world: world.truths.count("yes"))
    document = reasoner.witnesses.intake(closest)
    state = state_of(reasoner.witnesses.screen(document), rule.id)
    return Proved(
        NEVER_FIRES, "rule", rule.id, "when",
        "no intake makes this rule fire: its parts can never hold together",
        "look for parts that exclude each other, or a word that nothing lies under",
        document, f"{rule.id} is {state} here, and can never fire",
    )  # fmt: skip


def _idle_parts(reasoner: Reasoner, rule: Rule, worlds: list[World]) -> Iterator[Proved]:
    """Parts without which the rule is the same in every situation."""
    condition = reasoner.conditions[rule.id]
    whole = reasoner.truths(rule.id, worlds)
    idle: list[tuple[int, ...]] = []
    for place, part, rest in shortened(condition):
        if any(place[: len(outer)] == outer for outer in idle):
            continue  # told with the part around it
        if [truth(rest, world.by_key) for world in worlds] == whole:
            idle.append(place)
            yield _idle(reasoner, rule, part, rest, worlds)


def _idle(
    reasoner: Reasoner, rule: Rule, part: Condition, rest: Condition, worlds: list[World]
) -> Proved:
    shows = next(
        (w for w in worlds if truth(part, w.by_key) == "yes" and truth(rest, w.by_key) == "yes"),
        worlds[0],
    )
    document = reasoner.witnesses.intake(shows)
    state = state_of(reasoner.witnesses.screen(document), rule.id)
    return Proved(
        IDLE_PART, "rule", rule.id, "when",
        f"a part of the condition never matters: {_named(reasoner, part)}",
        "take the part out, or mend what it was meant to say",
        document, f"{rule.id} is {state} here, with and without that part",
    )  # fmt: skip


def _named(reasoner: Reasoner, part: Condition) -> str:
    """A part of a condition as a short phrase."""
    match part:
        case Leaf(atom):
            return atom.says(reasoner.knowledge_base.vocabulary)
        case Not(inner):
            return f"not {_named(reasoner, inner)}"
        case AllOf(parts):
            return "all of (" + "; ".join(_named(reasoner, inner) for inner in parts) + ")"
        case AnyOf(parts):
            return "any of (" + "; ".join(_named(reasoner, inner) for inner in parts) + ")"
    raise TypeError(part)


def _milder_by_bad_news(reasoner: Reasoner, rules: list[Rule]) -> Iterator[Proved]:
    """Entries that make the verdict milder by being added; one finding for each rule that gives way."""
    keys = reasoner.keys(*(rule.id for rule in rules))
    try:
        worlds = reasoner.worlds(keys)
    except TooManyWorldsError:
        return
    told: set[str] = set()
    news = reasoner.possibilities.relevant(keys)
    for world in worlds:
        before = reasoner.severity(rules, world.by_key)
        for entry in news:
            after = _with_entry(reasoner, world, entry)
            if entry.list_name not in world.asked or reasoner.severity(rules, after) <= before:
                continue
            gives_way = _gives_way(reasoner, rules, world, after)
            if gives_way.id in told:
                continue
            found = _milder(reasoner, gives_way, world, entry)
            if found is not None:
                told.add(gives_way.id)
                yield found


def _with_entry(reasoner: Reasoner, world: World, entry: Ingredient) -> dict[str, Truth]:
    places = reasoner.sight.places
    return {
        key: TRUTHS[max(CODES[found], entry.effect.get(places[key], 0))]
        for key, found in world.by_key.items()
    }


def _gives_way(reasoner: Reasoner, rules: list[Rule], world: World, after: dict[str, Truth]) -> Rule:
    """The strictest rule that counts less after the news than before."""
    return min(
        (
            rule
            for rule in rules
            if CODES[truth(reasoner.conditions[rule.id], after)]
            < CODES[truth(reasoner.conditions[rule.id], world.by_key)]
        ),
        key=lambda rule: rule.strictness,
    )


def _milder(reasoner: Reasoner, rule: Rule, world: World, entry: Ingredient) -> Proved | None:
    """The finding, if the whole verdict is milder with the entry than without."""
    witnesses = reasoner.witnesses
    without, with_it = witnesses.intake(world), witnesses.intake(world, entry)
    before, after = witnesses.severity(without), witnesses.severity(with_it)
    if after <= before:
        return None
    name = entry.raw["name"]
    return Proved(
        MILDER_BY_BAD_NEWS, "rule", rule.id, "when",
        f"more bad news makes the verdict milder: adding {name!r} to {entry.list_name} turns "
        f"{VERDICTS[before]} into {VERDICTS[after]}",
        "do not let a rule give way to an entry; write a rule for the milder case beside it",
        with_it, f"{VERDICTS[after]}; without {name!r} it is {VERDICTS[before]}",
    )  # fmt: skip
