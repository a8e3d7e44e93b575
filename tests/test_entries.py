"""What a client's words and codes are taken to mean: names, codes, routes, places, denials."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest

from case_files import read_cases
from conftest import Assessment, Screen
from engine import IntakeError, make_intake
from outcomes import outcome_of

NAMES = read_cases("names")
OUTCOMES = ("fired", "undecided", "ruled_out")
THERE_NOW = {"conditions": {"status": "active"}, "medications": {}, "procedures": {}, "allergies": {}}


def writings(key: str) -> list[tuple[str, str, str]]:
    return [
        (list_name, name["means"], written)
        for list_name, names in NAMES.items()
        for name in names
        for written in name[key]
    ]


def understood(screen: Screen, list_name: str, name: str) -> dict[str, Any]:
    """What an entry of one name leads to, whatever is shown of the name itself."""
    assessment = screen({list_name: [{"name": name, **THERE_NOW[list_name]}]})
    return {
        "fired": [finding["rule"] for finding in assessment["findings"]],
        "undecided": [rule["rule"] for rule in assessment["undecided"]],
        "means": [item["means"] for finding in assessment["findings"] for item in finding["evidence"]],
        "unrecognised": len(assessment["unrecognised"]),
    }


@pytest.mark.parametrize(("list_name", "means", "written"), writings("written"))
def test_a_name_is_read_however_it_is_written(
    screen: Screen, list_name: str, means: str, written: str
) -> None:
    as_in_vocabulary = understood(screen, list_name, means)
    assert as_in_vocabulary["unrecognised"] == 0
    assert understood(screen, list_name, written) == as_in_vocabulary


@pytest.mark.parametrize(("list_name", "means", "written"), writings("not"))
def test_a_name_is_never_matched_by_similarity(
    screen: Screen, list_name: str, means: str, written: str
) -> None:
    assert understood(screen, list_name, written) != understood(screen, list_name, means)


@pytest.mark.parametrize("case", read_cases("entries"), ids=lambda case: str(case["name"]))
def test_an_entry_means(screen: Screen, case: Mapping[str, Any]) -> None:
    assessment = screen(case["given"])
    expected = {rule: outcome for outcome in OUTCOMES for rule in case.get(outcome, ())}
    assert {rule: outcome_of(rule, assessment) for rule in expected} == expected
    reasons = {item["path"]: item["why"] for item in assessment["unrecognised"]}
    assert list(reasons) == list(case.get("unrecognised", {}))
    for path, why in case.get("unrecognised", {}).items():
        assert why in reasons[path]
    for path, means in case.get("evidence", {}).items():
        assert means in " ".join(evidence_at(assessment, path))
    for path, names in case.get("suggests", {}).items():
        assert set(names) <= set(suggestions_at(assessment, path))


def evidence_at(assessment: Assessment, path: str) -> list[str]:
    return [
        item["means"]
        for finding in assessment["findings"]
        for item in finding["evidence"]
        if item["path"] == path
    ]


def suggestions_at(assessment: Assessment, path: str) -> list[str]:
    return [
        name
        for item in assessment["unrecognised"]
        for name in item["suggestions"]
        if item["path"] == path
    ]


@pytest.mark.parametrize("list_name", ["conditions", "medications", "procedures", "allergies"])
@pytest.mark.parametrize("name", ["psoriassis", "Coumadine", "micronedling", "lattex", "flarp", "?!"])
def test_suggestions_are_names_of_the_same_list(screen: Screen, list_name: str, name: str) -> None:
    (item,) = screen({list_name: [{"name": name}]})["unrecognised"]
    assert len(item["suggestions"]) <= 3
    for suggestion in item["suggestions"]:
        assert screen({list_name: [{"name": suggestion}]})["unrecognised"] == []


def test_an_unrecognised_entry_is_shown_with_its_own_words(screen: Screen) -> None:
    words = "  Some THING\twith ünusual signs; “really”  "
    (item,) = screen({"conditions": [{"name": "acne"}, {"name": words}]})["unrecognised"]
    assert (item["path"], item["value"]) == ("/conditions/1", words)


def test_an_unrecognised_code_is_shown_as_written(screen: Screen) -> None:
    entry = {"code": {"system": "icd-10", "value": "x99.9 "}}
    (item,) = screen({"conditions": [entry]})["unrecognised"]
    assert (item["path"], item["value"]) == ("/conditions/0", "x99.9 ")


def test_unrecognised_entries_stand_in_the_order_of_the_lists(screen: Screen) -> None:
    unknown = {"name": "flarp"}
    document = {
        "allergies": [unknown],
        "procedures": [unknown],
        "medications": [unknown],
        "conditions": [*[{"name": "acne"}] * 2, unknown, *[{"name": "acne"}] * 7, unknown],
    }
    assert [item["path"] for item in screen(document)["unrecognised"]] == [
        "/conditions/2",
        "/conditions/10",
        "/medications/0",
        "/procedures/0",
        "/allergies/0",
    ]


@pytest.mark.parametrize("list_name", ["procedures", "allergies"])
def test_no_advice_is_given_that_the_intake_refuses(screen: Screen, list_name: str) -> None:
    """A status is refused on a procedure and on an allergy, so none is advised there."""
    entry = {"name": "no known reactions"}
    with pytest.raises(IntakeError):
        make_intake({"intake_id": "a", list_name: [{**entry, "status": "absent"}]})
    (item,) = screen({list_name: [entry]})["unrecognised"]
    assert '"status": "absent"' not in item["why"]


@pytest.mark.parametrize(
    "name",
    [
        "a" + " " * 15_000 + "b",
        "a" + "(,;-" * 4_000 + "b",
        "in remission " * 1_500 + "b",
        "family " * 2_000,
        "history of " * 1_500,
    ],
    ids=["spaces", "punctuation", "remission", "family", "history"],
)
def test_a_long_name_is_read_promptly(screen: Screen, name: str) -> None:
    began = time.monotonic()
    screen({"conditions": [{"name": name}]})
    assert time.monotonic() - began < 2


def test_a_meaning_does_not_depend_on_what_was_screened_before(screen: Screen) -> None:
    entry = {"name": "Efudex", "route": "oral"}
    first = understood(screen, "medications", "Efudex")
    screen({"medications": [entry], "conditions": [{"name": "Efudex"}]})
    assert understood(screen, "medications", "Efudex") == first


def test_the_words_of_clients_are_not_kept(screen: Screen) -> None:
    screen({"conditions": [{"name": "a first word"}]})
    tracemalloc.start()
    for number in range(20):
        screen({"conditions": [{"name": f"{number} {'x' * 500_000}"}]})
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2_000_000
