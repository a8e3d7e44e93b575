"""The verdict on each coming day if nothing else changes, as intervals.

The verdict can change on the days of :mod:`inquiry.turning_days` only; these are screened, and equal
neighbours are joined. What a finding waits for besides its date (the oncologist agrees) does not come
about by itself when the date has passed: it goes along with every later interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple, final

from engine import Intake, Screener
from engine.dates import Period
from engine.judgement import BLOCKING
from engine.rules import VERDICTS, KnowledgeBase
from inquiry.turning_days import turning_ages, turning_days

CHANGES: Final = {
    "ends": "no longer counts",
    "begins": "counts from then on",
    "opens": "is an open question from then on",
    "decided": "is ruled out from then on",
}
"""What a day can bring for a rule, in words that follow the rule's title."""

_MONTHS_OF_A_YEAR: Final = 12


@final
class Change(NamedTuple):
    """What a day brings: ``what`` is one of :data:`CHANGES`, for ``rule`` and its ``title``."""

    what: str
    rule: str
    title: str

    @property
    def text(self) -> str:
        """The change in plain words, without a full stop."""
        return f"{self.title} {CHANGES[self.what]}"


@final
class Interval(NamedTuple):
    """Days, both included, on which verdict and findings are the same, and what began them.

    ``only_when`` are the events, in words, that findings which time has ended were waiting for as
    well: the verdict holds only when they have happened.
    """

    first: date
    last: date
    verdict: str
    rules: tuple[str, ...]
    changes: tuple[Change, ...]
    only_when: tuple[str, ...]


@final
class Timeline(NamedTuple):
    """The intervals in order, and what time alone does not settle.

    ``waits_for`` are the events of findings, ``reviews`` the titles of findings that only a review
    ends, ``questions`` what is still to be asked at the end, ``declined`` the titles of rules that a
    declined answer leaves open. ``age_stands_still`` is true where an age was given as a number, and a
    birthday within the time could matter.
    """

    intervals: tuple[Interval, ...]
    waits_for: tuple[str, ...]
    reviews: tuple[str, ...]
    questions: tuple[str, ...]
    declined: tuple[str, ...]
    age_stands_still: bool

    def first_intervals(self) -> dict[str, Interval]:
        """The interval in which each verdict that comes is first reached, the strictest first."""
        found: dict[str, Interval] = {}
        for interval in self.intervals:
            found.setdefault(interval.verdict, interval)
        return {verdict: found[verdict] for verdict in VERDICTS if verdict in found}


def timeline(screener: Screener, intake: Intake, months: int) -> Timeline:
    """The verdicts from the day of screening for so many calendar months, both ends included."""
    today = intake.screened_on
    end = Period(months, "months").after(today)
    knowledge_base = screener.knowledge_base
    days = sorted(day for day in turning_days(knowledge_base, intake) if today < day <= end)
    screened = [(day, screener.explain(on_day(intake, day))) for day in (today, *days)]
    intervals = _intervals(screened, end, knowledge_base)
    left = _Left(screened[-1][1], knowledge_base)
    return Timeline(
        intervals,
        tuple(dict.fromkeys((*intervals[-1].only_when, *left.events()))),
        left.reviews(),
        tuple(question["ask"] for question in left.own["questions"]),
        left.declined(),
        _age_stands_still(knowledge_base, intake, months),
    )


def on_day(intake: Intake, day: date) -> Intake:
    """The same client, screened on another day."""
    return Intake({**intake.document, "screened_on": day.isoformat()}, day)


def _intervals(
    screened: Sequence[tuple[date, Mapping[str, Any]]], end: date, knowledge_base: KnowledgeBase
) -> tuple[Interval, ...]:
    """Equal neighbours joined, each interval up to the day before the next."""
    first, own = screened[0]
    intervals = [Interval(first, end, own["verdict"], _rules(own["findings"]), (), ())]
    waited: dict[str, None] = {}
    for (_, before), (day, after) in pairwise(screened):
        waited |= dict.fromkeys(_waited_for(before, after, knowledge_base))
        if _seen(before) != _seen(after) or tuple(waited) != intervals[-1].only_when:
            changes = tuple(_changes(before, after, knowledge_base))
            rules = _rules(after["findings"])
            intervals.append(Interval(day, end, after["verdict"], rules, changes, tuple(waited)))
    closed = [
        interval._replace(last=following.first - timedelta(days=1))
        for interval, following in pairwise(intervals)
    ]
    return (*closed, intervals[-1])


def _rules(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(item["rule"] for item in items)


def _seen(own: Mapping[str, Any]) -> tuple[Any, ...]:
    return own["verdict"], _rules(own["findings"]), _rules(own["undecided"])


def _waited_for(
    before: Mapping[str, Any], after: Mapping[str, Any], knowledge_base: KnowledgeBase
) -> Iterator[str]:
    """What findings that time has ended were waiting for besides."""
    for finding in before["findings"]:
        if finding["rule"] in _rules(after["findings"]):
            continue
        if finding["lifts"] is not None:
            yield from finding["lifts"]["when"]
        elif finding["level"] in BLOCKING:
            yield f"a clinician has reviewed this: {knowledge_base.rules[finding['rule']].title}"


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], knowledge_base: KnowledgeBase
) -> Iterator[Change]:
    fired, fires = ({*_rules(own["findings"])} for own in (before, after))
    was_open, is_open = ({*_rules(own["undecided"])} for own in (before, after))
    rules = knowledge_base.rules
    for what, found in (
        ("ends", fired - fires - is_open),
        ("begins", fires - fired),
        ("opens", is_open - was_open),
        ("decided", was_open - is_open - fires),
    ):
        for rule in sorted(found, key=lambda name: rules[name].strictness):
            yield Change(what, rule, rules[rule].title)


@final
class _Left(NamedTuple):
    """What is left at the end."""

    own: Mapping[str, Any]
    knowledge_base: KnowledgeBase

    def events(self) -> Iterator[str]:
        for finding in self.own["findings"]:
            if finding["lifts"] is not None:
                yield from finding["lifts"]["when"]

    def reviews(self) -> tuple[str, ...]:
        return tuple(
            self.knowledge_base.rules[finding["rule"]].title
            for finding in self.own["findings"]
            if finding["lifts"] is None and finding["level"] != "precaution"
        )

    def declined(self) -> tuple[str, ...]:
        asked = {question["id"] for question in self.own["questions"]}
        return tuple(
            self.knowledge_base.rules[rule["rule"]].title
            for rule in self.own["undecided"]
            if not asked.issuperset(rule["needs"])
        )


def _age_stands_still(knowledge_base: KnowledgeBase, intake: Intake, months: int) -> bool:
    """Whether a birthday of which the day is not known could matter within the time."""
    age = intake.document.get("client", {}).get("age_years")
    if age is None:
        return False
    birthdays = -(-months // _MONTHS_OF_A_YEAR)
    return any(age < turning <= age + birthdays for turning in turning_ages(knowledge_base))
