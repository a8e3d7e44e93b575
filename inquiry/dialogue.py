"""Questions and answers in words: what is read out, what may be typed, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from engine import Intake, KnowledgeBase
from engine.dates import parse_date
from engine.intake import LISTS
from engine.normalising import Normaliser
from engine.schemas import load_schema
from inquiry.edits import END_OF_LIST
from inquiry.interview import DECLINED, UNKNOWN
from inquiry.next_questions import NextQuestion
from inquiry.words import VERDICTS_IN_WORDS, value_in_words

NONE: Final = frozenset({"none", "nothing", "no", "nil"})
AREAS_AFTER: Final = "@"
_SEVERAL_AREAS: Final = ","
_WITH_AREAS: Final = ("conditions", "procedures")


@final
class Choice(NamedTuple):
    """An answer that may be picked by its number: the value, and what it means."""

    value: Any
    means: str


@final
class NotAnAnswerError(ValueError):
    """What was typed answers nothing; the text says what would."""


def choices_of(question: NextQuestion) -> list[Choice]:
    """The answers to pick from; none where a date, a number or a list is asked for."""
    return [
        Choice(option["const"], option["description"])
        for option in _schema_at(question.path).get("oneOf", ())
        if "const" in option and option["const"] not in (UNKNOWN, DECLINED)
    ]


def asks_for_list(question: NextQuestion) -> bool:
    """Whether the answer is a whole list of entries."""
    return question.path.removeprefix("/") in LISTS


def hint(question: NextQuestion) -> str:
    """What may be typed."""
    if asks_for_list(question):
        where = question.path.removeprefix("/") in _WITH_AREAS
        return "one a line, an empty line at the end; “none” if there is nothing" + (
            "; where on the body after an @: acne @ back, chest" if where else ""
        )
    schema = _schema_at(question.path)
    if schema.get("type") == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    if choices_of(question):
        dated = len(schema["oneOf"]) > len(_all_words(schema))
        return "a number or a word" + (", or a date such as 2026-03-31" if dated else "")
    return "a date such as 2026-03-31"


def value_of(typed: str, question: NextQuestion) -> Any:
    """What was typed as a value for the intake. Raises NotAnAnswerError."""
    schema = _schema_at(question.path)
    typed = typed.strip()
    if schema.get("type") == "integer":
        if _is_number(typed) and schema["minimum"] <= int(typed) <= schema["maximum"]:
            return int(typed)
        raise NotAnAnswerError(hint(question))
    choices = choices_of(question)
    if _is_number(typed) and 1 <= int(typed) <= len(choices):
        return choices[int(typed) - 1].value
    for choice in choices:
        if typed.casefold().replace(" ", "_") == str(choice.value):
            return choice.value
    try:
        parse_date(typed)
    except ValueError:
        raise NotAnAnswerError(hint(question)) from None
    return typed


def _is_number(typed: str) -> bool:
    return re.fullmatch(r"[0-9]{1,4}", typed) is not None


def entry_of(typed: str, list_name: str) -> dict[str, Any]:
    """A line of a list as an entry: a name, and after ``@`` the areas where the list has them."""
    name, _, areas = typed.partition(AREAS_AFTER) if list_name in _WITH_AREAS else (typed, "", "")
    entry: dict[str, Any] = {"name": name.strip()}
    if areas.strip():
        entry["areas"] = [
            area.strip().replace(" ", "_").casefold() for area in areas.split(_SEVERAL_AREAS)
        ]
    return entry


def not_understood(
    entry: Mapping[str, Any], list_name: str, intake: Intake, knowledge_base: KnowledgeBase
) -> str:
    """Why an entry is not understood, with the closest names; empty if it is."""
    alone = Intake({list_name: [dict(entry)]}, intake.screened_on)
    for read in Normaliser(knowledge_base.vocabulary).entries(alone):
        if read.unrecognised is not None:
            close = ", ".join(read.unrecognised.suggestions)
            return read.unrecognised.why + (f"; did you mean {close}?" if close else "")
    return ""


def reason(question: NextQuestion) -> str:
    """Why a question is asked: the rationale, and what each kind of answer would do."""
    parts = []
    for prospect in question.prospects:
        answer = "the worst that could be said" if prospect.answer is None else ""
        answer = answer or f"“{value_in_words(prospect.answer)}”"
        then = VERDICTS_IN_WORDS[prospect.verdict] + (", settled" if prospect.settles else "")
        parts.append(f"{answer}: {then}")
    return f"{question.why} What answers would do: {'; '.join(parts)}."


def _all_words(schema: Mapping[str, Any]) -> Sequence[str]:
    return [option["const"] for option in schema.get("oneOf", ()) if "const" in option]


def _schema_at(path: str) -> Mapping[str, Any]:
    """The part of the intake's schema that a path leads to."""
    whole = load_schema("intake")
    schema: Mapping[str, Any] = whole
    for step in path[1:].split("/"):
        schema = _resolved(schema, whole)
        schema = schema["items"] if step.isdigit() or step == END_OF_LIST else schema["properties"][step]
    return _resolved(schema, whole)


def _resolved(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "")
    if not reference.startswith("#/$defs/"):
        return schema
    found: Mapping[str, Any] = whole["$defs"][reference.removeprefix("#/$defs/")]
    return found
