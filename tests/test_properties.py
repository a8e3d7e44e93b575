"""What holds for every intake, tried on generated ones (tests/intakes.py).

Where a property has an exception by policy, the exception stands in the test and says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conftest import SCREENED_ON
from curation.proving.sight import Sight
from engine import Screener, load_knowledge_base, make_intake, render_text
from engine.atoms import Answered, Has, Taking
from engine.conditions import Leaf, leaves
from engine.dates import parse_date
from engine.intake import LISTS
from engine.normalising import Normaliser
from engine.rules import VERDICTS
from engine.schemas import violations
from engine.truth import CODES
from intakes import (
    AREAS,
    CLASSES,
    KNOWLEDGE_BASE,
    IntakeDict,
    days_up_to,
    entries,
    intakes,
    one_thing_twice,
    recognised_names,
    screened_day,
    words,
)

Assessment = dict[str, Any]
repeatable = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # `complete` is only read
)

LAST_DAY: Final = "9999-12-31"
ORDINARY_DAYS: Final = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@pytest.fixture(scope="module")
def assess(screener: Screener) -> Any:
    def run(intake: Mapping[str, Any]) -> Assessment:
        return screener.screen(make_intake(intake))

    return run


def fired(assessment: Assessment) -> set[str]:
    return {finding["rule"] for finding in assessment["findings"]}


def strictness(assessment: Assessment) -> int:
    """Higher is stricter."""
    return -VERDICTS.index(assessment["verdict"])


def at(document: Any, path: str) -> Any:
    """The value at a JSON Pointer."""
    for part in path.split("/")[1:]:
        document = document[int(part) if isinstance(document, list) else part]
    return document


def with_answer(intake: IntakeDict, path: str, value: Any) -> IntakeDict:
    """A copy of an intake with a value put at a JSON Pointer."""
    answered = deepcopy(intake)
    inside: Any = answered
    *parents, key = path.split("/")[1:]
    for part in parents:
        inside = inside[int(part)] if isinstance(inside, list) else inside.setdefault(part, {})
    inside[key] = value
    return answered


def with_entry(intake: IntakeDict, list_name: str, index: int, entry: IntakeDict) -> IntakeDict:
    """A copy of an intake with one more entry, put in front of the one at ``index``."""
    changed = deepcopy(intake)
    changed[list_name].insert(index, entry)
    return changed


# The assessment itself


@repeatable
@given(intakes())
def test_an_assessment_follows_its_schema(assess: Any, intake: IntakeDict) -> None:
    assert violations("assessment", assess(intake)) == []


@repeatable
@given(intakes())
def test_evidence_stands_at_its_path(assess: Any, intake: IntakeDict) -> None:
    for finding in assess(intake)["findings"]:
        for item in finding["evidence"]:
            assert at(intake, item["path"]) == item["value"]


@repeatable
@given(intakes())
def test_an_unrecognised_entry_stands_at_its_path(assess: Any, intake: IntakeDict) -> None:
    for item in assess(intake)["unrecognised"]:
        entry = at(intake, item["path"])
        assert item["value"] in (entry.get("name"), entry.get("code", {}).get("value"))


@repeatable
@given(intakes())
def test_each_step_of_a_derivation_rests_on_the_intake_or_on_steps_before_it(
    assess: Any, intake: IntakeDict
) -> None:
    for finding in assess(intake)["findings"]:
        before: set[str] = set()
        for step in finding["derivation"]:
            if step["step"] == "observed":
                for path in step["from"]:
                    at(intake, path)
            else:
                assert set(step["from"]) <= before
            before.add(step["fact"])
        assert finding["derivation"][-1]["fact"] == finding["rule"]


@repeatable
@given(intakes())
def test_no_question_is_asked_twice(assess: Any, intake: IntakeDict) -> None:
    asked = [(question["id"], question["path"]) for question in assess(intake)["questions"]]
    assert len(asked) == len(set(asked))


@repeatable
@given(intakes())
def test_every_undecided_rule_has_something_to_ask(assess: Any, intake: IntakeDict) -> None:
    assessment = assess(intake)
    known = KNOWLEDGE_BASE.questions
    for undecided in assessment["undecided"]:
        assert undecided["needs"]
        assert set(undecided["needs"]) <= set(known)


@repeatable
@given(intakes())
def test_the_intake_is_left_as_it_was(assess: Any, intake: IntakeDict) -> None:
    before = json.dumps(intake)
    assess(intake)
    assert json.dumps(intake) == before


@repeatable
@given(intakes())
def test_every_assessment_can_be_read_by_people(assess: Any, intake: IntakeDict) -> None:
    text = render_text(assess(intake), details=True)
    assert text.isprintable() or set(filter(lambda c: not c.isprintable(), text)) == {"\n"}


# Order


def renamed(assessment: Assessment, moved: Mapping[str, str]) -> Any:
    """An assessment with its entries renumbered, and what follows their order put in one order."""

    def rename(path: str) -> str:
        head = "/".join(path.split("/")[:3])
        return moved[head] + path[len(head) :] if head in moved else path

    changed = deepcopy(assessment)
    for finding in changed["findings"]:
        for item in finding["evidence"]:
            item["path"] = rename(item["path"])
            if isinstance(item["value"], list):  # goals, as they were written
                item["value"] = sorted(item["value"])
        finding["evidence"].sort(key=json.dumps)
        for step in finding["derivation"]:
            step["from"] = sorted(map(rename, step["from"]))
    for key in ("questions", "unrecognised"):
        for item in changed[key]:
            item["path"] = rename(item["path"])
        changed[key].sort(key=json.dumps)
    changed["indications"].sort(key=json.dumps)
    return changed


@repeatable
@given(intakes(), st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(assess: Any, intake: IntakeDict, chance: Any) -> None:
    shuffled = deepcopy(intake)
    moved: dict[str, str] = {}
    for list_name in LISTS:
        places = list(range(len(intake.get(list_name, []))))
        chance.shuffle(places)
        if list_name in intake:
            shuffled[list_name] = [intake[list_name][place] for place in places]
        moved |= {f"/{list_name}/{now}": f"/{list_name}/{then}" for now, then in enumerate(places)}
    assert renamed(assess(shuffled), moved) == renamed(assess(intake), {})


@repeatable
@given(intakes(), st.randoms(use_true_random=False))
def test_the_order_of_keys_areas_and_goals_does_not_matter(
    assess: Any, intake: IntakeDict, chance: Any
) -> None:
    shuffled = _shuffled_keys(intake, chance)
    for part in [shuffled.get("treatment", {}), *shuffled.get("conditions", [])]:
        for key in {"areas", "goals"} & set(part):
            chance.shuffle(part[key])
    assume(not _several_areas_named(intake))  # "face and neck" is said as it was written
    assert renamed(assess(shuffled), {}) == renamed(assess(intake), {})


def _shuffled_keys(value: Any, chance: Any) -> Any:
    if isinstance(value, list):
        return [_shuffled_keys(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    items = list(value.items())
    chance.shuffle(items)
    return {key: _shuffled_keys(item, chance) for key, item in items}


def _several_areas_named(intake: IntakeDict) -> bool:
    listed = (entry for name in LISTS for entry in intake.get(name, []))
    return any(len(entry.get("areas", [])) > 1 for entry in listed)


@repeatable
@given(intakes(asked=LISTS), st.data())
def test_an_entry_said_twice_changes_no_rule(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    full = [name for name in LISTS if intake[name]]
    assume(full)
    list_name = data.draw(st.sampled_from(full))
    entry = data.draw(st.sampled_from(intake[list_name]))
    twice = assess(with_entry(intake, list_name, 0, deepcopy(entry)))
    once = assess(intake)
    assert fired(twice) == fired(once)
    assert twice["undecided"] == once["undecided"]
    assert twice["rescreen"] == once["rescreen"]


@repeatable
@given(st.sampled_from(LISTS), st.data())
def test_two_entries_of_one_thing_add_up_in_any_order(
    assess: Any, complete: IntakeDict, list_name: str, data: st.DataObject
) -> None:
    """The stronger one counts: one that is there now, beside one that is not known to be."""
    one, other = data.draw(one_thing_twice(list_name, SCREENED_ON))
    both = assess({**complete, list_name: [one, other]})
    turned = assess({**complete, list_name: [other, one]})
    alone = [assess({**complete, list_name: [entry]}) for entry in (one, other)]
    assert fired(both) == fired(turned) == fired(alone[0]) | fired(alone[1])
    assert both["verdict"] == turned["verdict"] == max(alone, key=strictness)["verdict"]


# Adverse additions


@repeatable
@given(intakes(asked=LISTS), st.sampled_from(LISTS), st.data())
def test_one_more_entry_never_makes_the_verdict_milder(
    assess: Any, intake: IntakeDict, list_name: str, data: st.DataObject
) -> None:
    """Any entry, also a denied or an unrecognised one; in a list that was asked.

    An entry in a list that was not asked is no addition: it says that the list is complete.
    """
    entry = data.draw(entries(list_name, screened_day(intake)))
    place = data.draw(st.integers(0, len(intake[list_name])))
    more = with_entry(intake, list_name, place, entry)
    assert strictness(assess(more)) >= strictness(assess(intake))


ADVERSE: Final[Mapping[str, Sequence[Any]]] = {
    "/client/pregnancy": ("no", "possible", "yes"),
    "/client/breastfeeding": ("no", "yes"),
    "/client/skin_sensitivity": ("normal", "sensitive", "very_sensitive"),
    "/client/fitzpatrick_type": (3, 4),
    "/client/age_years": (22, 21, 17),
    "/treatment/setting": ("clinic", "home"),
    "/treatment/device": ("pen", "radiofrequency"),
    "/treatment/needle_material": ("other", "steel"),
    "/treatment/goals": ([], ["deep_scars"]),
    "/lifestyle/alcohol": ("occasional", "frequent"),
    "/lifestyle/smoking": ("no", "yes"),
}
"""Answers, mildest first."""


@repeatable
@given(intakes(), st.sampled_from(sorted(ADVERSE)))
def test_an_adverse_answer_never_makes_the_verdict_milder(
    assess: Any, intake: IntakeDict, path: str
) -> None:
    intake.get("client", {}).pop("birth_date", None)
    ladder = [strictness(assess(with_answer(intake, path, value))) for value in ADVERSE[path]]
    assert ladder == sorted(ladder)


@repeatable
@given(intakes(asked=["conditions"]), st.data())
def test_a_worse_status_never_makes_the_verdict_milder(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    """Denied, over, quiet, there now: one entry, from mild to bad."""
    entry = data.draw(entries("conditions", screened_day(intake)))
    ladder = [
        strictness(assess(with_entry(intake, "conditions", 0, {**entry, "status": status})))
        for status in ("absent", "resolved", "controlled", "active")
    ]
    assert ladder == sorted(ladder)


@repeatable
@given(intakes(asked=["medications"]), st.data())
def test_a_medicine_that_is_taken_is_never_milder_than_one_that_was_stopped(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    day = screened_day(intake)
    entry = data.draw(entries("medications", day))
    stopped = {**entry, "status": "stopped", "stopped_on": data.draw(days_up_to(day))}
    current = {key: value for key, value in entry.items() if key != "stopped_on"} | {"status": "current"}
    denied = {**current, "status": "absent"}
    ladder = [
        strictness(assess(with_entry(intake, "medications", 0, state)))
        for state in (denied, stopped, current)
    ]
    assert ladder == sorted(ladder)


@repeatable
@given(intakes(), st.sampled_from(AREAS))
def test_one_more_treated_area_never_makes_the_verdict_milder(
    assess: Any, intake: IntakeDict, area: str
) -> None:
    """When areas were said: no areas at all means that everything counts as treated."""
    areas = intake.get("treatment", {}).get("areas") or ["face"]
    some = with_answer(intake, "/treatment/areas", areas)
    more = with_answer(intake, "/treatment/areas", [*areas, area])
    assert strictness(assess(more)) >= strictness(assess(some))


@repeatable
@given(intakes(asked=["procedures"]), st.data())
def test_a_more_recent_procedure_is_never_milder(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    day = screened_day(intake)
    entry = data.draw(entries("procedures", day))
    earlier, later = sorted((data.draw(days_up_to(day)), data.draw(days_up_to(day))))
    ladder = [
        strictness(assess(with_entry(intake, "procedures", 0, {**entry, "performed_on": when})))
        for when in (earlier, later)
    ]
    assert ladder == sorted(ladder)


# Answers to open questions


def _rules_reading(statuses: str) -> set[str]:
    return {
        rule.id
        for rule in KNOWLEDGE_BASE.rules.values()
        for leaf in leaves(rule.condition)
        if isinstance(leaf, Leaf) and isinstance(leaf.atom, Has) and leaf.atom.status == statuses
    }


TAKEN_BACK_WHEN_OVER: Final = _rules_reading("reported") | {
    rule.id
    for rule in KNOWLEDGE_BASE.rules.values()
    for leaf in leaves(rule.condition)
    if isinstance(leaf, Leaf) and isinstance(leaf.atom, Taking)
}
"""POLICY: an entry of unknown status counts as reported (and as taking, for what implies it);
once it is said to be over, it no longer does."""


def answers(question: Mapping[str, str], intake: IntakeDict) -> st.SearchStrategy[Any]:
    """Definite answers to a question of an assessment."""
    name, day = question["id"], screened_day(intake)
    if name in LISTS:
        return st.lists(entries(name, day), max_size=2)
    if name in _DATES:
        return days_up_to(day)
    if name in _ANSWERS:
        return _ANSWERS[name]
    section, key = question["path"].split("/")[1:]
    definite = [word for word in words(section, key) if word not in ("unknown", "declined")]
    return st.sampled_from(definite)


_DATES: Final = ("condition-since", "medication-stopped-on", "procedure-date", "sunburn-or-tan")
_ANSWERS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "age": st.integers(0, 120),
    "fitzpatrick-type": st.integers(1, 6),
    "condition-status": st.sampled_from(["active", "controlled", "resolved"]),
    "diabetes-control": st.just("controlled"),
    "medication-status": st.sampled_from(["current", "stopped", "absent"]),
    "medication-route": st.sampled_from(["oral", "injected", "topical", "inhaled", "nasal", "eye"]),
}


def answered(intake: IntakeDict, question: Mapping[str, str], answer: Any) -> IntakeDict:
    """A copy of an intake with an answer where the question says that it belongs.

    A place ``/-/`` is an entry still to be made: a medicine with its last day, to which the
    condition that said that it is over gives way.
    """
    if "/-/" not in question["path"]:
        return with_answer(intake, question["path"], answer)
    list_name, key = question["path"][1:].split("/-/")
    implying = next(
        entry
        for entry in Normaliser(KNOWLEDGE_BASE.vocabulary).entries(make_intake(intake))
        if entry.concept is not None and entry.concept.implies_taking and entry.said in question["ask"]
    )
    assert implying.concept is not None
    medicine = KNOWLEDGE_BASE.vocabulary.concepts[implying.concept.implies_taking[0]].label
    changed = deepcopy(intake)
    changed.setdefault(list_name, []).append({"name": medicine, key: answer})
    del changed["conditions"][int(implying.path.rpartition("/")[2])]
    return changed


SIGHT: Final = Sight(KNOWLEDGE_BASE)


@repeatable
@given(intakes())
def test_what_an_entry_says_is_what_each_atom_hears_of_it(intake: IntakeDict) -> None:
    """Whatever is remembered of entries like it, and however old it is."""
    read = make_intake(intake)
    for entry in SIGHT.normaliser.entries(read):
        if entry.concept is None or entry.unrecognised is not None:
            continue
        heard = {}
        for place, _, atom in SIGHT.observer.bearings_on(entry.list_name, entry.concept.id):
            assert not isinstance(atom, Answered)
            judgement = atom.judge(entry, read.screened_on, KNOWLEDGE_BASE.vocabulary)
            if judgement is not None:
                heard[place] = CODES[judgement.truth]
        assert SIGHT.observer.effects(entry, read.screened_on) == heard


@repeatable
@given(intakes(), st.data())
def test_an_answer_never_takes_back_a_finding(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    """But where the policy reads an unknown as yes, or says that one rule rules out another."""
    before = assess(intake)
    open_questions = before["questions"]
    assume(open_questions)
    question = data.draw(st.sampled_from(open_questions))
    answer = data.draw(answers(question, intake))
    after = assess(answered(intake, question, answer))
    lost = fired(before) - fired(after)
    if question["id"] == "condition-status" and answer == "resolved":
        lost -= TAKEN_BACK_WHEN_OVER
    if question["id"] == "conditions" and "pregnancy" in fired(after):
        lost.discard("pregnancy-possible")  # POLICY: a pregnancy that is yes rules it out
    assert lost == set()


@repeatable
@given(intakes(), st.data())
def test_an_answered_question_is_not_asked_again(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    open_questions = assess(intake)["questions"]
    assume(open_questions)
    question = data.draw(st.sampled_from(open_questions))
    answer = data.draw(answers(question, intake))
    after = assess(answered(intake, question, answer))
    asked = {(again["id"], again["path"]) for again in after["questions"]}
    assert (question["id"], question["path"]) not in asked


@repeatable
@given(
    st.sampled_from(CLASSES["conditions"]["implying a medicine"]),
    st.sampled_from(["active", "controlled", "resolved", "unknown"]),
)
def test_a_list_that_was_given_is_not_asked_for_again(
    assess: Any, complete: IntakeDict, name: str, status: str
) -> None:
    intake = {**complete, "conditions": [{"name": name, "status": status}]}
    asked = {question["path"][1:] for question in assess(intake)["questions"]}
    assert asked & set(intake) == set()


@repeatable
@given(st.sampled_from(CLASSES["conditions"]["implying a medicine"]))
def test_the_last_day_of_a_medicine_settles_what_a_condition_left_open(
    assess: Any, complete: IntakeDict, name: str
) -> None:
    """Else whoever "had chemo" could never be eligible, whatever is answered."""
    intake = {**complete, "conditions": [{"name": name, "status": "resolved"}]}
    for question in assess(intake)["questions"]:
        intake = answered(intake, question, "2001-01-01")
    assert assess(intake)["undecided"] == []


@repeatable
@given(intakes(screened_on=ORDINARY_DAYS), st.data())
def test_once_every_question_is_answered_nothing_is_undecided(
    assess: Any, intake: IntakeDict, data: st.DataObject
) -> None:
    for section in ("client", "lifestyle"):  # what was declined is not asked
        for key, value in intake.get(section, {}).items():
            intake[section][key] = "unknown" if value == "declined" else value
    for _ in range(60):
        assessment = assess(intake)
        open_questions = assessment["questions"]
        if not open_questions:
            break
        question = open_questions[0]
        intake = answered(intake, question, data.draw(answers(question, intake)))
    assert assessment["undecided"] == []


# Denied entries


@repeatable
@given(intakes(asked=LISTS), st.sampled_from(["conditions", "medications"]), st.data())
def test_a_denied_entry_is_as_if_it_were_not_listed(
    assess: Any, intake: IntakeDict, list_name: str, data: st.DataObject
) -> None:
    name = data.draw(recognised_names(list_name))
    denied = with_entry(intake, list_name, len(intake[list_name]), {"name": name, "status": "absent"})
    assert assess(denied) == assess(intake)


@repeatable
@given(intakes(asked=LISTS), st.sampled_from(["conditions", "medications"]), st.data())
def test_a_denied_entry_in_front_only_moves_the_others(
    assess: Any, intake: IntakeDict, list_name: str, data: st.DataObject
) -> None:
    name = data.draw(recognised_names(list_name))
    denied = with_entry(intake, list_name, 0, {"name": name, "status": "absent"})
    count = len(intake[list_name])
    moved = {f"/{list_name}/{place + 1}": f"/{list_name}/{place}" for place in range(count)}
    assert renamed(assess(denied), moved) == renamed(assess(intake), {})


# Unknown answers

CAN_BE_DECLINED: Final = [
    f"/{section}/{key}"
    for section, keys in (
        ("client", ("pregnancy", "breastfeeding", "skin_sensitivity")),
        ("lifestyle", ("alcohol", "smoking", "last_sunburn_or_tan")),
    )
    for key in keys
]


def without(intake: IntakeDict, path: str) -> IntakeDict:
    section, key = path.split("/")[1:]
    changed = deepcopy(intake)
    changed.get(section, {}).pop(key, None)
    return changed


@repeatable
@given(intakes(), st.sampled_from([*CAN_BE_DECLINED, "/treatment/device"]))
def test_an_unknown_answer_reads_like_none(assess: Any, intake: IntakeDict, path: str) -> None:
    assert assess(with_answer(intake, path, "unknown")) == assess(without(intake, path))


@repeatable
@given(intakes(), st.sampled_from(CAN_BE_DECLINED))
def test_a_declined_answer_reads_like_none_to_the_rules(
    assess: Any, intake: IntakeDict, path: str
) -> None:
    declined = assess(with_answer(intake, path, "declined"))
    absent = assess(without(intake, path))
    for assessment in (declined, absent):
        del assessment["questions"]  # a declined question is not asked again,
        del assessment["headline"]  # so that there are fewer open questions to mention
    assert declined == absent


@repeatable
@given(intakes(), st.sampled_from(CAN_BE_DECLINED))
def test_a_declined_question_is_the_only_one_that_is_not_asked_again(
    assess: Any, intake: IntakeDict, path: str
) -> None:
    declined = assess(with_answer(intake, path, "declined"))["questions"]
    absent = assess(without(intake, path))["questions"]
    assert declined == [question for question in absent if question["path"] != path]


# Time

DATED: Final = [rule.id for rule in KNOWLEDGE_BASE.rules.values() if rule.lifting.by_date]


@repeatable
@given(intakes(screened_on=ORDINARY_DAYS), st.lists(st.integers(1, 400), min_size=1, max_size=3))
def test_a_dated_finding_that_has_lifted_never_comes_back(
    assess: Any, intake: IntakeDict, steps: list[int]
) -> None:
    day = screened_day(intake)
    gone: set[str] = set()
    for step in [0, *steps]:
        day += timedelta(days=step)
        there = fired(assess({**intake, "screened_on": day.isoformat()}))
        assert gone & there == set()
        gone |= set(DATED) - there


def dated_only(assessment: Assessment) -> Iterator[dict[str, Any]]:
    """The findings that nothing but a day ends."""
    for finding in assessment["findings"]:
        lifts = finding["lifts"]
        if lifts and lifts["on"] and not lifts["when"] and lifts["on"] != LAST_DAY:
            yield finding


@repeatable
@given(intakes())
def test_a_dated_finding_is_gone_on_the_day_that_it_names(assess: Any, intake: IntakeDict) -> None:
    for finding in dated_only(assess(intake)):
        then = assess({**intake, "screened_on": finding["lifts"]["on"]})
        assert finding["rule"] not in fired(then)


@repeatable
@given(intakes())
def test_a_dated_finding_stands_until_the_day_before(assess: Any, intake: IntakeDict) -> None:
    for finding in dated_only(assess(intake)):
        day_before = parse_date(finding["lifts"]["on"]) - timedelta(days=1)
        then = assess({**intake, "screened_on": day_before.isoformat()})
        assert finding["rule"] in fired(then)


@repeatable
@given(intakes())
def test_a_date_to_screen_again_lies_ahead(assess: Any, intake: IntakeDict) -> None:
    again = assess(intake)["rescreen"]
    if again is not None and again["on"] is not None:
        assert again["on"] > intake["screened_on"] or again["on"] == LAST_DAY


PAST: Final = st.fixed_dictionaries({
    "medications": st.lists(
        st.fixed_dictionaries({
            "name": recognised_names("medications"),
            "stopped_on": days_up_to(SCREENED_ON),
        }),
        max_size=2,
    ),
    "procedures": st.lists(
        st.fixed_dictionaries({
            "name": recognised_names("procedures"),
            "performed_on": days_up_to(SCREENED_ON),
        }),
        max_size=2,
    ),
})  # fmt: skip


@given(PAST)
@settings(repeatable, max_examples=120)
def test_nothing_blocks_on_the_earliest_day_for_a_session(
    assess: Any, complete: IntakeDict, past: IntakeDict
) -> None:
    """``plan.earliest_session_on`` is a promise: come back then and nothing will stop you."""
    intake = {**complete, **past}
    earliest = assess(intake)["plan"]["earliest_session_on"]
    if earliest is not None:
        then = assess({**intake, "screened_on": earliest})
        assert then["verdict"] in ("eligible", "eligible_with_precautions")


# One screener, many intakes


def test_changing_an_assessment_does_not_change_the_next_one(complete: IntakeDict) -> None:
    screener = Screener(load_knowledge_base())  # of its own: what is spoilt here stays here
    complete["client"]["pregnancy"] = "yes"
    complete["treatment"]["goals"] = ["scars"]
    expected = json.dumps(screener.screen(make_intake(complete)))
    spoilt = screener.screen(make_intake(complete))
    _spoil(spoilt)
    assert json.dumps(screener.screen(make_intake(complete))) == expected


def _spoil(value: Any) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _spoil(inner)
        value["spoilt"] = True
    elif isinstance(value, list):
        for inner in value:
            _spoil(inner)
        value.append("spoilt")


@settings(repeatable, max_examples=12)
@given(st.lists(intakes(), min_size=2, max_size=4))
def test_what_was_screened_before_does_not_matter(several: list[IntakeDict]) -> None:
    used = Screener(KNOWLEDGE_BASE)
    for intake in several:
        used.screen(make_intake(intake))
    last = make_intake(several[0])
    assert json.dumps(used.screen(last)) == json.dumps(Screener(KNOWLEDGE_BASE).screen(last))
