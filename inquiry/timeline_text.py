"""The timeline as text: what holds when, a bar of characters, and what time alone does not settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Final

from engine.judgement import day_in_words
from engine.rules import VERDICTS
from inquiry.timeline import Interval, Timeline
from inquiry.words import VERDICTS_IN_WORDS, WIDTH, wrapped

MARKS: Final = {
    "contraindicated": "X",
    "deferred": "#",
    "referral": "?",
    "incomplete": ".",
    "eligible_with_precautions": "+",
    "eligible": "=",
}
"""What stands for each verdict in the bar: plain characters that every terminal and printer has."""

_IF: Final = "!"
"""What stands for a verdict that lets treatment go ahead only if more has happened than time."""

_SHOWN: Final = 5


def as_text(found: Timeline) -> Iterator[str]:
    """The lines for people, at most 80 columns wide."""
    for _, same in groupby(found.intervals, key=lambda interval: (interval.verdict, interval.only_when)):
        yield from _stretch(list(same), found)
    yield ""
    yield from _bar(found)
    yield ""
    yield from _first_days(found)
    yield from _left(found)


def _stretch(intervals: Sequence[Interval], found: Timeline) -> Iterator[str]:
    """Neighbours with one verdict: their days together, and below what changes on which day."""
    first = intervals[0]
    days = _days(first.first, intervals[-1].last, found)
    yield from wrapped(f"{days}: {VERDICTS_IN_WORDS[first.verdict]}")
    for event in first.only_when:
        yield from wrapped(f"! only if this is so too: {event}", indent="  ")
    for interval in intervals:
        on = "" if interval is first else f"{_day(interval.first)}: "
        for change in interval.changes:
            yield from wrapped(f"- {on}{change.text}", indent="  ")


def _days(first: date, last: date, found: Timeline) -> str:
    """Days in words; those that may go on after the time that was looked at say so."""
    begin = "Today" if first == found.intervals[0].first else _day(first)
    if last == found.intervals[-1].last:
        return f"From {begin[0].lower()}{begin[1:]}, to {_day(last)} at least"
    return begin if first == last else f"{begin} to {_day(last)}"


def _day(day: date) -> str:
    return day_in_words(day.isoformat())


def _bar(found: Timeline) -> Iterator[str]:
    """The whole time as one line of marks: of each share of the days the strictest verdict."""
    start, end = found.intervals[0].first.toordinal(), found.intervals[-1].last.toordinal()
    days = end - start + 1
    marks = min(days, WIDTH)
    edges = [start + place * days // marks for place in range(marks + 1)]
    yield "".join(_mark(_strictest(found, first, after - 1)) for first, after in pairwise(edges))
    until = _day(found.intervals[-1].last)
    yield f"today{until:>{max(marks - 5, len(until) + 1)}}"
    used = {_mark(interval): interval.verdict.replace("_", " ") for interval in found.intervals}
    if _IF in used:
        used[_IF] = "only if more than time has passed"
    yield from wrapped("   ".join(f"{mark} {means}" for mark, means in used.items()), hanging="")


def _strictest(found: Timeline, first: int, last: int) -> Interval:
    """Of the intervals that share days with these (as ordinals), the one with the strictest verdict."""
    touched = (
        interval
        for interval in found.intervals
        if interval.first.toordinal() <= last and interval.last.toordinal() >= first
    )
    return min(touched, key=lambda interval: VERDICTS.index(interval.verdict))


def _mark(interval: Interval) -> str:
    goes_ahead = interval.verdict in ("eligible", "eligible_with_precautions")
    return _IF if interval.only_when and goes_ahead else MARKS[interval.verdict]


def _first_days(found: Timeline) -> Iterator[str]:
    """The first day of each verdict that is milder than today's."""
    today = found.intervals[0]
    for verdict, interval in found.first_intervals().items():
        if VERDICTS.index(verdict) > VERDICTS.index(today.verdict):
            if_so = f" (only if: {'; '.join(interval.only_when)})" if interval.only_when else ""
            said = VERDICTS_IN_WORDS[verdict]
            yield from wrapped(f"First {said}: {_day(interval.first)}{if_so}")


def _left(found: Timeline) -> Iterator[str]:
    lines = [
        *(f"it waits until {event}" for event in found.waits_for),
        *(f"a clinician has to review: {title}" for title in found.reviews),
        *(f"declined, so that a clinician has to decide: {title}" for title in found.declined),
    ]
    if found.questions:
        count = len(found.questions)
        lines.append(f"{count} question{'s are' if count > 1 else ' is'} still open")
    if found.age_stands_still:
        lines.append("the age was given as a number and does not grow here; a birth date would")
    if not lines:
        yield "Nothing else is open."
        return
    yield "Time alone does not settle:"
    for line in lines[:_SHOWN]:
        yield from wrapped(f"- {line}", indent="  ")
    if len(lines) > _SHOWN:
        yield f"  - {len(lines) - _SHOWN} more (shown with --format json)"
