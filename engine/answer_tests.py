"""The tests that a known answer can pass: a word, a number, a date in a window, a list's item."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple, final

from engine.dates import Period, parse_date, still_within
from engine.truth import NO, YES, Judgement


@final
class OneOf(NamedTuple):
    """The answer is one of these words or numbers."""

    values: tuple[str | int, ...]

    def judge(self, value: Any, today: date) -> Judgement:
        """Whether a known value passes; ``today`` does not count."""
        del today
        return YES if value in self.values else NO

    def __str__(self) -> str:
        return " or ".join(map(str, self.values))


@final
class Between(NamedTuple):
    """The number lies between two bounds, both included."""

    low: int
    high: int

    def judge(self, value: Any, today: date) -> Judgement:
        """Whether a known value passes; ``today`` does not count."""
        del today
        return YES if self.low <= value <= self.high else NO

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


@final
class Within(NamedTuple):
    """The date lies inside a window that ends today; ``none`` is no date."""

    period: Period

    def judge(self, value: Any, today: date) -> Judgement:
        """Whether a known value (a date as written, or ``none``) passes."""
        if value == "none":
            return NO
        end = self.period.after(parse_date(value))
        return Judgement("yes", end) if still_within(today, end) else NO

    def __str__(self) -> str:
        return f"less than {self.period} ago"


@final
class Includes(NamedTuple):
    """The list contains the word."""

    value: str

    def judge(self, value: Any, today: date) -> Judgement:
        """Whether a known value passes; ``today`` does not count."""
        del today
        return YES if self.value in value else NO

    def __str__(self) -> str:
        return self.value


AnswerTest = OneOf | Between | Within | Includes
