"""The same problems for a person, a program, a code scanner and a pull request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from curation.checking.check import Checked
from curation.checking.codes import all_codes
from curation.checking.formats import as_github, as_json, as_sarif, as_text
from curation.checking.problems import Problem

HINT: Final = "What a code means: needlecheck kb check --explain CODE"
TEXT: Final = {"type": "string", "minLength": 1}
MESSAGE: Final = {"type": "object", "required": ["text"], "properties": {"text": TEXT}}
LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}
PLACE: Final = {
    "type": "object",
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": "^[^ \\\\]+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "properties": {
                "startLine": {"type": "integer", "minimum": 1},
                "startColumn": {"type": "integer", "minimum": 1},
            },
            "additionalProperties": False,
        },
    },
}
RULE: Final = {
    "type": "object",
    "required": ["id", "shortDescription", "help"],
    "properties": {
        "id": TEXT,
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}},
    },
    "additionalProperties": False,
}
RESULT: Final = {
    "type": "object",
    "required": ["message", "ruleId", "level", "locations"],
    "properties": {
        "message": MESSAGE,
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["physicalLocation"],
                "properties": {"physicalLocation": PLACE},
            },
        },
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
SARIF: Final = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": TEXT,
                                    "semanticVersion": TEXT,
                                    "rules": {"type": "array", "items": RULE, "uniqueItems": True},
                                },
                                "additionalProperties": False,
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": RESULT},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""The parts of the SARIF 2.1.0 schema that are used here: what is required, and nothing unknown."""

MISSPELT: Final = Problem(
    "KB202", "error", "rules/age.yaml", 2, 11, "there is no concept latx; did you mean latex?",
    "Correct the id.",
)  # fmt: skip
DUE: Final = Problem("KB801", "warning", "rules/age.yaml", 3, 3, "a review is due", "Review it.")
MISSING: Final = Problem("KB102", "error", "care.yaml", 0, 0, "this file is missing", "Write it.")
PROVED: Final = Problem(
    "KB601", "error", "rules/age.yaml", 2, 3, "it can never fire", "Look at it.",
    {"intake_id": "witness"}, "it is ruled out",
)  # fmt: skip


def found(*problems: Problem, unchecked: tuple[str, ...] = ()) -> Checked:
    return Checked(problems, 10, 1234, unchecked)


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the lines that the problems are about."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").mkdir()
    path = tmp_path / "rules" / "age.yaml"
    path.write_text("- id: a\n  allergy: latx\n  reviewed_on: 2020-01-01\n", "utf-8")
    return path


# Text


@pytest.mark.usefixtures("rules")
def test_text_shows_the_line_and_points_at_the_column() -> None:
    assert as_text(found(MISSPELT, DUE)).split("\n") == [
        "rules/age.yaml",
        "",
        "  2:11  error KB202  there is no concept latx; did you mean latex?",
        "    2 |   allergy: latx",
        "                  ^",
        "    To mend it: Correct the id.",
        "",
        "  3:3  warning KB801  a review is due",
        "    3 |   reviewed_on: 2020-01-01",
        "          ^",
        "    To mend it: Review it.",
        "",
        f"1 error, 1 warning in 10 rules, 1,234 concepts. {HINT}",
        "",
    ]


@pytest.mark.usefixtures("rules")
def test_text_names_a_file_once() -> None:
    text = as_text(found(MISSING, MISSPELT, DUE))
    assert text.count("rules/age.yaml") == 1
    assert text.startswith("care.yaml\n\n  error KB102  this file is missing\n")


def test_text_says_so_when_there_is_nothing() -> None:
    assert as_text(found()) == "No problems: 10 rules, 1,234 concepts.\n"


def test_text_says_what_was_not_checked() -> None:
    assert as_text(found(unchecked=("proofs",))).endswith("Not checked: proofs.\n")


@pytest.mark.usefixtures("rules")
def test_text_shows_the_intake_that_proves_a_problem() -> None:
    text = as_text(found(PROVED))
    assert 'Shown by: {"intake_id": "witness"}\n    Then: it is ruled out\n' in text


@pytest.mark.usefixtures("rules")
def test_text_is_coloured_only_where_asked_for() -> None:
    assert "\x1b[" not in as_text(found(MISSPELT))
    assert "\x1b[1;31merror\x1b[0m" in as_text(found(MISSPELT), colour=True)


def test_text_shows_no_control_character_of_a_file(rules: Path) -> None:
    rules.write_text("- id: a\n  allergy: \x1b[31mlatx\n", "utf-8")
    text = as_text(found(MISSPELT._replace(message="no \x1b[31m concept")))
    assert "\x1b" not in text


def test_a_long_line_is_cut_around_the_column(rules: Path) -> None:
    rules.write_text("- id: a\n" + "x" * 500 + "HERE" + "y" * 500 + "\n", "utf-8")
    lines = as_text(found(MISSPELT._replace(column=501))).split("\n")
    shown, caret = lines[3], lines[4]
    assert len(shown) < 120
    assert shown[caret.index("^") :].startswith("HERE")


# JSON


def test_json_has_stable_keys() -> None:
    document = json.loads(as_json(found(MISSPELT, PROVED, DUE, unchecked=("proofs",))))
    assert list(document) == [
        "problems", "errors", "warnings", "notes", "rules", "concepts", "unchecked",
    ]  # fmt: skip
    assert (document["errors"], document["warnings"], document["notes"]) == (2, 1, 0)
    assert document["unchecked"] == ["proofs"]
    assert document["problems"][0] == {
        "code": "KB202", "severity": "error", "file": "rules/age.yaml", "line": 2, "column": 11,
        "message": MISSPELT.message, "remedy": "Correct the id.", "witness": None,
        "title": all_codes()["KB202"].title, "claim": None,
    }  # fmt: skip
    assert document["problems"][1]["witness"] == {"intake_id": "witness"}
    assert document["problems"][1]["claim"] == "it is ruled out"


# SARIF


def sarif(*problems: Problem) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(as_sarif(found(*problems)))
    return document


@pytest.mark.parametrize("problems", [(), (MISSPELT, DUE, MISSING, PROVED)], ids=["nothing", "several"])
def test_sarif_has_the_structure_that_its_schema_requires(problems: tuple[Problem, ...]) -> None:
    assert list(Draft202012Validator(SARIF).iter_errors(sarif(*problems))) == []


def test_sarif_explains_each_code_once_and_results_point_to_it() -> None:
    (run,) = sarif(MISSPELT, MISSPELT._replace(line=9), DUE)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["KB202", "KB801"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        "KB202", "KB202", "KB801",
    ]  # fmt: skip
    assert [result["level"] for result in run["results"]] == ["error", "error", "warning"]
    assert "How to mend it" in rules[0]["help"]["text"]


def test_sarif_gives_no_region_for_a_whole_file() -> None:
    ((result,),) = [run["results"] for run in sarif(MISSING)["runs"]]
    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "care.yaml"}}


def test_sarif_writes_a_path_as_a_uri() -> None:
    odd = MISSPELT._replace(file="our rules/größe.yaml")
    ((result,),) = [run["results"] for run in sarif(odd)["runs"]]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "our%20rules/gr%C3%B6%C3%9Fe.yaml"


# GitHub


def test_github_gets_one_command_a_problem() -> None:
    first, second = (f"{code} {all_codes()[code].title}" for code in ("KB202", "KB801"))
    assert as_github(found(MISSPELT, DUE)).split("\n") == [
        f"::error file=rules/age.yaml,line=2,col=11,title={first}::{MISSPELT.message} Correct the id.",
        f"::warning file=rules/age.yaml,line=3,col=3,title={second}::a review is due. Review it.",
        "",
    ]


def test_github_leaves_out_a_line_that_there_is_not() -> None:
    assert as_github(found(MISSING)).startswith("::error file=care.yaml,title=KB102 ")


def test_github_gets_a_note_as_a_notice() -> None:
    assert as_github(found(DUE._replace(severity="note"))).startswith("::notice ")


def test_github_commands_cannot_be_broken_by_what_a_file_holds() -> None:
    odd = MISSPELT._replace(file="a,b:c%.yaml", message="100%\n::error::second", remedy="")
    (line, end) = as_github(found(odd)).split("\n")
    assert end == ""
    assert line.startswith("::error file=a%2Cb%3Ac%25.yaml,")
    assert line.endswith("::100%25%0A::error::second.")


def test_nothing_gives_no_command() -> None:
    assert as_github(found()) == ""
