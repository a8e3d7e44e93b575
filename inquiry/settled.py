"""Whether a verdict can still change by answers to what is open, and how far in each direction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from engine import Intake
from engine.intake import LISTS
from engine.rules import VERDICTS
from inquiry.inquirer import Inquirer
from inquiry.parts import Part


@final
class Range(NamedTuple):
    """The verdicts between which an intake can still move; all three are the same if it is settled."""

    strictest: str
    now: str
    mildest: str

    @property
    def is_settled(self) -> bool:
        """Whether no answer to what is open can change the verdict."""
        return self.strictest == self.mildest


def range_of(inquirer: Inquirer, intake: Intake) -> Range:
    """The strictest and the mildest verdict that answers to open questions could give.

    What was declined counts as open. A list that was not asked can hold any entries; an entry of which
    something is not known stays what it is, with any status, date or route that is still open.
    """
    parts = inquirer.parts(intake)
    return range_of_parts(inquirer, parts)


def range_of_parts(inquirer: Inquirer, parts: Sequence[Part]) -> Range:
    """The range of an intake that was taken apart."""
    situations = inquirer.situations
    now = situations.verdict(parts, {})
    unasked = [part.place[1:] for part in parts if part.kind == "list" and part.place[1:] in LISTS]
    free = [part.place for part in parts if part.is_open]
    strictest = min(
        group.severity(codes)
        for group in situations.groups
        for codes in situations.reachable(group, parts, free, unasked)
    )
    open_parts = [part if part.is_open else part._replace(options=(part.now,)) for part in parts]
    mildest = next(
        goal for goal in range(len(VERDICTS) - 1, -1, -1) if situations.can_reach(open_parts, goal)
    )
    return Range(VERDICTS[strictest], VERDICTS[now], VERDICTS[mildest])
