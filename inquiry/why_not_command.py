"""``needlecheck why-not``: what rules a rule out, or what it waits for."""

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
from inquiry.inquirer import Inquirer
from inquiry.steps import Code
from inquiry.why import explain_rule
from inquiry.why_command import check_rule, tree


@click.command()
@click.argument("file", metavar="INTAKE|-")
@click.argument("rule")
@click.option("--details", is_flag=True, help="Add the names that facts have in the rules.")
@format_option
@rules_options
def command(
    file: str,
    rule: str,
    details: bool,  # noqa: FBT001 - click passes options by name
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001
) -> None:
    """Show what rules a rule out, or what it waits for.

    Only what decides is shown, down to the client's own words; for a rule that is not decided, the
    questions that would decide it.

    \b
    Examples:
      needlecheck why-not intake.json recent-filler
      needlecheck why-not intake.json recent-filler --format json
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, reference_date)
    inquirer = Inquirer(make_screener(knowledge_base, overlays, include_drafts=include_drafts))
    check_rule(inquirer, rule)
    step = explain_rule(inquirer, intake, rule)
    if step.code is Code.FIRED:
        raise InputUnusable(f"the rule {rule} did fire: see needlecheck why {file} {rule}")
    if output_format == "json":
        write_result(json.dumps(step.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        write_result(tree(step, details=details))
