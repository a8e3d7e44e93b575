"""``needlecheck interview``: ask, in the terminal, only what can still change the verdict."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from commands.inputs import (
    InputUnusable,
    day_of,
    listed,
    make_screener,
    read_file,
    rules_options,
    write_result,
)
from engine import IntakeError, render_text
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
from inquiry.words import VERDICTS_IN_WORDS, value_in_words, wrapped

_BACK: Final = "back"
_WHY: Final = "why"
_QUIT: Final = "quit"
_WORDS: Final = {"?": UNKNOWN, UNKNOWN: UNKNOWN, "-": DECLINED, DECLINED: DECLINED}


@click.command()
@click.option(
    "--from", "partial", type=click.Path(path_type=Path), metavar="PARTIAL",
    help="Begin with an intake of which something is known.",
)  # fmt: skip
@click.option("--id", "intake_id", default="interview", show_default=True, help="The intake's own name.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the intake to FILE, and its assessment beside it (FILE.assessment.json).",
)  # fmt: skip
@click.option(
    "--complete", is_flag=True, help="Ask every open question, not only what can change the verdict."
)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text")
@rules_options
def command(
    partial: Path | None,
    intake_id: str,
    output: Path | None,
    complete: bool,  # noqa: FBT001 - click passes options by name
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001
) -> None:
    """Ask only what can still change the verdict.

    Type the answer, its number, or one of: ? (not known), - (does not want to say), why, back, quit.
    Questions go to standard error, the result to standard output, so that it can be piped.

    \b
    Examples:
      needlecheck interview
      needlecheck interview --from partial.json --output intake.json
      needlecheck interview --complete --format json < answers.txt

    The interview ends when no answer can change the verdict any more.
    """  # noqa: D301 - click wants the control character itself
    today = day_of(reference_date)
    start: dict[str, Any] = {"intake_id": intake_id, "screened_on": today.isoformat()}
    if partial is not None:
        known = read_file(str(partial), reference_date)
        start = {**known.document, "screened_on": known.screened_on.isoformat()}
    inquirer = Inquirer(make_screener(knowledge_base, overlays, include_drafts=include_drafts))
    try:
        interview = Interview(inquirer, start, today, complete=complete)
        _hold(interview, inquirer)
    except IntakeError as error:
        raise InputUnusable(f"this is no valid intake:{listed(error)}") from None
    _finish(interview, inquirer, output, output_format)


def _hold(interview: Interview, inquirer: Inquirer) -> None:
    """Ask until nothing is left, or whoever answers has had enough."""
    while (question := interview.next()) is not None:
        _say("")
        for line in wrapped(f"{len(interview.asked) + 1}. {question.ask}", hanging="   "):
            _say(line)
        for number, choice in enumerate(choices_of(question), 1):
            _say(f"   {number}  {value_in_words(choice.value)}: {choice.means}")
        for line in wrapped(f"({hint(question)})", indent="   ", hanging=" "):
            _say(line)
        if not _take(interview, inquirer, question):
            return


def _take(interview: Interview, inquirer: Inquirer, question: NextQuestion) -> bool:
    """Read answers until one is taken or taken back; whether to go on."""
    while True:
        typed = _read()
        if typed is None or typed.casefold() == _QUIT:
            return False
        word = typed.casefold()
        if word == _BACK:
            if not interview.back():
                _say("   There is nothing to take back.")
                continue
            return True
        if word == _WHY:
            for line in wrapped(reason(question), indent="   ", hanging=""):
                _say(line)
            continue
        try:
            interview.answer(_value(typed, question, interview, inquirer))
        except NotAnAnswerError as error:
            _say(f"   Please type {error}; or ? if it is not known.")
        except IntakeError as error:
            _say(f"   This cannot be:{listed(error)}")
        else:
            return True


def _value(typed: str, question: NextQuestion, interview: Interview, inquirer: Inquirer) -> Any:
    if typed.casefold() in _WORDS:
        return _WORDS[typed.casefold()]
    if asks_for_list(question):
        return list(_entries(typed, question, interview, inquirer))
    return value_of(typed, question)


def _entries(
    typed: str, question: NextQuestion, interview: Interview, inquirer: Inquirer
) -> Iterator[dict[str, Any]]:
    """The lines of a list, each looked up at once, so that a slip can be mended."""
    if typed.casefold() in NONE or not typed:
        return
    line: str | None = typed
    while line:
        entry = entry_of(line)
        problem = not_understood(
            entry, question.path[1:], interview.intake, inquirer.screener.knowledge_base
        )
        if problem:
            for told in wrapped(f"“{entry['name']}” is not understood: {problem}", indent="   "):
                _say(told)
            _say("   Type it again, or press Enter to keep it as it is.")
            again = _read()
            if again:
                line = again
                continue
        yield entry
        line = _read()


def _finish(interview: Interview, inquirer: Inquirer, output: Path | None, output_format: str) -> None:
    intake = interview.intake
    assessment = inquirer.screener.screen(intake)
    span = interview.range()
    _say("")
    if span.is_settled:
        _say(f"Settled after {len(interview.asked)} questions.")
    else:
        told = f"Not settled: it could still be {VERDICTS_IN_WORDS[span.strictest]} at worst and "
        for line in wrapped(f"{told}{VERDICTS_IN_WORDS[span.mildest]} at best."):
            _say(line)
    if output is not None:
        _save(output, intake.document)
        _save(output.with_name(output.name + ".assessment.json"), assessment)
    if output_format == "json":
        both = {"intake": intake.document, "assessment": assessment}
        write_result(json.dumps(both, ensure_ascii=False, indent=2) + "\n")
    else:
        write_result(render_text(assessment, details=False))


def _save(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputUnusable(f"{printable(str(path))} cannot be written: {error.strerror}") from None


def _say(line: str) -> None:
    click.echo(printable(line), err=True)


def _read() -> str | None:
    """One line as typed; ``None`` at the end of the input."""
    click.echo("   > ", nl=False, err=True)
    line = sys.stdin.readline()
    return line.strip() if line else None
