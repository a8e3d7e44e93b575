"""Runs of the audit, here or as processes that may be ended at any moment, and what they wrote."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

import pytest
from click.testing import CliRunner, Result

from benchmarks.hostile import hostile
from benchmarks.mix import realistic
from case_files import REPOSITORY
from cli import main
from engine import load_knowledge_base
from engine.assessment import join

PROGRAM: Final = REPOSITORY / "cli.py"
PUBLISHED: Final = {"results.jsonl", "rules.json", "rejects.jsonl", "summary.json", "report.html"}
UNFINISHED: Final = "unfinished-audit"

PUBLISHING: Final = ["audit.running.render_report", "audit.folder.WorkFolder.publish"]
"""What is under way when a run that was screened whole can fail."""

load_once = cache(load_knowledge_base)


def invoke(*arguments: str | Path, text: bytes | None = None) -> Result:
    """Run ``needlecheck audit`` in this process."""
    return CliRunner().invoke(main, ["audit", *map(str, arguments)], input=text)


Told = Callable[..., bytes]
"""What gives a complete intake as text (see the fixture ``told``)."""


def written(folder: Path, *records: bytes, name: str = "intakes.jsonl") -> Path:
    """A file with these records, one a line."""
    return write_lines(folder / name, records)


def wholes(output: Path) -> list[dict[str, Any]]:
    """The results joined with what was left out of them."""
    common = json.loads((output / "rules.json").read_bytes())
    return [join(result, common) for result in lines(output / "results.jsonl")]


def interrupted(
    monkeypatch: pytest.MonkeyPatch, what: str, *arguments: str | Path, **more: Any
) -> Result:
    """Run an audit whose disk is full when it comes to this."""

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(what, full_disk)
        done = invoke(*arguments, **more)
    assert done.exit_code == 1
    return done


def environment(**more: str) -> dict[str, str]:
    """This process's variables, with the repository first among the places of modules."""
    paths = [str(REPOSITORY), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


def run(
    *arguments: str | Path, folder: Path, text: bytes = b"", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run ``python cli.py audit`` as a process of its own, in a folder."""
    return subprocess.run(
        [sys.executable, PROGRAM, "audit", *arguments], cwd=folder, input=text, capture_output=True,
        check=False, env=environment(**(variables or {})), timeout=120,
    )  # fmt: skip


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, at any depth, by its name from there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def lines(file: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON Lines."""
    return [json.loads(line) for line in file.read_bytes().splitlines()]


def summary_of(output: Path) -> dict[str, Any]:
    """The summary in an output folder."""
    summary: dict[str, Any] = json.loads((output / "summary.json").read_bytes())
    return summary


@cache
def mixed(count: int, bad: float = 0.0, seed: int = 1) -> tuple[bytes, ...]:
    """Records of a clinic, without line ends."""
    return tuple(islice(realistic(load_once(), seed, bad), count))


@cache
def meant_to_hurt(count: int, seed: int = 1) -> tuple[bytes, ...]:
    """Records of someone who wants to see the tool fall over, without line ends."""
    return tuple(islice(hostile(load_once(), seed), count))


def write_lines(file: Path, records: tuple[bytes, ...] | list[bytes]) -> Path:
    """Write records as JSON Lines; the file."""
    file.write_bytes(b"".join(record + b"\n" for record in records))
    return file


DRIVER: Final = """
import inspect, json, os, resource, signal, sys, threading, traceback
import audit.arrays, audit.chunks, audit.executors, audit.lines, audit.running, audit.unpacking
import audit.command, cli
from commands import inputs
from functools import cache, wraps

CHUNK = 4096
KEEPING = (audit.folder, audit.ledger, audit.comparison, audit.tables, audit.tallies, audit.summary)
FOLDER = os.path.dirname(audit.__file__) + os.sep
audit.running._SECONDS_BETWEEN_CHECKPOINTS = -1.0  # a checkpoint after every chunk
audit.unpacking.CHUNK_BYTES = audit.chunks.CHUNK_BYTES = CHUNK
audit.command._WORTH_A_PROCESS = 0
inputs.load_knowledge_base = cache(inputs.load_knowledge_base)
inputs.load_knowledge_base(inputs.SHIPPED, (), include_drafts=False)


def count_moments(moment, number):
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        caller = frame.f_back if event in ("call", "return") else None
        if any(f and f.f_code.co_filename.startswith(FOLDER) for f in (frame, caller)):
            count += 1
            if count == moment:
                sys.setprofile(None)
                os.kill(os.getpid(), number)

    def watched(function):
        @wraps(function)
        def watching(*args, **kwargs):
            outermost = sys.getprofile() is None and count < moment
            if outermost:
                sys.setprofile(profile)
            try:
                return function(*args, **kwargs)
            finally:
                if outermost:
                    sys.setprofile(None)
        return watching

    for module in KEEPING:
        for _, owner in inspect.getmembers(module, inspect.isclass):
            if owner.__module__ == module.__name__ and not issubclass(owner, tuple):
                for name, method in inspect.getmembers(owner, inspect.isfunction):
                    setattr(owner, name, watched(method))
    audit.running.write_table = watched(audit.running.write_table)
    audit.running.summarise = watched(audit.running.summarise)
    return lambda: count


def audit_in_child(job):
    os.chdir(job["folder"])
    if job["file_size"]:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_size"], resource.RLIM_INFINITY))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open("stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
    total = count_moments(job["moment"], job["signal"]) if job["moment"] else lambda: 0
    code = 70
    try:
        cli.main(["audit", *job["arguments"]], prog_name="needlecheck")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    if job["moment"] == job["never"]:
        with open("moments", "w") as file:
            file.write(str(total()))
    os._exit(code or 0)


for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        audit_in_child(job)
    timer = threading.Timer(job["after"], os.kill, (child, job["signal"])) if job["after"] else None
    timer and timer.start()
    _, status = os.waitpid(child, 0)
    timer and timer.cancel()
    print(os.waitstatus_to_exitcode(status), flush=True)
"""

NEVER: Final = 10**9


class Ended(NamedTuple):
    """How a process ended: its exit code (negative: the signal), and what it said."""

    code: int
    said: str


class Driver:
    """Runs the command in processes that get a signal after a time, or at a moment that is counted.

    Moments are calls and returns inside of what keeps and publishes results (the folder, the ledger,
    the comparison, the tables, the summary): counted, not timed, they are the same on every machine.
    Chunks are small and a checkpoint follows each, so that a short run has many. Each run is a
    process of its own, forked from one that has loaded the knowledge base.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(), cwd=REPOSITORY,
        )  # fmt: skip

    def run(
        self, folder: Path, *arguments: str, number: int = signal.SIGKILL, after: float = 0.0,
        moment: int = 0, file_size: int = 0,
    ) -> Ended:  # fmt: skip
        """Run the command in a folder; the signal comes after so many seconds or at a moment, if any.

        No file may grow beyond ``file_size`` bytes, if that is given.
        """
        job = {
            "folder": str(folder), "arguments": arguments, "signal": number, "after": after,
            "moment": moment, "never": NEVER, "file_size": file_size,
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Ended(code, (folder / "stderr").read_text(encoding="utf-8"))

    def moments(self, folder: Path, *arguments: str) -> int:
        """How many moments a run of the command in a folder has that ends by itself."""
        self.run(folder, *arguments, moment=NEVER)
        return int((folder / "moments").read_text(encoding="utf-8"))

    def close(self) -> None:
        """End the process that the runs are forked from."""
        self._process.communicate()


def eventually(is_true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something becomes true in time."""
    end = monotonic() + seconds
    while not is_true():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True
