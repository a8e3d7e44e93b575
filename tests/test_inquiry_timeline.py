"""The verdict on each coming day: exact, whatever day one looks at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings

from case_files import REPOSITORY
from cli import main
from engine import Intake, Screener, make_intake, read_intake
from engine.dates import Period
from inquiry.timeline import Timeline, on_day, timeline
from inquiry.timeline_text import as_text
from intakes import IntakeDict, intakes

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))
TODAY = date(2026, 2, 28)
CHEMOTHERAPY = {"name": "chemotherapy", "status": "stopped"}


def seen(screener: Screener, intake: Intake) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The verdict, the rules that fired, and those that wait for answers."""
    own = screener.explain(intake)
    rules = [tuple(item["rule"] for item in own[key]) for key in ("findings", "undecided")]
    return own["verdict"], rules[0], rules[1]


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def check_every_day(screener: Screener, intake: Intake, months: int) -> None:
    """Screening every single day gives what the timeline says, and it changes where that changes."""
    found = timeline(screener, intake, months)
    end = Period(months, "months").after(intake.screened_on)
    assert (found.intervals[0].first, found.intervals[-1].last) == (intake.screened_on, end)
    last: list[Any] = []
    for interval in found.intervals:
        inside = {seen(screener, on_day(intake, day)) for day in days(interval.first, interval.last)}
        assert len(inside) == 1, "nothing changes inside an interval"
        ((verdict, rules, waiting),) = inside
        assert (verdict, rules) == (interval.verdict, interval.rules)
        now = [verdict, rules, waiting, interval.only_when]
        assert now != last, "neighbours differ"
        last = now
    for before, after in pairwise(found.intervals):
        assert after.first == before.last + timedelta(days=1)
        check_changes(before.rules, after.rules, after.changes)


def check_changes(before: Any, after: Any, changes: Any) -> None:
    """The changes account for every rule that stopped or started to count."""
    ended = {change.rule for change in changes if change.what in ("ends", "opens")}
    began = {change.rule for change in changes if change.what == "begins"}
    assert set(before) - set(after) <= ended
    assert set(after) - set(before) == began
    assert not ended & set(after)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_day_of_an_example_is_as_screened_on_that_day(file: Path, screener: Screener) -> None:
    check_every_day(screener, read_intake(file.read_bytes(), TODAY), 12)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=intakes())
@example({"intake_id": "a", "screened_on": "9999-12-01", "client": {"birth_date": "9985-02-28"}})
@example({"intake_id": "a", "screened_on": "2024-02-29", "client": {"birth_date": "2006-02-28"}})
def test_every_day_of_an_odd_intake_is_as_screened_on_that_day(
    screener: Screener, document: IntakeDict
) -> None:
    check_every_day(screener, make_intake(document), 7)


def intake_of(screened_on: str, **parts: Any) -> Intake:
    return make_intake({"intake_id": "a", "screened_on": screened_on, **parts})


def turned(found: Timeline, rule: str) -> list[tuple[date, str]]:
    """When a rule changes, and how."""
    return [(i.first, c.what) for i in found.intervals for c in i.changes if c.rule == rule]


@pytest.mark.parametrize(
    ("born", "birthday"),
    [("2008-02-29", date(2026, 3, 1)), ("2008-02-28", date(2026, 2, 28))],
)
def test_the_eighteenth_birthday_ends_one_rule_and_begins_another(
    screener: Screener, born: str, birthday: date
) -> None:
    found = timeline(screener, intake_of("2026-02-27", client={"birth_date": born}), 1)
    assert turned(found, "minor") == [(birthday, "ends")]
    assert turned(found, "age-under-22") == [(birthday, "begins")]


def test_months_end_with_the_month(screener: Screener) -> None:
    peel = {"name": "filler", "performed_on": "2025-08-31"}
    found = timeline(screener, intake_of("2026-02-01", procedures=[peel]), 2)
    assert turned(found, "recent-filler") == [(date(2026, 2, 28), "ends")]


def test_an_age_given_as_a_number_does_not_grow_and_that_is_said_where_it_matters(
    screener: Screener,
) -> None:
    for age, months, matters in ((17, 12, True), (20, 12, False), (20, 13, True), (40, 120, False)):
        found = timeline(screener, intake_of("2026-02-27", client={"age_years": age}), months)
        assert len(found.intervals) == 1
        assert found.age_stands_still is matters, (age, months)


def test_what_a_finding_waits_for_besides_its_date_stays_a_condition(screener: Screener) -> None:
    treated = {**CHEMOTHERAPY, "stopped_on": "2026-02-20"}
    found = timeline(screener, intake_of("2026-02-27", medications=[treated]), 12)
    before, after = found.intervals
    assert before.only_when == ()
    assert after.first == date(2026, 3, 20)
    assert after.only_when == ("the oncologist agrees",)
    assert "the oncologist agrees" in found.waits_for


def test_a_window_that_ends_beside_a_missing_date_leaves_a_question(screener: Screener) -> None:
    procedures = [{"name": "filler", "performed_on": "2026-02-20"}, {"name": "filler"}]
    found = timeline(screener, intake_of("2026-02-27", procedures=procedures), 12)
    assert turned(found, "recent-filler") == [(date(2026, 8, 20), "opens")]
    assert any(
        "filler" in question.lower() or "when" in question.lower() for question in found.questions
    )


def test_a_declined_answer_is_not_a_question_but_stays_open(screener: Screener) -> None:
    found = timeline(screener, intake_of("2026-02-27", lifestyle={"smoking": "declined"}), 1)
    assert "Smokes" in found.declined


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["timeline", *arguments])


def example_file(name: str) -> str:
    return str(REPOSITORY / "examples" / f"{name}.json")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_text_fits_a_screen(file: Path, screener: Screener) -> None:
    for months in (1, 12, 120):
        lines = list(as_text(timeline(screener, read_intake(file.read_bytes(), TODAY), months)))
        assert len(lines) <= 40
        assert max(map(len, lines)) <= 80
        assert "".join(lines).isascii(), "the bar shows on any terminal"


def test_the_text_says_when_what_ends() -> None:
    lines = invoke(example_file("botox-ten-days-ago")).stdout.splitlines()
    assert lines[0] == "Today to 19 November 2026: has to wait (deferred)"
    assert "  - Botulinum toxin in the area within the last two weeks no longer counts" in lines
    assert "First possible (eligible): 6 February 2027" in lines


def test_a_verdict_that_holds_only_if_more_happens_never_stands_alone() -> None:
    lines = invoke(example_file("after-breast-cancer")).stdout.splitlines()
    assert "  ! only if this is so too: the oncologist agrees" in lines
    assert "First possible (eligible): 25 November 2026 (only if: the oncologist agrees)" in lines
    bar = next(line for line in lines if line.startswith("#"))
    assert "=" not in bar
    assert bar.endswith("!")


def test_a_short_wait_is_not_lost_in_the_bar_of_a_long_time() -> None:
    lines = invoke(example_file("botox-ten-days-ago"), "--months", "120").stdout.splitlines()
    assert any(line.startswith("#+") for line in lines)


def test_first_days_repeat_the_condition() -> None:
    found = json.loads(invoke(example_file("after-breast-cancer"), "--format", "json").stdout)
    assert found["first_days"] == {
        "deferred": {"on": "2026-11-16", "only_when": []},
        "eligible": {"on": "2026-11-25", "only_when": ["the oncologist agrees"]},
    }
    assert found["intervals"][1]["changes"][0]["what"] == "ends"


def test_what_waits_for_more_than_time_is_said() -> None:
    text = invoke(example_file("breakout-and-cold-sore")).stdout
    assert "it waits until the breakout has cleared" in text


@pytest.mark.parametrize("months", ["0", "121", "x"])
def test_months_are_1_to_120(months: str) -> None:
    assert invoke(example_file("first-visit"), "--months", months).exit_code == 2
