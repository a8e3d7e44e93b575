"""A broken knowledge base is refused: every problem, with its file, its line and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY, read_cases
from cli import main
from engine import SHIPPED, KnowledgeBaseError, KnowledgeBaseProblem, load_knowledge_base

BROKEN = read_cases("broken")
VALID = BROKEN["valid"]
OVERLAY = REPOSITORY / "examples" / "overlay"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped knowledge base."""
    copy = tmp_path / "clinic"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def problems_of(folder: Path, *overlays: Path) -> tuple[KnowledgeBaseProblem, ...]:
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(folder, overlays)
    return refused.value.problems


def plant(folder: Path, kind: str, replace: dict[str, str]) -> int:
    """Add a spoilt file, or a spoilt end of a file; the number of lines before it."""
    path = folder / VALID[kind]["file"]
    before = path.read_text("utf-8") if "append" in VALID[kind] else ""
    text = VALID[kind].get("append") or VALID[kind]["text"]
    for old, new in replace.items():
        text = text.replace(old, new)
    path.write_text(before + text, "utf-8")
    return before.count("\n")


@pytest.mark.parametrize("kind", VALID)
def test_what_is_planted_is_valid_before_it_is_spoilt(kind: str, folder: Path) -> None:
    plant(folder, kind, {})
    load_knowledge_base(folder)


@pytest.mark.parametrize("case", BROKEN["cases"], ids=lambda case: str(case["name"]))
def test_a_broken_knowledge_base_is_refused(case: dict[str, Any], folder: Path) -> None:
    before = plant(folder, case["plant"], case["replace"])
    problems = problems_of(folder)
    assert {problem.file for problem in problems} == {f"clinic/{VALID[case['plant']]['file']}"}
    found = [problem for problem in problems if all(text in problem.message for text in case["says"])]
    assert found, problems
    assert found[0].line == (before + case["line"] if case["line"] else 0)


@pytest.mark.parametrize(
    "name",
    [
        "manifest.yaml", "sources.yaml", "questions.yaml", "conclusions.yaml", "care.yaml", "plan.yaml",
        "indications.yaml",
    ],
)  # fmt: skip
def test_a_missing_file_is_told(name: str, folder: Path) -> None:
    (folder / name).unlink()
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (f"clinic/{name}", 0)
    assert "missing" in problem.message


@pytest.mark.parametrize(
    "name", ["notes.yaml", "rules/more/notes.yaml", "extra/notes.yaml", "rules/notes.yml", "care.yml"]
)
def test_a_stray_file_is_told_with_the_files_that_there_are(name: str, folder: Path) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("- note\n", "utf-8")
    (problem,) = problems_of(folder)
    assert (problem.file, problem.line) == (f"clinic/{name}", 0)
    assert "rules/*.yaml" in problem.message


def test_a_file_that_is_not_utf_8_is_told(folder: Path) -> None:
    (folder / "rules" / "planted.yaml").write_bytes(b"- id: caf\xe9\n")
    (problem,) = problems_of(folder)
    assert problem.file == "clinic/rules/planted.yaml"
    assert "not readable" in problem.message


def test_an_empty_rules_file_is_told(folder: Path) -> None:
    (folder / "rules" / "planted.yaml").write_text("", "utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == "clinic/rules/planted.yaml"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    problems = problems_of(tmp_path / "nowhere")
    assert "there is no such folder" in problems[0].message


def test_the_conclusion_that_the_plan_reads_cannot_be_left_out(folder: Path) -> None:
    path = folder / "conclusions.yaml"
    path.write_text(path.read_text("utf-8").replace("id: needs-longer-interval", "id: slow"), "utf-8")
    messages = [problem.message for problem in problems_of(folder)]
    assert any("the plan reads the conclusion needs-longer-interval" in message for message in messages)


def test_a_question_that_a_rule_may_ask_cannot_be_left_out(folder: Path) -> None:
    path = folder / "questions.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("id: procedure-date", "id: procedure-day"), "utf-8")
    (problem,) = problems_of(folder)
    assert problem.file == "clinic/questions.yaml"
    assert "there is no question procedure-date; did you mean procedure-day?" in problem.message


def test_everything_that_cannot_be_read_is_told_in_one_run(folder: Path) -> None:
    (folder / "care.yaml").unlink()
    (folder / "notes.yaml").write_text("- note\n", "utf-8")
    plant(folder, "rule", {"level: deferral": "level: deferal", "within: 7 days": "within: 7 dayz"})
    plant(folder, "concept", {"kind: medication": "kind: [medication"})
    assert {(problem.file, problem.line) for problem in problems_of(folder)} == {
        ("clinic/care.yaml", 0),
        ("clinic/notes.yaml", 0),
        ("clinic/rules/planted.yaml", 3),
        ("clinic/rules/planted.yaml", 7),
        ("clinic/vocabulary/planted.yaml", 5),
    }


def test_everything_that_does_not_fit_together_is_told_in_one_run(folder: Path) -> None:
    plant(
        folder, "rule", {"is: acne": "is: acnee", "source: policy": "source: S9", "client.p": "client.b"}
    )
    plant(folder, "concept", {"[Plantoxan]\n": "[Plantoxan, Coumadin]\n", "[anticoagulant]": "[none]"})
    assert sorted((problem.file, problem.line) for problem in problems_of(folder)) == [
        ("clinic/rules/planted.yaml", 4),
        ("clinic/rules/planted.yaml", 4),
        ("clinic/rules/planted.yaml", 19),
        ("clinic/vocabulary/planted.yaml", 2),
        ("clinic/vocabulary/planted.yaml", 5),
    ]


def test_an_error_reads_as_one_line_a_problem(folder: Path) -> None:
    plant(folder, "rule", {"level: deferral": "level: deferal", "is: acne": "is: [acne]"})
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(folder)
    lines = str(refused.value).split("\n")
    assert lines == [str(problem) for problem in refused.value.problems]
    assert lines[0].startswith("clinic/rules/planted.yaml:3: ")


def test_the_command_line_tells_what_is_broken_and_exits_with_1(folder: Path) -> None:
    plant(folder, "rule", {"is: acne": "is: acnee"})
    arguments = ["screen", "--knowledge-base", str(folder)]
    done = CliRunner().invoke(main, arguments, input='{"intake_id": "1"}')
    assert (done.exit_code, done.stdout) == (1, "")
    assert "clinic/rules/planted.yaml:4: there is no concept acnee; did you mean acne?" in done.stderr


# Overlays


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """A copy of the overlay in examples/."""
    copy = tmp_path / "our-own"
    shutil.copytree(OVERLAY, copy)
    return copy


@pytest.mark.parametrize("name", ["care.yaml", "plan.yaml", "questions.yaml", "conclusions.yaml"])
def test_an_overlay_cannot_replace_a_file(name: str, overlay: Path) -> None:
    shutil.copy(SHIPPED / name, overlay / name)
    (problem,) = problems_of(SHIPPED, overlay)
    assert problem.file == f"our-own/{name}"
    assert "changes.yaml, manifest.yaml, past-ids.yaml, sources.yaml, rules/*.yaml" in problem.message


def test_an_overlay_cannot_replace_a_rule(overlay: Path) -> None:
    path = overlay / "rules" / "dental.yaml"
    path.write_text(
        path.read_text("utf-8").replace("id: recent-dental-anaesthesia", "id: nsaid"), "utf-8"
    )
    (problem,) = problems_of(SHIPPED, overlay)
    assert (problem.file, problem.line) == ("our-own/rules/dental.yaml", 2)
    assert "nsaid stands twice" in problem.message


def test_an_overlay_cannot_give_a_name_another_meaning(overlay: Path) -> None:
    path = overlay / "vocabulary" / "dental.yaml"
    path.write_text(path.read_text("utf-8").replace("dental numbing,", "Warfarin,"), "utf-8")
    (problem,) = problems_of(SHIPPED, overlay)
    assert (problem.file, problem.line) == ("our-own/vocabulary/dental.yaml", 4)
    assert "means warfarin already" in problem.message


def test_an_overlay_has_a_manifest(overlay: Path) -> None:
    (overlay / "manifest.yaml").unlink()
    (problem,) = problems_of(SHIPPED, overlay)
    assert problem.file == "our-own/manifest.yaml"
    assert "missing" in problem.message


def test_an_overlay_given_twice_is_told(overlay: Path) -> None:
    assert any("stands twice" in problem.message for problem in problems_of(SHIPPED, overlay, overlay))


def test_a_link_to_nowhere_is_told(folder: Path) -> None:
    rules = folder / "rules" / "age.yaml"
    rules.unlink()
    rules.symlink_to(folder / "nowhere.yaml")
    (problem,) = problems_of(folder)
    assert problem.file == "clinic/rules/age.yaml"
    assert "cannot be read" in problem.message
