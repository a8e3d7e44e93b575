"""``kb test``: examples are run, failures are explained, and what no example shows is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ryaml import loads  # type: ignore[attr-defined]

from case_files import REPOSITORY
from cli import main
from curation.flow import flow
from curation.library import open_library
from curation.meant import meant
from curation.testing.coverage import Coverage, cover
from curation.testing.examples import Examiner, Subject, subjects
from engine import SHIPPED
from engine.conditions import parse_condition

SHIPPED_LIBRARY = open_library(SHIPPED)
OVERLAY = REPOSITORY / "examples" / "overlay"

RULE = """\
- id: {id}
  title: A rule of the tests
  level: precaution
  when: {when}
  because: It is tested.
  action: Nothing.
  citations: [{{source: policy, locator: tests, position: none}}]
  status: {status}
  reviewed_on: 2026-11-20
  examples:
{examples}
"""


def overlay(folder: Path, when: str, *examples: str, status: str = "active") -> Path:
    """An overlay with one rule, ``tested``."""
    made = folder / "ours"
    (made / "rules").mkdir(parents=True)
    (made / "manifest.yaml").write_text("id: ours\ntitle: Ours\nversion: 1.0.0\n", encoding="utf-8")
    listed = "\n".join(f"    - {example}" for example in examples)
    text = RULE.format(id="tested", when=when, examples=listed, status=status)
    (made / "rules" / "tested.yaml").write_text(text, encoding="utf-8")
    return made


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["kb", "test", *map(str, arguments)])


def only(folder: Path) -> tuple[Coverage, Mapping[str, Any]]:
    """The coverage of the one rule of an overlay, and what its examples gave by name."""
    library = open_library(SHIPPED, [folder])
    (subject,) = (found for found in subjects(library) if found.item.id == "tested")
    examiner = Examiner(library)
    results = [examiner.run(subject, number) for number in range(len(subject.examples))]
    return cover(subject, results, library.knowledge_base), {r.name: r for r in results}


def unseen(when: str) -> Coverage:
    """What there is to see of a condition, of which no example shows anything."""
    item = SHIPPED_LIBRARY.items["rule", "nsaid"]
    subject = Subject(item, "tested", parse_condition(loads(when)), ())
    return cover(subject, [], SHIPPED_LIBRARY.knowledge_base)


# Running


def test_every_shipped_example_comes_as_expected_and_nothing_is_left_out() -> None:
    done = run("--coverage")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "all as expected" in done.stdout
    assert "100 %" in done.stdout


def test_a_failure_shows_expected_and_got_with_the_fact_and_the_line(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path,
        "{taking: nsaid}",
        "{name: on ibuprofen, given: {medications: [{name: Nurofen}]}, expect: ruled_out}",
    )
    done = run("tested", "--overlay", ours)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[:5] == [
        "ours/rules/tested.yaml:11: tested: on ibuprofen",
        "  expected  ruled out",
        "  got       fired",
        "  because",
        '    - any anti-inflammatory medicine (NSAID) is taken now: yes (/medications/0/name "Nurofen")',
    ]
    assert done.stdout.splitlines()[-1] == "1 example of 1 rule: 1 failed."


def test_an_undecided_example_shows_what_it_waits_for(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path, "{taking: nsaid}", "{name: silent, given: {medications: []}, expect: ruled_out}",
        "{name: not known, given: {medications: [{name: Nurofen, status: unknown}]}, expect: fired}",
    )  # fmt: skip
    done = run("tested", "--overlay", ours)
    assert "  got       undecided\n  waits for\n" in done.stdout
    assert "the question medication-status at /medications/0/status is open" in done.stdout
    assert "silent" not in done.stdout


def test_a_ruled_out_example_shows_the_facts_that_ruled_it_out(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path,
        "{all: [{concluded: needs-longer-interval}, {taking: nsaid}]}",
        "{name: calm skin, given: {client: {skin_sensitivity: normal}, conditions: [], "
        "medications: [{name: Nurofen}]}, expect: fired}",
    )
    done = run("tested", "--overlay", ours)
    assert "it is concluded: needs a longer interval between sessions: no, because" in done.stdout
    assert "(/client/skin_sensitivity normal)" in done.stdout
    assert "Nurofen" not in done.stdout, "it did not rule the rule out"


def test_an_example_whose_intake_is_refused_fails_with_the_reason(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path,
        "{taking: nsaid}",
        "{name: odd, given: {medications: [{name: Nurofen, status: sometimes}]}, expect: fired}",
    )
    done = run("tested", "--overlay", ours)
    assert done.exit_code == 1
    assert "got       the intake was refused" in done.stdout
    assert "/medications/0/status" in done.stdout


def test_drafts_are_run_and_deprecated_rules_are_not(tmp_path: Path) -> None:
    wrong = "{name: wrong, given: {medications: []}, expect: fired}"
    draft = overlay(tmp_path / "a", "{taking: nsaid}", wrong, status="draft")
    deprecated = overlay(
        tmp_path / "b", "{taking: nsaid}", wrong, status="deprecated\n  replaced_by: nsaid"
    )
    assert run("tested", "--overlay", draft).exit_code == 1
    assert "there is no rule tested" in run("tested", "--overlay", deprecated).stderr


def test_a_rule_that_is_not_there_is_an_error_with_what_was_meant() -> None:
    done = run("anticoagulent")
    assert (done.exit_code, done.stdout) == (1, "")
    expected = "there is no rule anticoagulent; did you mean anticoagulant or antiplatelet?"
    assert done.stderr == f"needlecheck: {expected}\n"


def test_a_conclusion_is_tested_by_its_id() -> None:
    assert run("needs-longer-interval").stdout.endswith("of 1 conclusion: all as expected.\n")


def test_json_has_every_example_with_its_place() -> None:
    done = run("recent-dental-anaesthesia", "--overlay", OVERLAY, "--coverage", "--format", "json")
    document = json.loads(done.stdout)
    first = document["examples"][0]
    assert (first["file"], first["line"]) == ("overlay/rules/dental.yaml", 18)
    assert (first["expected"], first["got"], first["passed"]) == ("fired", "fired", True)
    assert document["coverage"][0]["parts"][0]["seen"] == ["yes", "no", "unknown"]
    assert document["summary"]["clean"] is True


# Coverage


def test_what_no_example_shows_is_named_with_an_example_that_does(tmp_path: Path) -> None:
    ours = overlay(
        tmp_path, "{taking: nsaid}", "{name: none, given: {medications: []}, expect: ruled_out}"
    )
    done = run("tested", "--coverage", "--overlay", ours)
    assert done.exit_code == 1
    assert "seen ruled out; missing: fired, undecided" in done.stdout
    assert "seen no; missing: yes, unknown" in done.stdout
    assert "- {name: …, given: {}, expect: undecided}" in done.stdout
    assert "2 of 6 truth values and outcomes are shown, 33 %; 1 rule with gaps." in done.stdout


def test_the_examples_that_are_offered_fill_the_gaps(tmp_path: Path) -> None:
    when = "{any: [{done: {procedure: filler, within: 7 days, site: elsewhere}}, {taking: nsaid}]}"
    ours = overlay(tmp_path / "a", when, "{name: none, given: {medications: []}, expect: undecided}")
    gaps, _ = only(ours)
    hints = [part.hints[value] for part in (*gaps.parts, gaps.whole) for value in part.missing]
    written = [
        flow({"name": str(number), "given": hint.given, "expect": hint.expect})
        for number, hint in enumerate(hints)
    ]
    filled, results = only(overlay(tmp_path / "b", when, *written))
    assert all(result.passed for result in results.values())
    assert filled.complete


@pytest.mark.parametrize(
    ("when", "values"),
    [
        ("{taking: nsaid}", ["yes", "no", "unknown"]),
        ("{mentioned: {is: eczema, status: ever}}", ["yes", "no"]),
        ("{unclear: {is: diabetes, status: [active]}}", ["no", "unknown"]),
        ("{unrecognised: [allergies]}", ["yes", "no"]),
        ("{answer: {field: treatment.setting, is: home}}", ["yes", "no"]),
        ("{answer: {field: treatment.setting, is: [home, clinic]}}", ["yes"]),
        ("{answer: {field: treatment.needle_material, is: other}}", ["yes", "no", "unknown"]),
        ("{answer: {field: treatment.goals, includes: hair}}", ["yes", "no"]),
        ("{answer: {field: client.age_years, under: 18}}", ["yes", "no", "unknown"]),
        ("{done: {procedure: tattoo}}", ["yes", "no", "unknown"]),
    ],
)
def test_only_values_that_an_atom_can_have_are_asked_for(when: str, values: list[str]) -> None:
    assert list(unseen(when).parts[0].possible) == values


def test_an_outcome_that_cannot_come_is_not_asked_for() -> None:
    when = "{all: [{taking: nsaid}, {not: {taking: nsaid}}]}"
    assert unseen(when).whole.possible == ("no", "unknown")


# Words


@pytest.mark.parametrize(
    "value",
    ["yes", "no", "plain words", "a: b", "a, b", "#1", "", " x", "1", "1.5", "null", "2026-11-20",
     "{x}", 'say "x"', "- x", "Zoë", "true", "~", "*a", "&a", "!a", "|", "> x", "% x", "@a", "a #b"],
)  # fmt: skip
def test_a_value_on_one_line_reads_back_as_it_was(value: str) -> None:
    document = {"name": value, "more": [value, 1, True, None], value or "empty": {}}
    assert loads(f"- {flow(document)}") == [document]


def test_what_was_meant_is_found_by_part_by_spelling_and_by_words() -> None:
    known = ["recent-filler", "recent-laser", "nsaid"]
    assert meant("filler", known) == "; did you mean recent-filler?"
    assert meant("nsaids", known) == "; did you mean nsaid?"
    assert meant("Had a laser", known, {"recent-laser": "had a laser"}).endswith("recent-laser?")
    assert meant("moon", known) == ""
