"""Everything that can go wrong, as data first and text last.

NeedlecheckError
├── IntakeError          an intake cannot be used; holds the IntakeProblems found
└── KnowledgeBaseError   a knowledge base is broken; holds every KnowledgeBaseProblem found
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, final

MOST_PROBLEMS: Final = 100
"""How many problems of an intake are told: a megabyte of text can have a hundred thousand."""

_LONGEST_PLACE: Final = 500
"""Characters of a place that are shown: a key can be a megabyte long."""


@final
class IntakeProblem(NamedTuple):
    """One thing that is wrong with an intake.

    ``code`` is stable and meant for programs; ``path`` is a JSON Pointer into the intake
    (empty for the document itself); ``found`` shows the offending value, ``expected`` what
    would be accepted.
    """

    code: str
    path: str
    found: str
    expected: str

    @property
    def message(self) -> str:
        """What was found and what was expected, in one sentence without the place."""
        return f"found {self.found}; expected {self.expected}"

    def __str__(self) -> str:
        return f"{self.place or '(the whole text)'}: {self.message}"

    @property
    def place(self) -> str:
        """The path, cut to a readable length."""
        return self.path if len(self.path) <= _LONGEST_PLACE else self.path[: _LONGEST_PLACE - 1] + "…"


@final
class KnowledgeBaseProblem(NamedTuple):
    """One thing that is wrong with a knowledge base: the file, the line (0 if unknown), what.

    ``code`` is stable (``needlecheck kb check --explain CODE``), ``remedy`` says how to mend it.
    ``column`` counts from 1 on that line, 0 if unknown. ``path`` is the file itself and ``place``
    the keys that lead to the fault inside it, which may lie below the line that is shown.
    """

    file: str
    line: int
    message: str
    code: str = "KB100"
    column: int = 0
    remedy: str = ""
    path: Path | None = None
    place: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class NeedlecheckError(Exception):
    """The root of the errors that this package raises on purpose."""


@final
class IntakeError(NeedlecheckError):
    """An intake was refused; ``problems`` lists the reasons, in document order.

    Of more than :data:`MOST_PROBLEMS` the first that were found are there, and ``has_more`` is true.
    """

    def __init__(self, problems: Iterable[IntakeProblem]) -> None:
        found = tuple(islice(problems, MOST_PROBLEMS + 1))
        self.problems = found[:MOST_PROBLEMS]
        self.has_more = len(found) > MOST_PROBLEMS
        super().__init__("; ".join(self.told()))

    def told(self) -> list[str]:
        """The problems as text, and that there are more if so."""
        return [*map(str, self.problems), *(["and more"] if self.has_more else [])]


@final
class KnowledgeBaseError(NeedlecheckError):
    """A knowledge base could not be used; ``problems`` lists every reason found."""

    def __init__(self, problems: Iterable[KnowledgeBaseProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.told()))

    def told(self) -> list[str]:
        """The problems as text."""
        return list(map(str, self.problems))
