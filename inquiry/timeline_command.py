"""``needlecheck timeline``: the verdict on each coming day, if nothing else changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import click

from commands.inputs import make_screener, read_file, rules_options, write_result
from engine import Intake
from engine.judgement import day_in_words
from engine.text import printable
from inquiry.timeline import Change, Interval, Timeline, timeline
from inquiry.words import VERDICTS_IN_WORDS, wrapped

_BAR: Final = 60
_MARKS: Final = {
    "contraindicated": "X",
    "deferred": "x",
    "referral": "?",
    "incomplete": ".",
    "eligible_with_precautions": "o",
    "eligible": "O",
}
_CHANGES: Final = {
    "ends": "no longer counts: {}",
    "begins": "counts from now on: {}",
    "decided": "ruled out from now on: {}",
}


@click.command()
@click.argument("file", default="-", metavar="[INTAKE|-]")
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True, metavar="N")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@rules_options
def command(
    file: str,
    months: int,
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show the verdict on each coming day.

    Nothing else changes, only time passes: windows end, and ages grow with a birth date. What else a
    verdict waits for (events, a review, open questions) is listed at the end.

    \b
    Examples:
      needlecheck timeline intake.json
      needlecheck timeline intake.json --months 24 --format json
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, reference_date)
    screener = make_screener(knowledge_base, overlays, include_drafts=include_drafts)
    found = timeline(screener, intake, months)
    if output_format == "json":
        write_result(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        write_result("".join(printable(line) + "\n" for line in _as_text(found, intake)))


def _as_text(found: Timeline, intake: Intake) -> Iterator[str]:
    for interval in found.intervals:
        head = f"{_days(interval, found, intake.screened_on)}: {VERDICTS_IN_WORDS[interval.verdict]}"
        yield head[0].upper() + head[1:]
        for change in interval.changes:
            yield from wrapped(f"- {_in_words(change)}", indent="  ")
    yield ""
    yield _bar(found)
    used = dict.fromkeys(interval.verdict for interval in found.intervals)
    yield from wrapped("   ".join(f"{_MARKS[v]} {v.replace('_', ' ')}" for v in used), hanging="")
    yield from _left(found)
    if "age_years" in intake.document.get("client", {}):
        yield from wrapped("The age was given as a number, so it does not grow here.")


def _days(interval: Interval, found: Timeline, today: date) -> str:
    first = "today" if interval.first == today else day_in_words(interval.first.isoformat())
    if interval is found.intervals[-1]:
        return f"from {first} on" if interval.first != today else "from today on"
    last = day_in_words(interval.last.isoformat())
    return first if interval.first == interval.last else f"{first} to {last}"


def _in_words(change: Change) -> str:
    return _CHANGES[change.what].format(change.title[0].lower() + change.title[1:])


def _bar(found: Timeline) -> str:
    """The whole time as one line of marks, each an equal share of the days."""
    start, end = found.intervals[0].first, found.intervals[-1].last
    share = ((end - start).days + 1) / _BAR
    marks = []
    for place in range(_BAR):
        day = start.toordinal() + int(place * share)
        interval = next(i for i in found.intervals if i.first.toordinal() <= day <= i.last.toordinal())
        marks.append(_MARKS[interval.verdict])
    return f"{start} {''.join(marks)} {end}"


def _left(found: Timeline) -> Iterator[str]:
    for word, items in (
        ("It also waits until", found.waits_for),
        ("Only a clinician's review can end", found.reviews),
    ):
        for item in items:
            yield from wrapped(f"{word}: {item}")
    if found.questions:
        count = len(found.questions)
        yield f"{count} question{'s are' if count > 1 else ' is'} still open."


def _as_json(found: Timeline) -> dict[str, Any]:
    return {
        "intervals": [
            {
                "first": interval.first.isoformat(),
                "last": interval.last.isoformat(),
                "verdict": interval.verdict,
                "rules": list(interval.rules),
                "changes": [change._asdict() for change in interval.changes],
            }
            for interval in found.intervals
        ],
        "first_days": {verdict: day.isoformat() for verdict, day in found.first_days().items()},
        "waits_for": list(found.waits_for),
        "reviews": list(found.reviews),
        "questions": list(found.questions),
    }
