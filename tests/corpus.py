"""Every intake at hand: of examples/, of the knowledge base's own examples, and of these tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from case_files import REPOSITORY, read_cases
from engine import KnowledgeBase, Screener, make_intake


class Screened(NamedTuple):
    """An intake with its assessment."""

    intake: dict[str, Any]
    assessment: dict[str, Any]


def documents(knowledge_base: KnowledgeBase) -> Iterator[dict[str, Any]]:
    """The intakes as they are written, each with an id."""
    for path in sorted((REPOSITORY / "examples").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))
    examples = [e for rule in knowledge_base.rules.values() for e in rule.examples]
    examples += [e for conclusion in knowledge_base.conclusions.values() for e in conclusion.examples]
    yield from ({"intake_id": "rule", **example["given"]} for example in examples)
    yield from ({"intake_id": "entry", **case["given"]} for case in read_cases("entries"))


def screen_all(screener: Screener) -> list[Screened]:
    """All of them, screened; those without a date on the day of the knowledge base's examples."""
    knowledge_base = screener.knowledge_base
    on = date.fromisoformat(knowledge_base.examples_on)
    intakes = [make_intake(document, on) for document in documents(knowledge_base)]
    return [Screened(intake.document, screener.screen(intake)) for intake in intakes]
