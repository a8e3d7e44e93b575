"""Three truth values, and what one entry or answer says about one atom."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple, final

Truth = Literal["yes", "no", "unknown"]


@final
class Judgement(NamedTuple):
    """What one entry or answer says about one atom.

    ``ends_on`` is the first day on which a time window is over; ``question`` is the id of the
    question whose answer would settle an unknown.
    """

    truth: Truth
    ends_on: date | None = None
    question: str | None = None
