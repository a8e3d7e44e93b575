"""Two assessments of one client side by side: what is different, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, final

from engine import Intake, IntakeError, IntakeProblem, make_intake
from inquiry.edits import edited
from inquiry.parts import Edit


@final
class Variation(NamedTuple):
    """What a variation of an intake does to its assessment."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def differences(self) -> Iterator[str]:
        """What is different, in plain words, most important first; nothing if all is the same."""
        before, after = self.before, self.after
        if before["verdict"] != after["verdict"]:
            yield f"verdict: {_words(before['verdict'])} → {_words(after['verdict'])}"
        for key, word in (("findings", "finding"), ("undecided", "not decided")):
            yield from _listed(word, before[key], after[key], "title")
        yield from _listed("question", before["questions"], after["questions"], "ask")
        for key in ("rescreen", "plan"):
            if before[key] != after[key]:
                yield from _changed(key, before[key] or {}, after[key] or {})

    def as_json(self) -> dict[str, Any]:
        """Both assessments, and the differences in words."""
        return {
            "differences": list(self.differences()),
            "before": self.before,
            "after": self.after,
        }


def edit_of(text: str) -> Edit:
    """An edit from ``PATH=VALUE``: the value as JSON, or as it stands if it is none.

    Raises ValueError where there is no path or no ``=``.
    """
    path, equals, written = text.partition("=")
    if not equals or not path.startswith("/"):
        raise ValueError(f"{text!r} is not PATH=VALUE with a path such as /client/pregnancy")
    try:
        return path, json.loads(written)
    except (ValueError, RecursionError):  # no JSON, or more of it than an intake can hold
        return path, written


def varied(intake: Intake, edits: Sequence[Edit], on: date | None) -> Intake:
    """The intake with edits from people, checked like any intake.

    Raises :class:`~engine.errors.IntakeError` where an edit leads nowhere or gives no valid intake.
    """
    try:
        changed = edited(intake, edits, on)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        paths = ", ".join(path for path, _ in edits)
        problem = IntakeProblem("wrong-path", paths, "no such place", "a path into the intake")
        raise IntakeError([problem]) from None
    return make_intake(changed.document, changed.screened_on)


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def _listed(
    word: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], key: str
) -> Iterator[str]:
    old, new = ([item[key] for item in items] for items in (before, after))
    yield from (f"{word} gone: {item}" for item in old if item not in new)
    yield from (f"{word} new: {item}" for item in new if item not in old)


def _changed(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if _value(was) != _value(now) and key != "because":
            label = f"{name}, {key.replace('_', ' ')}"
            yield f"{label}: {_value(was)} → {_value(now)}"


def _value(value: Any) -> str:
    if not value:
        return "none"
    if isinstance(value, list):
        return "; ".join(map(_value, value))
    if isinstance(value, dict):  # such as {"min": 4, "max": 6}; open at the top: 8 or more
        low, high = value.get("min"), value.get("max")
        return f"{low} to {high}" if high is not None else f"{low} or more"
    return "yes" if value is True else str(value)
