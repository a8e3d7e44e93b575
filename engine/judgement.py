"""From findings to a verdict, a re-screening date, a plan and a sentence to read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from engine.questions import OpenPoints
from engine.rules import VERDICT_OF_LEVEL, Rule

BLOCKING: Final = ("contraindication", "deferral")
DECISIVE: Final = ("contraindication", "deferral", "referral")

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def judge(findings: Sequence[Mapping[str, Any]], undecided: Sequence[Mapping[str, Any]]) -> str:
    """The verdict (CONTRACT section 2, "Verdict")."""
    fired = {finding["level"] for finding in findings}
    for level in DECISIVE:
        if level in fired:
            return VERDICT_OF_LEVEL[level]
    if any(rule["level"] in DECISIVE for rule in undecided):
        return "incomplete"
    return "eligible_with_precautions" if fired else "eligible"


def rescreen(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """When to screen again (CONTRACT section 2, ``rescreen``)."""
    blocking = [finding["lifts"] for finding in findings if finding["level"] in BLOCKING]
    if not blocking:
        return None
    lifting = [lifts for lifts in blocking if lifts is not None]
    dates = [lifts["on"] for lifts in lifting if lifts["on"] is not None]
    events = [event for lifts in lifting for event in lifts["when"]]
    return {
        "on": max(dates, default=None),
        "when": list(dict.fromkeys(events)),
        "by_review_only": len(lifting) < len(blocking),
    }


def earliest_session(
    screened_on: date,
    verdict: str,
    again: Mapping[str, Any] | None,
    findings: Sequence[Mapping[str, Any]],
    undecided: Sequence[Mapping[str, Any]],
) -> str | None:
    """The first day on which a session could take place, as far as the rules can tell."""
    if verdict in ("eligible", "eligible_with_precautions"):
        return screened_on.isoformat()
    if verdict != "deferred" or again is None or again["when"] or again["by_review_only"]:
        return None
    if any(finding["level"] == "referral" for finding in findings):
        return None
    if any(rule["level"] in DECISIVE for rule in undecided):
        return None
    on: str | None = again["on"]
    return on


def headline(
    verdict: str,
    findings: Sequence[Mapping[str, Any]],
    still_open: OpenPoints,
    again: Mapping[str, Any] | None,
    *,
    rules: Mapping[str, Rule],
    has_notes: bool,
) -> str:
    """One plain sentence that a receptionist can read out."""
    titles = [
        rules[finding["rule"]].title
        for finding in findings
        if VERDICT_OF_LEVEL[finding["level"]] == verdict
    ]
    sentence = _opening(verdict, titles, still_open.undecided, again)
    count = still_open.could_make_stricter(verdict)
    if count:
        sentence += f"; {count} open question{'s' if count > 1 else ''} could still make this stricter"
    if has_notes:
        sentence += "; the free-text notes were kept but not read"
    return sentence + "."


def day_in_words(day: str) -> str:
    """``2027-03-05`` as people read it: ``5 March 2027``."""
    year, month, number = day.split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]} {year}"


def _reasons(titles: Sequence[str]) -> str:
    first = titles[0]
    if first[1:2].islower():
        first = first[0].lower() + first[1:]
    return first + (f" and {len(titles) - 1} more" if len(titles) > 1 else "")


def _opening(
    verdict: str,
    titles: Sequence[str],
    undecided: Sequence[Mapping[str, Any]],
    again: Mapping[str, Any] | None,
) -> str:
    match verdict:
        case "contraindicated":
            return f"Microneedling cannot be offered: {_reasons(titles)}"
        case "deferred":
            assert again is not None
            return f"Microneedling has to wait until {_until(again)}: {_reasons(titles)}"
        case "referral":
            return f"A clinician has to decide first: {_reasons(titles)}"
        case "incomplete":
            count = sum(rule["level"] in DECISIVE for rule in undecided)
            points = "point is" if count == 1 else "points are"
            return f"This cannot be decided yet, because {count} {points} not known"
        case "eligible_with_precautions":
            return f"Microneedling can go ahead with care: {_reasons(titles)}"
        case _:
            return "Microneedling can go ahead: nothing stands against it"


def _until(again: Mapping[str, Any]) -> str:
    """What a deferral waits for, in words: a review, a date, events."""
    waits = ["a clinician has reviewed it"] if again["by_review_only"] else []
    if again["on"] is not None:
        waits.append(f"at least {day_in_words(again['on'])}")
    waits.extend(again["when"])
    return ", and until ".join(waits)
