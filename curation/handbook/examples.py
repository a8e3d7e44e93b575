"""What is known in an example beside a rule, in words that a clinician reads without a file format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, final

from curation.showing.layout import ROUTES
from engine.judgement import day_in_words

OUTCOMES: Final = {
    "fired": "The rule fires",
    "concluded": "It is concluded",
    "ruled_out": "The rule is ruled out",
    "undecided": "It stays undecided",
}
_ANSWERS: Final = {
    "unknown": "not known",
    "declined": "not answered (declined)",
    "not_applicable": "does not apply",
}
_BEFORE_ANSWERS: Final = {"areas": "area", "age_years": "aged", "birth_date": "born on"}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@final
class Example(NamedTuple):
    """The author's name for an example, and what is known in it, one line a part of the intake."""

    name: str
    known: tuple[str, ...]


def examples_by_outcome(examples: Iterable[Mapping[str, Any]]) -> dict[str, list[Example]]:
    """The examples under the words for their outcome, what fires first."""
    found: dict[str, list[Example]] = {outcome: [] for outcome in OUTCOMES}
    for example in examples:
        told = Example(example["name"], tuple(_known(example["given"])))
        found.setdefault(example["expect"], []).append(told)
    return {OUTCOMES.get(outcome, outcome): told for outcome, told in found.items() if told}


def _known(given: Mapping[str, Any]) -> Iterator[str]:
    """What an intake says, part by part; what it leaves out is not known."""
    if not given:
        yield "Nothing was asked."
    for part, value in given.items():
        if isinstance(value, list):
            entries = "; ".join(_entry(entry) for entry in value)
            yield f"{_plain(part)}: {entries or 'none'}"
        elif isinstance(value, Mapping):
            yield f"{_plain(part)}: {'; '.join(_answer(key, said) for key, said in value.items())}"
        else:
            yield f"{_plain(part)}: {_value(value)}"


def _entry(entry: Any) -> str:
    """One condition, medicine, procedure or allergy as it would be written on a form."""
    if not isinstance(entry, Mapping):
        return _value(entry)
    code = entry.get("code")
    named = entry.get("name") or (f"{code['system'].upper()} {code['value']}" if code else "an entry")
    said = [_answer(key, value) for key, value in entry.items() if key not in ("name", "code")]
    return ", ".join([named, *said])


def _answer(key: str, value: Any) -> str:
    if key == "status":
        return "status not known" if value == "unknown" else _value(value)
    if key == "route":
        return ROUTES.get(value, _value(value))
    return f"{_BEFORE_ANSWERS.get(key, key.replace('_', ' '))} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    text = str(value)
    if _DAY.fullmatch(text):
        return day_in_words(text)
    return _ANSWERS.get(text, text.replace("_", " "))


def _plain(part: str) -> str:
    return part.replace("_", " ").capitalize()
