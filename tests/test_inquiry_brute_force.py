"""What inquiry claims about 500 intakes (see :mod:`thorough`), against trying out and screening."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import combinations, islice
from typing import Any

import orjson
import pytest

from benchmarks.mix import realistic
from engine import Intake, Screener
from engine.intake import LISTS
from engine.rules import VERDICTS
from inquiry.edits import edited
from inquiry.inquirer import Inquirer
from inquiry.next_questions import next_questions
from inquiry.parts import Edit, Part
from inquiry.reasons import minimal_reasons
from inquiry.settled import range_of
from inquiry.what_if import ways_out
from thorough import drawn

COUNT = drawn(500)
FEW = drawn(100)
TRIES = 15
NEVER = ("/client/pregnancy", "/client/age_years", "/client/birth_date")


@pytest.fixture(scope="module")
def inquirer(screener: Screener) -> Inquirer:
    return Inquirer(screener)


@cache
def intakes(screener: Screener) -> list[Intake]:
    """Intakes of a clinic with some answers, lists and parts of entries taken away."""
    draw = random.Random(11)
    found = []
    for text in islice(realistic(screener.knowledge_base, seed=11), COUNT):
        document = orjson.loads(text)
        for section in ("client", "treatment", "lifestyle"):
            for key in list(document.get(section, ())):
                if draw.random() < 0.12 and key != "areas":
                    del document[section][key]
        for name in LISTS:
            if draw.random() < 0.06:
                document.pop(name, None)
            for entry in document.get(name, ()):
                for key in ("status", "performed_on", "since"):
                    if draw.random() < 0.15 and "stopped_on" not in entry:
                        entry.pop(key, None)
        found.append(Intake(document, date.fromisoformat(document["screened_on"])))
    return found


def severity(inquirer: Inquirer, intake: Intake) -> int:
    return VERDICTS.index(inquirer.screener.explain(intake)["verdict"])


def alphabet(inquirer: Inquirer, part: Part) -> list[list[Edit]]:
    """What may be said where a part is open; a list may also hold any one entry."""
    said = [list(option.edits) for option in part.options]
    if part.kind == "list":
        name = part.place[1:]
        said.extend(
            [(part.place, [dict(ingredient.raw)])]
            for ingredient in inquirer.possibilities.ingredients
            if ingredient.list_name == name
        )
    return said


def completions(
    inquirer: Inquirer, intake: Intake, parts: list[Part], draw: random.Random, tries: int
) -> Iterator[Intake]:
    """Random answers to what is open, everything at once."""
    words = [alphabet(inquirer, part) for part in parts if part.is_open]
    for _ in range(tries):
        yield edited(intake, [edit for said in words for edit in draw.choice(said)])


def test_no_answers_lead_out_of_the_range_and_some_lead_to_its_ends(inquirer: Inquirer) -> None:
    draw = random.Random(1)
    for intake in intakes(inquirer.screener):
        span = range_of(inquirer, intake)
        low, high = VERDICTS.index(span.strictest), VERDICTS.index(span.mildest)
        assert VERDICTS[severity(inquirer, intake)] == span.now
        parts = inquirer.parts(intake)
        for other in completions(inquirer, intake, parts, draw, 4):
            assert low <= severity(inquirer, other) <= high
        open_parts = [part for part in parts if part.is_open]
        if span.strictest != span.now:
            alone = (edited(intake, said) for part in open_parts for said in alphabet(inquirer, part))
            reached = any(severity(inquirer, other) == low for other in alone)
            assert reached, (span, intake.document)
        only_open = [p if p.is_open else p._replace(options=(p.now,)) for p in parts]
        changes = inquirer.situations.least_changes(only_open, high, len(parts))
        assert changes is not None
        best = edited(intake, [edit for option in changes.values() for edit in option.edits])
        assert severity(inquirer, best) == high


def kept(intake: Intake, statements: frozenset[str]) -> dict[str, Any]:
    """Only what the statements say."""
    document: dict[str, Any] = {"intake_id": "kept", "client": {}, "treatment": {}, "lifestyle": {}}
    areas = intake.document.get("treatment", {}).get("areas")
    if areas:
        document["treatment"]["areas"] = areas
    for place in statements:
        _, section, *rest = place.split("/")
        if section not in LISTS:
            key = rest[0]
            if key == "age_years" and "birth_date" in intake.document["client"]:
                key = "birth_date"
            if key in intake.document.get(section, {}):
                document[section][key] = intake.document[section][key]
        elif not rest:
            document[section] = intake.document[section]
    for place in sorted(statements):
        _, section, *rest = place.split("/")
        if section in LISTS and rest and f"/{section}" not in statements:
            document.setdefault(section, []).append(intake.document[section][int(rest[0])])
    return document


def filled(
    inquirer: Inquirer, intake: Intake, statements: frozenset[str], draw: random.Random
) -> Intake:
    """The statements, and anything else that could be said."""
    document = copy.deepcopy(kept(intake, statements))
    for field, choices in inquirer.possibilities.choices.items():
        section, key = field.split(".")
        if f"/{section}/{key}" not in statements:
            value = draw.choice(choices).value
            if value is not None:
                document[section][key] = value
    for name in LISTS:
        if f"/{name}" not in statements and (name in document or draw.random() < 0.8):
            usable = [i for i in inquirer.possibilities.ingredients if i.list_name == name]
            more = draw.sample(usable, draw.randint(0, 2)) if usable else []
            document.setdefault(name, []).extend(dict(ingredient.raw) for ingredient in more)
    return Intake(document, intake.screened_on)


def test_a_minimal_reason_forces_the_verdict_whatever_else_is_said(inquirer: Inquirer) -> None:
    draw = random.Random(2)
    forced = 0
    for intake in intakes(inquirer.screener):
        for statements in minimal_reasons(inquirer, intake).sets[:2]:
            forced += 1
            for _ in range(3):
                other = filled(inquirer, intake, statements, draw)
                assert severity(inquirer, other) == severity(inquirer, intake), other.document
    assert forced > COUNT / 4


def worst_entries(inquirer: Inquirer) -> dict[str, list[dict[str, Any]]]:
    """For each list one entry that by itself leads to each verdict."""
    found: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in LISTS}
    for ingredient in inquirer.possibilities.ingredients:
        document = {
            "intake_id": "a",
            "treatment": {"areas": ["face"]},
            ingredient.list_name: [dict(ingredient.raw)],
        }
        verdict = severity(inquirer, Intake(document, inquirer.sight.on))
        found[ingredient.list_name].setdefault(verdict, dict(ingredient.raw))
    return {name: list(by_verdict.values()) for name, by_verdict in found.items()}


def otherwise(
    inquirer: Inquirer,
    intake: Intake,
    statements: frozenset[str],
    worst: dict[str, list[dict[str, Any]]],
) -> Iterator[Intake]:
    """The statements alone, with the rest as mild as can be, and with an entry or one or two answers."""
    alone = Intake(kept(intake, statements), intake.screened_on)
    yield alone
    yield from plainly(inquirer, alone, statements)
    for name in LISTS:
        if f"/{name}" not in statements:
            yield from (edited(alone, [(f"/{name}/-", raw)]) for raw in worst[name])
    answers = [
        ("/" + field.replace(".", "/"), choice.value)
        for field, choices in inquirer.possibilities.choices.items()
        for choice in choices
        if choice.value is not None and "/" + field.replace(".", "/") not in statements
    ]
    yield from (edited(alone, [answer]) for answer in answers)
    yield from (edited(alone, pair) for pair in combinations(answers, 2))


def plainly(inquirer: Inquirer, intake: Intake, statements: frozenset[str]) -> Iterator[Intake]:
    """Everything that was not stated, so that the verdict is the mildest of all."""
    parts = [
        part if part.is_open or part.place not in statements else part._replace(options=(part.now,))
        for part in inquirer.parts(intake)
    ]
    for goal in reversed(range(len(VERDICTS))):
        changes = inquirer.situations.least_changes(parts, goal, len(parts))
        if changes is not None:
            yield edited(intake, [edit for option in changes.values() for edit in option.edits])
            return


def test_a_minimal_reason_says_nothing_that_is_not_needed(inquirer: Inquirer) -> None:
    worst = worst_entries(inquirer)
    left_out = 0
    for intake in intakes(inquirer.screener)[:FEW]:
        now = severity(inquirer, intake)
        for statements in minimal_reasons(inquirer, intake).sets[:1]:
            for statement in sorted(statements):
                others = otherwise(inquirer, intake, statements - {statement}, worst)
                assert any(severity(inquirer, other) != now for other in others), (
                    statement,
                    statements,
                    intake.document,
                )
                left_out += 1
    assert left_out > FEW


def test_every_way_out_screens_as_claimed_and_no_shorter_one_does(inquirer: Inquirer) -> None:
    for intake in intakes(inquirer.screener)[:FEW]:
        now = severity(inquirer, intake)
        known = {part.place for part in inquirer.parts(intake) if not part.is_open}
        if intake.answer("client.pregnancy").value == "possible":
            known.discard("/client/pregnancy")  # a test can rule it out
        for way in ways_out(inquirer, intake):
            goal = VERDICTS.index(way.verdict)
            edits = [edit for step in way.steps for edit in step.edits]
            assert severity(inquirer, edited(intake, edits, way.on)) == goal > now
            assert not {step.place for step in way.steps} & known & set(NEVER)
            for step in way.steps:
                fewer = [edit for other in way.steps if other != step for edit in other.edits]
                assert severity(inquirer, edited(intake, fewer, way.on)) < goal


def test_every_answer_to_the_next_question_does_what_is_said(inquirer: Inquirer) -> None:
    for intake in intakes(inquirer.screener)[:FEW]:
        parts = inquirer.parts(intake)
        for question in next_questions(inquirer, intake):
            part = next(p for p in parts if f"{question.path}/".startswith(f"{p.place}/"))
            verdicts = {
                VERDICTS[severity(inquirer, edited(intake, said))] for said in alphabet(inquirer, part)
            }
            assert {prospect.verdict for prospect in question.prospects} <= verdicts


def test_what_is_not_asked_any_more_changes_nothing(inquirer: Inquirer) -> None:
    draw = random.Random(4)
    for intake in intakes(inquirer.screener)[:FEW]:
        asked = {question.path for question in next_questions(inquirer, intake)}
        parts = inquirer.parts(intake)
        for question in inquirer.assess(intake)["questions"]:
            if question["path"] in asked:
                continue
            part = next((p for p in parts if f"{question['path']}/".startswith(f"{p.place}/")), None)
            if part is None:
                continue
            others = [other for other in parts if other is not part]
            for other in completions(inquirer, intake, others, draw, 2):
                words = alphabet(inquirer, part)
                said = draw.sample(words, min(len(words), TRIES))
                verdicts = {severity(inquirer, edited(other, edits)) for edits in said}
                assert len(verdicts) == 1, question
