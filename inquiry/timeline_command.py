"""``needlecheck timeline``: the verdict on each coming day, if nothing else changes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.inputs import format_option, make_screener, read_file, rules_options, write_result
from engine.text import printable
from inquiry.timeline import Timeline, timeline
from inquiry.timeline_text import as_text


@click.command()
@click.argument("file", default="-", metavar="[INTAKE|-]")
@click.option("--months", type=click.IntRange(1, 120), default=12, show_default=True, metavar="N")
@format_option
@rules_options
def command(
    file: str,
    months: int,
    output_format: str,
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001 - click passes options by name
) -> None:
    """Show the verdict on each coming day.

    Nothing else changes, only time passes: windows end, and ages grow with a birth date. What else a
    verdict waits for (events, a review, open questions) is listed at the end.

    \b
    Examples:
      needlecheck timeline intake.json
      needlecheck timeline intake.json --months 24 --format json
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, reference_date)
    screener = make_screener(knowledge_base, overlays, include_drafts=include_drafts)
    found = timeline(screener, intake, months)
    if output_format == "json":
        write_result(json.dumps(_as_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        write_result("".join(printable(line) + "\n" for line in as_text(found)))


def _as_json(found: Timeline) -> dict[str, Any]:
    return {
        "intervals": [
            {
                "first": interval.first.isoformat(),
                "last": interval.last.isoformat(),
                "verdict": interval.verdict,
                "rules": list(interval.rules),
                "only_when": list(interval.only_when),
                "changes": [{**change._asdict(), "text": change.text} for change in interval.changes],
            }
            for interval in found.intervals
        ],
        "first_days": {
            verdict: {"on": interval.first.isoformat(), "only_when": list(interval.only_when)}
            for verdict, interval in found.first_intervals().items()
        },
        "waits_for": list(found.waits_for),
        "reviews": list(found.reviews),
        "questions": list(found.questions),
        "declined": list(found.declined),
        "age_stands_still": found.age_stands_still,
    }
