"""An interview in a terminal: questions go to standard error, answers come from standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, final

import click

from engine import IntakeError, make_intake
from engine.text import printable
from inquiry.dialogue import (
    NONE,
    NotAnAnswerError,
    asks_for_list,
    choices_of,
    entry_of,
    hint,
    not_understood,
    reason,
    value_of,
)
from inquiry.inquirer import Inquirer
from inquiry.interview import DECLINED, UNKNOWN, Interview
from inquiry.next_questions import NextQuestion
from inquiry.words import value_in_words, wrapped

_BACK: Final = "back"
_WHY: Final = "why"
_QUIT: Final = "quit"
_WORDS: Final = {"?": UNKNOWN, UNKNOWN: UNKNOWN, "-": DECLINED, DECLINED: DECLINED}


@final
class _QuitError(Exception):
    """Whoever answers has had enough, or the input is at its end."""


@final
class _BackError(Exception):
    """The last answer is to be taken back."""


def hold(interview: Interview, inquirer: Inquirer) -> None:
    """Ask until nothing is left to ask, or whoever answers has had enough."""
    while (question := interview.next()) is not None:
        say("")
        for line in wrapped(f"{len(interview.asked) + 1}. {question.ask}", hanging="   "):
            say(line)
        for number, choice in enumerate(choices_of(question), 1):
            _tell(f"{number}  {value_in_words(choice.value)}: {choice.means}", hanging="   ")
        _tell(f"({hint(question)})", hanging=" ")
        try:
            _take(interview, inquirer, question)
        except _QuitError:
            return


def say(line: str) -> None:
    """One line to whoever answers."""
    click.echo(printable(line), err=True)


def _tell(text: str, hanging: str = "") -> None:
    for line in wrapped(text, indent="   ", hanging=hanging):
        say(line)


def _take(interview: Interview, inquirer: Inquirer, question: NextQuestion) -> None:
    """Read until an answer is taken, or taken back."""
    while True:
        try:
            interview.answer(_value(_line(question), question, interview, inquirer))
        except NotAnAnswerError as error:
            _tell(f"Please type {error}; or ? if it is not known.")
        except IntakeError as error:
            for problem in error.problems:
                _tell(f"This cannot be: found {problem.found}; expected {problem.expected}.")
        except _BackError:
            if interview.back():
                return
            _tell("There is nothing to take back.")
        else:
            return


def _value(typed: str, question: NextQuestion, interview: Interview, inquirer: Inquirer) -> Any:
    if typed.casefold() in _WORDS:
        return _WORDS[typed.casefold()]
    if not asks_for_list(question):
        return value_of(typed, question)
    if not typed:
        raise NotAnAnswerError(hint(question))
    return _ListOfEntries(question, interview, inquirer).read(typed)


@final
class _ListOfEntries:
    """Reads the lines of a list, and looks each up at once, so that a slip can be mended."""

    def __init__(self, question: NextQuestion, interview: Interview, inquirer: Inquirer) -> None:
        self._question = question
        self._name = question.path[1:]
        self._intake = interview.intake
        self._knowledge_base = inquirer.screener.knowledge_base
        self._entries: list[dict[str, Any]] = []

    def read(self, first: str) -> list[dict[str, Any]]:
        """The entries, from the first line to an empty one or the end of the input.

        Raises _QuitError if whoever answers leaves before the list is at its end: half a list would be
        taken for the whole.
        """
        line = first
        while line:
            if line.casefold() in NONE and not self._entries:
                return []
            line = self._after(line)
        if not self._entries:
            raise NotAnAnswerError(hint(self._question))
        return self._entries

    def _after(self, line: str) -> str:
        """Take one line; the next one."""
        entry = entry_of(line, self._name)
        refused = self._refused(entry)
        problem = refused or not_understood(entry, self._name, self._intake, self._knowledge_base)
        if problem:
            _tell(f"“{line}” is not understood: {problem}", hanging="  ")
            _tell(
                f"Type it again, or press Enter to {'leave it out' if refused else 'keep it as it is'}."
            )
            again = self._next()
            if again:
                return again
        if not refused:
            self._entries.append(entry)
        return self._next()

    def _refused(self, entry: dict[str, Any]) -> str:
        """Why no intake can hold an entry; empty if one can."""
        try:
            make_intake({"intake_id": "a", self._name: [entry]}, self._intake.screened_on)
        except IntakeError as error:
            problem = error.problems[0]
            return f"found {problem.found}; expected {problem.expected}"
        return ""

    def _next(self) -> str:
        while True:
            try:
                typed = _line(self._question, at_end=lambda: "")
            except _BackError:
                if not self._entries:
                    raise
                _tell(f"Taken back: “{self._entries.pop()['name']}”.")
            except _QuitError:
                _tell("This list was not finished, so it is left out.")
                raise
            else:
                if typed not in _WORDS:
                    return typed
                _tell("Please type one a line, and an empty line at the end.")


def _line(question: NextQuestion, at_end: Callable[[], str] | None = None) -> str:
    """One line as typed, once every wish to know why was met.

    Raises _BackError, and _QuitError also at the end of the input unless there is something else to
    say then.
    """
    while True:
        typed = _read()
        if typed is None and at_end is not None:
            return at_end()
        word = _QUIT if typed is None else typed.casefold()
        if word == _QUIT:
            raise _QuitError
        if word == _BACK:
            raise _BackError
        if word != _WHY:
            assert typed is not None
            return typed
        _tell(reason(question))


def _read() -> str | None:
    """One line as typed, in UTF-8 whatever the machine speaks; ``None`` at the end of the input."""
    click.echo("   > ", nl=False, err=True)
    line = sys.stdin.buffer.readline()
    if not line:
        say("")
        return None
    typed = line.decode("utf-8", errors="replace").lstrip("\ufeff").strip()
    if not sys.stdin.isatty():  # whoever reads along sees what was answered
        say(typed)
    return typed
