"""The assessment: verdict, when to come back, the plan, what to ask, and the proof of it all."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from case_files import read_cases
from conftest import SCREENED_ON, Screen
from corpus import Screened, screen_all
from engine import IntakeError, Screener, load_knowledge_base, make_intake
from engine.schemas import violations

CASES = read_cases("assessments")
LEVELS = ["contraindication", "deferral", "referral", "precaution"]
BLOCKING = ["contraindication", "deferral"]
DECISIVE = ["contraindication", "deferral", "referral"]
VERDICT_OF_LEVEL = {
    "contraindication": "contraindicated",
    "deferral": "deferred",
    "referral": "referral",
    "precaution": "eligible_with_precautions",
}
VERDICTS = [
    "contraindicated",
    "deferred",
    "referral",
    "incomplete",
    "eligible_with_precautions",
    "eligible",
]


def cases_with(*keys: str) -> list[Any]:
    """The cases that say something about one of the keys."""
    return [pytest.param(case, id=case["name"]) for case in CASES if any(key in case for key in keys)]


def changed(intake: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The intake with the answers that a case sets and without those that it takes out."""
    document = copy.deepcopy(dict(intake))
    for key, value in case.get("with", {}).items():
        document[key] = {**document.get(key, {}), **value} if isinstance(value, dict) else value
    for place in case.get("without", ()):
        section, _, key = place.partition(".")
        (document[section] if key else document).pop(key or section)
    return document


@pytest.mark.parametrize("case", cases_with("verdict"))
def test_verdict(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    assert screen(changed(complete, case))["verdict"] == case["verdict"]


@pytest.mark.parametrize("case", cases_with("headline", "not_in_headline"))
def test_headline(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    headline = screen(changed(complete, case))["headline"]
    assert [part for part in case.get("headline", ()) if part not in headline] == []
    assert [part for part in case.get("not_in_headline", ()) if part in headline] == []


@pytest.mark.parametrize("case", cases_with("rescreen"))
def test_when_to_screen_again(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    assert screen(changed(complete, case))["rescreen"] == case["rescreen"]


@pytest.mark.parametrize("case", cases_with("lifts"))
def test_what_ends_a_finding(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    findings = screen(changed(complete, case))["findings"]
    lifts = {finding["rule"]: finding["lifts"] for finding in findings}
    assert {rule: lifts[rule] for rule in case["lifts"]} == case["lifts"]


@pytest.mark.parametrize("case", cases_with("interval"))
def test_interval(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    assert screen(changed(complete, case))["plan"]["interval_weeks"] == case["interval"]


@pytest.mark.parametrize("case", cases_with("earliest"))
def test_earliest_session(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    assert screen(changed(complete, case))["plan"]["earliest_session_on"] == case["earliest"]


def test_an_intake_counts_as_screened_on_its_day_whatever_the_document_says(
    screener: Screener, complete: dict[str, Any]
) -> None:
    later = date(2031, 5, 6)
    assessment = screener.screen(make_intake(complete)._replace(screened_on=later))
    assert assessment["verdict"] == "eligible"
    assert assessment["screened_on"] == later.isoformat()
    assert assessment["plan"]["earliest_session_on"] == later.isoformat()


@pytest.mark.parametrize("case", cases_with("questions"))
def test_questions(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    questions = screen(changed(complete, case))["questions"]
    places = ("id", "path", "could_raise_to")
    assert [[question[key] for key in places] for question in questions] == [
        [question[key] for key in places] for question in case["questions"]
    ]
    for question, expected in zip(questions, case["questions"], strict=True):
        assert expected.get("ask", "?") in question["ask"]


@pytest.mark.parametrize("case", cases_with("undecided", "not_undecided"))
def test_undecided_rules(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    needs = {rule["rule"]: rule["needs"] for rule in screen(changed(complete, case))["undecided"]}
    expected = case.get("undecided", {})
    assert {rule: needs.get(rule) for rule in expected} == expected
    assert [rule for rule in case.get("not_undecided", ()) if rule in needs] == []


@pytest.mark.parametrize("case", cases_with("evidence"))
def test_evidence(screen: Screen, complete: dict[str, Any], case: dict[str, Any]) -> None:
    findings = {f["rule"]: f for f in screen(changed(complete, case))["findings"]}
    for rule, expected in case["evidence"].items():
        means = {item["path"]: item["means"] for item in findings[rule]["evidence"]}
        assert sorted(means) == sorted(expected)
        assert [path for path, part in expected.items() if part not in means[path]] == []


@pytest.mark.parametrize("field", ["pregnancy", "breastfeeding", "skin_sensitivity"])
def test_unknown_declined_and_not_asked_read_alike(
    screen: Screen, complete: dict[str, Any], field: str
) -> None:
    told = [
        changed(complete, {"without": [f"client.{field}"]}),
        changed(complete, {"with": {"client": {field: "unknown"}}}),
        changed(complete, {"with": {"client": {field: "declined"}}}),
    ]
    not_asked, unknown, declined = map(screen, told)
    assert not_asked == unknown
    for key in ("verdict", "findings", "undecided", "rescreen", "plan"):
        assert declined[key] == unknown[key]


def test_a_finding_of_a_conclusion_shows_the_steps_behind_it(
    screen: Screen, complete: dict[str, Any]
) -> None:
    document = changed(
        complete,
        {
            "with": {
                "client": {"skin_sensitivity": "sensitive"},
                "procedures": [{"name": "microneedling", "performed_on": "2026-05-01"}],
            }
        },
    )
    findings = {finding["rule"]: finding for finding in screen(document)["findings"]}
    steps = findings["recent-microneedling-sensitive"]["derivation"]
    assert [step["step"] for step in steps] == ["observed", "observed", "concluded", "fired"]
    assert [path for step in steps[:2] for path in step["from"]] == [
        "/client/skin_sensitivity",
        "/procedures/0/name",
    ]


def test_a_recorded_decision_does_not_change_the_assessment(
    screen: Screen, complete: dict[str, Any]
) -> None:
    decision = {"outcome": "treated", "on": "2026-06-15"}
    assert screen({**complete, "recorded_decision": decision}) == screen(complete)


def test_goals_that_the_sources_support_are_listed_once_in_the_order_given(
    screen: Screen, complete: dict[str, Any]
) -> None:
    goals = ["wrinkles", "acne_scars", "wrinkles"]
    indications = screen({**complete, "treatment": {"goals": goals}})["indications"]
    assert [item["goal"] for item in indications] == ["wrinkles", "acne_scars"]


def test_sessions_are_three_to_six(screen: Screen, complete: dict[str, Any]) -> None:
    assert screen(complete)["plan"]["sessions"] == {"min": 3, "max": 6}


def test_an_assessment_says_what_was_screened_and_with_what(screen: Screen, screener: Screener) -> None:
    assessment = screen({"intake_id": "Zoë/7"})
    knowledge_base = screener.knowledge_base
    assert assessment["intake_id"] == "Zoë/7"
    assert assessment["screened_on"] == SCREENED_ON.isoformat()
    assert assessment["knowledge_base"] == {
        "id": knowledge_base.id,
        "version": knowledge_base.version,
        "digest": knowledge_base.digest,
    }


@pytest.mark.parametrize("day", ["0001-01-01", "1900-02-28", "2000-02-29", "9999-12-31"])
def test_screening_works_on_any_day_of_the_calendar(
    screen: Screen, complete: dict[str, Any], day: str
) -> None:
    performed = [{"name": "filler", "performed_on": day}]
    stopped = [{"name": "isotretinoin", "stopped_on": day}]
    assessment = screen(
        {**complete, "screened_on": day, "procedures": performed, "medications": stopped}
    )
    assert assessment["verdict"] == "deferred"
    assert assessment["rescreen"]["on"] >= day


@pytest.fixture(scope="module")
def many(screener: Screener) -> list[Screened]:
    found = screen_all(screener)
    assert len(found) > 500
    return found


def value_at(document: Any, pointer: str) -> Any:
    """The value at a JSON Pointer (RFC 6901)."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def findings_of(many: list[Screened]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for intake, assessment in many:
        for finding in assessment["findings"]:
            yield intake, finding


def test_every_assessment_keeps_to_its_schema(many: list[Screened]) -> None:
    assert [found for _, a in many for found in violations("assessment", a)] == []


def test_every_assessment_survives_json(many: list[Screened]) -> None:
    assert all(json.loads(json.dumps(assessment)) == assessment for _, assessment in many)


def test_the_value_of_evidence_stands_at_its_path(many: list[Screened]) -> None:
    for intake, finding in findings_of(many):
        for item in finding["evidence"]:
            assert value_at(intake, item["path"]) == item["value"], finding["rule"]


def test_every_finding_has_evidence(many: list[Screened]) -> None:
    assert [finding["rule"] for _, finding in findings_of(many) if not finding["evidence"]] == []


def test_evidence_stands_once(many: list[Screened]) -> None:
    for _, finding in findings_of(many):
        items = [(item["path"], item["means"]) for item in finding["evidence"]]
        assert len(items) == len(set(items)), finding["rule"]


def test_findings_stand_strictest_first_and_then_by_rule(many: list[Screened]) -> None:
    for _, assessment in many:
        order = [(LEVELS.index(f["level"]), f["rule"]) for f in assessment["findings"]]
        assert order == sorted(order)


def test_undecided_rules_stand_strictest_first_and_then_by_rule(many: list[Screened]) -> None:
    for _, assessment in many:
        order = [(LEVELS.index(rule["level"]), rule["rule"]) for rule in assessment["undecided"]]
        assert order == sorted(order)


def test_no_rule_is_fired_and_undecided(many: list[Screened]) -> None:
    for _, assessment in many:
        rules = [item["rule"] for item in [*assessment["findings"], *assessment["undecided"]]]
        assert len(rules) == len(set(rules))


def citations_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from citations_in(item)
    elif isinstance(value, dict):
        yield from value.get("citations", ())
        for key, item in value.items():
            if key != "citations":
                yield from citations_in(item)


def test_a_citation_has_exactly_four_fields(many: list[Screened]) -> None:
    fields = {tuple(citation) for _, a in many for citation in citations_in(a)}
    assert fields == {("source", "locator", "position", "verified")}


def test_everything_that_is_said_has_a_citation(many: list[Screened]) -> None:
    for _, assessment in many:
        said = [*assessment["findings"], *assessment["plan"]["because"], *assessment["indications"]]
        said += [*assessment["care"]["before"], *assessment["care"]["after"]]
        assert all(item["citations"] for item in said)


def test_a_derivation_rests_on_the_intake_and_on_earlier_steps(many: list[Screened]) -> None:
    for intake, finding in findings_of(many):
        shown: set[str] = set()
        for step in finding["derivation"]:
            if step["step"] == "observed":
                assert all(value_at(intake, path) is not None for path in step["from"])
            else:
                assert step["from"], finding["rule"]
                assert set(step["from"]) <= shown, finding["rule"]
            shown.add(step["fact"])


def test_a_derivation_ends_with_the_rule(many: list[Screened]) -> None:
    for _, finding in findings_of(many):
        last = finding["derivation"][-1]
        assert (last["step"], last["fact"], last["value"]) == ("fired", finding["rule"], "yes")


def test_the_verdict_follows_from_findings_and_undecided_rules(many: list[Screened]) -> None:
    for _, assessment in many:
        fired = {finding["level"] for finding in assessment["findings"]}
        waiting = {rule["level"] for rule in assessment["undecided"]}
        decisive = [VERDICT_OF_LEVEL[level] for level in DECISIVE if level in fired]
        careful = "eligible_with_precautions" if fired else "eligible"
        otherwise = "incomplete" if waiting & set(DECISIVE) else careful
        assert assessment["verdict"] == [*decisive, otherwise][0]


def test_rescreening_follows_from_what_blocks(many: list[Screened]) -> None:
    for _, assessment in many:
        lifts = [f["lifts"] for f in assessment["findings"] if f["level"] in BLOCKING]
        again = assessment["rescreen"]
        if not lifts:
            assert again is None
            continue
        days = [lift["on"] for lift in lifts if lift and lift["on"]]
        events = [event for lift in lifts if lift for event in lift["when"]]
        assert again["on"] == max(days, default=None)
        assert sorted(again["when"]) == sorted(set(events))
        assert again["by_review_only"] == any(
            lift is None or not (lift["on"] or lift["when"]) for lift in lifts
        )


def test_the_earliest_session_follows_from_verdict_and_rescreening(many: list[Screened]) -> None:
    for _, assessment in many:
        again = assessment["rescreen"]
        in_the_way = [
            f for f in assessment["findings"] if f["level"] in ("contraindication", "referral")
        ]
        in_the_way += [rule for rule in assessment["undecided"] if rule["level"] in DECISIVE]
        expected = None
        if assessment["verdict"] in ("eligible", "eligible_with_precautions"):
            expected = assessment["screened_on"]
        elif assessment["verdict"] == "deferred" and not again["when"] and not in_the_way:
            expected = again["on"]
        assert assessment["plan"]["earliest_session_on"] == expected


def test_a_date_to_come_back_lies_ahead(many: list[Screened]) -> None:
    for _, assessment in many:
        if assessment["rescreen"] and assessment["rescreen"]["on"]:
            assert assessment["rescreen"]["on"] > assessment["screened_on"]


def test_questions_stand_most_decisive_first(many: list[Screened]) -> None:
    for _, assessment in many:
        order = [VERDICTS.index(question["could_raise_to"]) for question in assessment["questions"]]
        assert order == sorted(order)


def test_a_question_stands_once(many: list[Screened]) -> None:
    for intake, assessment in many:
        asked = [(question["id"], question["path"]) for question in assessment["questions"]]
        assert len(asked) == len(set(asked)), intake


def test_every_undecided_rule_needs_an_answer(many: list[Screened], screener: Screener) -> None:
    known = set(screener.knowledge_base.questions)
    for _, assessment in many:
        for rule in assessment["undecided"]:
            assert rule["needs"], rule["rule"]
            assert set(rule["needs"]) <= known


def test_every_need_is_asked_unless_declined(many: list[Screened], screener: Screener) -> None:
    for intake, assessment in many:
        asked = {question["id"] for question in assessment["questions"]}
        needed = {need for rule in assessment["undecided"] for need in rule["needs"]}
        assert asked <= needed
        for need in needed - asked:
            assert value_at(intake, screener.knowledge_base.questions[need].path) == "declined"


def test_a_question_could_raise_to_the_strictest_rule_that_needs_it(many: list[Screened]) -> None:
    for _, assessment in many:
        for need in {question["id"] for question in assessment["questions"]}:
            levels = [rule["level"] for rule in assessment["undecided"] if need in rule["needs"]]
            raised = [q["could_raise_to"] for q in assessment["questions"] if q["id"] == need]
            assert min(raised, key=VERDICTS.index) == VERDICT_OF_LEVEL[min(levels, key=LEVELS.index)]


def test_what_was_not_understood_is_shown_as_written(many: list[Screened]) -> None:
    for intake, assessment in many:
        for item in assessment["unrecognised"]:
            entry = value_at(intake, item["path"])
            assert item["value"] == (entry["name"] if "name" in entry else entry["code"]["value"])
            assert item["why"]


@pytest.mark.parametrize("words", ["stop taking", "stop using", "stop your", "discontinue", "pause"])
def test_nobody_is_told_to_stop_a_medicine(many: list[Screened], words: str) -> None:
    told = {
        text
        for _, assessment in many
        for item in [
            *assessment["findings"],
            *assessment["care"]["before"],
            *assessment["care"]["after"],
        ]
        for text in (item.get("action", ""), item.get("because", ""), item.get("text", ""))
    }
    assert [text for text in told if words in text.lower()] == []


def test_the_same_intake_gives_the_same_bytes_from_a_new_screener(many: list[Screened]) -> None:
    fresh = Screener(load_knowledge_base())
    for intake, assessment in reversed(many[::2]):
        again = fresh.screen(make_intake(intake, date.fromisoformat(assessment["screened_on"])))
        assert json.dumps(again) == json.dumps(assessment)


def with_keys_reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: with_keys_reversed(value[key]) for key in reversed(list(value))}
    return [with_keys_reversed(item) for item in value] if isinstance(value, list) else value


def test_the_order_of_keys_does_not_count(many: list[Screened], screener: Screener) -> None:
    for intake, assessment in many:
        on = date.fromisoformat(assessment["screened_on"])
        again = screener.screen(make_intake(with_keys_reversed(intake), on))
        assert again == assessment


def test_the_order_of_entries_does_not_change_what_is_found(
    many: list[Screened], screener: Screener
) -> None:
    for intake, assessment in many:
        document = {
            key: list(reversed(value)) if isinstance(value, list) else value
            for key, value in intake.items()
        }
        again = screener.screen(make_intake(document, date.fromisoformat(assessment["screened_on"])))
        for key in ("verdict", "headline", "undecided", "plan"):
            assert again[key] == assessment[key]
        assert [f["rule"] for f in again["findings"]] == [f["rule"] for f in assessment["findings"]]
        assert [f["lifts"] for f in again["findings"]] == [f["lifts"] for f in assessment["findings"]]


def test_screening_leaves_the_intake_alone(screener: Screener, complete: dict[str, Any]) -> None:
    before = copy.deepcopy(complete)
    screener.screen(make_intake(complete, SCREENED_ON))
    assert complete == before


def emptied(value: Any) -> None:
    """Take everything out of an assessment, from the inside."""
    for inner in list(value.values() if isinstance(value, dict) else value):
        if isinstance(inner, dict | list):
            emptied(inner)
    value.clear()


def test_changing_an_assessment_does_not_change_the_next(screener: Screener) -> None:
    intake = make_intake({"intake_id": "a", "medications": [{"name": "warfarin"}]}, SCREENED_ON)
    own = Screener(load_knowledge_base())
    first = own.screen(intake)
    text = json.dumps(first)
    emptied(first)
    assert json.dumps(own.screen(intake)) == text == json.dumps(screener.screen(intake))


def test_a_refused_intake_does_not_disturb_the_next(screen: Screen, complete: dict[str, Any]) -> None:
    first = screen(complete)
    with pytest.raises(IntakeError):
        screen({**complete, "client": {"age_years": 200}})
    assert screen(complete) == first
