"""Forward chaining is Kleene's logic: three evaluators that share no code agree on everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clips_chainer import ClipsChainer
from engine import chaining, load_knowledge_base
from engine.atoms import Taking
from engine.chaining import Chainer, Group, Inference, atoms_of, make_groups
from engine.conditions import AllOf, AnyOf, Clause, Concluded, Condition, Fact, Leaf, Not
from engine.experta_rules import RuleEngine
from engine.screening import all_conditions
from engine.truth import Truth
from kleene import conclusions_of, decide, evaluate, open_atoms

TRUTHS: Final[tuple[Truth, ...]] = ("yes", "no", "unknown")
ATOMS: Final = [Taking(f"medicine-{number}") for number in range(6)]
repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=50)
thorough = settings(repeatable, max_examples=120)


class Case(NamedTuple):
    """Conditions by symbol, and the truth of every atom in them."""

    conditions: Mapping[str, Condition]
    atoms: Mapping[str, Truth]


NODES: Final = ("leaf", "leaf", "leaf", "conclusion", "not", "all", "any", "all", "any")
NODE = st.tuples(st.sampled_from(NODES), st.integers(0, len(ATOMS) - 1))
PROGRAMS = st.lists(st.lists(NODE, min_size=1, max_size=12), min_size=1, max_size=6)
MANY_TRUTHS = st.lists(st.sampled_from(TRUTHS), min_size=len(ATOMS), max_size=len(ATOMS))
ANSWERS = st.lists(st.sampled_from(TRUTHS[:2]), min_size=len(ATOMS), max_size=len(ATOMS))


def tree(nodes: Sequence[tuple[str, int]], conclusions: int) -> Condition:
    """A condition from its nodes, parts before wholes; it may read so many conclusions."""
    parts: list[Condition] = [Leaf(ATOMS[0])]
    for kind, number in nodes:
        taken = tuple(parts[-1 - number % 3 :])
        if kind == "not":
            parts.append(Not(parts.pop()))
        elif kind in ("all", "any"):
            del parts[-len(taken) :]
            parts.append(AllOf(taken) if kind == "all" else AnyOf(taken))
        elif kind == "conclusion" and conclusions:
            parts.append(Concluded(f"c{number % conclusions}"))
        else:
            parts.append(Leaf(ATOMS[number]))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Up to three conclusions, of which each may read those before it, and up to five rules."""
    programs = draw(PROGRAMS)
    conclusions = draw(st.integers(0, min(3, len(programs) - 1)))
    conditions = {
        f"concluded:c{i}" if i < conclusions else f"rule-{i}": tree(nodes, min(i, conclusions))
        for i, nodes in enumerate(programs)
    }
    if draw(st.booleans()):  # rules may stand before the conclusions that they read
        conditions = dict(reversed(conditions.items()))
    return Case(conditions, truths_of(conditions, draw(MANY_TRUTHS)))


def truths_of(conditions: Mapping[str, Condition], truths: Sequence[Truth]) -> dict[str, Truth]:
    """The drawn truths of the atoms that the conditions read."""
    drawn = dict(zip((atom.key for atom in ATOMS), truths, strict=True))
    return {key: drawn[key] for key in atoms_of(conditions)}


def infer(groups: Iterable[Group], case: Case) -> list[Inference]:
    return [group.infer([case.atoms[key] for key in group.atoms]) for group in groups]


def decisions(inferences: Iterable[Inference]) -> dict[str, Truth]:
    found: dict[str, Truth] = {}
    for inference in inferences:
        found.update({symbol: proof.value for symbol, proof in inference.proofs.items()})
        found.update(dict.fromkeys(inference.undecided, "unknown"))
    return found


def plain(inferences: Iterable[Inference]) -> list[tuple[object, ...]]:
    """Inferences as values that can be compared."""
    return [(i.fired, i.undecided, dict(i.proofs), dict(i.waiting)) for i in inferences]


def known(case: Case) -> dict[str, Truth]:
    """The truth of every atom and of every conclusion."""
    return {**case.atoms, **decide(case.conditions, case.atoms)}


def waiting_in(inferences: Iterable[Inference]) -> dict[str, set[str]]:
    return {
        symbol: set(atoms) for inference in inferences for symbol, atoms in inference.waiting.items()
    }


class Shipped(NamedTuple):
    """One group of the shipped knowledge base and every combination of its atoms' truths."""

    group: Group
    conditions: Mapping[str, Condition]

    def cases(self) -> Iterator[tuple[Case, Inference]]:
        for truths in product(TRUTHS, repeat=len(self.group.atoms)):
            atoms: dict[str, Truth] = dict(zip(self.group.atoms, truths, strict=True))
            yield Case(self.conditions, atoms), self.group.infer(truths)


SHIPPED_CONDITIONS = all_conditions(load_knowledge_base())


def shipped_groups(
    new_chainer: Callable[[Sequence[Clause]], Chainer] = RuleEngine,
) -> list[Shipped]:
    return [
        Shipped(group, {symbol: SHIPPED_CONDITIONS[symbol] for symbol in group.conditions})
        for group in make_groups(SHIPPED_CONDITIONS, new_chainer)
    ]


@pytest.fixture(scope="module")
def shipped() -> list[Shipped]:
    return shipped_groups()


@thorough
@given(cases())
def test_experta_and_kleene_agree_on_random_conditions(case: Case) -> None:
    inferences = infer(make_groups(case.conditions), case)
    assert decisions(inferences) == decide(case.conditions, case.atoms)


@thorough
@given(cases())
def test_clips_and_kleene_agree_on_random_conditions(case: Case) -> None:
    inferences = infer(make_groups(case.conditions, ClipsChainer), case)
    assert decisions(inferences) == decide(case.conditions, case.atoms)


@repeatable
@given(cases())
def test_experta_and_clips_give_the_same_inferences(case: Case) -> None:
    with_experta = infer(make_groups(case.conditions), case)
    assert plain(infer(make_groups(case.conditions, ClipsChainer), case)) == plain(with_experta)


@pytest.mark.parametrize("new_chainer", [RuleEngine, ClipsChainer])
def test_shipped_rules_are_kleenes_logic_for_every_combination_of_truths(
    new_chainer: Callable[[Sequence[Clause]], Chainer],
) -> None:
    for group in shipped_groups(new_chainer):
        for case, inference in group.cases():
            assert decisions([inference]) == decide(case.conditions, case.atoms)


@repeatable
@given(cases())
def test_fired_lists_what_is_decided_yes(case: Case) -> None:
    for inference in infer(make_groups(case.conditions), case):
        assert inference.fired == tuple(
            s for s, proof in inference.proofs.items() if proof.value == "yes"
        )


@repeatable
@given(cases())
def test_waiting_holds_exactly_the_unknown_atoms_of_undecided_parts(case: Case) -> None:
    facts = known(case)
    expected = {
        symbol: open_atoms(condition, case.conditions, facts)
        for symbol, condition in case.conditions.items()
        if facts[symbol] == "unknown"
    }
    assert waiting_in(infer(make_groups(case.conditions), case)) == expected


@repeatable
@given(cases(), MANY_TRUTHS)
def test_undecided_stays_so_while_no_waiting_atom_is_decided(
    case: Case, others: Sequence[Truth]
) -> None:
    groups = make_groups(case.conditions)
    for symbol, waiting in waiting_in(infer(groups, case)).items():
        answers = {
            atom: answer
            for atom, answer in truths_of(case.conditions, others).items()
            if case.atoms[atom] == "unknown" and atom not in waiting
        }
        answered = Case(case.conditions, {**case.atoms, **answers})
        assert decisions(infer(groups, answered))[symbol] == "unknown"


@repeatable
@given(cases(), ANSWERS)
def test_undecided_is_decided_once_every_waiting_atom_is(case: Case, drawn: Sequence[Truth]) -> None:
    groups = make_groups(case.conditions)
    for symbol, waiting in waiting_in(infer(groups, case)).items():
        answers = truths_of(case.conditions, drawn)
        answered = Case(case.conditions, {**case.atoms, **{atom: answers[atom] for atom in waiting}})
        assert decisions(infer(groups, answered))[symbol] != "unknown"


def test_shipped_rules_wait_for_exactly_what_is_open(shipped: list[Shipped]) -> None:
    for group in shipped:
        for case, inference in group.cases():
            facts = known(case)
            assert {symbol: set(atoms) for symbol, atoms in inference.waiting.items()} == {
                symbol: open_atoms(condition, case.conditions, facts)
                for symbol, condition in case.conditions.items()
                if facts[symbol] == "unknown"
            }


@repeatable
@given(cases())
def test_the_facts_of_a_proof_are_true(case: Case) -> None:
    facts = known(case)
    for inference in infer(make_groups(case.conditions), case):
        for proof in inference.proofs.values():
            assert {fact: facts[fact.symbol] for fact in proof.facts} == {
                fact: fact.value for fact in proof.facts
            }


@repeatable
@given(cases())
def test_the_facts_of_a_proof_are_enough_for_the_decision(case: Case) -> None:
    for inference in infer(make_groups(case.conditions), case):
        for symbol, proof in inference.proofs.items():
            only: dict[str, Truth] = {fact.symbol: fact.value for fact in proof.facts}
            assert evaluate(case.conditions[symbol], only) == proof.value


def test_shipped_proofs_are_true_and_enough(shipped: list[Shipped]) -> None:
    for group in shipped:
        for case, inference in group.cases():
            facts = known(case)
            for symbol, proof in inference.proofs.items():
                only: dict[str, Truth] = {fact.symbol: fact.value for fact in proof.facts}
                assert only.items() <= facts.items()
                assert evaluate(case.conditions[symbol], only) == proof.value


@repeatable
@given(cases())
def test_a_second_way_to_a_conclusion_is_part_of_its_proof(case: Case) -> None:
    """Every true part of an ``any`` at the top is a proof of its own; none hides another."""
    facts = known(case)
    for inference in infer(make_groups(case.conditions), case):
        for symbol in inference.fired:
            condition = case.conditions[symbol]
            if isinstance(condition, AnyOf):
                used = {fact.symbol for fact in inference.proofs[symbol].facts}
                direct = {_name(part) for part in condition.parts if isinstance(part, Leaf | Concluded)}
                assert {name for name in direct if facts[name] == "yes"} <= used


@repeatable
@given(cases())
def test_groups_share_no_atom(case: Case) -> None:
    of_all_groups = [atom for group in make_groups(case.conditions) for atom in group.atoms]
    assert sorted(of_all_groups) == list(atoms_of(case.conditions))


@repeatable
@given(cases())
def test_every_condition_is_in_one_group_with_the_conclusions_that_it_reads(case: Case) -> None:
    groups = make_groups(case.conditions)
    for group in groups:
        read = {f"concluded:{name}" for c in group.conditions.values() for name in conclusions_of(c)}
        assert read <= set(group.conditions)
    of_all_groups = [symbol for group in groups for symbol in group.conditions]
    assert sorted(of_all_groups) == sorted(case.conditions)


def test_shipped_groups_share_no_atom(shipped: list[Shipped]) -> None:
    of_all_groups = [atom for entry in shipped for atom in entry.group.atoms]
    assert sorted(of_all_groups) == list(atoms_of(SHIPPED_CONDITIONS))


@repeatable
@given(cases(), st.lists(MANY_TRUTHS, min_size=1, max_size=3))
def test_what_a_group_remembers_does_not_change_what_it_infers(
    case: Case, before: Sequence[Sequence[Truth]]
) -> None:
    used = make_groups(case.conditions)
    for truths in before:
        infer(used, Case(case.conditions, truths_of(case.conditions, truths)))
    assert plain(infer(used, case)) == plain(infer(make_groups(case.conditions), case))


def test_a_group_that_starts_to_forget_infers_the_same(
    monkeypatch: pytest.MonkeyPatch, shipped: list[Shipped]
) -> None:
    def largest(groups: list[Shipped]) -> Shipped:
        return max(groups, key=lambda entry: len(entry.group.atoms))

    remembered = plain(inference for _, inference in largest(shipped).cases())
    monkeypatch.setattr(chaining, "REMEMBERED", 2)
    assert plain(inference for _, inference in largest(shipped_groups()).cases()) == remembered


def test_groups_of_one_shape_share_an_engine_and_keep_their_names_apart() -> None:
    conditions: dict[str, Condition] = {
        "first": AnyOf((Leaf(Taking("a")), Leaf(Taking("b")))),
        "second": AnyOf((Leaf(Taking("c")), Leaf(Taking("d")))),
    }
    built: list[Chainer] = []

    def build(clauses: Sequence[Clause]) -> Chainer:
        built.append(RuleEngine(clauses))
        return built[-1]

    groups = make_groups(conditions, build)
    truths: dict[str, Truth] = {f"taking:{name}": "yes" if name == "a" else "no" for name in "abcd"}
    inferences = infer(groups, Case(conditions, truths))
    assert len(built) == 1
    assert decisions(inferences) == {"first": "yes", "second": "no"}
    assert inferences[0].proofs["first"].facts == (Fact("taking:a", "yes"),)


def test_the_number_of_clauses_grows_with_the_tree_and_never_multiplies_out() -> None:
    pairs = [AnyOf((Leaf(Taking(f"a{i}")), Leaf(Taking(f"b{i}")))) for i in range(40)]
    conditions: dict[str, Condition] = {"rule": AllOf(tuple(pairs))}
    (group,) = make_groups(conditions)
    assert len(group.clauses) == 1 + 40 + 40 * 3
    atoms: dict[str, Truth] = {key: "no" if ":a" in key else "yes" for key in atoms_of(conditions)}
    assert decisions(infer([group], Case(conditions, atoms))) == {"rule": "yes"}


def _name(leaf: Leaf | Concluded) -> str:
    return leaf.atom.key if isinstance(leaf, Leaf) else f"concluded:{leaf.conclusion}"
