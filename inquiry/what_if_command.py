"""``needlecheck what-if``: what would change a verdict, or what a change would do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from commands.inputs import (
    InputUnusable,
    format_option,
    listed,
    make_screener,
    read_file,
    rules_options,
    write_result,
)
from engine import Intake, IntakeError, KnowledgeBase
from engine.text import printable
from inquiry.inquirer import Inquirer
from inquiry.sentences import settled, way_in_words
from inquiry.settled import Range, range_of
from inquiry.variation import Variation, edit_of, varied
from inquiry.what_if import WayOut, as_json, ways_out
from inquiry.words import VERDICTS_IN_WORDS, wrapped


@click.command()
@click.argument("file", default="-", metavar="[INTAKE|-]")
@click.option(
    "--set", "changes", multiple=True, metavar="PATH=VALUE",
    help="Screen the intake with another value in some place, such as /client/pregnancy=no; may be "
    "repeated. /medications/- is a new entry, and null takes away what stands in a place.",
)  # fmt: skip
@format_option
@rules_options
def command(
    file: str,
    changes: tuple[str, ...],
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show what would change a verdict.

    Without --set and --on: the fewest things that would give each milder verdict, of those that can
    change: time, an event that ends a finding, an answer to an open question, the device or the setting.
    With --set, or --on for another day of screening: the difference between the two assessments.

    \b
    Examples:
      needlecheck what-if intake.json
      needlecheck what-if intake.json --set /treatment/device=pen
      needlecheck what-if intake.json --set '/medications/-={"name": "ibuprofen"}'
      needlecheck what-if intake.json --on 2027-03-01

    Nobody is to stop a medicine for a treatment: the end of a course is up to whoever prescribed it.
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, None)
    screener = make_screener(knowledge_base, overlays, include_drafts=include_drafts)
    if changes or reference_date:
        on = reference_date.date() if reference_date else None
        try:
            other = varied(intake, [edit_of(text) for text in changes], on)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--set") from None
        except IntakeError as error:
            raise InputUnusable(f"the changed intake cannot be used:{listed(error)}") from None
        variation = Variation(screener.screen(intake), screener.screen(other))
        text = _variation_text(variation)
        found: object = variation.as_json()
    else:
        inquirer = Inquirer(screener)
        ways, span = ways_out(inquirer, intake), range_of(inquirer, intake)
        findings = inquirer.assess(intake)["findings"]
        said = {item["path"] for finding in findings for item in finding["evidence"]}
        text = _ways_text(
            screener.knowledge_base, intake, span, ways, rests_on_birthday="/client/birth_date" in said
        )
        found = {**span._asdict(), "is_settled": span.is_settled, "ways": as_json(ways)}
    if output_format == "json":
        write_result(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    else:
        write_result("".join(printable(line) + "\n" for line in text))


def _variation_text(variation: Variation) -> Iterator[str]:
    differences = list(variation.differences())
    yield from wrapped(f"Now:  {variation.before['headline']}", hanging="      ")
    yield from wrapped(f"Then: {variation.after['headline']}", hanging="      ")
    yield ""
    for difference in differences or ["nothing differs"]:
        yield from wrapped(f"- {difference}")


def _ways_text(
    knowledge_base: KnowledgeBase,
    intake: Intake,
    span: Range,
    ways: Sequence[WayOut],
    *,
    rests_on_birthday: bool,
) -> Iterator[str]:
    yield f"Now: {VERDICTS_IN_WORDS[span.now]}."
    yield from wrapped(settled(span))
    yield ""
    if not ways:
        yield "Nothing that can change would make this milder."
        if rests_on_birthday:
            yield "The client grows older, though: see needlecheck timeline."
    for way in ways:
        told = way_in_words(knowledge_base, intake, way)
        yield from wrapped(told.head)
        for step in told.steps:
            yield from wrapped(f"- {step}", indent="  ")
