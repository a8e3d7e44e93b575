"""The audit on the workers of a Dask cluster: the same bytes, whatever happens to a worker."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

import pytest

from audit.executors import OnCluster
from audit_runs import PROGRAM, UNFINISHED, environment, eventually, files, mixed, run, write_lines

pytest.importorskip("distributed")

RECORDS: Final = 3_000
PATIENCE: Final = 10.0  # seconds in which it has to be told that nobody answers


class Cluster(NamedTuple):
    """A scheduler and its workers, processes of this machine."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def started(stack: ExitStack, folder: Path, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A part of a cluster, killed in the end."""
    command = [sys.executable, "-m", "dask", kind, "--no-dashboard", *arguments]
    process = stack.enter_context(
        subprocess.Popen(command, cwd=folder, env=environment(), stderr=subprocess.DEVNULL)
    )
    stack.callback(process.kill)
    return process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:
        place = ["--host", "127.0.0.1"]
        scheduler = started(stack, tmp_path, "scheduler", *place, "--port", str(port))
        options = [address, *place, "--no-nanny", "--nthreads", "1", "--memory-limit", "0"]
        options += ["--local-directory", str(tmp_path / "scratch")]
        workers = [started(stack, tmp_path, "worker", *options) for _ in range(2)]
        assert eventually(lambda: is_listening(port), 30)
        yield Cluster(address, scheduler, workers)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("here")
    write_lines(folder / "intakes.jsonl", mixed(RECORDS, 0.01))
    run("intakes.jsonl", "--output", "out", "--jobs", "1", folder=folder)
    return files(folder / "out")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "intakes.jsonl", mixed(RECORDS, 0.01))
    return tmp_path


def test_a_cluster_writes_what_one_process_writes(
    cluster: Cluster, expected: dict[str, bytes], folder: Path
) -> None:
    done = run("intakes.jsonl", "--output", "out", "--cluster", cluster.address, folder=folder)
    assert (done.returncode, files(folder / "out")) == (3, expected), done.stderr.decode()
    assert b"Traceback" not in done.stderr


def begun(folder: Path, cluster: Cluster, stack: ExitStack) -> subprocess.Popen[bytes]:
    """An audit on the cluster that has had its first results and still has the most to do."""
    command = [
        sys.executable,
        str(PROGRAM),
        "audit",
        "-",
        "--output",
        "out",
        "--cluster",
        cluster.address,
    ]
    process = stack.enter_context(
        subprocess.Popen(
            [*command, "--quiet"], cwd=folder, env=environment(), stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    )  # fmt: skip
    stack.callback(process.kill)
    assert process.stdin is not None
    process.stdin.write((folder / "intakes.jsonl").read_bytes())
    process.stdin.flush()
    results = folder / "out" / UNFINISHED / "results.jsonl"
    assert eventually(lambda: results.exists() and results.stat().st_size > 0, 30)
    return process


def test_a_worker_that_is_killed_is_stood_in_for(cluster: Cluster, folder: Path) -> None:
    with ExitStack() as stack:
        process = begun(folder, cluster, stack)
        cluster.workers[0].send_signal(signal.SIGKILL)
        _, said = process.communicate((folder / "intakes.jsonl").read_bytes(), timeout=60)
    assert process.returncode == 3, said.decode()
    twice = (folder / "intakes.jsonl").read_bytes() * 2
    run("-", "--output", "here", "--jobs", "1", folder=folder, text=twice)
    assert files(folder / "out") == files(folder / "here")


def test_a_scheduler_that_is_killed_ends_the_audit_with_a_message(
    cluster: Cluster, folder: Path
) -> None:
    with ExitStack() as stack:
        process = begun(folder, cluster, stack)
        cluster.scheduler.kill()
        _, said = process.communicate((folder / "intakes.jsonl").read_bytes(), timeout=90)
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert b"--resume" in said


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense"])
def test_a_cluster_that_is_not_there_is_told(address: str, folder: Path) -> None:
    start = monotonic()
    named = address.format(port=free_port())
    done = run("intakes.jsonl", "--output", "out", "--cluster", named, folder=folder)
    assert done.returncode == 1
    assert done.stderr.decode().count("\n") == 1, done.stderr.decode()
    assert f"no Dask scheduler answers at {named}" in done.stderr.decode()
    assert monotonic() - start < PATIENCE
    assert not (folder / "out" / "results.jsonl").exists()


class LostClient:
    """A client that loses its scheduler when it asks for a result, or whose task fails."""

    def __init__(self, status: str) -> None:
        self.status = status

    def submit(self, *_: object, **__: object) -> LostClient:
        return self

    def add_done_callback(self, callback: Callable[[LostClient], None]) -> None:
        callback(self)

    def result(self) -> None:
        raise OSError("stream is closed")


@pytest.mark.parametrize(("status", "raised"), [("finished", BrokenExecutor), ("error", OSError)])
def test_a_result_that_cannot_be_fetched_is_told_and_not_waited_for(
    status: str, raised: type[Exception]
) -> None:
    future = OnCluster(LostClient(status)).submit(print)
    assert type(future.exception(timeout=1)) is raised
