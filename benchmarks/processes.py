"""The whole audit command as processes: how much a second one helps, and the memory of each.

For :mod:`benchmarks.audit`. Memory is read from ``/proc``, so on Linux only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ROUNDS: Final = 3
SHARING_NOTHING: Final = "two commands with `--jobs 1` at the same time: what the cores give"
_EXIT_CODES: Final = (0, 3)  # 3: some records were rejected
_BETWEEN_LOOKS: Final = 0.01  # seconds
_PEAK: Final = "VmHWM:"


def print_parallel(file: Path, records: int) -> None:
    """Intakes a second with one process and with two, in turns; start-up and publication included.

    Two commands side by side show what the machine's cores give to work that shares nothing: two
    need not do twice as much as one, and that, not 2, is what ``--jobs 2`` is to be held against.
    """
    rows = {"`--jobs 1`": (1,), "`--jobs 2`": (2,), SHARING_NOTHING: (1, 1)}
    times: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(ROUNDS):
        for name, taken in times.items():
            taken.append(_seconds(file, rows[name]))
    rates = {name: len(rows[name]) * records / median(taken) for name, taken in times.items()}
    print(f"| {records:,} records by the command, {os.cpu_count()} cores | intakes/s | gain |")
    print("|---|---:|---:|")
    for name, rate in rates.items():
        print(f"| {name} | {rate:,.0f} | {rate / rates['`--jobs 1`']:.2f} |")
    print(flush=True)


def _seconds(file: Path, commands: Sequence[int]) -> float:
    """Until all of some commands, each with so many jobs and begun together, have ended."""
    start = perf_counter()
    with ExitStack() as running:
        for process in [running.enter_context(_audit(file, jobs)) for jobs in commands]:
            process.wait()
        return perf_counter() - start


def peaks(file: Path, jobs: int) -> list[tuple[str, int]]:
    """The processes of one audit, each with the most memory that it had at any time, in KiB."""
    seen: dict[int, tuple[str, int]] = {}
    with _audit(file, jobs) as process:
        while process.poll() is None:
            for pid in (process.pid, *_children(process.pid)):
                look = _look(pid)
                if look is not None:  # the last look counts: a new process begins as a copy
                    seen[pid] = look
            sleep(_BETWEEN_LOOKS)
    return sorted(seen.values())


@contextmanager
def _audit(file: Path, jobs: int) -> Iterator[subprocess.Popen[bytes]]:
    """The running command; its output is thrown away. Raises RuntimeError if it fails."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory(dir=file.parent) as output:
        options = ["--output", output, "--jobs", str(jobs), "--on", "2026-01-01", "--quiet"]
        command = [sys.executable, "cli.py", "audit", str(file), *options]
        with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
            yield process
        if process.returncode not in _EXIT_CODES:
            raise RuntimeError(f"the audit ended with exit code {process.returncode}")


def _children(pid: int) -> list[int]:
    """The processes that a process has started, on any of its threads."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # the thread has ended
            continue
    return found


def _look(pid: int) -> tuple[str, int] | None:
    """What kind of process it is, and its peak of resident memory so far; None if it has ended."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    peak = next((int(line.split()[1]) for line in status if line.startswith(_PEAK)), None)
    if peak is None:
        return None
    kinds = {b"cli.py\0": "main process", b"spawn_main": "worker", b"resource_tracker": "Python's own"}
    kind = next((kind for sign, kind in kinds.items() if sign in arguments), "other")
    return kind, peak
