"""Calendar arithmetic: time windows in days or months, and ages in completed years."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, NamedTuple, final

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_PERIOD = re.compile(r"([1-9][0-9]{0,3}) (day|month)s?\Z")


@final
class Period(NamedTuple):
    """A length of time in calendar days or calendar months."""

    length: int
    unit: Literal["days", "months"]

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``7 days`` or ``6 months``; raise ``ValueError`` for anything else."""
        match = _PERIOD.match(text)
        if match is None:
            raise ValueError(f"{text!r} is not a period such as '7 days' or '6 months'")
        return cls(int(match[1]), "days" if match[2] == "day" else "months")

    def __str__(self) -> str:
        return f"{self.length} {self.unit if self.length > 1 else self.unit[:-1]}"

    @property
    def short(self) -> str:
        """``7d`` or ``6m``, for names of facts."""
        return f"{self.length}{self.unit[0]}"

    @property
    def at_most_days(self) -> int:
        """The longest that it can be, in days."""
        return self.length * (1 if self.unit == "days" else 31)

    def after(self, start: date) -> date:
        """The day this long after ``start``; months clamp to the month's end.

        31 August + 6 months is 28 or 29 February. Past the end of the calendar the answer
        is ``date.max``.
        """
        try:
            if self.unit == "days":
                return start + timedelta(days=self.length)
            years, month0 = divmod(start.year * 12 + start.month - 1 + self.length, 12)
            return date(years, month0 + 1, min(start.day, monthrange(years, month0 + 1)[1]))
        except (OverflowError, ValueError):
            return date.max


def still_within(today: date, end: date) -> bool:
    """Whether ``today`` lies before ``end``, the first day on which a window is over.

    A window that runs past the end of the calendar never ends.
    """
    return today < end or end == date.max


def parse_date(text: str) -> date:
    """Read ``YYYY-MM-DD``, and nothing else; raise ``ValueError`` otherwise."""
    if not _DATE.match(text):
        raise ValueError(f"{text!r} is not a date YYYY-MM-DD")
    return date.fromisoformat(text)


def age_on(birth_date: date, today: date) -> int:
    """Completed years; someone born on 29 February is a year older on 1 March."""
    before_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    return today.year - birth_date.year - before_birthday
