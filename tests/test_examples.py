"""The intakes in examples/ give what tests/cases/examples.yaml worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from case_files import REPOSITORY, read_cases
from conftest import Assessment
from engine import Screener, read_intake
from engine.rules import VERDICTS

EXAMPLES = REPOSITORY / "examples"
CASES = {case["example"]: case for case in read_cases("examples")}
DECISIVE = {"contraindication", "deferral", "referral"}


def cases_with(key: str) -> list[Any]:
    return [pytest.param(name, case[key], id=name) for name, case in CASES.items() if key in case]


@pytest.fixture(scope="session")
def assessments(screener: Screener) -> dict[str, Assessment]:
    return {
        path.stem: screener.screen(read_intake(path.read_bytes()))
        for path in sorted(EXAMPLES.glob("*.json"))
    }


def test_every_example_has_an_expected_outcome() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.json")) == sorted(CASES)


def test_the_examples_show_every_verdict() -> None:
    assert {case["verdict"] for case in CASES.values()} == set(VERDICTS)


@pytest.mark.parametrize(("name", "expected"), cases_with("verdict"))
def test_verdict_of_an_example(name: str, expected: str, assessments: dict[str, Assessment]) -> None:
    assert assessments[name]["verdict"] == expected


@pytest.mark.parametrize(("name", "expected"), cases_with("fired"))
def test_rules_that_an_example_fires(
    name: str, expected: list[str], assessments: dict[str, Assessment]
) -> None:
    assert [finding["rule"] for finding in assessments[name]["findings"]] == expected


@pytest.mark.parametrize(("name", "expected"), cases_with("undecided"))
def test_decisive_rules_that_an_example_leaves_open(
    name: str, expected: list[str], assessments: dict[str, Assessment]
) -> None:
    waiting = assessments[name]["undecided"]
    assert [rule["rule"] for rule in waiting if rule["level"] in DECISIVE] == expected


@pytest.mark.parametrize(("name", "expected"), cases_with("rescreen"))
def test_when_an_example_is_screened_again(
    name: str, expected: dict[str, Any] | None, assessments: dict[str, Assessment]
) -> None:
    assert assessments[name]["rescreen"] == expected


@pytest.mark.parametrize(("name", "expected"), cases_with("earliest_session_on"))
def test_earliest_session_of_an_example(
    name: str, expected: str | None, assessments: dict[str, Assessment]
) -> None:
    assert assessments[name]["plan"]["earliest_session_on"] == expected
