"""``needlecheck interview``: ask, in the terminal, only what can still change the verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.inputs import (
    InputUnusable,
    day_of,
    format_option,
    listed,
    make_screener,
    read_file,
    rules_options,
    write_result,
)
from engine import IntakeError, render_text
from engine.text import printable
from inquiry.conversation import hold, say
from inquiry.inquirer import Inquirer
from inquiry.interview import Interview
from inquiry.words import VERDICTS_IN_WORDS, wrapped


@click.command()
@click.option(
    "--from", "partial", type=click.Path(path_type=Path), metavar="PARTIAL",
    help="Begin with an intake of which something is known.",
)  # fmt: skip
@click.option(
    "--id", "intake_id", metavar="NAME",
    help="The intake's own name.  [default: that of PARTIAL, else interview]",
)  # fmt: skip
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the intake to FILE, and its assessment beside it (FILE.assessment.json).",
)  # fmt: skip
@click.option(
    "--force", is_flag=True, help="Replace FILE and its assessment where they are there already."
)
@click.option(
    "--complete", is_flag=True, help="Ask every open question, not only what can change the verdict."
)
@format_option
@rules_options
def command(
    partial: Path | None,
    intake_id: str | None,
    output: Path | None,
    force: bool,  # noqa: FBT001 - click passes options by name
    complete: bool,  # noqa: FBT001
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
    files = [] if output is None else [output, output.with_name(output.name + ".assessment.json")]
    _check(files, force=force)
    today = day_of(reference_date)
    start: dict[str, Any] = {"intake_id": "interview", "screened_on": today.isoformat()}
    if partial is not None:
        known = read_file(str(partial), reference_date)
        start = {**known.document, "screened_on": known.screened_on.isoformat()}
    if intake_id is not None:
        start["intake_id"] = intake_id
    inquirer = Inquirer(make_screener(knowledge_base, overlays, include_drafts=include_drafts))
    try:
        interview = Interview(inquirer, start, today, complete=complete)
        hold(interview, inquirer)
    except IntakeError as error:
        raise InputUnusable(f"this is no valid intake:{listed(error)}") from None
    _tell_end(interview)
    intake = interview.intake
    assessment = inquirer.screener.screen(intake)
    try:
        for file, content in zip(files, (intake.document, assessment), strict=False):
            _save(file, content, force=force)
    finally:  # what was told in a long interview is not lost with a full disk
        if output_format == "json":
            write_result(_as_json({"intake": intake.document, "assessment": assessment}))
        else:
            write_result(render_text(assessment, details=False))


def _check(files: Sequence[Path], *, force: bool) -> None:
    """Whether files can be written, before anybody is asked anything."""
    for file in files:
        if not file.parent.is_dir():
            raise InputUnusable(f"{printable(str(file.parent))} is no folder to write to")
        if file.exists() and not force:
            raise InputUnusable(f"{printable(str(file))} is there already; --force replaces it")


def _tell_end(interview: Interview) -> None:
    span, count = interview.range(), len(interview.asked)
    say("")
    if span.is_settled:
        say(f"Settled after {count} question{'' if count == 1 else 's'}.")
        return
    told = f"Not settled: it could still be {VERDICTS_IN_WORDS[span.strictest]} at worst and "
    for line in wrapped(f"{told}{VERDICTS_IN_WORDS[span.mildest]} at best."):
        say(line)


def _save(file: Path, content: Any, *, force: bool) -> None:
    try:
        with file.open("w" if force else "x", encoding="utf-8", newline="\n") as opened:
            opened.write(_as_json(content))
    except OSError as error:
        raise InputUnusable(f"{printable(str(file))} cannot be written: {error.strerror}") from None
    say(f"Written: {file}")


def _as_json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
