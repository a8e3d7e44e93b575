"""``needlecheck verify``: whether a record is what the tool gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from commands.inputs import (
    InputUnusable,
    format_option,
    listed,
    make_screener,
    name_of,
    read_bytes,
    rules_options,
    write_result,
)
from engine import Intake, IntakeError, read_intake
from engine.dates import parse_date
from engine.reading import shown
from engine.text import printable
from inquiry.record import NotARecordError, read_record
from inquiry.verify import Verification, verify
from inquiry.words import wrapped


@click.command()
@click.argument("assessment", metavar="ASSESSMENT")
@click.argument("file", metavar="INTAKE|-")
@format_option
@rules_options
@click.pass_context
def command(
    context: click.Context,
    assessment: str,
    file: str,
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Check a recorded assessment against its intake.

    Screens INTAKE again with the same rules and says whether ASSESSMENT (or a line of an audit's
    results) is what the tool gives, or where it differs. The exit code is 0 if it is the same, else 1.

    \b
    Examples:
      needlecheck verify record.json intake.json
      needlecheck verify record.json intake.json --overlay ours --format json

    The rules have to be those of the record: their digest is compared first.
    """  # noqa: D301 - click wants the control character itself
    try:
        record = read_record(read_bytes(assessment, -1))
        intake = _intake(file, reference_date.date() if reference_date else _day_of(record))
        screener = make_screener(knowledge_base, overlays, include_drafts=include_drafts)
        found = verify(screener, record, intake)
    except NotARecordError as error:
        lines = "\n".join(map(printable, str(error).split("\n")))
        raise InputUnusable(f"{name_of(assessment)} cannot be verified: {lines}") from None
    if output_format == "json":
        write_result(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        write_result("".join(printable(line) + "\n" for line in _as_text(found)))
    context.exit(0 if found.is_verified else 1)


def _intake(file: str, on: date | None) -> Intake:
    try:
        return read_intake(read_bytes(file), on)
    except IntakeError as error:
        raise InputUnusable(f"{name_of(file)} cannot be used as an intake:{listed(error)}") from None


def _day_of(record: Mapping[str, Any]) -> date | None:
    """The day of the record, for an intake without one."""
    try:
        return parse_date(record["screened_on"])
    except ValueError:
        return None


def _as_text(found: Verification) -> Iterator[str]:
    if found.is_verified:
        yield "Verified: the record is what these rules give for this intake."
        return
    if found.other_rules:
        yield "Cannot be verified here: the record was made with other rules."
        for other in found.other_rules:
            yield from wrapped(f"- {other}")
        yield "What differs, for information:" if found.differences else "Nothing else differs."
    else:
        yield "Not the same: these rules give something else for this intake."
    for difference in found.differences:
        yield from wrapped(
            f"- {difference.path or '/'}: recorded {shown(difference.recorded)}, "
            f"now {shown(difference.now)}"
        )


def _as_json(found: Verification) -> dict[str, Any]:
    return {
        "is_verified": found.is_verified,
        "other_rules": list(found.other_rules),
        "differences": [difference._asdict() for difference in found.differences],
    }
