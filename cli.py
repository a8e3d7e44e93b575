"""The command line: options in, exit codes out."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from commands.inputs import (
    InputUnusable,
    NamedPath,
    day_of,
    make_screener,
    read_file,
    rules_options,
    write_result,
)
from commands.lazy import LazyGroup
from engine import VERSION, Screener, render_text
from engine.text import printable

EXIT_VERDICTS: Final = {
    "eligible": 10,
    "eligible_with_precautions": 11,
    "incomplete": 12,
    "referral": 13,
    "deferred": 14,
    "contraindicated": 15,
}

LATE: Final[dict[str, str]] = {
    "why": "inquiry.why_command",
    "why-not": "inquiry.why_not_command",
    "what-if": "inquiry.what_if_command",
    "timeline": "inquiry.timeline_command",
    "interview": "inquiry.interview_command",
    "verify": "inquiry.verify_command",
}
KEEPER: Final = {
    "check": "curation.checking.command",
    "test": "curation.testing.command",
    "new": "curation.writing.command",
    "show": "curation.showing.command",
    "list": "curation.showing.list_command",
    "graph": "curation.graphing.command",
    "diff": "curation.comparing.command",
    "handbook": "curation.handbook.command",
}
"""The commands that each stand in a module, in the order in which ``--help`` lists them."""


@click.group(
    cls=LazyGroup,
    late=LATE,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
)
@click.version_option(VERSION, "--version", prog_name="needlecheck")
def main() -> None:
    """Screen clients for microneedling by documented rules.

    needlecheck reads what a client told the clinic (a JSON intake) and says whether treatment
    can go ahead, has to wait, or needs a clinician, with the proof, the sources and what to ask.

    It supports a decision. It is not a diagnosis, and it never tells anyone to stop a medicine.
    """
    if sys.stdin is None:  # closed: there is nothing to read
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - as long as the process


@main.command()
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json", "html"]), default="text",
    show_default=True, help="Text for people, JSON for programs, HTML for the client's record.",
)  # fmt: skip
@click.option("--details", is_flag=True, help="In text: add rationale, proof, care, all questions.")
@rules_options
@click.option(
    "--exit-verdict", is_flag=True,
    help="Exit with 10 (eligible), 11 (with precautions), 12 (incomplete), 13 (referral), "
    "14 (deferred) or 15 (contraindicated) instead of 0.",
)  # fmt: skip
@click.pass_context
def screen(
    context: click.Context,
    file: str,
    output_format: str,
    details: bool,  # noqa: FBT001 - click passes options by position-free names
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001
    exit_verdict: bool,  # noqa: FBT001
) -> None:
    """Screen one intake: one JSON object in, one assessment out.

    FILE holds the intake; without it, or with -, it is read from standard input.

    \b
    Examples:
      needlecheck screen intake.json
      needlecheck screen --format json < intake.json
      needlecheck screen --details --on 2026-11-20 intake.json
      needlecheck screen --format html intake.json > record.html

    What an intake holds is written in schemas/intake.schema.json and the README. A question
    that was not asked is left out: it then counts as unknown, never as no.
    """  # noqa: D301 - click wants the control character itself
    intake = read_file(file, reference_date)
    screener = make_screener(knowledge_base, overlays, include_drafts=include_drafts)
    assessment = screener.screen(intake)
    if output_format == "json":
        write_result(json.dumps(assessment, ensure_ascii=False, indent=2) + "\n")
    elif output_format == "html":
        from inquiry.inquirer import Inquirer  # only a page needs it: start-up counts
        from inquiry.page import page_of

        write_result(page_of(Inquirer(screener), intake))
    else:
        write_result(render_text(assessment, details=details))
    if exit_verdict:
        context.exit(EXIT_VERDICTS[assessment["verdict"]])


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--output", type=NamedPath(path_type=Path, file_okay=False), required=True, metavar="DIR",
    help="The folder that receives results.jsonl, rules.json, rejects.jsonl, summary.json and "
    "report.html.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1), default=None, metavar="N",
    help="Processes that screen at the same time.  [default: the machine's cores]",
)  # fmt: skip
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Screen on the workers of a Dask scheduler.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run instead of starting over.")
@click.option("--full", is_flag=True, help="Write whole assessments, not only each client's own part.")
@click.option("--results-gzip", is_flag=True, help="Write results.jsonl.gz instead of results.jsonl.")
@click.option(
    "--baseline", type=click.Path(path_type=Path), metavar="OLD_RESULTS",
    help="Results of an older run (or its folder): show whose verdict or findings changed.",
)  # fmt: skip
@click.option(
    "--table", "tables", type=click.Path(path_type=Path, dir_okay=False), multiple=True, metavar="FILE",
    help="Also write one row a record to FILE (.csv, or .parquet with the extra); may be repeated.",
)  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress and no closing summary; errors only.")
@rules_options
@click.pass_context
def audit(
    context: click.Context,
    inputs: tuple[str, ...],
    output: Path,
    jobs: int | None,
    cluster: str | None,
    resume: bool,  # noqa: FBT001 - click passes options by name
    full: bool,  # noqa: FBT001
    results_gzip: bool,  # noqa: FBT001
    baseline: Path | None,
    tables: tuple[Path, ...],
    quiet: bool,  # noqa: FBT001
    reference_date: datetime | None,
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    include_drafts: bool,  # noqa: FBT001
) -> None:
    """Screen many intakes: numbers, exceptions and evidence.

    INPUT is a file of JSON Lines (.jsonl, .ndjson), a .json file with one intake or an array, any
    of these with .gz, a folder of such files, or - for standard input.

    \b
    Examples:
      needlecheck audit intakes.jsonl --output audit-2026
      needlecheck audit records/ --output audit-2026 --on 2026-11-20 --table audit.csv
      zcat export.gz | needlecheck audit - --output audit-2026
      needlecheck audit intakes.jsonl --output new --overlay ours --baseline audit-2026

    No record is lost: each is in results.jsonl or, with the reason, in rejects.jsonl. Files get
    their names when everything is done. The exit code is 0 when every record was accepted, 3 when
    some were rejected, 1 when something could not be read at all.
    """  # noqa: D301 - click wants the control character itself
    from audit.command import Options, audit_files  # only this command needs it: start-up counts
    from audit.errors import AuditError

    on = reference_date.date() if reference_date else None
    options = Options(
        inputs, output, jobs, cluster, resume, full, results_gzip, baseline, tables, quiet, on
    )  # fmt: skip

    def screener() -> Screener:
        return make_screener(knowledge_base, overlays, include_drafts=include_drafts)

    try:
        code = audit_files(options, day_of(None), screener)
    except AuditError as error:
        raise InputUnusable("\n".join(map(printable, str(error).split("\n")))) from None
    context.exit(code)


@main.group(cls=LazyGroup, late=KEEPER)
def kb() -> None:
    """Keep the knowledge base: check, test and write rules.

    Show, compare and publish them, too. The commands work on the shipped rules or on any folder of the
    same shape. How to write a rule is in CONTRIBUTING.md, the whole language of rules in
    docs/knowledge-base.md.
    """


if __name__ == "__main__":
    main(prog_name="needlecheck")
