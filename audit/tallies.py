"""What an audit counts: by verdict, level, rule, question, agreement, and reason for refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from engine.rules import DECISIVE

Counts = Counter[str]

_BLOCKED = ("contraindicated", "deferred")
_OPEN = ("referral", "incomplete")
_GO_AHEAD = ("eligible", "eligible_with_precautions")


def agreement(outcome: str, verdict: str) -> str:
    """What a verdict says of what the clinic did (CONTRACT section 4, ``audit.agreement``)."""
    if outcome == "treated":
        if verdict in _BLOCKED:
            return "unsafe"
        return "unresolved" if verdict in _OPEN else "agrees"
    return "over_cautious" if verdict in _GO_AHEAD else "agrees"


@final
@dataclass(slots=True)
class Tallies:
    """Numbers that can be added up; each names records, not entries, unless it says so.

    ``fired``, ``alone`` and ``undecided`` count by rule: ``alone`` where it is the only finding
    that stands against treatment. ``open`` and ``costs`` count by question: ``costs`` where the
    verdict is incomplete and a rule that could stop treatment waits for the answer.
    ``decisions`` counts by what the clinic did and the verdict: ``treated/deferred``.
    """

    verdicts: Counts = field(default_factory=Counter)
    levels: Counts = field(default_factory=Counter)
    fired: Counts = field(default_factory=Counter)
    alone: Counts = field(default_factory=Counter)
    undecided: Counts = field(default_factory=Counter)
    open: Counts = field(default_factory=Counter)
    costs: Counts = field(default_factory=Counter)
    agreement: Counts = field(default_factory=Counter)
    decisions: Counts = field(default_factory=Counter)
    unsafe_rules: Counts = field(default_factory=Counter)
    rejects: Counts = field(default_factory=Counter)
    other: Counts = field(default_factory=Counter)
    first: str | None = None
    last: str | None = None

    def add(self, more: Tallies) -> None:
        """Add the numbers of another part of the run."""
        for name in _COUNTS:
            getattr(self, name).update(getattr(more, name))
        self.saw(more.first)
        self.saw(more.last)

    def saw(self, day: str | None) -> None:
        """Take a screening date (``YYYY-MM-DD``) into account."""
        if day is not None:
            self.first = day if self.first is None or day < self.first else self.first
            self.last = day if self.last is None or day > self.last else self.last

    def count_pattern(
        self, verdict: str, outcome: str | None, fired: Sequence[tuple[str, str]], records: int
    ) -> None:
        """Count so many records that are alike in verdict, outcome and fired rules.

        ``outcome`` is what the clinic did, if that is recorded; ``fired`` has rules and their levels.
        """
        self.verdicts[verdict] += records
        for rule, _ in fired:
            self.fired[rule] += records
        for level in {level for _, level in fired}:
            self.levels[level] += records
        against = [rule for rule, level in fired if level in DECISIVE]
        if len(against) == 1:
            self.alone[against[0]] += records
        if outcome is not None:
            self.agreement[agreement(outcome, verdict)] += records
            self.decisions[f"{outcome}/{verdict}"] += records

    def count_open(self, undecided: list[dict[str, Any]], *, records: int, incomplete: int) -> None:
        """Count what is open, for so many records with the same open points."""
        needed, decisive = set(), set()
        for rule in undecided:
            self.undecided[rule["rule"]] += records
            needed.update(rule["needs"])
            if rule["level"] in DECISIVE:
                decisive.update(rule["needs"])
        for question in needed:
            self.open[question] += records
        for question in decisive if incomplete else ():
            self.costs[question] += incomplete

    def as_json(self) -> dict[str, Any]:
        """The numbers as plain JSON values."""
        counts = {name: dict(getattr(self, name)) for name in _COUNTS}
        return {**counts, "first": self.first, "last": self.last}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Tallies:
        """The numbers that :meth:`as_json` gave."""
        return cls(
            **{name: Counter(stored[name]) for name in _COUNTS},
            first=stored["first"],
            last=stored["last"],
        )


_COUNTS = (
    "verdicts", "levels", "fired", "alone", "undecided", "open", "costs", "agreement", "decisions",
    "unsafe_rules", "rejects", "other",
)  # fmt: skip
