"""Where an atom turns: the last day inside a window, the place next to the treated one, the last age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final

from curation.proving.sight import AWAY, TREATED, first_outside
from engine.answer_tests import Between, Within
from engine.atoms import IN, Answered, Atom, Began, Done, Stopped, list_of
from engine.dates import Period
from engine.references import answer_fields

DAY_OF: Final = {"conditions": "since", "medications": "stopped_on", "procedures": "performed_on"}
"""The key of an entry that a time window counts from, by list."""

Named = tuple[str, dict[str, Any]]


def edges(atom: Atom, situation: Mapping[str, Any], today: date) -> Iterator[Named]:
    """Variants of a situation in which the atom holds, on each side of where it turns, named."""
    window = _window(atom)
    if window is not None:
        yield from _sides(atom, window, situation, today)
        yield from _undated(atom, situation)
    if getattr(atom, "site", "") == IN:
        yield from _away(atom, situation)
    if isinstance(atom, Answered) and isinstance(atom.test, Between):
        yield from _numbers(atom.field, atom.test, situation)


def _window(atom: Atom) -> Period | None:
    match atom:
        case Stopped(_, within) | Began(_, within, _) | Done(_, within, _):
            return within
        case Answered(_, Within(period)):
            return period
        case _:
            return None


def _sides(atom: Atom, window: Period, situation: Mapping[str, Any], today: date) -> Iterator[Named]:
    outside = first_outside(today, window)
    for day, side in ((outside + timedelta(days=1), "last day inside"), (outside, "first day outside")):
        document = deepcopy(dict(situation))
        yield f"{_put_day(document, atom, day)}, {side} the {window}", document


def _put_day(document: dict[str, Any], atom: Atom, day: date) -> str:
    """Put a day where the window counts from; what it is about, in words."""
    if isinstance(atom, Answered):
        section, key = atom.field.split(".")
        document.setdefault(section, {})[key] = day.isoformat()
        return key.replace("_", " ")
    entries = [entry for entry in _entries(atom, document) if _day_key(atom) in entry]
    for entry in entries:
        entry[_day_key(atom)] = day.isoformat()
    return _names(entries)


def _undated(atom: Atom, situation: Mapping[str, Any]) -> Iterator[Named]:
    if isinstance(atom, Answered):
        return
    document = deepcopy(dict(situation))
    entries = _entries(atom, document)
    for entry in entries:
        entry.pop(_day_key(atom), None)
    yield f"{_names(entries)}, day not said", document


def _away(atom: Atom, situation: Mapping[str, Any]) -> Iterator[Named]:
    document = deepcopy(dict(situation))
    document.setdefault("treatment", {})["areas"] = [TREATED]
    entries = _entries(atom, document)
    for entry in entries:
        entry["areas"] = [AWAY]
    yield f"{_names(entries)}, away from the treated area", document


def _numbers(field: str, test: Between, situation: Mapping[str, Any]) -> Iterator[Named]:
    section, key = field.split(".")
    for number in (test.low - 1, test.low, test.high, test.high + 1):
        if number in answer_fields()[field].values:
            document = deepcopy(dict(situation))
            document.setdefault(section, {})[key] = number
            yield f"{key.removesuffix('_years').replace('_', ' ')} {number}", document


def _entries(atom: Atom, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document[str(list_of(atom))]
    return found


def _day_key(atom: Atom) -> str:
    return DAY_OF[str(list_of(atom))]


def _names(entries: list[dict[str, Any]]) -> str:
    return " and ".join(str(entry["name"]) for entry in entries)
