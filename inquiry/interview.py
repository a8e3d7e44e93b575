"""An interview that asks only what can still change the verdict, and can take answers back.

It holds an intake in the making and knows what was asked; how questions are shown and answers are
typed is for :mod:`inquiry.interview_command`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, final

from engine import Intake, KnowledgeBase, make_intake
from engine.intake import LISTS, NOT_ANSWERED
from engine.references import answer_fields
from inquiry.edits import edited
from inquiry.inquirer import Inquirer
from inquiry.next_questions import NextQuestion, next_questions
from inquiry.parts import NEW_MEDICINE
from inquiry.settled import Range, range_of

UNKNOWN: Final = "unknown"
DECLINED: Final = "declined"


@final
class Step(NamedTuple):
    """A question that was asked, and the intake as it was before."""

    question: NextQuestion
    before: dict[str, Any]


@final
class Interview:
    """One client's interview; ``complete`` asks everything, not only what can change the verdict."""

    def __init__(
        self, inquirer: Inquirer, start: dict[str, Any], today: date, *, complete: bool = False
    ) -> None:
        self._inquirer = inquirer
        self._document = _nothing_for_granted(start, inquirer.screener.knowledge_base)
        self._today = today
        self._complete = complete
        self._steps: list[Step] = []
        self._current: NextQuestion | None = None

    @property
    def intake(self) -> Intake:
        """The intake as far as it goes. Raises IntakeError if the start was not valid."""
        return make_intake(self._document, self._today)

    @property
    def asked(self) -> Sequence[Step]:
        """The questions that were answered so far, in order."""
        return self._steps

    def range(self) -> Range:
        """How far the verdict can still move."""
        return range_of(self._inquirer, self.intake)

    def next(self) -> NextQuestion | None:
        """The next question; ``None`` when there is nothing left to ask."""
        done = {step.question.path for step in self._steps}
        self._current = next(
            (
                question
                for question in next_questions(self._inquirer, self.intake, every=self._complete)
                if question.path not in done
            ),
            None,
        )
        return self._current

    def answer(self, value: Any) -> None:
        """Take an answer to the last question; ``unknown`` and ``declined`` are answers too.

        Raises :class:`~engine.errors.IntakeError` where the value is none that the intake can hold;
        then nothing has changed.
        """
        assert self._current is not None
        changed = self._with(self._current.path, value)
        make_intake(changed, self._today)
        self._steps.append(Step(self._current, self._document))
        self._document, self._current = changed, None

    def back(self) -> bool:
        """Take the last answer back; whether there was one."""
        if not self._steps:
            return False
        self._document = self._steps.pop().before
        self._current = None
        return True

    def _with(self, path: str, value: Any) -> dict[str, Any]:
        """The document with an answer, or as it is where not knowing is said by silence."""
        if isinstance(value, str) and value in NOT_ANSWERED and not _can_say(path, value):
            return self._document
        if path == "/medications":
            value = [_not_said_is_unknown(entry) for entry in value]
        intake = Intake(self._document, self._today)
        if path.startswith(f"{NEW_MEDICINE}/"):
            added = next(part for part in self._inquirer.parts(self.intake) if part.kind == "new")
            _, raw = added.options[1].edits[0]
            path, value = NEW_MEDICINE, {**raw, path.rpartition("/")[2]: value}
        return edited(intake, [(path, value)]).document


def _nothing_for_granted(start: Mapping[str, Any], knowledge_base: KnowledgeBase) -> dict[str, Any]:
    """The start as an intake that says “unknown” where silence would count as the usual answer.

    Needles are of steel unless somebody says otherwise; an interview asks where it matters.
    """
    document: dict[str, Any] = copy.deepcopy(dict(start))
    silent = Intake({}, date.min)
    for question in knowledge_base.questions.values():
        section, _, key = question.path[1:].partition("/")
        is_field = f"{section}.{key}" in answer_fields()
        if is_field and silent.answer(f"{section}.{key}").value is not None:
            document.setdefault(section, {}).setdefault(key, UNKNOWN)
    return document


def _not_said_is_unknown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A medicine of which only the name was told: whether it is used now is asked if it matters."""
    if "status" in entry or "stopped_on" in entry:
        return dict(entry)
    return {**entry, "status": UNKNOWN}


def _can_say(path: str, word: str) -> bool:
    """Whether an intake can hold ``unknown`` or ``declined`` at a path."""
    section, _, key = path[1:].partition("/")
    if section in LISTS:
        return word == UNKNOWN and key.endswith("/status") and section in ("conditions", "medications")
    field = answer_fields().get(f"{section}.{key}")
    return field is not None and word in field.values
