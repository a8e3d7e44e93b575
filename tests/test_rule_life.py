"""A rule is a draft, active or deprecated; an id that is gone never comes to mean something else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from case_files import read_cases
from cli import main
from conftest import SCREENED_ON, Assessment
from engine import (
    SHIPPED,
    KnowledgeBase,
    KnowledgeBaseError,
    Screener,
    load_knowledge_base,
    make_intake,
    render_text,
)
from engine.assessment import join
from engine.schemas import violations

WHATEVER: Final = {
    "title": "A planted rule",
    "because": "It is here to be tried.",
    "when": {"taking": "nsaid"},
    "citations": [{"source": "policy", "locator": "planted", "position": "none"}],
    "reviewed_on": "2026-11-20",
    "examples": [{"name": "not asked", "given": {}, "expect": "undecided"}],
}
OF_A_RULE: Final = {"level": "referral", "action": "Nothing at all."}
GONE: Final = {"retired_on": "2026-11-20", "why": "It was one too many."}
DRAFT: Final = {"id": "drafted", "status": "draft", "when": {"taking": "levothyroxine"}}
LEVOTHYROXINE: Final = {"medications": [{"name": "levothyroxine"}]}

Plant = Callable[..., Path]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Add rules, conclusions and past ids to a copy of the shipped knowledge base."""

    def add(
        rules: Sequence[Mapping[str, Any]] = (),
        conclusions: Sequence[Mapping[str, Any]] = (),
        past: Sequence[Mapping[str, Any]] = (),
    ) -> Path:
        folder = tmp_path / "clinic"
        shutil.copytree(SHIPPED, folder)
        whole = [{**WHATEVER, **OF_A_RULE, **rule} for rule in rules]
        (folder / "rules" / "planted.yaml").write_text(json.dumps(whole), "utf-8")
        (folder / "past-ids.yaml").write_text(json.dumps([{**GONE, **item} for item in past]), "utf-8")
        with (folder / "conclusions.yaml").open("a", encoding="utf-8") as file:
            for item in conclusions:
                file.write(f"\n- {json.dumps({**WHATEVER, **item})}\n")
        return folder

    return add


@pytest.fixture
def with_draft(plant: Plant) -> Path:
    return plant([DRAFT])


def screened(knowledge_base: KnowledgeBase, intake: Mapping[str, Any]) -> Assessment:
    return Screener(knowledge_base).screen(make_intake(intake, SCREENED_ON))


@pytest.mark.parametrize("case", read_cases("rule-life"), ids=lambda case: str(case["name"]))
@pytest.mark.parametrize("include_drafts", [False, True], ids=["", "with drafts"])
def test_what_is_right_and_wrong_in_the_life_of_a_rule(
    case: dict[str, Any], plant: Plant, *, include_drafts: bool
) -> None:
    folder = plant(*(case.get(key, []) for key in ("rules", "conclusions", "past")))
    if "found" not in case:
        load_knowledge_base(folder, include_drafts=include_drafts)
        return
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(folder, include_drafts=include_drafts)
    problems = refused.value.problems
    assert [problem.code for problem in problems] == [expected["code"] for expected in case["found"]]
    for problem, expected in zip(problems, case["found"], strict=True):
        assert expected["says"] in problem.message
        assert problem.line > 0
        if "file" in expected:
            assert problem.file == f"clinic/{expected['file']}"


def test_what_is_deprecated_never_runs(plant: Plant, complete: dict[str, Any]) -> None:
    old = {**DRAFT, "status": "deprecated", "replaced_by": "nsaid"}
    folder = plant([old])
    for include_drafts in (False, True):
        base = load_knowledge_base(folder, include_drafts=include_drafts)
        assert "drafted" not in base.rules
        assert screened(base, {**complete, **LEVOTHYROXINE})["verdict"] == "eligible"


def test_a_change_of_what_is_deprecated_is_refused(plant: Plant, tmp_path: Path) -> None:
    overlay = tmp_path / "ours"
    overlay.mkdir()
    (overlay / "manifest.yaml").write_text("{id: ours, title: Ours, version: 1.0.0}", "utf-8")
    change = {"rule": "drafted", "level": "deferral", "reason": "R.", "owner": "O."}
    (overlay / "changes.yaml").write_text(json.dumps([change]), "utf-8")
    folder = plant([{**DRAFT, "status": "deprecated", "replaced_by": "nsaid"}])
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(folder, [overlay])
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, problem.code) == ("ours/changes.yaml", 1, "KB706")


# Drafts


def test_a_draft_runs_only_where_it_was_asked_for(with_draft: Path, complete: dict[str, Any]) -> None:
    intake = {**complete, **LEVOTHYROXINE}
    assert screened(load_knowledge_base(with_draft), intake)["verdict"] == "eligible"
    drafts = load_knowledge_base(with_draft, include_drafts=True)
    assert screened(drafts, intake)["verdict"] == "referral"


def test_a_draft_conclusion_is_drawn_only_where_it_was_asked_for(plant: Plant) -> None:
    folder = plant([{**DRAFT, "when": {"concluded": "planned"}}], [{"id": "planned", "status": "draft"}])
    assert "planned" not in load_knowledge_base(folder).conclusions
    assert "planned" in load_knowledge_base(folder, include_drafts=True).conclusions


def test_what_a_draft_finds_is_marked(with_draft: Path, complete: dict[str, Any]) -> None:
    drafts = load_knowledge_base(with_draft, include_drafts=True)
    smoker = {**complete, **LEVOTHYROXINE, "lifestyle": {**complete["lifestyle"], "smoking": "yes"}}
    assessment = screened(drafts, smoker)
    assert {finding["rule"]: finding.get("draft") for finding in assessment["findings"]} == {
        "drafted": True,
        "smoking": None,
    }
    assert assessment["knowledge_base"]["drafts"] is True
    assert violations("assessment", assessment) == []


def test_a_draft_that_is_undecided_is_marked(with_draft: Path, complete: dict[str, Any]) -> None:
    drafts = load_knowledge_base(with_draft, include_drafts=True)
    del complete["medications"]
    assessment = screened(drafts, complete)
    marked = {rule["rule"] for rule in assessment["undecided"] if rule.get("draft")}
    assert marked == {"drafted"}
    assert len(assessment["undecided"]) > 1
    assert violations("assessment", assessment) == []


def test_a_record_made_with_drafts_can_be_told_from_one_without(with_draft: Path) -> None:
    without, drafts = (
        load_knowledge_base(with_draft, include_drafts=drafts) for drafts in (False, True)
    )
    assert without.digest != drafts.digest
    assert drafts.digest == load_knowledge_base(with_draft, include_drafts=True).digest


def test_the_text_says_what_is_a_draft(with_draft: Path, complete: dict[str, Any]) -> None:
    drafts = load_knowledge_base(with_draft, include_drafts=True)
    text = " ".join(render_text(screened(drafts, {**complete, **LEVOTHYROXINE})).split())
    assert "For a clinician: A planted rule Draft: this rule is not in use yet." in text
    assert "microneedling 1.0.0, drafts included (" in text
    del complete["medications"]
    text = " ".join(render_text(screened(drafts, complete)).split())
    assert "Open because of drafts that are not in use yet: A planted rule." in text


def test_the_command_line_screens_with_drafts(with_draft: Path, complete: dict[str, Any]) -> None:
    intake = json.dumps({**complete, **LEVOTHYROXINE})
    arguments = ["screen", "--format", "json", "--knowledge-base", str(with_draft)]
    for more, verdict in ([], "eligible"), (["--include-drafts"], "referral"):
        done = CliRunner().invoke(main, [*arguments, *more], input=intake)
        assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (0, verdict)


def test_an_audit_with_drafts_holds_whole_assessments(
    with_draft: Path, complete: dict[str, Any], tmp_path: Path
) -> None:
    fired, undecided = {**complete, **LEVOTHYROXINE}, {**complete, "intake_id": "not asked"}
    del undecided["medications"]
    intakes = tmp_path / "intakes.jsonl"
    intakes.write_text("".join(json.dumps(intake) + "\n" for intake in (fired, undecided)), "utf-8")
    arguments = ["audit", str(intakes), "--knowledge-base", str(with_draft), "--include-drafts"]
    done = CliRunner().invoke(main, [*arguments, "--output", str(tmp_path / "audit")])
    assert done.exit_code == 0, done.output
    common = json.loads((tmp_path / "audit" / "rules.json").read_text("utf-8"))
    results = (tmp_path / "audit" / "results.jsonl").read_text("utf-8").splitlines()
    drafts = load_knowledge_base(with_draft, include_drafts=True)
    joined = [join(json.loads(line), common) for line in results]
    assert joined == [screened(drafts, intake) for intake in (fired, undecided)]
    assert joined[0]["findings"][0]["draft"] is True
    assert "drafts included" in (tmp_path / "audit" / "report.html").read_text("utf-8")
