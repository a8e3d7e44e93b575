"""Two versions of the rules: every change is named, with what it does to verdicts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import CASES as FOLDER_OF_CASES
from case_files import read_cases
from cli import main
from curation.comparing.differences import Difference, Versions
from curation.comparing.statements import changes
from curation.library import Library, open_library
from engine import SHIPPED, Screener, make_intake
from engine.rules import VERDICTS

CASES = read_cases("mutations")


def mutated(case: dict[str, Any], folder: Path) -> Path:
    """A copy of the shipped rules with one change."""
    copy = folder / "mutated"
    shutil.copytree(SHIPPED, copy)
    file = copy / case["file"]
    text = file.read_text(encoding="utf-8")
    start = text.index(f"- id: {case['id']}\n")
    place = text.index(case["old"], start)
    file.write_text(text[:place] + case["new"] + text[place + len(case["old"]) :], encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def shipped() -> Library:
    return open_library(SHIPPED, include_drafts=False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}: {case['old'].strip()[:30]}")
def test_a_change_is_named_and_its_witnesses_are_true(
    case: dict[str, Any], tmp_path: Path, shipped: Library, screener: Screener
) -> None:
    before, after = shipped, open_library(mutated(case, tmp_path), include_drafts=False)
    named = [f"{change.kind} {change.id}" for change in changes(before, after)]
    assert named == [case["changed"]]
    versions = Versions(before.knowledge_base, after.knowledge_base)
    effects = {effect.rule: effect for effect in versions.effects()}
    given = {
        rule: [word for word in ("stricter", "milder") if getattr(effect, word)]
        for rule, effect in effects.items()
    }
    assert given == case["gives"]
    changed = Screener(after.knowledge_base)
    for effect in effects.values():
        assert not effect.stricter or is_true(effect.stricter, screener, changed, -1)
        assert not effect.milder or is_true(effect.milder, screener, changed, 1)


def is_true(shown: Difference, old: Screener, new: Screener, sign: int) -> bool:
    """Whether an intake is judged as claimed, and in the direction that is claimed."""
    intake = make_intake(dict(shown.intake))
    verdicts = [screener.screen(intake)["verdict"] for screener in (old, new)]
    moved = VERDICTS.index(verdicts[1]) - VERDICTS.index(verdicts[0])
    return verdicts == [shown.before, shown.after] and moved * sign > 0


def small(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the small knowledge base with one change."""
    shutil.copytree(FOLDER_OF_CASES / "small-knowledge-base", folder / "small")
    changed = folder / "small" / file
    text = changed.read_text(encoding="utf-8")
    assert text.count(old) == 1
    changed.write_text(text.replace(old, new), encoding="utf-8")
    return folder / "small"


@pytest.mark.parametrize(
    ("window", "gives"),
    [
        ("30 days", {"stricter", "milder"}),  # some months are shorter, some longer
        ("31 days", {"stricter"}),
        ("28 days", {"milder"}),
        ("2 months", {"stricter"}),
    ],
)
def test_a_month_has_more_days_at_one_time_of_the_year_than_at_another(
    window: str, gives: set[str], tmp_path: Path
) -> None:
    copy = small(tmp_path, "rules/skin.yaml", "within: 1 month,", f"within: {window},")
    before, after = (
        open_library(folder, include_drafts=False).knowledge_base
        for folder in (FOLDER_OF_CASES / "small-knowledge-base", copy)
    )
    (effect,) = Versions(before, after).effects()
    shown = {"stricter": effect.stricter, "milder": effect.milder}
    assert {word for word, found in shown.items() if found} == gives
    for word, sign in (("stricter", -1), ("milder", 1)):
        found = shown[word]
        assert not found or is_true(found, Screener(before), Screener(after), sign)
        usual = found and found.intake["screened_on"] == "2026-06-15"
        assert not found or usual or "; screened on 202" in found.gist


def test_an_answer_that_is_harmless_only_since_the_change_is_part_of_what_is_particular(
    tmp_path: Path,
) -> None:
    old = "position: not treated}\n  status: active"
    copy = small(tmp_path, "rules/client.yaml", old, old.replace("active", "draft"))
    before = FOLDER_OF_CASES / "small-knowledge-base"
    result = CliRunner().invoke(main, ["kb", "diff", str(before), str(copy)])
    assert 'milder: contraindicated → eligible, for pregnancy: "yes"\n' in result.stdout


def test_a_vague_term_and_a_past_id_are_named(tmp_path: Path) -> None:
    copy = small(tmp_path, "vocabulary/all.yaml", "term: painkiller", "term: remedy")
    past = "- {id: gone, kind: rule, retired_on: 2026-01-01, why: It was wrong.}\n"
    (copy / "past-ids.yaml").write_text(past, encoding="utf-8")
    before = FOLDER_OF_CASES / "small-knowledge-base"
    result = CliRunner().invoke(main, ["kb", "diff", str(before), str(copy), "--exit-code"])
    assert result.exit_code == 1
    named = [line for line in result.stdout.splitlines() if line][:3]
    assert named == [
        "vague term remedy: added",
        "vague term painkiller: removed",
        "past id rule gone: added",
    ]


def test_equal_folders_do_not_differ(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "copy")
    result = CliRunner().invoke(
        main, ["kb", "diff", str(SHIPPED), str(tmp_path / "copy"), "--exit-code"]
    )
    assert (result.exit_code, result.stdout) == (0, "Nothing differs.\n")


def test_records_that_change_are_counted(tmp_path: Path) -> None:
    case = next(case for case in CASES if case["id"] == "anticoagulant")
    intakes = [
        {"intake_id": "a", "screened_on": "2026-06-15", "medications": [{"name": "warfarin"}]},
        {"intake_id": "b", "screened_on": "2026-06-15", "medications": []},
    ]
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(intake) + "\n" for intake in intakes) + "{\n", encoding="utf-8")
    copy = mutated(case, tmp_path)
    options = ["--over", str(file), "--format", "json", "--exit-code"]
    result = CliRunner().invoke(main, ["kb", "diff", str(SHIPPED), str(copy), *options])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["records"] == {
        "read": 3,
        "refused": 1,
        "changed": 1,
        "verdicts": [{"before": "contraindicated", "after": "referral", "count": 1}],
    }


def test_records_that_are_not_there_are_told(tmp_path: Path) -> None:
    options = ["--over", str(tmp_path / "nowhere.jsonl")]
    result = CliRunner().invoke(main, ["kb", "diff", str(SHIPPED), str(SHIPPED), *options])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nowhere.jsonl: does not exist" in result.stderr


def test_git_revisions_of_a_folder_are_compared(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    git = ["git", "-C", str(folder), "-c", "user.name=keeper", "-c", "user.email=keeper@example.org"]
    commit = ["commit", "-q", "--no-verify", "-m", "rules"]
    for arguments in (["init", "-q"], ["add", "."], commit, ["tag", "first"]):
        subprocess.run([*git, *arguments], check=True)
    file = folder / "questions.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("Do you smoke?", "Do you smoke now?"))
    for arguments in (["add", "."], commit):
        subprocess.run([*git, *arguments], check=True)
    result = CliRunner().invoke(main, ["kb", "diff", "first", "HEAD", "--folder", str(folder)])
    assert result.exit_code == 0
    assert result.stdout.startswith("question smoking: changed\n    ask: rewritten\n")


def test_a_revision_that_is_not_there_is_told() -> None:
    result = CliRunner().invoke(main, ["kb", "diff", "no-such-thing", str(SHIPPED)])
    assert result.exit_code == 1
    assert "no-such-thing is neither a folder nor a git revision" in result.stderr
