"""What the documents claim is run: the README's commands and output, the rule language's examples."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ryaml import loads  # type: ignore[attr-defined]

from engine.conditions import parse_condition
from engine.schemas import load_schema, violations

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LANGUAGE = (ROOT / "docs" / "knowledge-base.md").read_text(encoding="utf-8")


def fenced(text: str, marker: str) -> str:
    """The code block that follows a marking comment."""
    match = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", text, re.DOTALL)
    assert match is not None, marker
    return match[1]


def test_readme_shows_the_output_of_its_screening_command() -> None:
    _, _, command = fenced(README, "command: screen").partition("PYTHONPATH=.packages python3 ")
    run = subprocess.run(
        [sys.executable, *shlex.split(command)], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert run.stdout == fenced(README, "output: screen")
    assert run.stderr == ""


def test_readme_installs_from_the_constraints_alone() -> None:
    for name in ("screen", "test"):
        command = fenced(README, f"command: {name}")
        assert "--constraint constraints.txt" in command
        assert command.count("\n") == 1, "one line that can be pasted"


def test_intake_in_the_readme_is_valid() -> None:
    (intake,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert violations("intake", loads(intake)) == []


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(when:.*?)```", LANGUAGE, re.DOTALL))
def test_each_example_of_the_rule_language_is_a_condition(block: str) -> None:
    rule = loads(block)
    parse_condition(rule["when"])
    whole = {
        "id": "example", "title": "An example", "level": "precaution", **rule,
        "because": "It shows the form.", "action": "Nothing.",
        "citations": [{"source": "policy", "locator": "example", "position": "an example"}],
        "status": "active", "reviewed_on": "2026-11-20",
        "examples": [{"name": "empty", "given": {}, "expect": "undecided"}],
    }  # fmt: skip
    assert violations("rule", [whole]) == []


@pytest.mark.parametrize(
    ("schema", "block"), re.findall(r"<!-- schema: (\S+) -->\n```yaml\n(.*?)```", LANGUAGE, re.DOTALL)
)
def test_each_file_shown_in_the_rule_language_follows_its_schema(schema: str, block: str) -> None:
    assert violations(schema, loads(block)) == []


def test_every_key_of_a_rule_is_explained_and_shown() -> None:
    keys = set(load_schema("rule")["items"]["properties"])
    ((shown,),) = (
        loads(block)
        for block in re.findall(r"<!-- schema: rule -->\n```yaml\n(.*?)```", LANGUAGE, re.DOTALL)
    )
    explained = set(
        re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", LANGUAGE, re.MULTILINE)))
    )
    assert keys - {"replaced_by"} == set(shown), "replaced_by goes with deprecated only"
    assert keys <= explained


def test_every_form_of_condition_has_an_example() -> None:
    forms = {"all", "any", "not", "concluded", "taking", "stopped", "condition", "mentioned", "began",
             "unclear", "done", "allergy", "unrecognised", "answer"}  # fmt: skip
    assert {form for form in forms if re.search(rf"[-{{ ]{form}:", LANGUAGE)} == forms


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "docs/decisions.md"])
def test_links_lead_to_files_that_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / document).parent.joinpath(target).exists(), target
