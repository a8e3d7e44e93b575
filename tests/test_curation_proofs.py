"""Each proof finds the faults that were planted, shows them by an intake, and finds nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from case_files import read_cases
from curation.proving import of_pairs, of_questions, of_rules
from curation.proving.proofs import Proved, Reasoner, prove
from engine import SHIPPED, KnowledgeBase, Screener, load_knowledge_base, make_intake
from engine.rules import VERDICTS
from outcomes import outcome_of

CASES = read_cases("planted-faults")
FILLED_IN = {
    "title": "A planted rule",
    "because": "Planted by a test, to be found.",
    "action": "See what the test says.",
    "citations": [{"source": "policy", "locator": "nowhere", "position": "none", "verified": "read"}],
    "status": "active",
    "reviewed_on": "2026-11-20",
    "examples": [{"name": "nothing asked", "given": {}, "expect": "undecided"}],
}


def planted(case: Mapping[str, Any], folder: Path) -> KnowledgeBase:
    """A copy of the shipped knowledge base with a fault; added rules stand alone."""
    copy = folder / "rules-with-a-fault"
    shutil.copytree(SHIPPED, copy)
    if "rules" in case:
        for file in (copy / "rules").iterdir():
            file.unlink()
        rules = [
            {**FILLED_IN, "title": f"The planted rule {rule['id']}", **rule} for rule in case["rules"]
        ]
        (copy / "rules" / "planted.yaml").write_text(json.dumps(rules), encoding="utf-8")
    for edit in case.get("edits", ()):
        file = copy / edit["file"]
        text = file.read_text(encoding="utf-8")
        assert edit["old"] in text
        text = text.replace(edit["old"], edit["new"], 1)
        if "status" in edit:
            start = text.index(edit["new"])
            text = text[:start] + text[start:].replace("status: active", f"status: {edit['status']}", 1)
        file.write_text(text, encoding="utf-8")
    return load_knowledge_base(copy)


def found_in(case: Mapping[str, Any], knowledge_base: KnowledgeBase) -> list[Proved]:
    reasoner = Reasoner(knowledge_base)
    if "rules" in case:
        return [*of_rules.prove(reasoner), *of_pairs.prove(reasoner)]
    return list(of_questions.prove(reasoner))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_planted_fault_is_found_and_its_witness_shows_it(case: dict[str, Any], tmp_path: Path) -> None:
    knowledge_base = planted(case, tmp_path)
    found = found_in(case, knowledge_base)
    assert [{"code": item.code, "id": item.id} for item in found] == case["finds"]
    screener = Screener(knowledge_base)
    for item in found:
        assert SHOWN[item.code](item, screener), item


def test_nothing_is_found_in_the_shipped_knowledge_base(screener: Screener) -> None:
    assert list(prove(screener.knowledge_base)) == []


# What a witness has to show, by code


def screened(item: Proved, screener: Screener) -> dict[str, Any]:
    assert item.witness is not None
    return screener.screen(make_intake(dict(item.witness)))


def the_rule_is_as_claimed(item: Proved, screener: Screener) -> bool:
    outcome = outcome_of(item.id, screened(item, screener)).replace("_", " ")
    return item.claim.startswith(f"{item.id} is {outcome} here")


def both_rules_fire(item: Proved, screener: Screener) -> bool:
    assessment = screened(item, screener)
    one, _, other = item.claim.partition(" both fire")[0].partition(" and ")
    fire = all(outcome_of(rule, assessment) == "fired" for rule in (one, other))
    return fire and item.claim.endswith(f"the verdict is {assessment['verdict']}")


def the_verdict_is_as_claimed(item: Proved, screener: Screener) -> bool:
    return f"the verdict is {screened(item, screener)['verdict']}" in item.claim


def the_last_entry_makes_it_milder(item: Proved, screener: Screener) -> bool:
    assert item.witness is not None
    after = screened(item, screener)["verdict"]
    name = item.message.partition("adding '")[2].partition("'")[0]
    less = {
        key: [entry for entry in value if entry["name"] != name] if isinstance(value, list) else value
        for key, value in item.witness.items()
    }
    before = screener.screen(make_intake(less))["verdict"]
    claimed = item.claim == f"{after}; without {name!r} it is {before}"
    return claimed and VERDICTS.index(before) < VERDICTS.index(after)


SHOWN: dict[str, Callable[[Proved, Screener], bool]] = {
    "KB601": the_rule_is_as_claimed,
    "KB602": both_rules_fire,
    "KB603": both_rules_fire,
    "KB604": the_rule_is_as_claimed,
    "KB605": both_rules_fire,
    "KB606": the_verdict_is_as_claimed,
    "KB607": the_verdict_is_as_claimed,
    "KB608": the_last_entry_makes_it_milder,
}
