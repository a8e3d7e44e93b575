"""An overlay adds a clinic's own rules and changes shipped ones openly, as examples/overlay/ does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY, read_cases, read_yaml
from cli import main
from conftest import SCREENED_ON, Assessment, Screen
from corpus import screen_all
from engine import (
    SHIPPED,
    KnowledgeBase,
    KnowledgeBaseError,
    KnowledgeBaseProblem,
    Screener,
    load_knowledge_base,
    make_intake,
    render_text,
)
from engine.assessment import join
from engine.dates import parse_date
from engine.rules import LEVELS, Overlay, RuleChange
from engine.schemas import violations
from outcomes import outcome_of

OVERLAY = REPOSITORY / "examples" / "overlay"
ADDED = [rule for file in sorted(OVERLAY.glob("rules/*.yaml")) for rule in read_yaml(file)]
EXAMPLES = [
    pytest.param(rule["id"], example, id=f"{rule['id']}: {example['name']}")
    for rule in ADDED
    for example in rule["examples"]
]
(CHANGE,) = read_yaml(OVERLAY / "changes.yaml")
EXTRA_KEYS = {"added_by", "changed", "draft", "drafts", "overlays"}

MANIFEST = "id: {0}\ntitle: An overlay\nversion: 1.0.0\n"
STRICTER = "- {rule: smoking, level: referral, reason: Healing is slower., owner: A. Smith}\n"
OTHER_WORDS = "- {rule: smoking, action: Offer our course., reason: We have one., owner: B. Smith}\n"
MILDER = "- {rule: recent-waxing, level: precaution, reason: R., owner: O., accepted_by: Dr Smith}\n"
SMOKER = {"lifestyle": {"alcohol": "none", "smoking": "yes", "last_sunburn_or_tan": "none"}}


@pytest.fixture(scope="session")
def extended() -> KnowledgeBase:
    return load_knowledge_base(overlays=[OVERLAY])


@pytest.fixture(scope="session")
def extended_screener(extended: KnowledgeBase) -> Screener:
    return Screener(extended)


WriteOverlay = Callable[..., Path]


@pytest.fixture
def write_overlay(tmp_path: Path) -> WriteOverlay:
    """Write an overlay, called by its id, from the texts of its files; it has a manifest in any case."""

    def write(name: str, files: Mapping[str, str]) -> Path:
        for file, text in {"manifest.yaml": MANIFEST.format(name), **files}.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / name

    return write


def screened(knowledge_base: KnowledgeBase, intake: Mapping[str, Any]) -> Assessment:
    return Screener(knowledge_base).screen(make_intake(intake, SCREENED_ON))


def problems_with(*overlays: Path) -> list[KnowledgeBaseProblem]:
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(SHIPPED, overlays)
    return list(refused.value.problems)


def keys_in(data: Any) -> Iterator[str]:
    """Every key, at any depth."""
    if isinstance(data, dict):
        yield from data
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for part in parts:
        yield from keys_in(part)


# What it adds


def test_overlay_adds_its_rules_and_takes_none_away(screener: Screener, extended: KnowledgeBase) -> None:
    assert set(extended.rules) == {*screener.knowledge_base.rules, *(rule["id"] for rule in ADDED)}


def test_overlay_shows_in_the_digest(screener: Screener, extended: KnowledgeBase) -> None:
    shipped = screener.knowledge_base
    assert (extended.id, extended.version) == (shipped.id, shipped.version)
    assert extended.digest != shipped.digest


def test_the_knowledge_base_knows_its_overlays_in_order(write_overlay: WriteOverlay) -> None:
    second = write_overlay("a-branch", {})
    overlays = load_knowledge_base(overlays=[OVERLAY, second]).overlays
    assert [overlay.id for overlay in overlays] == ["example-clinic", "a-branch"]
    assert overlays[1] == Overlay("a-branch", "1.0.0", "An overlay")


def test_a_rule_knows_which_overlay_added_it(extended: KnowledgeBase) -> None:
    added = {rule.id for rule in extended.rules.values() if rule.added_by == "example-clinic"}
    assert added == {rule["id"] for rule in ADDED}
    assert {rule.added_by for rule in extended.rules.values()} == {None, "example-clinic"}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example_of_an_added_rule(
    rule: str, example: dict[str, Any], extended_screener: Screener
) -> None:
    on = parse_date(extended_screener.knowledge_base.examples_on)
    assessment = extended_screener.screen(make_intake({"intake_id": "e", **example["given"]}, on))
    assert outcome_of(rule, assessment) == example["expect"]


@pytest.mark.parametrize("rule", ADDED, ids=lambda rule: str(rule["id"]))
def test_an_added_rule_has_an_example_for_each_outcome(rule: dict[str, Any]) -> None:
    outcomes = {example["expect"] for example in rule["examples"]}
    assert outcomes == {"fired", "ruled_out", "undecided"}


@pytest.mark.parametrize("name", ["dental injection", "facial cupping"])
def test_without_the_overlay_its_procedure_is_unrecognised(
    name: str, complete: dict[str, Any], screen: Screen
) -> None:
    assessment = screen({**complete, "procedures": [{"name": name}]})
    assert [finding["rule"] for finding in assessment["findings"]] == ["unrecognised-entry"]


@pytest.mark.parametrize(
    "file", sorted(OVERLAY.glob("vocabulary/*.yaml")), ids=lambda file: str(file.stem)
)
def test_names_that_make_a_verdict_milder_were_accepted(
    file: Path, complete: dict[str, Any], screen: Screen, extended_screener: Screener
) -> None:
    data = read_yaml(file)
    for concept in data["concepts"]:
        old = {"procedures": [{"name": concept["label"], "performed_on": "2020-01-01"}]}
        verdict = extended_screener.screen(make_intake({**complete, **old}))["verdict"]
        assert (screen({**complete, **old})["verdict"], verdict) == ("referral", "eligible")
    assert data["accepted_by"].strip()


def test_only_an_overlay_says_who_accepted_its_names(tmp_path: Path) -> None:
    names = "accepted_by: Dr Smith\nconcepts: [{id: zumba, label: zumba, kind: procedure}]\n"
    shutil.copytree(SHIPPED, tmp_path / "clinic")
    (tmp_path / "clinic" / "vocabulary" / "ours.yaml").write_text(names, "utf-8")
    with pytest.raises(KnowledgeBaseError) as refused:
        load_knowledge_base(tmp_path / "clinic")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line, problem.code) == ("clinic/vocabulary/ours.yaml", 1, "KB707")


def test_command_line_screens_with_an_overlay(complete: dict[str, Any]) -> None:
    today = [{"name": "Dental injection", "performed_on": complete["screened_on"]}]
    arguments = ["screen", "--format", "json", "--overlay", str(OVERLAY)]
    done = CliRunner().invoke(main, arguments, input=json.dumps({**complete, "procedures": today}))
    assert (done.exit_code, done.stderr) == (0, "")
    findings = json.loads(done.stdout)["findings"]
    assert [finding["rule"] for finding in findings] == ["recent-dental-anaesthesia"]


# What it changes


def test_a_rule_knows_what_was_changed_by_whom_and_why(
    screener: Screener, extended: KnowledgeBase
) -> None:
    before, now = screener.knowledge_base.rules[CHANGE["rule"]], extended.rules[CHANGE["rule"]]
    assert LEVELS.index(now.level) < LEVELS.index(before.level)
    assert (now.level, now.action) == (CHANGE["level"], CHANGE["action"])
    words = (("level", before.level), ("action", before.action))
    assert now.changes == (RuleChange("example-clinic", words, CHANGE["reason"], CHANGE["owner"]),)
    assert now.changes[0].keys == ("level", "action")


def test_what_was_not_changed_stays(screener: Screener, extended: KnowledgeBase) -> None:
    for rule in screener.knowledge_base.rules.values():
        now = extended.rules[rule.id]
        if rule.id == CHANGE["rule"]:
            now = now._replace(level=rule.level, action=rule.action, changes=())
        assert now == rule


def test_a_stricter_level_makes_the_verdict_stricter(
    complete: dict[str, Any], screen: Screen, extended_screener: Screener
) -> None:
    allergic = {**complete, "allergies": [{"name": "lidocaine"}]}
    assert screen(allergic)["verdict"] == "eligible_with_precautions"
    assert extended_screener.screen(make_intake(allergic))["verdict"] == "referral"


def test_a_milder_level_counts_once_it_is_accepted(
    complete: dict[str, Any], write_overlay: WriteOverlay
) -> None:
    base = load_knowledge_base(overlays=[write_overlay("ours", {"changes.yaml": MILDER})])
    waxed = {**complete, "procedures": [{"name": "waxing", "performed_on": complete["screened_on"]}]}
    assert screened(base, waxed)["verdict"] == "eligible_with_precautions"
    assert base.rules["recent-waxing"].changes[0].accepted_by == "Dr Smith"


def test_two_overlays_may_change_different_keys_of_a_rule(
    complete: dict[str, Any], write_overlay: WriteOverlay
) -> None:
    first = write_overlay("first", {"changes.yaml": STRICTER})
    second = write_overlay("second", {"changes.yaml": OTHER_WORDS})
    assessment = screened(load_knowledge_base(overlays=[first, second]), {**complete, **SMOKER})
    (finding,) = assessment["findings"]
    assert (finding["level"], finding["action"]) == ("referral", "Offer our course.")
    assert finding["changed"] == [
        {"overlay": "first", "keys": ["level"], "reason": "Healing is slower."},
        {"overlay": "second", "keys": ["action"], "reason": "We have one."},
    ]


def test_two_overlays_cannot_change_the_same_key(write_overlay: WriteOverlay) -> None:
    first = write_overlay("first", {"changes.yaml": STRICTER})
    second = write_overlay("second", {"changes.yaml": STRICTER.replace("referral", "deferral")})
    (problem,) = problems_with(first, second)
    assert (problem.file, problem.code) == ("second/changes.yaml", "KB703")
    assert "first changes the level of smoking already" in problem.message


def test_an_overlay_may_change_what_an_earlier_one_added(
    complete: dict[str, Any], write_overlay: WriteOverlay
) -> None:
    text = STRICTER.replace("smoking", "recent-dental-anaesthesia")
    branch = write_overlay("branch", {"changes.yaml": text})
    today = [{"name": "dental injection", "performed_on": complete["screened_on"]}]
    base = load_knowledge_base(overlays=[OVERLAY, branch])
    (finding,) = screened(base, {**complete, "procedures": today})["findings"]
    assert (finding["added_by"], finding["level"]) == ("example-clinic", "referral")
    assert finding["changed"][0]["overlay"] == "branch"


def test_overlays_have_different_ids(write_overlay: WriteOverlay, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "manifest.yaml").write_text(MANIFEST.format("ours"), "utf-8")
    (problem,) = problems_with(write_overlay("ours", {}), other)
    assert (problem.file, problem.line, problem.code) == ("elsewhere/manifest.yaml", 1, "KB201")


@pytest.mark.parametrize("case", read_cases("overlays-refused"), ids=lambda case: str(case["name"]))
def test_what_an_overlay_may_not_do(case: dict[str, Any], write_overlay: WriteOverlay) -> None:
    problems = problems_with(write_overlay("refused", case["files"]))
    assert [f"{problem.file}:{problem.line}" for problem in problems] == [
        f"refused/{expected['at']}" for expected in case["found"]
    ]
    for problem, expected in zip(problems, case["found"], strict=True):
        assert expected["says"] in problem.message
        assert problem.code == expected.get("code", problem.code)


# What the assessment says


def test_the_assessment_names_overlays_and_marks_their_rules(
    complete: dict[str, Any], extended_screener: Screener
) -> None:
    assessment = extended_screener.screen(
        make_intake(
            {
                **complete,
                **SMOKER,
                "allergies": [{"name": "lidocaine"}],
                "procedures": [{"name": "cupping", "performed_on": complete["screened_on"]}],
            }
        )
    )
    assert violations("assessment", assessment) == []
    assert assessment["knowledge_base"]["overlays"] == [{"id": "example-clinic", "version": "1.0.0"}]
    added, changed, shipped = assessment["findings"]
    assert (added["rule"], added["added_by"], "changed" in added) == (
        "recent-cupping", "example-clinic", False,
    )  # fmt: skip
    assert changed["changed"] == [
        {"overlay": "example-clinic", "keys": ["level", "action"], "reason": CHANGE["reason"]}
    ]
    assert (shipped["rule"], EXTRA_KEYS & set(shipped)) == ("smoking", set())


def test_without_an_overlay_no_key_is_extra(screener: Screener) -> None:
    for case in screen_all(screener):
        assert not EXTRA_KEYS.intersection(keys_in(case.assessment))
    assert not EXTRA_KEYS.intersection(keys_in(screener.common))


def test_the_text_says_who_added_and_changed_a_rule_and_why(
    complete: dict[str, Any], extended_screener: Screener
) -> None:
    intake = {
        **complete,
        "allergies": [{"name": "lidocaine"}],
        "procedures": [{"name": "cupping", "performed_on": complete["screened_on"]}],
    }
    text = render_text(extended_screener.screen(make_intake(intake)))
    words = " ".join(text.split())
    assert "Cupping in the area within the last week Added by Example clinic." in words
    says = f"Changed by Example clinic (how strict it is and what to do): {CHANGE['reason']}"
    assert f"Allergic to a local anaesthetic {says}" in words
    assert "microneedling 1.0.0 with the overlay example-clinic 1.0.0 (" in words
    assert max(map(len, text.splitlines())) < 80


def test_the_text_names_every_overlay(complete: dict[str, Any], write_overlay: WriteOverlay) -> None:
    folders = [write_overlay(name, {}) for name in ("first", "second", "third")]
    text = render_text(screened(load_knowledge_base(overlays=folders), complete))
    line = "with the overlays first 1.0.0, second 1.0.0 and third 1.0.0 ("
    assert line in " ".join(text.split())


def test_an_audit_with_overlays_leaves_out_only_what_its_rules_hold(
    complete: dict[str, Any], tmp_path: Path
) -> None:
    numbed = {**complete, **SMOKER, "allergies": [{"name": "lidocaine"}]}
    cupped = {**complete, "procedures": [{"name": "cupping"}], "conditions": [{"name": "flarp"}]}
    intakes = tmp_path / "intakes.jsonl"
    intakes.write_text("".join(json.dumps(intake) + "\n" for intake in (numbed, cupped)), "utf-8")
    for folder, more in ("own", []), ("whole", ["--full"]):
        done = CliRunner().invoke(
            main,
            [
                "audit",
                str(intakes),
                "--output",
                str(tmp_path / folder),
                "--overlay",
                str(OVERLAY),
                *more,
            ],
        )
        assert done.exit_code == 0, done.output
    common = json.loads((tmp_path / "own" / "rules.json").read_text("utf-8"))
    own, whole = (
        [
            json.loads(line)
            for line in (tmp_path / folder / "results.jsonl").read_text("utf-8").splitlines()
        ]
        for folder in ("own", "whole")
    )
    joined = [join(line, common) for line in own]
    assert joined == [{key: line[key] for key in joined[0]} for line in whole]
    assert joined[0]["findings"][0]["changed"][0]["overlay"] == "example-clinic"
    summary = json.loads((tmp_path / "own" / "summary.json").read_text("utf-8"))
    report = (tmp_path / "own" / "report.html").read_text("utf-8")
    assert "with the overlay" in report
    assert ">example-clinic<" in report
    assert summary["knowledge_base"] == common["knowledge_base"] == joined[0]["knowledge_base"]
