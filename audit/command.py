"""The audit as a command: from its options to a finished run, and what is said about it."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from audit.errors import AuditError
from audit.executors import InProcess, cluster, processes
from audit.folder import check_output, unfinished
from audit.inputs import Input, Skipped, find_inputs
from audit.progress import announce, progress, records_in_words
from audit.running import START, Audit, Progress, run_audit
from audit.tables import check_tables
from commands.inputs import name_of
from engine import Screener
from engine.text import printable

_WORTH_A_PROCESS: Final = 1 << 20  # bytes of input; starting a process takes as long as screening that
_EXIT_REJECTED: Final = 3
_EXIT_UNREADABLE: Final = 1


class Options(NamedTuple):
    """The options of ``needlecheck audit``; ``jobs`` and ``on`` are ``None`` where not given."""

    inputs: Sequence[str]
    output: Path
    jobs: int | None
    cluster: str | None
    resume: bool
    full: bool
    compressed: bool
    baseline: Path | None
    tables: Sequence[Path]
    quiet: bool
    on: date | None


def audit_files(options: Options, today: date, screener: Callable[[], Screener]) -> int:
    """Run an audit; the exit code. Raises AuditError when it cannot start or go on."""
    try:
        with _terminated_like_interrupted():
            summary = _audit(options, today, screener)
    except KeyboardInterrupt:
        raise AuditError(f"stopped. {_go_on(options)}") from None
    except sqlite3.Error as error:
        raise AuditError(f"the working folder cannot be written: {error}. {_go_on(options)}") from None
    except OSError as error:
        what = f" {error.filename}" if error.filename else ""
        raise AuditError(f"{error.strerror or error}{what}. {_go_on(options)}") from None
    broken = [file["file"] for file in summary["inputs"] if file["broken"]]
    for name in broken:
        announce(f"{name_of(name)} could not be read to its end; see rejects.jsonl")
    if not options.quiet and sys.stdout is not None:
        _say(_closing(summary, options.output))
    if broken:
        return _EXIT_UNREADABLE
    return _EXIT_REJECTED if summary["records"]["rejected"] else 0


def _audit(options: Options, today: date, screener: Callable[[], Screener]) -> dict[str, Any]:
    check_output(options.output)
    inputs, skipped = find_inputs(options.inputs, options.output)
    if not inputs:
        listed = "".join(f"\n  {file.name}: {file.why}" for file in skipped)
        raise AuditError(f"there is nothing to read{listed}")
    check_tables(options.tables, options.output)
    left = unfinished(options.output)
    _announce(options, skipped, left)
    on, before = options.on or today, START
    if options.resume and left is not None:
        before = Progress(left["read_bytes"], _read(left), 0)
        on = options.on or date.fromisoformat(left["fingerprint"]["reference date"])
    audit = Audit(
        inputs, skipped, options.output, on, full=options.full, compressed=options.compressed,
        baseline=options.baseline, tables=options.tables,
    )  # fmt: skip
    with ExitStack() as stack:
        executor, workers = _executor(options, inputs, stack)
        watch = stack.enter_context(
            nullcontext(_say_nothing) if options.quiet else progress(inputs, before=before)
        )
        return run_audit(
            audit, screener(), executor, workers=workers, resume=options.resume,
            standard_input=sys.stdin.buffer, watch=watch,
        )  # fmt: skip


def _say(text: str) -> None:
    """UTF-8 on every machine, whatever its standard output is set to."""
    try:
        sys.stdout.buffer.write(f"{text}\n".encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise  # click ends quietly: whoever read the output had enough
    except OSError as error:
        message = f"the audit is done, but standard output cannot be written: {error.strerror}"
        raise AuditError(message) from None


def _executor(options: Options, inputs: Sequence[Input], stack: ExitStack) -> tuple[Executor, int]:
    """What screens the chunks, and how many at the same time."""
    if options.cluster is not None:
        return stack.enter_context(cluster(options.cluster))
    jobs = options.jobs or os.cpu_count() or 1
    paths = [source.path for source in inputs]
    known = all(path is not None and path.suffix != ".gz" for path in paths)
    if known and sum(path.stat().st_size for path in paths if path) < _WORTH_A_PROCESS:
        jobs = 1
    return (InProcess() if jobs == 1 else stack.enter_context(processes(jobs))), jobs


def _announce(options: Options, skipped: Sequence[Skipped], left: dict[str, Any] | None) -> None:
    if options.quiet:
        return
    for file in skipped:
        announce(f"skipped {printable(file.name)}: {file.why}")
    if left is not None:
        records = records_in_words(_read(left))
        said = f"going on after {records}" if options.resume else (
            f"an unfinished run ({records}) is thrown away; --resume would have gone on with it"
        )  # fmt: skip
        announce(said)
    elif options.resume:
        announce("there is no unfinished run here, so this one starts anew")


def _read(left: dict[str, Any]) -> int:
    """How many records an unfinished run has read."""
    return int(left["tallies"]["other"].get("read", 0))


def _go_on(options: Options) -> str:
    try:
        left = unfinished(options.output)
    except (AuditError, sqlite3.Error, OSError):
        left = None
    if left is None:
        return "Nothing was published; run the same command again."
    if left["published"] is not None:
        return (
            "Every record is done, and some files may have their names already; "
            "run the same command with --resume to finish."
        )
    return (
        f"What was done is kept ({records_in_words(_read(left))}), nothing was published; "
        "run the same command with --resume to go on."
    )


def _closing(summary: dict[str, Any], output: Path) -> str:
    records, verdicts = summary["records"], summary["verdicts"]
    accepted, rejected = (f"{records[key]:,}" for key in ("accepted", "rejected"))
    return "\n".join(
        (
            f"{records_in_words(records['read'])} read: {accepted} accepted, {rejected} rejected",
            *(f"  {count:>9,}  {verdict.replace('_', ' ')}" for verdict, count in verdicts.items()),
            f"Report: {printable(str(output / 'report.html'))}",
        )
    )


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Whoever ends the process with SIGTERM finds it at a checkpoint, as after Ctrl-C."""

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say_nothing(_: object) -> None:
    """The progress of a quiet run."""
