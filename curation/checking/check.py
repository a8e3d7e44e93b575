"""Every problem of a knowledge base in one run: read it, look at every part, prove, and find the lines.

What is wrong with one file, item or part hides nothing of the others. Only examples and proofs need
a knowledge base that can be used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, final

from curation.checking import (
    citations,
    examples,
    files,
    references,
    rules,
    spelling,
    texts,
    vocabulary,
)
from curation.checking.codes import severity_of
from curation.checking.exceptions import apply_exceptions
from curation.checking.places import exact_place
from curation.checking.problems import Problem
from curation.checking.rules import day
from curation.checking.written import Spot, Written, read_written
from engine import KnowledgeBase, KnowledgeBaseProblem

_CHECKS: Final[Sequence[Callable[[Written], Iterator[Spot]]]] = (
    files.check,
    references.check,
    vocabulary.check,
    spelling.check,
    texts.check,
    rules.check,
    examples.check,
)


@final
class Checked(NamedTuple):
    """The problems of a knowledge base in the order of its files, and what was looked at.

    ``unchecked`` says what could not be looked at, and why.
    """

    problems: tuple[Problem, ...]
    rules: int
    concepts: int
    unchecked: tuple[str, ...]

    def count(self, severity: str) -> int:
        """How many problems are as grave as that."""
        return sum(problem.severity == severity for problem in self.problems)


def check_knowledge_base(
    folder: Path,
    overlays: Sequence[Path],
    today: date,
    *,
    documents: Path | None = None,
    proofs: bool = True,
) -> Checked:
    """Check a knowledge base with its overlays.

    ``documents`` is the folder with the project's documents; without it, and where ``proofs`` are not
    wanted, that part is left out.
    """
    written = read_written(folder, overlays, today)
    usable = _usable(written)
    spots = [spot for check in _CHECKS for spot in check(written)]
    spots += citations.check(written, documents)
    if proofs and usable is not None:
        from curation.checking.proofs import check  # takes a while to import

        spots += check(written, usable)
    spots = list(
        apply_exceptions(written, spots, proved=proofs and usable is not None, ran=usable is not None)
    )
    located = [*map(_located_by_engine, written.problems), *map(_located, spots)]
    found = {_order(problem): problem for problem in located}
    return Checked(
        tuple(found[key] for key in sorted(found)),
        len(written.of_kind("rule")),
        len(written.of_kind("concept")),
        tuple(_unchecked(usable=usable is not None, documents=documents, proofs=proofs)),
    )


def _usable(written: Written) -> KnowledgeBase | None:
    """The knowledge base, if intakes can be screened with it on the day of its examples."""
    found = written.knowledge_base
    return found if found and day(found.examples_on) else None


def _unchecked(*, usable: bool, documents: Path | None, proofs: bool) -> Iterator[str]:
    if not usable:
        yield "examples and proofs: the knowledge base has to be usable first"
    elif not proofs:
        yield "proofs (--no-proofs)"
    if documents is None:
        yield "the words of citations (--sources DIR)"


def _located(spot: Spot) -> Problem:
    path = spot.file.folder / spot.file.name
    line, column = exact_place(path, spot.place, spot.words) if spot.file.schema else (0, 0)
    return Problem(
        spot.code, severity_of(spot.code), shown_path(path), line, column,
        spot.message, spot.remedy, spot.witness, spot.claim,
    )  # fmt: skip


def _located_by_engine(problem: KnowledgeBaseProblem) -> Problem:
    file, line, column = problem.file, problem.line, problem.column
    if problem.path is not None:
        file = shown_path(problem.path)
        if problem.place and problem.code != "KB107":  # there the key itself is at fault
            line, column = exact_place(problem.path, problem.place)
    return Problem(
        problem.code, severity_of(problem.code), file, line, column, problem.message, problem.remedy
    )


def shown_path(path: Path) -> str:
    """A path as messages show it: from where the command runs, if it lies below."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def _order(problem: Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line, problem.column, problem.code, problem.message
