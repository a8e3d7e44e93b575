"""``needlecheck why``: what a verdict rests on, down to the client's own words."""

from __future__ import annotations

import json
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
from engine.text import printable
from inquiry.inquirer import Inquirer
from inquiry.reasons import minimal_reasons
from inquiry.sentences import forced, settled
from inquiry.settled import range_of
from inquiry.steps import Code, Step, drawn
from inquiry.why import Explanation
from inquiry.words import VERDICTS_IN_WORDS, wrapped


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
        verdict = f"The verdict: {VERDICTS_IN_WORDS[span.now]}."
        ending = [verdict, settled(span), forced(reasons, intake)]
        lines += [""] if lines else []
        lines += [line for sentence in ending for line in wrapped(sentence)]
    write_result("".join(printable(line) + "\n" for line in lines))


def check_rule(inquirer: Inquirer, rule: str) -> None:
    """Raise InputUnusable where there is no such rule, with what was meant."""
    rules = inquirer.screener.knowledge_base.rules
    if rule not in rules:
        raise InputUnusable(f"there is no rule {printable(rule)}{meant(rule, rules)}")


def tree(step: Step, *, details: bool) -> str:
    """A tree as it goes out."""
    return "".join(printable(line) + "\n" for line in drawn(step, details=details))
