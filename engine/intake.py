"""The intake as a frozen value: read, validated, dates checked, nothing interpreted yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain, islice
from typing import Any, Final, NamedTuple, final

from engine.dates import age_on, parse_date
from engine.errors import MOST_PROBLEMS, IntakeError, IntakeProblem
from engine.reading import document_order, read_json, shown
from engine.schemas import violations

LISTS: Final = ("conditions", "medications", "procedures", "allergies")
"""The lists of an intake; one that is absent was not asked."""

OLDEST: Final = 120
"""The highest age in completed years that an intake may hold."""

NOT_ANSWERED: Final = frozenset({"unknown", "declined"})
"""Answers that read as unknown to the rules."""

COMPUTED: Final = {"client.age_years": "birth_date"}
"""Fields that may be computed from another key of their section."""

_NO_ANSWERS: Final[dict[str, Any]] = {}
_DEFAULTS: Final = {
    "treatment.setting": "clinic",
    "treatment.needle_material": "steel",
    "treatment.phase": "series",
    "treatment.goals": (),
    "treatment.areas": (),
}


@final
class Answer(NamedTuple):
    """What an intake says about one field.

    ``value`` is ``None`` when the field is unknown; ``said`` is the value as written at ``path``
    (``None`` if nothing stands there): an age may be computed from a birth date.
    """

    path: str
    value: Any
    said: Any = None

    @property
    def declined(self) -> bool:
        """Whether the client did not want to say."""
        return bool(self.said == "declined")


@final
class Intake(NamedTuple):
    """One valid intake and the day on which it is screened."""

    document: dict[str, Any]
    screened_on: date

    @property
    def intake_id(self) -> str:
        """The clinic's own name for this intake."""
        name: str = self.document["intake_id"]
        return name

    @property
    def has_notes(self) -> bool:
        """Whether there is free text, which no rule reads."""
        return bool(self.document.get("notes", "").strip())

    def entries(self, list_name: str) -> list[dict[str, Any]] | None:
        """The entries of one of :data:`LISTS`; ``None`` when it was not asked."""
        return self.document.get(list_name)

    def answer(self, field: str) -> Answer:
        """The answer to a field such as ``client.pregnancy``; ages are computed."""
        section, key, path = _place(field)
        part = self.document.get(section, _NO_ANSWERS)
        if field == "client.age_years" and "birth_date" in part:
            born = date.fromisoformat(part["birth_date"])
            return Answer("/client/birth_date", age_on(born, self.screened_on), part["birth_date"])
        if key not in part:
            return Answer(path, _DEFAULTS.get(field))
        said = part[key]
        unknown = isinstance(said, str) and said in NOT_ANSWERED
        return Answer(path, None if unknown else said, said)


@cache
def _place(field: str) -> tuple[str, str, str]:
    section, key = field.split(".")
    return section, key, f"/{section}/{key}"


def read_intake(data: bytes, on: date | None = None) -> Intake:
    """Read one intake from JSON text.

    ``on`` is the reference date for an intake without ``screened_on``. Raises
    :class:`~engine.errors.IntakeError` with the problems found.
    """
    return _validated(read_json(data), on)


def make_intake(document: Any, on: date | None = None) -> Intake:
    """Make an intake from parsed JSON (see :func:`read_intake`); ``document`` is copied."""
    try:
        return read_intake(json.dumps(document).encode(), on)
    except (TypeError, ValueError, RecursionError) as error:
        raise IntakeError([IntakeProblem("malformed-json", "", str(error), "JSON values")]) from None


def _validated(document: Any, on: date | None) -> Intake:
    problems = [
        IntakeProblem(violation.code, violation.pointer, violation.found, violation.expected)
        for violation in violations("intake", document, MOST_PROBLEMS + 1)
    ]
    if problems:
        raise IntakeError(problems)
    try:
        screened_on = parse_date(document["screened_on"]) if "screened_on" in document else on
    except ValueError:
        raise IntakeError([_impossible("/screened_on", document["screened_on"])]) from None
    if screened_on is None:
        raise IntakeError(
            [IntakeProblem("missing-key", "", 'no "screened_on"', "a date, or a reference date")]
        )
    found = chain(_date_problems(document, screened_on), _stopped_on_problems(document))
    problems = list(islice(found, MOST_PROBLEMS + 1))
    if problems:
        raise IntakeError(sorted(problems, key=lambda p: document_order(document, p.path)))
    return Intake(document, screened_on)


def _dates(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    client = document.get("client", {})
    if "birth_date" in client:
        yield "/client/birth_date", client["birth_date"]
    sun = document.get("lifestyle", {}).get("last_sunburn_or_tan", "none")
    if sun != "none" and sun not in NOT_ANSWERED:
        yield "/lifestyle/last_sunburn_or_tan", sun
    if "recorded_decision" in document:
        yield "/recorded_decision/on", document["recorded_decision"]["on"]
    for list_name in LISTS:
        for index, entry in enumerate(document.get(list_name, ())):
            for key in ("since", "stopped_on", "performed_on"):
                if key in entry:
                    yield f"/{list_name}/{index}/{key}", entry[key]


def _date_problems(document: dict[str, Any], screened_on: date) -> Iterator[IntakeProblem]:
    for path, text in _dates(document):
        try:
            day = parse_date(text)
        except ValueError:
            yield _impossible(path, text)
            continue
        if day > screened_on:
            yield IntakeProblem(
                "date-in-future", path, shown(text), f"a date up to the screening on {screened_on}"
            )
        elif path == "/client/birth_date" and age_on(day, screened_on) > OLDEST:
            yield IntakeProblem("out-of-range", path, shown(text), f"an age of at most {OLDEST} years")


def _stopped_on_problems(document: dict[str, Any]) -> Iterator[IntakeProblem]:
    for index, entry in enumerate(document.get("medications", ())):
        status = entry.get("status", "stopped")
        if "stopped_on" in entry and status != "stopped":
            yield IntakeProblem(
                "contradiction",
                f"/medications/{index}/stopped_on",
                f"stopped_on beside the status {shown(status)}",
                "the status stopped, or no stopped_on",
            )


def _impossible(path: str, text: str) -> IntakeProblem:
    return IntakeProblem("impossible-date", path, shown(text), "a date that exists, YYYY-MM-DD")
