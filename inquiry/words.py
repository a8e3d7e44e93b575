"""Places, answers and verdicts of an intake in plain words."""

from __future__ import annotations

import json
import textwrap
from datetime import date
from typing import Any, Final

from engine import Intake, KnowledgeBase
from engine.judgement import day_in_words

VERDICTS_IN_WORDS: Final = {
    "contraindicated": "not possible (contraindicated)",
    "deferred": "has to wait (deferred)",
    "referral": "a clinician decides first (referral)",
    "incomplete": "cannot be decided yet (incomplete)",
    "eligible_with_precautions": "possible with care (eligible with precautions)",
    "eligible": "possible (eligible)",
}
WIDTH: Final = 80


def day_of_session(day: date, today: date) -> str:
    """``now`` or ``from 5 March 2027``."""
    return "now" if day == today else f"from {day_in_words(day.isoformat())}"


def name_at(intake: Intake, place: str) -> str:
    """The client's own words for an entry (``/conditions/0``); empty where it is no entry."""
    _, *steps = place.split("/")
    if len(steps) < 2 or not steps[1].isdigit():  # noqa: PLR2004 - a list and the entry's number
        return ""
    entry = intake.document[steps[0]][int(steps[1])]
    return str(entry["name"] if "name" in entry else entry["code"]["value"])


def question_at(knowledge_base: KnowledgeBase, intake: Intake, path: str) -> str:
    """The question whose answer stands at a path, without its examples, about the entry's name."""
    place = "/".join("*" if step.isdigit() else step for step in path.split("/"))
    for question in knowledge_base.questions.values():
        if question.path == place:
            first, mark, _ = question.ask.partition("?")
            return (first + mark).replace("{name}", name_at(intake, path))
    return path.rpartition("/")[2].replace("_", " ")


def value_in_words(value: Any) -> str:
    """An answer as one would say it."""
    if value == []:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(value_in_words, value))
    if isinstance(value, str):
        return value.replace("_", " ")
    return json.dumps(value, ensure_ascii=False)


def wrapped(text: str, indent: str = "", hanging: str = "  ") -> list[str]:
    """Text in lines that fit a screen."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + hanging,
        break_long_words=True, break_on_hyphens=False,
    ) or [indent]  # fmt: skip
