"""The life and the size of rules: days that exist, reviews that are due, conditions too big to prove."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from curation.checking.vocabulary import atoms_written
from curation.checking.written import Item, Kind, Spot, Written, strings_in

MOST_ATOMS: Final = 12
"""The proofs look at every situation that the atoms of a rule can be in: each atom at least doubles
them, and twelve are some thousands."""

MOST_CLAUSES: Final = 64
"""More parts than this nobody reads at a sitting, and each is a clause that has to be proved."""

YEARS_BETWEEN_REVIEWS: Final = 3
"""Where ``review_by`` is absent."""

_LIVING: Final[Sequence[Kind]] = ("rule", "conclusion")
_DAYS: Final = frozenset(
    {"reviewed_on", "review_by", "examples_screened_on", "retired_on"}
)  # fmt: skip


def check(written: Written) -> Iterator[Spot]:
    """What is wrong with the days and the conditions of rules and conclusions."""
    for file in written.files:
        for place, text in strings_in(file.data):
            if place[-1] in _DAYS and day(text) is None:
                message = f"{text} is no day of the calendar"
                yield Spot("KB115", file, place, message, "Correct the date.")
    status = {(item.kind, item.id): item.data["status"] for item in written.of_kind(*_LIVING)}
    for item in written.of_kind(*_LIVING):
        if item.data["status"] != "deprecated":
            yield from _review(item, written.today)
        elif status.get((item.kind, item.data.get("replaced_by", ""))) == "draft":
            yield Spot(
                "KB809", item.file, item.at("replaced_by"),
                f"{item.id} is deprecated, and {item.data['replaced_by']}, which replaces it, a draft: "
                "neither is in use", "Make the new one active, or keep the old one so until it is.",
            )  # fmt: skip
        yield from _size(item)


def day(text: str) -> date | None:
    """A written day, or ``None`` if the calendar does not have it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def review_due(item: Mapping[str, Any]) -> date | None:
    """The day by which a rule or conclusion is to be reviewed."""
    if "review_by" in item:
        return day(item["review_by"])
    reviewed = day(item["reviewed_on"])
    return reviewed and years_later(reviewed, YEARS_BETWEEN_REVIEWS)


def years_later(start: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28 February. The calendar ends in 9999."""
    year = min(start.year + years, date.max.year)
    try:
        return start.replace(year=year)
    except ValueError:
        return start.replace(year=year, day=28)


def _review(item: Item, today: date) -> Iterator[Spot]:
    reviewed, due = day(item.data["reviewed_on"]), review_due(item.data)
    if reviewed is None or due is None:
        return
    key = "review_by" if "review_by" in item.data else "reviewed_on"
    if reviewed > today:
        yield Spot(
            "KB804", item.file, item.at("reviewed_on"),
            f"{item.id} was reviewed on {reviewed}, which is in the future",
            "Correct the day of the review.",
        )  # fmt: skip
    elif due < reviewed:
        yield Spot(
            "KB804", item.file, item.at(key),
            f"{item.id} is to be reviewed by {due}, before it was reviewed on {reviewed}",
            "Correct one of the days.",
        )  # fmt: skip
    elif due < today:
        yield Spot(
            "KB801", item.file, item.at(key), f"{item.id} was to be reviewed by {due}",
            "Review it, then set reviewed_on (and review_by, if it has one).",
        )  # fmt: skip


def _size(item: Item) -> Iterator[Spot]:
    atoms = {repr(body) + kind for _, kind, body in atoms_written(item.data["when"])}
    clauses = _clauses(item.data["when"])
    if len(atoms) > MOST_ATOMS or clauses > MOST_CLAUSES:
        yield Spot(
            "KB600", item.file, item.at("when"),
            f"the condition of {item.id} has {len(atoms)} atoms and {clauses} clauses; "
            f"at most {MOST_ATOMS} and {MOST_CLAUSES} can be proved and read",
            "Split the rule, or draw a conclusion first and let the rule read that.",
        )  # fmt: skip


def _clauses(when: Mapping[str, Any]) -> int:
    """The clauses that a condition compiles to (see :mod:`engine.conditions`)."""
    ((kind, body),) = when.items()
    match kind:
        case "not":
            return _clauses(body)
        case "all" | "any":
            inner = sum(_clauses(part) for part in body if next(iter(part)) in ("all", "any", "not"))
            return 1 + len(body) + inner
        case _:
            return 0
