"""An audit that is ended at any moment: nothing half-written has its name, and the rest can follow."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final, NamedTuple

import pytest

from audit_runs import (
    PROGRAM,
    PUBLISHED,
    UNFINISHED,
    Driver,
    Ended,
    environment,
    eventually,
    files,
    invoke,
    mixed,
    write_lines,
)
from case_files import REPOSITORY

RECORDS: Final = 240
KILLS: Final = 20
COMMAND: Final = (
    "in", "--output", "out", "--jobs", "1", "--on", "2026-06-15", "--baseline", "before",
    "--table", "table.csv",
)  # fmt: skip


class Unbroken(NamedTuple):
    """What a run gives that nobody ends, how long it takes, and how many moments of keeping it has."""

    files: dict[str, bytes]
    seconds: float
    moments: int


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Results of an older run: each id has what the next has now; one id comes twice."""
    folder = tmp_path_factory.mktemp("before")
    records = mixed(60)
    id_ends = records[0].index(b",")
    moved = [old[:id_ends] + new[id_ends:] for old, new in pairwise(records)]
    file = write_lines(folder / "old.jsonl", [*moved, moved[0]])
    invoke(file, "--output", folder / "out", "--quiet")
    return (folder / "out" / "results.jsonl").read_bytes()


def prepared(folder: Path, before: bytes) -> Path:
    """A folder with two files of intakes and with older results."""
    (folder / "in").mkdir(parents=True)
    (folder / "before").mkdir()
    records = mixed(RECORDS, 0.02)
    write_lines(folder / "in" / "a.jsonl", [*records[: RECORDS // 2], records[0]])
    array = b"[" + b",\n".join(r for r in records[RECORDS // 2 :] if r.endswith(b"}}")) + b"]"
    (folder / "in" / "b.json").write_bytes(array)
    (folder / "before" / "results.jsonl").write_bytes(before)
    return folder


def results(folder: Path) -> dict[str, bytes]:
    """All that has its final name."""
    found = {
        name: content
        for name, content in files(folder / "out").items()
        if not name.startswith(UNFINISHED)
    }
    table = folder / "table.csv"
    return {**found, "table.csv": table.read_bytes()} if table.exists() else found


@pytest.fixture(scope="module")
def unbroken(driver: Driver, before: bytes, tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    folder = prepared(tmp_path_factory.mktemp("unbroken"), before)
    start = monotonic()
    done = driver.run(folder, *COMMAND)
    seconds = monotonic() - start
    assert done.code == 3, done.said
    again = prepared(tmp_path_factory.mktemp("counted"), before)
    return Unbroken(results(folder), seconds, driver.moments(again, *COMMAND))


@pytest.fixture
def folder(tmp_path: Path, before: bytes) -> Path:
    return prepared(tmp_path, before)


def check_nothing_is_half_written(folder: Path, unbroken: Unbroken) -> None:
    there = results(folder)
    assert {name: content for name, content in unbroken.files.items() if name in there} == there


def check_the_rest_follows(driver: Driver, folder: Path, unbroken: Unbroken, ended: Ended) -> None:
    done = driver.run(folder, *COMMAND, "--resume")
    assert (done.code, results(folder)) == (3, unbroken.files), (ended, done.said)
    assert not list(folder.rglob(f"*{UNFINISHED}*"))


def share(number: int) -> float:
    """A place in the ``number``-th of 20 equal parts of a run."""
    return (number % KILLS + Random(number).random()) / KILLS


def test_the_unbroken_run_is_worth_comparing_with(unbroken: Unbroken) -> None:
    assert {*unbroken.files} == {*PUBLISHED, "changes.jsonl", "table.csv"}
    assert all(unbroken.files.values())
    assert unbroken.moments > 1_000


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_run_is_finished_by_the_next(
    driver: Driver, folder: Path, unbroken: Unbroken, number: int
) -> None:
    """Half of the moments are anywhere in the run, half in keeping and publishing."""
    if number % 2:
        ended = driver.run(folder, *COMMAND, moment=1 + int(share(number) * (unbroken.moments - 1)))
        assert ended.code == -signal.SIGKILL
    else:
        ended = driver.run(folder, *COMMAND, after=share(number) * unbroken.seconds)
    check_nothing_is_half_written(folder, unbroken)
    check_the_rest_follows(driver, folder, unbroken, ended)


@pytest.mark.parametrize("back", [1, 15, 29])
def test_a_run_that_is_killed_while_it_publishes_is_finished_by_the_next(
    driver: Driver, folder: Path, unbroken: Unbroken, back: int
) -> None:
    ended = driver.run(folder, *COMMAND, moment=unbroken.moments - back)
    assert ended.code == -signal.SIGKILL
    check_nothing_is_half_written(folder, unbroken)
    check_the_rest_follows(driver, folder, unbroken, ended)


@pytest.mark.parametrize("number", range(0, KILLS, 4))
@pytest.mark.parametrize(
    ("ending", "start", "end"), [(signal.SIGTERM, 0.03, 0.3), (signal.SIGINT, 0.1, 1)]
)
def test_an_interrupted_run_says_how_to_go_on_and_can(
    driver: Driver, folder: Path, unbroken: Unbroken, ending: int, start: float, end: float, number: int
) -> None:
    """While results are taken in, and at any time."""
    when = int((start + (end - start) * share(number)) * unbroken.moments)
    ended = driver.run(folder, *COMMAND, moment=when, number=ending)
    assert "Traceback" not in ended.said
    assert ended.code == 1
    assert "--resume" in ended.said
    check_nothing_is_half_written(folder, unbroken)
    check_the_rest_follows(driver, folder, unbroken, ended)


@pytest.mark.parametrize("when", [1, 200, 976])
def test_a_run_that_is_interrupted_before_its_first_record_can_be_run_again(
    driver: Driver, folder: Path, unbroken: Unbroken, when: int
) -> None:
    """While the folder is made ready or the older results are read."""
    ended = driver.run(folder, *COMMAND, moment=when, number=signal.SIGTERM)
    assert ended.code == 1
    assert "stopped" in ended.said
    check_the_rest_follows(driver, folder, unbroken, ended)


def test_what_an_earlier_run_left_unfinished_is_not_published(
    driver: Driver, folder: Path, unbroken: Unbroken
) -> None:
    """It was to compress its results, and was killed before there was anything to go on from."""
    compressed = folder / "out" / UNFINISHED / "results.jsonl.gz"
    for moment in range(20, 400, 10):
        driver.run(folder, "in", "--output", "out", "--results-gzip", moment=moment)
        if compressed.exists():
            break
    assert compressed.exists()
    assert driver.run(folder, *COMMAND).code == 3
    assert results(folder) == unbroken.files


# What else can end a run


@pytest.mark.parametrize(
    ("more", "size"),
    [([], 1_000), ([], 30_000), ([], 200_000), (["--results-gzip"], 112_000)],
)
def test_a_full_disk_is_told_and_the_run_can_go_on(
    driver: Driver, folder: Path, tmp_path: Path, before: bytes, more: list[str], size: int
) -> None:
    """Files can grow to so many bytes: the ledger, the results or the report does not fit."""
    expected = prepared(tmp_path / "expected", before)
    driver.run(expected, *COMMAND, *more)
    ended = driver.run(folder, *COMMAND, *more, file_size=size)
    assert "Traceback" not in ended.said
    assert ended.code == 1
    assert ended.said.startswith("needlecheck: ")
    assert "run the same command" in ended.said
    assert results(folder) == {}
    assert driver.run(folder, *COMMAND, *more, "--resume").code == 3
    assert results(folder) == results(expected)


def test_a_ledger_that_is_no_ledger_is_told(folder: Path) -> None:
    (folder / "out" / UNFINISHED).mkdir(parents=True)
    (folder / "out" / UNFINISHED / "ledger.sqlite").write_bytes(b"not a ledger " * 400)
    done = invoke(folder / "in", "--output", folder / "out", "--resume")
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert UNFINISHED in done.stderr


def children(parent: int) -> set[int]:
    """The processes that a process has started, and that have not ended."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    return {int(child) for child in listed.read_text(encoding="ascii").split()}


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def waiting(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """An audit with two workers that waits for more of its standard input, ended in the end."""
    with subprocess.Popen(
        [sys.executable, PROGRAM, "audit", "-", "--output", "out", "--jobs", "2", "--quiet"],
        cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(b"\n".join(mixed(RECORDS)) * 4 + b"\n")
        process.stdin.flush()
        assert eventually((folder / "out" / UNFINISHED / "results.jsonl").exists)
        yield process
        process.kill()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="who is whose child stands in /proc")
def test_workers_end_with_a_process_that_is_killed(waiting: subprocess.Popen[bytes]) -> None:
    assert eventually(lambda: len(children(waiting.pid)) > 2)
    started = children(waiting.pid)
    waiting.kill()
    waiting.wait()
    assert eventually(lambda: not any(map(is_running, started)))


@pytest.mark.parametrize("more", [[], ["--resume"]])
def test_a_second_audit_into_the_same_folder_is_refused(
    folder: Path, waiting: subprocess.Popen[bytes], more: list[str]
) -> None:
    done = invoke(folder / "in", "--output", folder / "out", *more)
    assert done.exit_code == 1
    assert "another audit is writing to" in done.stderr
    assert str(folder / "out") in done.stderr
    assert waiting.stdin is not None
    waiting.stdin.close()
    assert waiting.wait(30) in (0, 3)
    assert {*results(folder)} == PUBLISHED


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (["--on", "2026-06-16"], "reference date"),
        (["--full"], "whole assessments"),
        (["--results-gzip"], "compression"),
        (["--overlay", str(REPOSITORY / "examples" / "overlay")], "knowledge base"),
        (["--baseline", "before/results.jsonl"], "older results"),
        (["in/a.jsonl"], "inputs"),
    ],
    ids=lambda value: "" if isinstance(value, list) else value,
)
def test_another_run_does_not_go_on_from_here(
    driver: Driver, folder: Path, unbroken: Unbroken, more: list[str], what: str
) -> None:
    ended = driver.run(folder, *COMMAND, moment=unbroken.moments // 5)
    command = [*more, *COMMAND[1:]] if what == "inputs" else [*COMMAND, *more]
    done = driver.run(folder, *command, "--resume")
    assert done.code == 1
    assert what in done.said
    assert "without --resume" in done.said
    check_the_rest_follows(driver, folder, unbroken, ended)


def test_another_content_is_not_taken_for_the_rest(
    driver: Driver, folder: Path, unbroken: Unbroken
) -> None:
    ended = driver.run(folder, *COMMAND, moment=unbroken.moments // 5)
    file = folder / "in" / "a.jsonl"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"MN-0000002", b"MN-9999992"))
    done = driver.run(folder, *COMMAND, "--resume")
    assert done.code == 1
    assert "the input is not what the unfinished run read" in done.said
    assert "without --resume" in done.said
    file.write_bytes(content)
    check_the_rest_follows(driver, folder, unbroken, ended)


def test_the_rest_can_be_left_for_a_new_start(driver: Driver, folder: Path, unbroken: Unbroken) -> None:
    driver.run(folder, *COMMAND, moment=unbroken.moments // 5)
    done = driver.run(folder, *COMMAND)
    assert "is thrown away" in done.said
    assert (done.code, results(folder)) == (3, unbroken.files)
