"""An intake at the door: the schema and the checks across fields, each refusal with its place."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from case_files import read_cases
from engine import Intake, IntakeError, make_intake, read_intake
from engine.errors import MOST_PROBLEMS

ON = date(2026, 6, 15)

DATES: dict[str, Callable[[str], dict[str, Any]]] = {
    "/client/birth_date": lambda day: {"client": {"birth_date": day}},
    "/lifestyle/last_sunburn_or_tan": lambda day: {"lifestyle": {"last_sunburn_or_tan": day}},
    "/recorded_decision/on": lambda day: {"recorded_decision": {"outcome": "treated", "on": day}},
    "/conditions/0/since": lambda day: {"conditions": [{"name": "scar", "since": day}]},
    "/medications/0/stopped_on": lambda day: {"medications": [{"name": "a", "stopped_on": day}]},
    "/procedures/0/performed_on": lambda day: {"procedures": [{"name": "a", "performed_on": day}]},
}
"""Every date of an intake but ``screened_on``, and an intake that holds it."""

SAMPLE: dict[str, Any] = {
    "intake_id": "a",
    "client": {"age_years": 34},
    "treatment": {"areas": ["face"], "goals": ["scars"]},
    "conditions": [{"name": "a", "areas": ["face"], "code": {"system": "atc", "value": "A"}}],
    "medications": [{"name": "a"}],
    "procedures": [{"name": "a", "areas": ["face"]}],
    "lifestyle": {},
    "recorded_decision": {"outcome": "treated", "on": "2026-06-15"},
}
"""An intake with a place for every word of the contract."""

PARTS = ("code", "path", "found", "expected")
WORDS = [(path, word) for path, words in read_cases("intake-words").items() for word in words]


def made(document: dict[str, Any], on: date | None = ON) -> Intake:
    return make_intake({"intake_id": "a", **document}, on)


def problems_of(document: Any, on: date | None = ON) -> list[tuple[str, str]]:
    with pytest.raises(IntakeError) as raised:
        make_intake(document, on)
    return [(problem.code, problem.path) for problem in raised.value.problems]


def with_value(path: str, value: Any) -> dict[str, Any]:
    """The sample with another value at a JSON Pointer."""
    document = copy.deepcopy(SAMPLE)
    *parents, last = path.removeprefix("/").split("/")
    place: Any = document
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    place[int(last) if isinstance(place, list) else last] = value
    return document


@pytest.mark.parametrize("case", read_cases("intake-refused"), ids=lambda case: str(case["name"]))
def test_intake_is_refused_with_every_problem(case: dict[str, Any]) -> None:
    document = case["intake"] if case.get("as_it_is") else {"intake_id": "a", **case["intake"]}
    with pytest.raises(IntakeError) as raised:
        make_intake(document, ON)
    found = sorted(raised.value.problems)
    expected = sorted(case["problems"], key=lambda problem: [problem[key] for key in PARTS])
    assert [(problem.code, problem.path) for problem in found] == [
        (problem["code"], problem["path"]) for problem in expected
    ]
    for problem, words in zip(found, expected, strict=True):
        assert words["found"] in problem.found
        assert words["expected"] in problem.expected


@pytest.mark.parametrize(("path", "word"), WORDS)
def test_every_word_of_the_contract_is_accepted(path: str, word: str | int) -> None:
    assert made(with_value(path, word)).document == with_value(path, word)


@pytest.mark.parametrize(("path", "words"), read_cases("intake-words").items())
def test_no_other_word_is_accepted(path: str, words: list[str | int]) -> None:
    other = [word for word in dict.fromkeys(word for _, word in WORDS) if word not in words]
    for word in [*other, "", "Yes", "none ", "UNKNOWN", "n/a", 0, 7, True, []]:
        assert path in [place for _, place in problems_of(with_value(path, word))]


@pytest.mark.parametrize("path", DATES)
@pytest.mark.parametrize(
    "day",
    ["2026-02-30", "2025-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
     "0000-01-01"],
)  # fmt: skip
def test_a_date_that_does_not_exist_is_refused(path: str, day: str) -> None:
    with pytest.raises(IntakeError) as raised:
        made(DATES[path](day))
    (problem,) = raised.value.problems
    assert (problem.code, problem.path) == ("impossible-date", path)
    assert problem.found == f'"{day}"'
    assert problem.expected == "a date that exists, YYYY-MM-DD"


@pytest.mark.parametrize("day", ["2026-02-30", "2023-02-29", "2026-06-31"])
def test_a_screening_on_a_day_that_does_not_exist_is_refused(day: str) -> None:
    document = {"intake_id": "a", "screened_on": day}
    assert problems_of(document) == [("impossible-date", "/screened_on")]


@pytest.mark.parametrize("path", DATES)
@pytest.mark.parametrize("day", ["2026-06-16", "2027-01-01", "9999-12-31"])
def test_a_date_after_the_screening_is_refused(path: str, day: str) -> None:
    with pytest.raises(IntakeError) as raised:
        made(DATES[path](day))
    (problem,) = raised.value.problems
    assert (problem.code, problem.path) == ("date-in-future", path)
    assert problem.found == f'"{day}"'
    assert "2026-06-15" in problem.expected


@pytest.mark.parametrize("path", DATES)
@pytest.mark.parametrize("day", ["2026-06-15", "2026-06-14", "2024-02-29", "2000-02-29"])
def test_a_date_up_to_the_screening_is_accepted(path: str, day: str) -> None:
    assert made(DATES[path](day)).screened_on == ON


@pytest.mark.parametrize("path", DATES)
def test_dates_count_from_the_day_that_the_intake_says(path: str) -> None:
    document = {"intake_id": "a", "screened_on": "2026-06-10", **DATES[path]("2026-06-12")}
    assert problems_of(document) == [("date-in-future", path)]


def test_the_reference_date_stands_in_for_a_missing_day() -> None:
    assert made({}, date(2026, 3, 1)).screened_on == date(2026, 3, 1)


def test_the_day_that_the_intake_says_comes_before_the_reference_date() -> None:
    assert made({"screened_on": "2026-06-10"}, date(2030, 1, 1)).screened_on == date(2026, 6, 10)


def test_without_any_day_the_intake_is_refused() -> None:
    assert problems_of({"intake_id": "a"}, None) == [("missing-key", "")]


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("1992-06-15", "2026-06-15", 34),
        ("1992-06-16", "2026-06-15", 33),
        ("2026-06-15", "2026-06-15", 0),
        ("1905-06-16", "2026-06-15", 120),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
        ("2008-02-28", "2026-02-28", 18),
        ("2008-03-01", "2026-02-28", 17),
        ("2007-12-31", "2026-01-01", 18),
    ],
)
def test_an_age_is_in_completed_years(born: str, on: str, age: int) -> None:
    intake = made({"client": {"birth_date": born}, "screened_on": on})
    assert intake.answer("client.age_years").value == age


@pytest.mark.parametrize("age", [0, 120])
def test_an_age_at_the_edge_is_accepted(age: int) -> None:
    assert made({"client": {"age_years": age}}).answer("client.age_years").value == age


@pytest.mark.parametrize("medicine", [{}, {"status": "stopped"}])
def test_a_last_dose_goes_with_the_status_stopped(medicine: dict[str, str]) -> None:
    made({"medications": [{"name": "ibuprofen", "stopped_on": "2026-06-01", **medicine}]})


@pytest.mark.parametrize("intake_id", ["a", "x" * 128, "湿" * 128, "😀" * 128, " ", "a\nb"])
def test_an_id_has_up_to_128_characters(intake_id: str) -> None:
    assert make_intake({"intake_id": intake_id}, ON).intake_id == intake_id


@pytest.mark.parametrize("intake_id", ["x" * 129, "😀" * 129])
def test_a_longer_id_is_refused(intake_id: str) -> None:
    assert problems_of({"intake_id": intake_id}) == [("wrong-value", "/intake_id")]


@pytest.mark.parametrize("list_name", ["conditions", "medications", "procedures", "allergies"])
def test_a_name_of_white_space_is_refused_whatever_the_white_space(list_name: str) -> None:
    blank = [" ", "\t", "\n", "\r", "\x0b", "\x0c", "\x85", "\xa0", "\u2003", "\u2028"]
    accepted = []
    for name in [*blank, "".join(blank)]:
        try:
            made({list_name: [{"name": name}]})
        except IntakeError:
            continue
        accepted.append(name)
    assert accepted == []


def test_problems_of_a_list_stand_in_its_order() -> None:
    good, bad = {"name": "acne"}, {"name": ""}
    document = {"intake_id": "a", "conditions": [*[good] * 2, bad, *[good] * 7, bad]}
    assert [path for _, path in problems_of(document)] == ["/conditions/2/name", "/conditions/10/name"]


def test_problems_stand_in_the_order_of_the_document() -> None:
    document = {"intake_id": "a", "notes": 1, "client": {"pregnancy": 2, "age_years": "x"}}
    assert [path for _, path in problems_of(document)] == [
        "/notes",
        "/client/pregnancy",
        "/client/age_years",
    ]


def test_a_long_value_is_shown_cut() -> None:
    with pytest.raises(IntakeError) as raised:
        made({"client": {"pregnancy": "x" * 100_000}})
    assert len(raised.value.problems[0].found) < 100


MANY: list[tuple[str, dict[str, Any]]] = [
    ("unknown keys", {f"key {number}": number for number in range(2000)}),
    ("empty entries", {"conditions": [{}] * 2000}),
    ("nulls", {"conditions": [None] * 2000}),
    ("dates that do not exist", {"medications": [{"name": "x", "stopped_on": "2026-02-30"}] * 2000}),
]


@pytest.mark.parametrize("many", [many for _, many in MANY], ids=[name for name, _ in MANY])
def test_of_very_many_problems_the_first_are_told_and_that_there_are_more(many: dict[str, Any]) -> None:
    with pytest.raises(IntakeError) as raised:
        make_intake({"intake_id": "a", **many}, ON)
    assert len(raised.value.problems) == MOST_PROBLEMS
    assert raised.value.told()[-1] == "and more"
    few = {key: value[:50] if isinstance(value, list) else value for key, value in many.items()}
    with pytest.raises(IntakeError) as raised:
        make_intake({"intake_id": "a", **dict(list(few.items())[:50])}, ON)
    assert len(raised.value.told()) == len(raised.value.problems) == 50


def test_a_long_key_before_many_problems_takes_little_time_and_memory() -> None:
    text = b'{"intake_id": "a", "%b": [%b null]}' % (b"K" * 300_000, b"null," * 60_000)
    tracemalloc.start()
    try:
        with pytest.raises(IntakeError) as raised:
            read_intake(text, ON)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert all(len(told) < 1000 for told in raised.value.told())
    assert raised.value.problems[0].path == f"/{'K' * 300_000}/0"


def test_making_an_intake_leaves_the_document_alone() -> None:
    document = copy.deepcopy(SAMPLE)
    assert make_intake(document, ON).document == SAMPLE
    assert document == SAMPLE
