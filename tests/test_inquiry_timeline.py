"""The verdict on each coming day: exact, whatever day one looks at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.mix import realistic
from case_files import REPOSITORY
from cli import main
from engine import Intake, Screener, make_intake, read_intake
from engine.dates import Period
from inquiry.timeline import on_day, timeline

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))
TODAY = date(2026, 2, 28)


def seen(screener: Screener, intake: Intake) -> tuple[str, tuple[str, ...]]:
    own = screener.explain(intake)
    return own["verdict"], tuple(finding["rule"] for finding in own["findings"])


def day_by_day(screener: Screener, intake: Intake, months: int) -> Iterator[tuple[Any, Any]]:
    """What each single day gives, and what the timeline says about it."""
    found = timeline(screener, intake, months)
    end = Period(months, "months").after(intake.screened_on)
    day = intake.screened_on
    while day <= end:
        (interval,) = [i for i in found.intervals if i.first <= day <= i.last]
        yield (interval.verdict, interval.rules), seen(screener, on_day(intake, day))
        day += timedelta(days=1)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_day_of_an_example_is_as_screened_on_that_day(file: Path, screener: Screener) -> None:
    for said, found in day_by_day(screener, read_intake(file.read_bytes(), TODAY), 7):
        assert said == found


def test_every_day_of_generated_intakes_is_as_screened_on_that_day(screener: Screener) -> None:
    for text in islice(realistic(screener.knowledge_base, seed=7), 25):
        for said, found in day_by_day(screener, read_intake(text, TODAY), 13):
            assert said == found


def test_a_birth_date_on_29_february_turns_on_1_march(screener: Screener) -> None:
    client = {"birth_date": "2008-02-29"}
    intake = make_intake({"intake_id": "a", "screened_on": "2026-02-27", "client": client})
    found = timeline(screener, intake, 1)
    turned = [i.first for i in found.intervals if any(c.rule == "minor" for c in i.changes)]
    assert turned == [date(2026, 3, 1)]


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["timeline", *arguments])


def test_the_text_says_when_what_ends() -> None:
    file = REPOSITORY / "examples" / "botox-ten-days-ago.json"
    lines = invoke(str(file)).stdout.splitlines()
    assert lines[0].startswith("Today to ")
    assert any(line.strip().startswith("- no longer counts: ") for line in lines)
    assert all(len(line) <= 84 for line in lines)


def test_the_first_day_of_each_verdict_is_listed() -> None:
    file = REPOSITORY / "examples" / "botox-ten-days-ago.json"
    found = json.loads(invoke(str(file), "--format", "json", "--months", "6").stdout)
    first = {interval["verdict"]: interval["first"] for interval in reversed(found["intervals"])}
    assert found["first_days"] == first


def test_what_waits_for_more_than_time_is_said() -> None:
    file = REPOSITORY / "examples" / "breakout-and-cold-sore.json"
    text = invoke(str(file)).stdout
    assert "It also waits until: the breakout has cleared" in text
