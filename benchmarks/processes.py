"""The whole audit command as processes: how much a second one helps, and the memory of each.

For :mod:`benchmarks.audit`. Memory is read from ``/proc``, so on Linux only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ROUNDS: Final = 3
_EXIT_CODES: Final = (0, 3)  # 3: some records were rejected
_BETWEEN_LOOKS: Final = 0.01  # seconds
_PEAK: Final = "VmHWM:"


def print_parallel(file: Path, records: int) -> None:
    """Intakes a second with one process and with two, in turns; start-up and publication included."""
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for jobs, taken in times.items():
            start = perf_counter()
            with _audit(file, jobs) as process:
                process.wait()
            taken.append(perf_counter() - start)
    medians = {jobs: median(taken) for jobs, taken in times.items()}
    print(f"| {records:,} records by the command, {os.cpu_count()} cores | intakes/s | gain |")
    print("|---|---:|---:|")
    for jobs, seconds in medians.items():
        print(f"| --jobs {jobs} | {records / seconds:,.0f} | {medians[1] / seconds:.2f} |")
    print(flush=True)


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
