"""``needlecheck why``: what a verdict rests on, down to the client's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from commands.inputs import (
    InputUnusable,
    format_option,
    make_screener,
    read_file,
    rules_options,
    write_result,
)
from curation.meant import meant
from engine import Intake
from engine.text import printable
from inquiry.inquirer import Inquirer
from inquiry.reasons import Reasons, minimal_reasons
from inquiry.settled import Range, range_of
from inquiry.steps import Code, Step, drawn
from inquiry.why import Explanation
from inquiry.words import VERDICTS_IN_WORDS, name_at, wrapped


@click.command()
@click.argument("file", metavar="INTAKE|-")
@click.argument("rule", required=False)
@click.option("--details", is_flag=True, help="Add the names that facts have in the rules.")
@format_option
@rules_options
def command(
    file: str,
    rule: str | None,
    details: bool,  # noqa: FBT001 - click passes options by name
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001
) -> None:
    """Show what a verdict rests on.

    For every finding, or only for RULE: the way from the client's own words, and where they stand, to
    the rule. Without RULE also whether the verdict is settled, and the fewest statements that force it.

    \b
    Examples:
      needlecheck why intake.json
      needlecheck why intake.json anticoagulant --details

    The steps and their codes are listed in docs/explanations.md.
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, reference_date)
    inquirer = Inquirer(make_screener(knowledge_base, overlays, include_drafts=include_drafts))
    explanation = Explanation(inquirer, intake)
    if rule is not None:
        check_rule(inquirer, rule)
        steps = [explanation.rule(rule)]
        if steps[0].code is not Code.FIRED:
            raise InputUnusable(f"the rule {rule} did not fire: see needlecheck why-not {file} {rule}")
        span, reasons = None, None
    else:
        findings = inquirer.assess(intake)["findings"]
        steps = [explanation.rule(finding["rule"]) for finding in findings]
        span, reasons = range_of(inquirer, intake), minimal_reasons(inquirer, intake)
    if output_format == "json":
        found = {
            "rules": [step.as_json() for step in steps],
            "range": None if span is None else {**span._asdict(), "is_settled": span.is_settled},
            "minimal_reasons": None if reasons is None else [sorted(found) for found in reasons.sets],
        }
        write_result(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
        return
    lines = [line for step in steps for line in drawn(step, details=details)]
    if span is not None and reasons is not None:
        lines += ["", *_ending(span, reasons, intake)] if lines else _ending(span, reasons, intake)
    write_result("".join(printable(line) + "\n" for line in lines))


def check_rule(inquirer: Inquirer, rule: str) -> None:
    """Raise InputUnusable where there is no such rule, with what was meant."""
    rules = inquirer.screener.knowledge_base.rules
    if rule not in rules:
        raise InputUnusable(f"there is no rule {printable(rule)}{meant(rule, rules)}")


def _ending(span: Range, reasons: Reasons, intake: Intake) -> list[str]:
    return [*_settled(span), *_reasons(reasons.sets, intake)]


def _settled(span: Range) -> Iterator[str]:
    yield from wrapped(f"The verdict: {VERDICTS_IN_WORDS[span.now]}.")
    if span.is_settled:
        yield from wrapped("It is settled: no answer to an open question can change it.")
        return
    yield from wrapped(
        f"Answers to open questions could still make it {VERDICTS_IN_WORDS[span.strictest]} at worst "
        f"and {VERDICTS_IN_WORDS[span.mildest]} at best."
    )


def _reasons(sets: Sequence[frozenset[str]], intake: Intake) -> Iterator[str]:
    if not sets:
        yield from wrapped("Nothing said so far forces it, whatever else may come.")
        return
    said = ", ".join(_statement(place, intake) for place in sorted(sets[0]))
    others = len(sets) - 1
    more = f" ({others} other set{'s' if others > 1 else ''} of that size would do)" if others else ""
    yield from wrapped(f"Whatever else is said, this alone forces it: {said}{more}.")


def _statement(place: str, intake: Intake) -> str:
    name = name_at(intake, place)
    if name:
        return f"“{name}” ({place})"
    whole = place.count("/") == 1
    return f"all of {place[1:]}" if whole else place.rpartition("/")[2].replace("_", " ")


def tree(step: Step, *, details: bool) -> str:
    """A tree as it goes out."""
    return "".join(printable(line) + "\n" for line in drawn(step, details=details))
