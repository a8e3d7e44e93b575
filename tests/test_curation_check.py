"""Each broken knowledge base gives its one problem at its place; a sound one gives nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from case_files import CASES, REPOSITORY, read_cases, read_yaml
from cli import main
from curation.checking.advice import ending_told, hold_time_told
from curation.checking.check import Checked, check_knowledge_base
from curation.checking.codes import FAMILIES, all_codes
from curation.checking.problems import Problem
from engine import SHIPPED

CODE = re.compile(r"\bKB[0-9]{3}\b")
TODAY = date(2026, 11, 21)
SMALL = CASES / "small-knowledge-base"
DOCUMENTS = CASES / "small-documents"
BROKEN = read_cases("broken-knowledge-bases")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small knowledge base, in the folder from which the check runs."""
    shutil.copytree(SMALL, tmp_path / "clinic")
    monkeypatch.chdir(tmp_path)
    return Path("clinic")


def checked(folder: Path, *overlays: Path, proofs: bool = True) -> Checked:
    return check_knowledge_base(folder, overlays, TODAY, documents=DOCUMENTS, proofs=proofs)


def change(path: Path, case: dict[str, Any]) -> None:
    """Make the one change of a case."""
    if "new" not in case:
        path.unlink()
        return
    path.parent.mkdir(exist_ok=True)
    text = path.read_text("utf-8") if "old" in case else ""
    if "old" in case:
        assert text.count(case["old"]) == 1, "the text to change stands there once"
    path.write_text(text.replace(case["old"], case["new"]) if "old" in case else case["new"], "utf-8")


def line_with(path: Path, text: str) -> int:
    """The number of the line in which ``text`` ends."""
    whole = path.read_text("utf-8")
    assert whole.count(text) == 1, f"{text!r} stands there once"
    return whole.count("\n", 0, whole.index(text) + len(text.partition("\n")[0])) + 1


def edit(folder: Path, name: str, old: str, new: str) -> None:
    change(folder / name, {"old": old, "new": new})


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["kb", "check", *arguments])


# Broken and sound


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: str(case["name"]))
def test_a_broken_knowledge_base_gives_its_one_problem_at_its_place(
    case: dict[str, Any], folder: Path
) -> None:
    change(folder / case["file"], case)
    (problem,) = checked(folder, proofs=case.get("proofs", True)).problems
    where = folder / case.get("in", case["file"])
    line = line_with(where, case["at"]) if "at" in case else 0
    assert (problem.code, problem.file, problem.line) == (case["code"], where.as_posix(), line)
    assert problem.column == case.get("column", problem.column)
    assert case.get("says", "") in problem.message
    assert problem.remedy


def test_there_are_at_least_sixty_broken_knowledge_bases() -> None:
    names = [case["name"] for case in BROKEN]
    assert len(set(names)) == len(names) >= 60


def test_the_small_knowledge_base_has_no_problem() -> None:
    found = checked(SMALL)
    assert (found.problems, found.unchecked) == ((), ())


def test_the_shipped_knowledge_base_and_the_overlay_have_no_problem() -> None:
    overlay = REPOSITORY / "examples" / "overlay"
    found = check_knowledge_base(SHIPPED, [overlay], TODAY)
    assert [problem for problem in found.problems if problem.severity != "note"] == []


# All in one run


def test_what_is_wrong_with_one_file_hides_nothing_of_the_others(folder: Path) -> None:
    edit(folder, "rules/client.yaml", "level: contraindication", "level: [contraindication")
    edit(
        folder,
        "rules/skin.yaml",
        "level: referral\n  when:\n    began",
        "level: refer\n  when:\n    began",
    )
    edit(folder, "rules/medicines.yaml", "taking: nsaid\n", "taking: nsaidd\n")
    edit(folder, "care.yaml", "days: 2", "days: two")
    edit(folder, "plan.yaml", "locator: plan, position: three", "locator: plan, positions: three")
    (folder / "indications.yaml").unlink()
    found = checked(folder)
    assert sorted((problem.code, Path(problem.file).name) for problem in found.problems) == [
        ("KB102", "indications.yaml"),
        ("KB105", "client.yaml"),
        ("KB107", "plan.yaml"),
        ("KB108", "plan.yaml"),
        ("KB109", "skin.yaml"),
        ("KB110", "care.yaml"),
        ("KB202", "medicines.yaml"),
        ("KB211", "medicines.yaml"),
    ]
    assert any("examples and proofs" in what for what in found.unchecked)


def test_nothing_is_said_to_be_missing_that_is_only_broken(folder: Path) -> None:
    edit(folder, "vocabulary/all.yaml", "  - id: eczema\n    label", "  - id: eczema\n    lable")
    edit(folder, "conclusions.yaml", "- id: bleeds-easily\n  title", "- id: bleeds-easily\n  titel")
    codes = [problem.code for problem in checked(folder).problems]
    assert codes == ["KB107", "KB108", "KB107", "KB108"] or sorted(set(codes)) == ["KB107", "KB108"]


def test_a_vocabulary_that_cannot_be_read_is_one_problem(folder: Path) -> None:
    edit(folder, "vocabulary/all.yaml", "concepts:", "concepts: [")
    assert [problem.code for problem in checked(folder).problems] == ["KB105"]


def test_a_folder_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    assert [problem.code for problem in checked(tmp_path / "nowhere").problems] == ["KB101"]


def test_a_file_in_the_place_of_a_folder_is_told(folder: Path) -> None:
    (problem,) = checked(folder / "manifest.yaml").problems
    assert (problem.code, problem.message) == ("KB101", "this is not a folder")


@pytest.mark.parametrize("name", ["rules", "vocabulary"])
def test_a_folder_of_rules_or_words_that_is_missing_is_one_problem(folder: Path, name: str) -> None:
    shutil.rmtree(folder / name)
    (problem,) = checked(folder).problems
    assert (problem.code, problem.file) == ("KB102", f"clinic/{name}")


def test_a_folder_in_the_place_of_a_file_is_told(folder: Path) -> None:
    (folder / "manifest.yaml").unlink()
    (folder / "manifest.yaml").mkdir()
    (problem,) = checked(folder).problems
    assert (problem.code, problem.message) == ("KB102", "this is a folder, not a file")


def test_a_file_that_is_not_utf_8_is_told_with_the_place_of_the_byte(folder: Path) -> None:
    (folder / "rules" / "more.yaml").write_bytes(b"# none\n- id: caf\xe9\n")
    (problem,) = checked(folder).problems
    assert (problem.code, problem.line, problem.column) == ("KB105", 2, 10)
    assert problem.message == "not readable: the byte E9 is not UTF-8"


def test_a_control_character_is_told_with_its_place(folder: Path) -> None:
    (folder / "rules" / "more.yaml").write_bytes(b"# none\n- id: caf\x00\n")
    (problem,) = checked(folder).problems
    assert (problem.code, problem.line, problem.column) == ("KB105", 2, 10)


@pytest.mark.parametrize("text", ["[" * 1200, "- " * 1200 + "x", "{a: " * 1200])
def test_what_lies_too_deep_is_told(folder: Path, text: str) -> None:
    (folder / "rules" / "more.yaml").write_text(text, "utf-8")
    (problem,) = checked(folder).problems
    assert (problem.code, problem.line) == ("KB105", 1)
    assert "too many levels inside one another" in problem.message


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the name of a file has to be text")
def test_the_name_of_a_file_need_not_be_text(folder: Path) -> None:
    Path(os.fsdecode(b"clinic/rules/caf\xe9.yaml")).write_text("- x\n", "utf-8")
    for output_format in ("text", "json", "sarif", "github"):
        done = run(str(folder), "--no-proofs", "--format", output_format)
        assert done.exit_code == 1
        assert "KB110" in done.stdout


def test_a_review_in_the_last_year_of_the_calendar_is_told(folder: Path) -> None:
    edit(
        folder, "rules/client.yaml", "not treated}\n  status: active\n  reviewed_on: 2026-01-15",
        "not treated}\n  status: active\n  reviewed_on: 9999-12-31",
    )  # fmt: skip
    assert [problem.code for problem in checked(folder).problems] == ["KB804"]


def test_an_overlay_may_read_what_is_of_no_concern_to_the_knowledge_base(folder: Path) -> None:
    rules = (folder / "rules" / "client.yaml").read_text("utf-8")
    latex = rules[rules.index("- id: latex-allergy") : rules.index("- id: strange-entry")]
    paracetamol = latex.replace("latex", "paracetamol").replace("Allergic to", "Reacts to")
    assert "allergy: paracetamol" in paracetamol
    (folder / "rules" / "more.yaml").write_text(paracetamol, "utf-8")
    assert "KB311" in [problem.code for problem in checked(folder).problems]
    ours = folder.with_name("ours")
    (ours / "rules").mkdir(parents=True)
    (ours / "manifest.yaml").write_text("id: ours\ntitle: Ours\nversion: 1.0.0\n", "utf-8")
    (folder / "rules" / "more.yaml").rename(ours / "rules" / "more.yaml")
    assert checked(folder, ours).problems == ()


def test_a_rule_that_gives_way_to_a_draft_is_told(folder: Path) -> None:
    edit(folder, "rules/client.yaml", "position: not treated}\n  status: active",
         "position: not treated}\n  status: deprecated\n  replaced_by: maybe-pregnant")  # fmt: skip
    assert checked(folder, proofs=False).problems == ()
    edit(folder, "rules/client.yaml", "position: a test first}\n  status: active",
         "position: a test first}\n  status: draft")  # fmt: skip
    (problem,) = checked(folder, proofs=False).problems
    assert (problem.code, problem.severity) == ("KB809", "warning")
    assert problem.line == line_with(folder / "rules" / "client.yaml", "replaced_by: maybe-pregnant")


# Exceptions


def test_an_exception_with_a_reason_takes_a_problem_away(folder: Path) -> None:
    edit(folder, "vocabulary/all.yaml", "    of_no_concern: true\n",
         "    exceptions: [{code: KB309, reason: a rule is being written}]\n")  # fmt: skip
    assert checked(folder).problems == ()


def test_an_exception_covers_its_own_item_only(folder: Path) -> None:
    exception = "  exceptions: [{code: KB403, reason: read out by itself}]\n"
    edit(folder, "rules/client.yaml", "  title: Pregnant\n", f"  title: Pregnant\n{exception}")
    edit(folder, "rules/client.yaml", "action: Take gloves that are free of latex.", "action: Gloves")
    assert [problem.code for problem in checked(folder).problems] == ["KB802", "KB403"]


def test_an_exception_from_a_proof_is_not_idle_when_proofs_were_left_out(folder: Path) -> None:
    exception = "  exceptions: [{code: KB604, reason: it reads better}]\n"
    edit(folder, "rules/client.yaml", "  title: Pregnant\n", f"  title: Pregnant\n{exception}")
    assert checked(folder, proofs=False).problems == ()
    assert [problem.code for problem in checked(folder).problems] == ["KB802"]


# Advice


@pytest.mark.parametrize(
    "sentence",
    [
        "Stop the blood thinner three days before.",
        "Please leave off your tablets.",
        "The course is interrupted for a week: the medicine can wait.",
        "Hold aspirin for 7 days.",
        "Skip a dose before you come.",
        "Lower your dose for a week.",
        "Stop aspirin, this is not a problem.",
        "Ask whether the warfarin can be withheld.",
        "Withdraw the steroid first.",
        "Wean off prednisolone.",
        "Leave out the next dose.",
        "Go without your blood thinner for a day.",
        "Cut back on aspirin.",
        "Take a break from the tablets.",
        "Miss one tablet.",
        "Delay the next dose of apixaban.",
        "Drop the morning dose.",
    ],
)
def test_advice_to_end_a_medicine_is_found(sentence: str) -> None:
    assert ending_told(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Do not stop the medicine.",
        "The medicine is carried on.",
        "Nobody should stop it for a cosmetic treatment.",
        "Please don't skip a dose.",
        "Stopping it carries a risk of stroke.",
        "Skip the procedure while you take it.",
        "The bleeding stops by itself.",
        "These medicines hold back the inflammation.",
        "Postpone the session until the course has ended.",
        "Delay the appointment if a medicine was started.",
        "Use eye drops as prescribed.",
        "Do not miss a dose.",
        "Do not take ibuprofen for soreness.",
    ],
)
def test_what_is_no_such_advice_is_left_alone(sentence: str) -> None:
    assert ending_told(sentence) is None


def test_a_time_is_a_hold_time_beside_a_blood_thinner_only() -> None:
    assert hold_time_told("Seven to ten days after the last aspirin.") == "Seven to ten days"
    assert hold_time_told("Seven to ten days after the last peel.") is None


# Codes and the command


def test_every_code_belongs_to_a_family_and_explains_itself() -> None:
    for code in all_codes().values():
        assert code.code[:3] in FAMILIES
        assert all(text.strip() for text in (code.title, code.means, code.why, code.remedy))
        assert code.means.endswith(".")


def test_every_code_that_is_reported_is_explained() -> None:
    files = [*(REPOSITORY / "engine").glob("*.py"), *(REPOSITORY / "curation").glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in files)
    unexplained = {code for code in set(CODE.findall(text)) if code not in all_codes()}
    assert unexplained == set()


def test_explain_tells_what_a_code_means() -> None:
    done = run("--explain", "kb410")
    assert done.exit_code == 0
    assert done.stdout.startswith("KB410 (error): Text that tells someone to stop a medicine\n")
    assert "How to mend it" in done.stdout


def test_explain_all_lists_every_code() -> None:
    listed = run("--explain", "all").stdout
    assert all(f"{code.code}  {code.severity}" in listed for code in all_codes().values())


def test_explain_says_what_was_meant() -> None:
    done = run("--explain", "KB41O")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "there is no code KB41O; did you mean KB41" in done.stderr


def test_a_clean_knowledge_base_exits_with_0_and_says_so(folder: Path) -> None:
    done = run(str(folder), "--on", "2026-11-21", "--sources", str(DOCUMENTS))
    assert (done.exit_code, done.stdout) == (0, "No problems: 10 rules, 11 concepts.\n")


def test_warnings_exit_with_1_only_where_asked_for(folder: Path) -> None:
    arguments = (str(folder), "--on", "2027-02-01", "--no-proofs")
    assert run(*arguments).exit_code == 0
    assert run(*arguments, "--strict").exit_code == 1


def test_the_folder_can_be_named_as_for_the_other_commands(folder: Path) -> None:
    named = run("--knowledge-base", str(folder), "--no-proofs")
    assert (named.exit_code, named.stdout) == (0, run(str(folder), "--no-proofs").stdout)
    assert run(str(folder), "--knowledge-base", str(folder)).exit_code == 2


def test_an_error_exits_with_1(folder: Path) -> None:
    edit(folder, "rules/client.yaml", "allergy: latex", "allergy: latx")
    done = run(str(folder), "--format", "json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["errors"] == 1


def test_a_problem_outside_the_folder_of_the_run_keeps_its_path(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(folder, "rules/client.yaml", "allergy: latex", "allergy: latx")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (problem,) = checked(tmp_path / "clinic").problems
    assert problem.file == (tmp_path / "clinic" / "rules" / "client.yaml").as_posix()


def test_a_proved_problem_has_a_place_and_an_intake_that_shows_it(folder: Path) -> None:
    edit(folder, "rules/skin.yaml", "    done: {procedure: peel, within: 1 month, site: in}",
         "    not: {done: {procedure: peel, within: 1 month, site: in}}")  # fmt: skip
    proved: list[Problem] = [p for p in checked(folder).problems if p.code.startswith("KB6")]
    for problem in proved:
        assert problem.line > 0
        assert problem.witness
        assert problem.claim


def test_the_shipped_files_of_the_small_knowledge_base_name_their_schema() -> None:
    for path in SMALL.rglob("*.yaml"):
        first = path.read_text("utf-8").split("\n", 1)[0]
        assert (path.parent / first.partition("$schema=")[2]).resolve().is_file(), path
        assert read_yaml(path)
