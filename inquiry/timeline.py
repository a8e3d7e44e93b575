"""The verdict on each coming day if nothing else changes, as intervals.

Time acts through two things only: windows that end, and ages that grow with a birth date. So the
verdict can change on no other days than the ends of all windows from all dates of the intake, and the
birthdays on which an age passes a bound that some rule reads; these days are screened, and equal
neighbours are joined. An age given as a number does not grow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, final

from engine import Intake, Screener
from engine.answer_tests import Between, Within
from engine.atoms import Answered, Atom, Began, Done, Stopped
from engine.conditions import Leaf, leaves
from engine.dates import Period, parse_date
from engine.intake import LISTS
from engine.rules import VERDICTS, KnowledgeBase
from engine.screening import all_conditions

_DATE_KEYS = ("since", "stopped_on", "performed_on")


@final
class Change(NamedTuple):
    """What a day brings: ``what`` is ``ends``, ``begins`` or ``decided``; ``rule`` and its title."""

    what: str
    rule: str
    title: str


@final
class Interval(NamedTuple):
    """Days, both included, on which verdict and findings are the same, and what began them."""

    first: date
    last: date
    verdict: str
    rules: tuple[str, ...]
    changes: tuple[Change, ...]


@final
class Timeline(NamedTuple):
    """The intervals in order, and what time alone does not settle.

    ``waits_for`` are the events of findings that stand to the end, ``reviews`` the titles of those that
    only a review ends, ``questions`` what is still to be asked.
    """

    intervals: tuple[Interval, ...]
    waits_for: tuple[str, ...]
    reviews: tuple[str, ...]
    questions: tuple[str, ...]

    def first_days(self) -> dict[str, date]:
        """The first day on which each verdict that comes is reached, the strictest first."""
        found: dict[str, date] = {}
        for interval in self.intervals:
            found.setdefault(interval.verdict, interval.first)
        return {verdict: found[verdict] for verdict in VERDICTS if verdict in found}


def timeline(screener: Screener, intake: Intake, months: int) -> Timeline:
    """The verdicts from the day of screening for so many calendar months."""
    today = intake.screened_on
    end = Period(months, "months").after(today)
    days = [day for day in turning_days(screener.knowledge_base, intake) if today < day <= end]
    intervals: list[Interval] = []
    before: Mapping[str, Any] | None = None
    own: Mapping[str, Any] = {}
    for day in [today, *sorted(days)]:
        own = screener.explain(on_day(intake, day))
        if before is None or _seen(before) != _seen(own):
            changes = tuple(_changes(before, own, screener.knowledge_base)) if before else ()
            rules = tuple(finding["rule"] for finding in own["findings"])
            intervals.append(Interval(day, end, own["verdict"], rules, changes))
            before = own
    closed = [
        interval._replace(last=following.first - timedelta(days=1))
        for interval, following in pairwise(intervals)
    ]
    return Timeline((*closed, intervals[-1]), *_left(own, screener.knowledge_base))


def on_day(intake: Intake, day: date) -> Intake:
    """The same client, screened on another day."""
    return Intake({**intake.document, "screened_on": day.isoformat()}, day)


def turning_days(knowledge_base: KnowledgeBase, intake: Intake) -> set[date]:
    """Every day on which time can change what a rule sees in an intake."""
    atoms = list(_atoms(knowledge_base))
    return {*_ends_of_windows(atoms, intake), *_birthdays(atoms, intake)}


def _atoms(knowledge_base: KnowledgeBase) -> Iterator[Atom]:
    for condition in all_conditions(knowledge_base).values():
        yield from (leaf.atom for leaf in leaves(condition) if isinstance(leaf, Leaf))


def _ends_of_windows(atoms: Iterable[Atom], intake: Intake) -> Iterator[date]:
    windows: set[Period] = set()
    for atom in atoms:
        if isinstance(atom, Began | Stopped | Done) and atom.within is not None:
            windows.add(atom.within)
        elif isinstance(atom, Answered) and isinstance(atom.test, Within):
            windows.add(atom.test.period)
    for day in _dates(intake):
        yield from (window.after(day) for window in windows)


def _dates(intake: Intake) -> Iterator[date]:
    for name in LISTS:
        for entry in intake.document.get(name, ()):
            yield from (parse_date(entry[key]) for key in _DATE_KEYS if key in entry)
    for answer in intake.document.get("lifestyle", {}).values():
        if answer[:1].isdigit():
            yield parse_date(answer)


def _birthdays(atoms: Iterable[Atom], intake: Intake) -> Iterator[date]:
    born = intake.document.get("client", {}).get("birth_date")
    if born is None:
        return
    birth = parse_date(born)
    for atom in atoms:
        if isinstance(atom, Answered) and atom.field == "client.age_years":
            bounds = [atom.test.low, atom.test.high + 1] if isinstance(atom.test, Between) else []
            bounds += [n for age in getattr(atom.test, "values", ()) for n in (age, age + 1)]
            yield from (_birthday(birth, age) for age in bounds)


def _birthday(birth: date, age: int) -> date:
    """The day on which someone is ``age`` years old; 1 March where there is no 29 February."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)


def _seen(own: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        own["verdict"],
        [finding["rule"] for finding in own["findings"]],
        [rule["rule"] for rule in own["undecided"]],
    )


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], knowledge_base: KnowledgeBase
) -> Iterator[Change]:
    fired = [{item["rule"] for item in own["findings"]} for own in (before, after)]
    waiting = [{item["rule"] for item in own["undecided"]} for own in (before, after)]
    for what, found in (
        ("ends", fired[0] - fired[1]),
        ("begins", fired[1] - fired[0]),
        ("decided", waiting[0] - waiting[1] - fired[1]),
    ):
        for rule in sorted(found):
            yield Change(what, rule, knowledge_base.rules[rule].title)


def _left(
    own: Mapping[str, Any], knowledge_base: KnowledgeBase
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The events, the reviews and the questions that are left at the end."""
    events: dict[str, None] = {}
    reviews = []
    for finding in own["findings"]:
        lifts = finding["lifts"]
        if lifts is not None:
            events.update(dict.fromkeys(lifts["when"]))
        elif finding["level"] != "precaution":
            reviews.append(knowledge_base.rules[finding["rule"]].title)
    questions = tuple(question["ask"] for question in own["questions"])
    return tuple(events), tuple(reviews), questions
