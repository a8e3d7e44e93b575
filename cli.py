"""The command line: options in, exit codes out."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final

import click

from curation.command import KeeperGroup
from engine import (
    SHIPPED,
    VERSION,
    IntakeError,
    KnowledgeBaseError,
    Screener,
    load_knowledge_base,
    read_intake,
    render_text,
)
from engine.reading import ENOUGH_BYTES
from engine.text import printable

EXIT_VERDICTS: Final = {
    "eligible": 10,
    "eligible_with_precautions": 11,
    "incomplete": 12,
    "referral": 13,
    "deferred": 14,
    "contraindicated": 15,
}


class InputUnusable(click.ClickException):
    """The input could not be used, or a knowledge base is broken."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        del file
        click.echo(f"needlecheck: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90})
@click.version_option(VERSION, "--version", prog_name="needlecheck")
def main() -> None:
    """Screen clients for microneedling by documented rules.

    needlecheck reads what a client told the clinic (a JSON intake) and says whether treatment
    can go ahead, has to wait, or needs a clinician, with the proof, the sources and what to ask.

    It supports a decision. It is not a diagnosis, and it never tells anyone to stop a medicine.
    """


def rules_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose the rules and the reference date, the same for every command."""
    options = [
        click.option(
            "--on", "reference_date", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
            help="Reference date (YYYY-MM-DD) of an intake without screened_on.  [default: today]",
        ),
        click.option(
            "--knowledge-base", type=click.Path(path_type=Path), default=SHIPPED, metavar="DIR",
            help="The rules to use instead of the shipped ones.",
        ),
        click.option(
            "--overlay", "overlays", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
            help="A folder that adds rules and vocabulary, or changes rules; may be repeated.",
        ),
        click.option(
            "--include-drafts", is_flag=True,
            help="Use rules that are still drafts too; what they find is marked.",
        ),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text",
    show_default=True, help="Text for people, JSON for programs.",
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

    What an intake holds is written in schemas/intake.schema.json and the README. A question
    that was not asked is left out: it then counts as unknown, never as no.
    """  # noqa: D301 - click wants the control character itself
    try:
        on = _day(reference_date)
        intake = read_intake(_read(file), on)
    except IntakeError as error:
        raise InputUnusable(f"{_name(file)} cannot be used as an intake:{_listed(error)}") from None
    screener = _screener(knowledge_base, overlays, include_drafts=include_drafts)
    if reference_date and intake.screened_on != on:
        click.echo(
            f"needlecheck: --on {on} is not used; the intake says screened_on "
            f"{intake.screened_on}", err=True,
        )  # fmt: skip
    assessment = screener.screen(intake)
    if output_format == "json":
        _write(json.dumps(assessment, ensure_ascii=False, indent=2) + "\n")
    else:
        _write(render_text(assessment, details=details))
    if exit_verdict:
        context.exit(EXIT_VERDICTS[assessment["verdict"]])


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR",
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
        return _screener(knowledge_base, overlays, include_drafts=include_drafts)

    try:
        code = audit_files(options, _day(None), screener)
    except AuditError as error:
        raise InputUnusable("\n".join(map(printable, str(error).split("\n")))) from None
    context.exit(code)


@main.group(cls=KeeperGroup)
def kb() -> None:
    """Keep the knowledge base: check, test, write, show, compare and publish its rules.

    The commands work on the shipped rules or on any folder of the same shape. How to write a rule
    is in CONTRIBUTING.md, the whole language of rules in docs/knowledge-base.md.
    """


def _day(reference_date: datetime | None) -> date:
    """The reference date, by default the clinic's day."""
    return reference_date.date() if reference_date else date.today()  # noqa: DTZ011


def _screener(knowledge_base: Path, overlays: tuple[Path, ...], *, include_drafts: bool) -> Screener:
    try:
        with _without_collection():
            return Screener(load_knowledge_base(knowledge_base, overlays, include_drafts=include_drafts))
    except KnowledgeBaseError as error:
        raise InputUnusable(f"the knowledge base cannot be used:{_listed(error)}") from None


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection while the knowledge base is built: it has no garbage, only size."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _listed(error: IntakeError | KnowledgeBaseError) -> str:
    return "".join(f"\n  {printable(str(problem))}" for problem in error.problems)


def _name(file: str) -> str:
    return "standard input" if file == "-" else printable(file)


def _read(file: str) -> bytes:
    if file == "-":
        stream = sys.stdin.buffer
        if stream.isatty():
            click.echo("needlecheck: type an intake, then Ctrl-D (see --help)", err=True)
        return stream.read(ENOUGH_BYTES)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(ENOUGH_BYTES)
    except OSError as error:
        raise InputUnusable(f"{_name(file)} cannot be read: {error.strerror}") from None


def _write(text: str) -> None:
    """UTF-8 and line feeds on every machine."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read the output had enough
    except OSError as error:
        raise InputUnusable(f"the result cannot be written: {error.strerror}") from None


if __name__ == "__main__":
    main(prog_name="needlecheck")
