"""From findings to a verdict, a re-screening date, a plan and a sentence to read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from engine.questions import OpenPoints
from engine.rules import DECISIVE, VERDICT_OF_LEVEL, Rule

BLOCKING: Final = ("contraindication", "deferral")

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@final
class Ending(NamedTuple):
    """What follows from the findings and the open points together.

    ``session``: the first day on which a session could take place, as far as the rules can tell;
    :data:`TODAY` stands for the day of screening.
    """

    verdict: str
    headline: str
    rescreen: dict[str, Any] | None
    session: str | None


TODAY: Final = "today"


def conclude(
    findings: Sequence[Mapping[str, Any]],
    still_open: OpenPoints,
    rules: Mapping[str, Rule],
    *,
    has_notes: bool,
) -> Ending:
    """Verdict, headline, re-screening date and earliest session (CONTRACT section 2).

    The findings come strictest first.
    """
    strictest = findings[0]["level"] if findings else None
    if still_open.decisive and strictest not in DECISIVE:
        verdict = "incomplete"
    else:
        verdict = VERDICT_OF_LEVEL[strictest] if strictest else "eligible"
    again = _rescreen(findings) if strictest in BLOCKING else None
    reasons = [found for found in findings if found["level"] == strictest]
    if verdict == "deferred" and again is not None and again["on"] is not None:
        reasons.sort(key=lambda found: found["lifts"] is None or found["lifts"]["on"] != again["on"])
    titles = [rules[found["rule"]].title for found in reasons]
    sentence = _opening(verdict, titles, still_open.decisive, again)
    count = still_open.could_make_stricter(verdict)
    if count:
        sentence += f"; {count} open question{'s' if count > 1 else ''} could still make this stricter"
    if has_notes:
        sentence += "; the free-text notes were kept but not read"
    return Ending(verdict, sentence + ".", again, _session(verdict, again, findings, still_open))


def _rescreen(findings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the contraindications and deferrals wait for, together."""
    blocking = [finding["lifts"] for finding in findings if finding["level"] in BLOCKING]
    lifting = [lifts for lifts in blocking if lifts is not None]
    dates = [lifts["on"] for lifts in lifting if lifts["on"] is not None]
    events = [event for lifts in lifting for event in lifts["when"]]
    return {
        "on": max(dates, default=None),
        "when": list(dict.fromkeys(events)),
        "by_review_only": len(lifting) < len(blocking),
    }


def _session(
    verdict: str,
    again: Mapping[str, Any] | None,
    findings: Sequence[Mapping[str, Any]],
    still_open: OpenPoints,
) -> str | None:
    if verdict in ("eligible", "eligible_with_precautions"):
        return TODAY
    if verdict != "deferred" or again is None or again["when"] or again["by_review_only"]:
        return None
    if still_open.decisive or any(finding["level"] == "referral" for finding in findings):
        return None
    on: str | None = again["on"]
    return on


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
    count: int,
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
