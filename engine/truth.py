"""Three truth values, and what one entry or answer says about one atom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, NamedTuple, final

Truth = Literal["yes", "no", "unknown"]

TRUTHS: Final[tuple[Truth, ...]] = ("no", "unknown", "yes")
"""The truth values; where several entries bear on one atom, the last of these counts."""

CODES: Final[Mapping[Truth, int]] = {truth: code for code, truth in enumerate(TRUTHS)}
"""The truth values as numbers, for the values of many atoms in one row of bytes."""


@final
class Judgement(NamedTuple):
    """What one entry or answer says about one atom.

    ``ends_on`` is the first day on which a time window is over; ``question`` is the id of the
    question whose answer would settle an unknown.
    """

    truth: Truth
    ends_on: date | None = None
    question: str | None = None


YES: Final = Judgement("yes")
NO: Final = Judgement("no")
UNKNOWN: Final = Judgement("unknown")
"""What needs no date and no question."""
