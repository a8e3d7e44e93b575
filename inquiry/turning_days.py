"""The days on which time can change what rules see in an intake.

Time acts through two things only: windows that end, and ages that grow with a birth date. No date lies
ahead of the screening, so no window begins. The days found here are enough, and some of them may change
nothing: every window is put to every date, whatever the date is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date

from engine import Intake
from engine.answer_tests import Between, OneOf, Within
from engine.atoms import Answered, Atom, Began, Done, Stopped
from engine.conditions import Leaf, leaves
from engine.dates import Period, parse_date
from engine.intake import LISTS
from engine.rules import KnowledgeBase
from engine.screening import all_conditions

_DATE_KEYS = ("since", "stopped_on", "performed_on")
_AGE = "client.age_years"


def turning_days(knowledge_base: KnowledgeBase, intake: Intake) -> set[date]:
    """Every day on which time can change what a rule sees in an intake, in past and future."""
    return {*_ends_of_windows(list(_atoms(knowledge_base)), intake), *_birthdays(knowledge_base, intake)}


def turning_ages(knowledge_base: KnowledgeBase) -> set[int]:
    """The ages, in completed years, at which some rule begins or ends to apply."""
    ages: set[int] = set()
    for atom in _atoms(knowledge_base):
        if isinstance(atom, Answered) and atom.field == _AGE:
            if isinstance(atom.test, Between):
                ages |= {atom.test.low, atom.test.high + 1}
            elif isinstance(atom.test, OneOf):
                ages |= {turn for age in map(int, atom.test.values) for turn in (age, age + 1)}
    return ages


def _atoms(knowledge_base: KnowledgeBase) -> Iterator[Atom]:
    for condition in all_conditions(knowledge_base).values():
        yield from (leaf.atom for leaf in leaves(condition) if isinstance(leaf, Leaf))


def _ends_of_windows(atoms: Iterable[Atom], intake: Intake) -> Iterator[date]:
    windows: set[Period] = set()
    days = set(_days_of_entries(intake))
    for atom in atoms:
        if isinstance(atom, Began | Stopped | Done) and atom.within is not None:
            windows.add(atom.within)
        elif isinstance(atom, Answered) and isinstance(atom.test, Within):
            windows.add(atom.test.period)
            answer = intake.answer(atom.field).value
            if answer not in (None, "none"):
                days.add(parse_date(answer))
    return (window.after(day) for day in days for window in windows)


def _days_of_entries(intake: Intake) -> Iterator[date]:
    for name in LISTS:
        for entry in intake.entries(name) or ():
            yield from (parse_date(entry[key]) for key in _DATE_KEYS if key in entry)


def _birthdays(knowledge_base: KnowledgeBase, intake: Intake) -> Iterator[date]:
    born = intake.document.get("client", {}).get("birth_date")
    if born is None:
        return
    birth = parse_date(born)
    for age in turning_ages(knowledge_base):
        if birth.year + age <= MAXYEAR:
            yield _birthday(birth, age)


def _birthday(birth: date, age: int) -> date:
    """The day on which someone is ``age`` years old; 1 March where there is no 29 February."""
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 3, 1)
