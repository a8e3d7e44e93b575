"""What experta 1.9.4 gets wrong, each as a regression test on the layer that fences it in."""

from __future__ import annotations

import ast
import gc
import json
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from case_files import REPOSITORY, read_cases
from engine import KnowledgeBaseError, Screener, load_knowledge_base, make_intake
from engine.atoms import Taking
from engine.chaining import make_groups
from engine.conditions import AnyOf, Clause, Condition, Fact, Leaf
from engine.experta_rules import Known, RuleEngine
from engine.screening import all_conditions

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=60)

YES: Final = [Fact(f"s{number}", "yes") for number in range(12)]
CHAIN: Final = [Clause(YES[number + 1], (YES[number],)) for number in range(4)]
ENGINE_SOURCES: Final = [REPOSITORY / "cli.py", *sorted((REPOSITORY / "engine").glob("*.py"))]


class Explosive(str):
    """A text that cannot be compared: an error in the middle of experta's network."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise ArithmeticError


def broken_off(facts: Sequence[Fact]) -> Iterator[Fact]:
    yield from facts
    raise InterruptedError


def in_a_new_process(code: str) -> str:
    """What a program prints; it sees the repository and nothing of this process."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


# One client's result in the next one's


def test_an_interrupted_run_leaves_nothing_for_the_next() -> None:
    engine = RuleEngine(CHAIN)
    with pytest.raises(InterruptedError):
        engine.run(broken_off([YES[0], YES[3]]))
    assert engine.run([]) == []


def test_an_error_inside_the_network_leaves_nothing_for_the_next() -> None:
    engine = RuleEngine(CHAIN)
    with pytest.raises(ArithmeticError):
        engine.run([YES[0], Fact(Explosive("s2"), "yes")])
    assert engine.run([YES[3]]) == [3]


def test_an_engine_works_again_after_an_error() -> None:
    engine = RuleEngine(CHAIN)
    for _ in range(3):
        with pytest.raises(InterruptedError):
            engine.run(broken_off([YES[0]]))
        assert engine.run([YES[2]]) == [2, 3]


def test_an_error_in_one_engine_leaves_the_others_alone() -> None:
    failing, working = RuleEngine(CHAIN), RuleEngine(CHAIN)
    assert working.run([YES[1]]) == [1, 2, 3]
    with pytest.raises(ArithmeticError):
        failing.run([Fact(Explosive("s0"), "yes")])
    assert working.run([YES[2]]) == [2, 3]


def test_a_client_is_screened_alike_after_an_interrupted_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of the network, with all of the first client's facts declared."""
    screener = Screener(load_knowledge_base())
    first = make_intake({"intake_id": "1", "screened_on": "2026-06-15", "medications": [
        {"name": "warfarin"}, {"name": "ibuprofen"}], "client": {"pregnancy": "yes"}})  # fmt: skip
    second = make_intake({"intake_id": "2", "screened_on": "2026-06-15", "medications": []})
    expected = Screener(load_knowledge_base()).screen(second)
    with monkeypatch.context() as patched:
        patched.setattr(RuleEngine, "run", _interrupted_after(RuleEngine.run))
        with pytest.raises(KeyboardInterrupt):
            screener.screen(first)
    assert screener.screen(second) == expected


def _interrupted_after(run: Any) -> Any:
    def run_and_stop(engine: RuleEngine, facts: Sequence[Fact]) -> list[int]:
        if run(engine, facts):
            raise KeyboardInterrupt
        return []

    return run_and_stop


# Activations, their number and their order


def test_many_rules_on_one_fact_fire_if_and_only_if_the_fact_is_there() -> None:
    clauses = [Clause(Fact(f"r{number}", "yes"), (YES[number % 2],)) for number in range(300)]
    engine = RuleEngine(clauses)
    for _ in range(10):
        assert engine.run([YES[0]]) == list(range(0, 300, 2))
        assert engine.run([YES[1]]) == list(range(1, 300, 2))
        assert engine.run([]) == []


def test_many_alike_rules_with_half_of_their_facts_fire_as_they_must() -> None:
    """Twelve rules of one shape and six of the facts: with NOT, experta fires the wrong ones."""
    clauses = [Clause(Fact(f"r{number}", "no"), (fact,)) for number, fact in enumerate(YES)]
    engine = RuleEngine(clauses)
    choice = random.Random(1)
    for _ in range(100):
        there = sorted(choice.sample(range(12), 6))
        assert engine.run([YES[number] for number in there]) == there


clauses_at_random = st.lists(
    st.builds(
        Clause,
        st.sampled_from(YES),
        st.lists(st.sampled_from(YES), min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=15,
)


@repeatable
@given(clauses_at_random, st.sets(st.sampled_from(YES)), st.randoms(use_true_random=False))
def test_the_order_of_rules_and_facts_does_not_matter(
    clauses: list[Clause], facts: set[Fact], chance: random.Random
) -> None:
    order = list(range(len(clauses)))
    chance.shuffle(order)
    given_facts = sorted(facts)
    straight = RuleEngine(clauses).run(given_facts)
    chance.shuffle(given_facts)
    mixed = RuleEngine([clauses[number] for number in order]).run(given_facts)
    assert sorted(order[number] for number in mixed) == straight


@repeatable
@given(clauses_at_random, st.lists(st.sets(st.sampled_from(YES)), min_size=2, max_size=5))
def test_an_engine_that_ran_before_gives_what_a_new_one_gives(
    clauses: list[Clause], inputs: list[set[Fact]]
) -> None:
    used = RuleEngine(clauses)
    for facts in inputs:
        assert used.run(sorted(facts)) == RuleEngine(clauses).run(sorted(facts))


def test_engines_used_in_turn_do_not_disturb_each_other() -> None:
    upwards, downwards = RuleEngine(CHAIN), RuleEngine(list(reversed(CHAIN)))
    for _ in range(20):
        assert upwards.run([YES[2]]) == [2, 3]
        assert downwards.run([YES[3]]) == [0]


def test_repeated_runs_give_the_same_result() -> None:
    engine = RuleEngine([Clause(YES[number], (YES[0],)) for number in range(1, 12)])
    assert {tuple(engine.run([YES[0]])) for _ in range(200)} == {tuple(range(11))}


def test_a_rule_with_two_proofs_fires_once_and_keeps_both() -> None:
    conditions: dict[str, Condition] = {"rule": AnyOf((Leaf(Taking("a")), Leaf(Taking("b"))))}
    (group,) = make_groups(conditions)
    inference = group.infer(["yes", "yes"])
    assert inference.fired == ("rule",)
    assert inference.proofs["rule"].facts == (Fact("taking:a", "yes"), Fact("taking:b", "yes"))


def test_a_clause_with_one_fact_twice_fires() -> None:
    assert RuleEngine([Clause(YES[1], (YES[0], YES[0]))]).run([YES[0]]) == [0]


def test_a_fact_given_twice_is_one_fact() -> None:
    assert RuleEngine(CHAIN).run([YES[3], YES[3]]) == [3]


def test_clauses_in_a_circle_end() -> None:
    circle = [Clause(YES[1], (YES[0],)), Clause(YES[0], (YES[1],))]
    assert RuleEngine(circle).run([YES[0]]) == [0, 1]


# What reaches experta


class Recorder:
    """Notes what would be handed to experta."""

    def __init__(self, clauses: Sequence[Clause], seen: list[Fact]) -> None:
        self._engine = RuleEngine(clauses)
        self._seen = seen
        seen.extend(fact for clause in clauses for fact in (clause.head, *clause.body))

    def run(self, facts: Sequence[Fact]) -> list[int]:
        self._seen.extend(facts)
        return self._engine.run(facts)


def test_facts_are_strings_and_nothing_else() -> None:
    seen: list[Fact] = []
    conditions = all_conditions(load_knowledge_base())
    groups = make_groups(conditions, lambda clauses: Recorder(clauses, seen))  # type: ignore[arg-type, return-value]
    for group in groups:
        group.infer(["yes"] * len(group.atoms))
    assert {type(part) for fact in seen for part in fact} == {str}
    assert {fact.value for fact in seen} == {"yes", "no"}


def test_facts_hold_no_word_of_a_client() -> None:
    screener = Screener(load_knowledge_base())
    screener.screen(make_intake({
        "intake_id": "private-id", "screened_on": "2026-06-15", "notes": "private-notes",
        "conditions": [{"name": "private-condition"}, {"name": "eczema", "since": "2011-11-11"}],
    }))  # fmt: skip
    facts = [thing for thing in gc.get_objects() if isinstance(thing, Known)]
    texts = {str(value) for fact in facts for value in fact.values()}
    assert texts
    assert not any("private" in text or "2011" in text for text in texts)


def test_the_layer_uses_no_construct_that_experta_gets_wrong() -> None:
    unsound = {"NOT", "EXISTS", "FORALL", "OR", "TEST", "MATCH", "P", "L", "W", "AS"}
    withdrawing = {"retract", "modify", "duplicate", "salience"}
    tree = ast.parse((REPOSITORY / "engine" / "experta_rules.py").read_text(encoding="utf-8"))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    assert used & (unsound | withdrawing) == set()


@pytest.mark.parametrize("case", read_cases("misspelt"), ids=lambda case: case["name"])
def test_a_misspelt_name_is_refused_when_the_rules_are_loaded(
    case: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(overlays=[overlay_with(tmp_path, rule("extra", case["when"]))])
    messages = [problem.message for problem in refused.value.problems]
    assert any(message.startswith(case["says"]) for message in messages), messages


def test_the_same_rule_well_spelt_is_loaded(tmp_path: Path) -> None:
    overlay = overlay_with(tmp_path, rule("extra", {"not": {"taking": "nsaid"}}))
    assert "extra" in load_knowledge_base(overlays=[overlay]).rules


def test_a_misspelt_name_is_reported_with_its_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(overlays=[overlay_with(tmp_path, rule("extra", {"taking": "nsiad"}))])
    (problem,) = refused.value.problems
    text = (tmp_path / "overlay" / "rules" / "extra.yaml").read_text(encoding="utf-8")
    assert problem.file == "overlay/rules/extra.yaml"
    assert '"when"' in text.splitlines()[problem.line - 1]


def test_a_rule_cannot_replace_another_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeBaseError, match="the id nsaid stands twice"):
        load_knowledge_base(overlays=[overlay_with(tmp_path, rule("nsaid", {"taking": "nsaid"}))])


def rule(rule_id: str, when: Any) -> dict[str, Any]:
    return {
        "id": rule_id, "title": "A rule to try", "level": "deferral", "when": when,
        "because": "It is a trial.", "action": "Try again.",
        "citations": [{"source": "policy", "locator": rule_id, "position": "a trial"}],
        "status": "active", "reviewed_on": "2026-11-20",
        "examples": [{"name": "nothing asked", "given": {}, "expect": "undecided"}],
    }  # fmt: skip


def overlay_with(folder: Path, *rules: dict[str, Any]) -> Path:
    overlay = folder / "overlay"
    (overlay / "rules").mkdir(parents=True)
    manifest = {"id": "trial", "title": "A trial", "version": "1.0.0", "status": "active"}
    (overlay / "manifest.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    text = json.dumps(rules, indent=2)  # JSON is YAML
    (overlay / "rules" / "extra.yaml").write_text(text, encoding="utf-8")
    return overlay


# The import


def test_only_one_module_imports_experta() -> None:
    importing = {path.name for path in ENGINE_SOURCES if "experta" in imported_packages(path)}
    assert importing == {"experta_rules.py"}


def imported_packages(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def test_the_import_works_without_collections_mapping_and_leaves_it_gone() -> None:
    printed = in_a_new_process(
        "import collections.abc; before = set(vars(collections)); import engine\n"
        "print(sorted(set(vars(collections)) - before))"
    )
    assert printed == "[]"


def test_the_import_keeps_a_mapping_that_someone_else_put_there() -> None:
    printed = in_a_new_process(
        "import collections.abc; collections.Mapping = collections.abc.Mapping; import engine\n"
        "print(collections.Mapping is collections.abc.Mapping)"
    )
    assert printed == "True"


def test_the_import_adds_no_logging_handler() -> None:
    printed = in_a_new_process("import logging, engine; print(logging.root.handlers)")
    assert printed == "[]"


def test_the_import_keeps_the_application_s_logging() -> None:
    printed = in_a_new_process(
        "import logging; mine = logging.NullHandler(); logging.root.addHandler(mine)\n"
        "logging.root.setLevel(17); import engine\n"
        "print(logging.root.handlers == [mine], logging.root.level)"
    )
    assert printed == "True 17"


def test_an_application_can_set_up_logging_after_the_import() -> None:
    printed = in_a_new_process(
        "import engine, io, logging; text = io.StringIO()\n"
        "logging.basicConfig(stream=text, format='%(message)s'); logging.warning('heard')\n"
        "print(text.getvalue())"
    )
    assert printed == "heard"


# Memory


def facts_alive() -> int:
    gc.collect()
    return sum(isinstance(thing, Known) for thing in gc.get_objects())


def test_thousands_of_runs_keep_no_facts_alive() -> None:
    engine = RuleEngine(CHAIN)
    inputs = [[YES[number % 5], Fact(f"other{number % 7}", "no")] for number in range(35)]
    for facts in inputs:
        engine.run(facts)
    after_a_few = facts_alive()
    for _ in range(80):
        for facts in inputs:
            engine.run(facts)
    assert facts_alive() <= after_a_few


def test_hundreds_of_runs_do_not_grow_memory() -> None:
    engine = RuleEngine(CHAIN)
    for _ in range(200):
        engine.run([YES[0]])
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(400):
            engine.run([YES[0]])
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000


def test_failed_runs_keep_no_facts_alive() -> None:
    engine = RuleEngine(CHAIN)

    def fail() -> None:
        with pytest.raises(InterruptedError):
            engine.run(broken_off(YES[:4]))

    for _ in range(10):
        fail()
    after_a_few = facts_alive()
    for _ in range(100):
        fail()
    assert facts_alive() <= after_a_few
