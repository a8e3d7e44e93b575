"""The knowledge base says what the clinical policy says: every rule, and every rule at its edges.

The tables were typed from the policy (tests/cases/policy.yaml, tests/cases/edges.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from typing import Any

import pytest

from case_files import read_cases
from conftest import Assessment, Screen
from engine import Screener
from outcomes import outcome_of

POLICY = read_cases("policy")
RULES = {rule["id"]: rule for rule in POLICY["rules"]}
EDGES = read_cases("edges")

EVER = {"active", "controlled", "resolved"}
PRESENT = {"active", "controlled"}
STATUSES = ("active", "controlled", "resolved", "absent", "unknown", "not given")
SITES = {
    "in": ({"areas": ["face"]}, {"areas": ["cheeks"]}),
    "elsewhere": ({"areas": ["face"]}, {"areas": ["legs"]}),
    "entry does not say": ({"areas": ["face"]}, {}),
    "intake does not say": ({"areas": []}, {"areas": ["legs"]}),
}
MEDICINE_STATUSES = ("current", "not given", "stopped", "stopped today", "absent", "unknown")
ROUTES = ("oral", "injected", "topical", "inhaled", "nasal", "eye", "not given")


def with_changes(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an intake with other answers; lists are replaced whole."""
    changed = deepcopy(dict(base))
    for key, value in changes.items():
        changed[key] = {**changed[key], **value} if isinstance(value, dict) else value
    return changed


def without(intake: dict[str, Any], unasked: list[str]) -> dict[str, Any]:
    """An intake in which some questions were not asked."""
    for name in unasked:
        section, _, key = name.partition(".")
        if key:
            del intake[section][key]
        else:
            del intake[section]
    return intake


def lifts_of(assessment: Assessment, rule: str) -> Any:
    return next(finding["lifts"] for finding in assessment["findings"] if finding["rule"] == rule)


def test_the_knowledge_base_holds_exactly_the_rules_of_the_policy(screener: Screener) -> None:
    assert sorted(screener.knowledge_base.rules) == sorted(RULES)


def test_the_policy_has_77_rules() -> None:
    assert len(POLICY["rules"]) == len(RULES) == 77


@pytest.mark.parametrize("rule_id", RULES)
def test_rule_has_the_level_of_the_policy(rule_id: str, screener: Screener) -> None:
    assert screener.knowledge_base.rules[rule_id].level == RULES[rule_id]["level"]


@pytest.mark.parametrize("rule_id", RULES)
def test_rule_ends_as_the_policy_says(rule_id: str, screener: Screener) -> None:
    lifting = screener.knowledge_base.rules[rule_id].lifting
    found = {
        "events": [lifting.event] if lifting.event else [],
        "while": [event for _, event in lifting.while_holding],
        "dated": lifting.by_date,
    }
    assert found == {"events": [], "while": [], "dated": False, **RULES[rule_id].get("lifts", {})}


READS = [(rule_id, rule["reads"]) for rule_id, rule in RULES.items() if "reads" in rule]
MATRIX = [
    pytest.param(rule_id, reads, status, site, id=f"{rule_id}-{status}-{site}")
    for (rule_id, reads), status, site in product(READS, STATUSES, SITES)
]


def expected_outcome(statuses: Any, wanted_site: str, status: str, site: str) -> str:
    """The outcome by the policy's own words for statuses and sites."""
    is_elsewhere = site == "elsewhere"
    if (wanted_site == "in" and is_elsewhere) or (wanted_site == "elsewhere" and not is_elsewhere):
        return "ruled_out"
    if status == "absent":
        return "ruled_out"
    if status in ("unknown", "not given"):
        return "fired" if statuses in ("ever", "reported") else "undecided"
    wanted = {"ever": EVER, "present": PRESENT, "reported": PRESENT}.get(str(statuses)) or set(statuses)
    return "fired" if status in wanted else "ruled_out"


@pytest.mark.parametrize(("rule_id", "reads", "status", "site"), MATRIX)
def test_a_condition_counts_by_its_status_and_its_site(
    rule_id: str,
    reads: dict[str, Any],
    status: str,
    site: str,
    complete: dict[str, Any],
    screen: Screen,
) -> None:
    treatment, areas = SITES[site]
    entry = {"name": reads["name"], **areas}
    if status != "not given":
        entry["status"] = status
    intake = with_changes(with_changes(complete, reads.get("with", {})), {"treatment": treatment})
    intake["conditions"] = [entry]
    assert outcome_of(rule_id, screen(intake)) == expected_outcome(
        reads["statuses"], reads["site"], status, site
    )


NEEDS_LONGER = [
    pytest.param(name, status, site, id=f"{name}-{status}-{site}")
    for name, status, site in product(("eczema", "rosacea", "psoriasis"), STATUSES, SITES)
]


@pytest.mark.parametrize(("name", "status", "site"), NEEDS_LONGER)
def test_the_interval_is_longer_while_eczema_rosacea_or_psoriasis_may_be_present(
    name: str, status: str, site: str, complete: dict[str, Any], screen: Screen
) -> None:
    treatment, areas = SITES[site]
    entry = {"name": name, **areas} | ({} if status == "not given" else {"status": status})
    intake = with_changes(complete, {"treatment": treatment, "conditions": [entry]})
    over = status in ("resolved", "absent")
    weeks = {"min": 4, "max": 6} if over else {"min": 8, "max": None}
    assert screen(intake)["plan"]["interval_weeks"] == weeks


def expected_membership(case: Mapping[str, Any], route: str) -> str:
    if route == "not given":
        return str(case["usual"])
    return "yes" if route in case["routes"] else "no"


MEDICINES = [
    pytest.param(case, route, id=f"{case['rule']}-{case['name']}-{route}")
    for case, route in product(POLICY["medicines"], ROUTES)
]
OUTCOME = {"yes": "fired", "no": "ruled_out", "unknown": "undecided"}


@pytest.mark.parametrize(("case", "route"), MEDICINES)
@pytest.mark.parametrize(
    "status", ["current", "not given", "stopped", "stopped today", "absent", "unknown"]
)
def test_a_medicine_counts_by_its_status_and_its_route(
    case: dict[str, Any], route: str, status: str, complete: dict[str, Any], screen: Screen
) -> None:
    entry = {"name": case["name"]}
    if route != "not given":
        entry["route"] = route
    if status == "stopped today":
        entry["stopped_on"] = complete["screened_on"]
    elif status != "not given":
        entry["status"] = status
    member = expected_membership(case, route)
    if status == "absent" or member == "no":
        expected = "ruled_out"
    elif status in ("current", "not given"):
        expected = OUTCOME[member]
    elif status == "unknown":
        expected = "undecided"
    elif not case.get("looks_back"):
        expected = "ruled_out"
    else:
        expected = OUTCOME[member] if status == "stopped today" else "undecided"
    assert outcome_of(case["rule"], screen({**complete, "medications": [entry]})) == expected


def windowed(case: Mapping[str, Any], day: str | None, **extra: Any) -> dict[str, Any]:
    """The list of an intake that holds one entry of a window's case."""
    if "procedure" in case:
        dated = {"performed_on": day} if day else {}
        return {"procedures": [{"name": case["procedure"], **dated, **extra}]}
    if "condition" in case:
        return {"conditions": [{"name": case["condition"], "since": day, **extra}]}
    dated = {"stopped_on": day} if day else {"status": "stopped"}
    return {"medications": [{"name": case["medicine"], **dated, **extra}]}


WINDOWS = [
    pytest.param(case, id=f"{case['rule']}-{case.get('medicine') or case['procedure']}")
    for case in POLICY["windows"]
]
WINDOWS_OF_PROCEDURES = [param for param in WINDOWS if "procedure" in param.values[0]]  # type: ignore[operator]


@pytest.mark.parametrize("case", WINDOWS)
def test_a_window_holds_on_its_last_day(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    base = with_changes(complete, case.get("with", {}))
    assessment = screen({**base, **windowed(case, case["last_day_in"])})
    assert outcome_of(case["rule"], assessment) == "fired"
    lifts = lifts_of(assessment, case["rule"])
    assert (lifts and lifts["on"]) == case.get("lifts_on")


@pytest.mark.parametrize("case", WINDOWS)
def test_a_window_is_over_on_the_first_day_after_it(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    base = with_changes(complete, case.get("with", {}))
    assessment = screen({**base, **windowed(case, case["first_day_out"])})
    assert outcome_of(case["rule"], assessment) == "ruled_out"


@pytest.mark.parametrize("case", WINDOWS)
def test_a_day_that_is_not_known_leaves_a_window_open(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    base = with_changes(complete, case.get("with", {}))
    assert outcome_of(case["rule"], screen({**base, **windowed(case, None)})) == "undecided"


@pytest.mark.parametrize("case", WINDOWS_OF_PROCEDURES)
def test_a_procedure_elsewhere_counts_only_where_the_site_does_not_matter(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    base = with_changes(complete, case.get("with", {}))
    assessment = screen({**base, **windowed(case, case["last_day_in"], areas=["legs"])})
    expected = "fired" if case.get("site") == "any" else "ruled_out"
    assert outcome_of(case["rule"], assessment) == expected


@pytest.mark.parametrize("case", WINDOWS_OF_PROCEDURES)
def test_procedures_that_were_not_asked_leave_a_window_open(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    intake = without(with_changes(complete, case.get("with", {})), ["procedures"])
    assert outcome_of(case["rule"], screen(intake)) == "undecided"


MONTH_ENDS = [
    pytest.param(case, id=f"{case['rule']}-{case['on']}-{case['lifts_on']}")
    for case in POLICY["month_ends"]
]


@pytest.mark.parametrize("case", MONTH_ENDS)
def test_months_are_counted_to_the_last_day_of_a_shorter_month(
    case: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    held = screen({**complete, **windowed(case, case["on"]), "screened_on": case["last_day_in"]})
    assert lifts_of(held, case["rule"])["on"] == case["lifts_on"]
    over = screen({**complete, **windowed(case, case["on"]), "screened_on": case["lifts_on"]})
    assert outcome_of(case["rule"], over) == "ruled_out"


@pytest.fixture
def edge(request: pytest.FixtureRequest, complete: dict[str, Any], screen: Screen) -> Assessment:
    """One case of tests/cases/edges.yaml, screened."""
    case = request.param
    return screen(without(with_changes(complete, case.get("given", {})), case.get("unasked", [])))


def edges_with(key: str) -> list[Any]:
    return [pytest.param(case, case[key], id=case["name"]) for case in EDGES if key in case]


@pytest.mark.parametrize(("edge", "expected"), edges_with("expect"), indirect=["edge"])
def test_outcome_at_an_edge(edge: Assessment, expected: dict[str, str]) -> None:
    assert {rule: outcome_of(rule, edge) for rule in expected} == expected


@pytest.mark.parametrize(("edge", "expected"), edges_with("lifts"), indirect=["edge"])
def test_end_at_an_edge(edge: Assessment, expected: dict[str, Any]) -> None:
    assert {rule: lifts_of(edge, rule) for rule in expected} == expected


@pytest.mark.parametrize(("edge", "expected"), edges_with("weeks"), indirect=["edge"])
def test_interval_at_an_edge(edge: Assessment, expected: list[int | None]) -> None:
    assert list(edge["plan"]["interval_weeks"].values()) == expected


def test_every_case_at_an_edge_expects_something() -> None:
    empty = [case["name"] for case in EDGES if not {"expect", "weeks"} & set(case)]
    assert empty == []
