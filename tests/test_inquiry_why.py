"""Why and why not: trees that end in the client's own words, with codes from a closed list."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY
from cli import main
from conftest import SCREENED_ON
from engine import Intake, Screener, make_intake, read_intake
from inquiry.inquirer import Inquirer
from inquiry.steps import MEANINGS, Code
from inquiry.why import explain_rule

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))
CLOT = str(REPOSITORY / "examples" / "blood-thinner-after-clot.json")
BOTOX = str(REPOSITORY / "examples" / "botox-ten-days-ago.json")


@pytest.fixture(scope="module")
def inquirer(screener: Screener) -> Inquirer:
    return Inquirer(screener)


def at(document: Any, path: str) -> Any:
    for step in path.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def intake_of(file: Path) -> Intake:
    return read_intake(file.read_bytes())


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_rule_is_explained_as_it_stands(file: Path, inquirer: Inquirer) -> None:
    intake = intake_of(file)
    own = inquirer.assess(intake)
    states = {finding["rule"]: Code.FIRED for finding in own["findings"]}
    states |= {rule["rule"]: Code.UNDECIDED for rule in own["undecided"]}
    for rule in inquirer.screener.knowledge_base.rules:
        step = explain_rule(inquirer, intake, rule)
        assert step.code is states.get(rule, Code.RULED_OUT)
        assert step.children


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_entry_and_answer_of_a_tree_stands_in_the_intake(file: Path, inquirer: Inquirer) -> None:
    intake = intake_of(file)
    for rule in inquirer.screener.knowledge_base.rules:
        for step in explain_rule(inquirer, intake, rule).all_steps():
            if step.code in (Code.ENTRY, Code.ANSWER):
                assert step.path is not None
                assert at(intake.document, step.path) == step.value


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_what_a_finding_rests_on_is_all_of_its_evidence(file: Path, inquirer: Inquirer) -> None:
    intake = intake_of(file)
    for finding in inquirer.assess(intake)["findings"]:
        steps = explain_rule(inquirer, intake, finding["rule"]).all_steps()
        shown = {step.path for step in steps if step.code in (Code.ENTRY, Code.ANSWER)}
        assert {item["path"] for item in finding["evidence"]} <= shown


RARE: dict[str, dict[str, Any]] = {
    "an answer that an entry contradicts": {
        "client": {"pregnancy": "no"},
        "conditions": [{"name": "pregnant"}],
    },
    "neither metal needles nor an allergy to metal": {
        "treatment": {"needle_material": "other"},
        "conditions": [],
        "allergies": [],
    },
}


def test_all_codes_occur(inquirer: Inquirer) -> None:
    rare = [make_intake({"intake_id": name, **given}, SCREENED_ON) for name, given in RARE.items()]
    found = {
        step.code
        for intake in [*map(intake_of, EXAMPLES), *rare]
        for rule in inquirer.screener.knowledge_base.rules
        for step in explain_rule(inquirer, intake, rule).all_steps()
    }
    assert found == set(Code)


def test_the_codes_are_documented() -> None:
    text = (REPOSITORY / "docs" / "explanations.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, re.MULTILINE)) == {
        code.value: MEANINGS[code] for code in Code
    }


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_the_way_from_a_brand_to_its_class_is_shown() -> None:
    lines = invoke("why", CLOT, "anticoagulant").stdout.splitlines()
    assert [line.strip("│├└─ ") for line in lines] == [
        "Taking an anticoagulant (blood thinner)",
        "taking anticoagulant",
        '/medications/0/name "Eliquis" → apixaban → anticoagulant',
        "taken now (assumed: no status was given)",
        "by mouth (its usual route)",
    ]


def test_the_whole_why_says_whether_it_is_settled_and_what_forces_it() -> None:
    found = json.loads(invoke("why", CLOT, "--format", "json").stdout)
    assert found["range"]["is_settled"]
    assert found["minimal_reasons"] == [["/medications/0"]]


def test_a_rule_that_did_not_fire_leads_to_why_not() -> None:
    done = invoke("why", BOTOX, "recent-filler")
    assert (done.exit_code, "why-not" in done.stderr) == (1, True)


def test_a_rule_that_fired_leads_to_why() -> None:
    done = invoke("why-not", CLOT, "anticoagulant")
    assert (done.exit_code, "needlecheck why " in done.stderr) == (1, True)


def test_a_window_that_is_over_says_when() -> None:
    text = invoke("why-not", BOTOX, "recent-filler").stdout
    assert "done on 16 May 2026; the window of 6 months ended on 16 November 2026" in text


def test_a_misspelt_rule_is_told() -> None:
    done = invoke("why-not", BOTOX, "recent-filer")
    assert done.exit_code == 1
    assert "did you mean recent-filler" in done.stderr


def test_details_add_the_names_of_facts() -> None:
    assert "[taking:anticoagulant]" in invoke("why", CLOT, "anticoagulant", "--details").stdout
