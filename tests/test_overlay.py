"""An overlay adds a clinic's own rules; examples/overlay/ is one to copy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY, read_yaml
from cli import main
from conftest import Screen
from engine import KnowledgeBase, Screener, load_knowledge_base, make_intake
from engine.dates import parse_date
from outcomes import outcome_of

OVERLAY = REPOSITORY / "examples" / "overlay"
RULE = "recent-dental-anaesthesia"
(WRITTEN,) = read_yaml(OVERLAY / "rules" / "dental.yaml")


@pytest.fixture(scope="session")
def extended() -> KnowledgeBase:
    return load_knowledge_base(overlays=[OVERLAY])


def test_overlay_adds_its_rule_and_takes_none_away(screener: Screener, extended: KnowledgeBase) -> None:
    assert set(extended.rules) == {*screener.knowledge_base.rules, RULE}


def test_overlay_shows_in_the_digest(screener: Screener, extended: KnowledgeBase) -> None:
    shipped = screener.knowledge_base
    assert (extended.id, extended.version) == (shipped.id, shipped.version)
    assert extended.digest != shipped.digest


@pytest.mark.parametrize("example", WRITTEN["examples"], ids=lambda example: str(example["name"]))
def test_example_of_the_overlays_rule(example: dict[str, Any], extended: KnowledgeBase) -> None:
    on = parse_date(extended.examples_on)
    assessment = Screener(extended).screen(make_intake({"intake_id": "example", **example["given"]}, on))
    assert outcome_of(RULE, assessment) == example["expect"]


def test_without_the_overlay_its_procedure_is_unrecognised(
    complete: dict[str, Any], screen: Screen
) -> None:
    assessment = screen({**complete, "procedures": [{"name": "dental injection"}]})
    assert [finding["rule"] for finding in assessment["findings"]] == ["unrecognised-entry"]


def test_command_line_screens_with_an_overlay(complete: dict[str, Any]) -> None:
    today = [{"name": "Dental injection", "performed_on": complete["screened_on"]}]
    arguments = ["screen", "--format", "json", "--overlay", str(OVERLAY)]
    done = CliRunner().invoke(main, arguments, input=json.dumps({**complete, "procedures": today}))
    assert (done.exit_code, done.stderr) == (0, "")
    assert [finding["rule"] for finding in json.loads(done.stdout)["findings"]] == [RULE]
