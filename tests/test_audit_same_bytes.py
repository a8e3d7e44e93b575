"""The same intakes give the same bytes: with any number of workers, in one go or two, anywhere."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from audit_runs import (
    PROGRAM,
    PUBLISHED,
    UNFINISHED,
    environment,
    eventually,
    files,
    invoke,
    lines,
    meant_to_hurt,
    mixed,
    run,
    write_lines,
)

RECORDS: Final = 2_000
COMMAND: Final = (
    "in", "more.json", "--output", "out", "--on", "2026-06-15", "--baseline", "before.jsonl",
    "--table", "table.csv", "--table", "table.parquet",
)  # fmt: skip


def prepared(folder: Path) -> Path:
    """A clinic's records with 1 % bad ones, and hostile ones in an array; older results."""
    (folder / "in").mkdir(parents=True)
    write_lines(folder / "in" / "intakes.jsonl", mixed(RECORDS, 0.01))
    (folder / "more.json").write_bytes(b"[" + b"\n,".join(mixed(100, seed=2)) + b"]")
    write_lines(folder / "in" / "hostile.ndjson", meant_to_hurt(100))
    (folder / "before.jsonl").write_bytes(older_results())
    return folder


@cache
def older_results() -> bytes:
    """Results of an older run, in which each of 100 ids had what another has now."""
    with TemporaryDirectory() as folder:
        file = write_lines(Path(folder) / "old.jsonl", mixed(100, seed=3))
        invoke(file, "--output", Path(folder) / "old", "--quiet")
        return (Path(folder) / "old" / "results.jsonl").read_bytes()


def written(folder: Path) -> dict[str, bytes]:
    """All that the command writes in a folder."""
    tables = {file.name: file.read_bytes() for file in folder.glob("table.*")}
    return {**files(folder / "out"), **tables}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = prepared(tmp_path_factory.mktemp("one") / "job")
    done = run(*COMMAND, "--jobs", "1", folder=folder, variables={"PYTHONHASHSEED": "0"})
    assert done.returncode == 3
    return written(folder)


def test_the_output_is_worth_comparing(expected: dict[str, bytes], tmp_path: Path) -> None:
    assert {*expected} == {*PUBLISHED, "changes.jsonl", "table.csv", "table.parquet"}
    (tmp_path / "rejects.jsonl").write_bytes(expected["rejects.jsonl"])
    assert len({reject["error"]["code"] for reject in lines(tmp_path / "rejects.jsonl")}) > 5
    assert expected["results.jsonl"].count(b"\n") > RECORDS


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "random", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
)
def test_two_processes_write_what_one_writes(
    expected: dict[str, bytes], tmp_path: Path, variables: dict[str, str]
) -> None:
    """In another folder, with other hash values of strings, another time zone and language."""
    folder = prepared(tmp_path / "elsewhere")
    done = run(*COMMAND, "--jobs", "2", folder=folder, variables=variables)
    assert done.returncode == 3
    assert written(folder) == expected


def test_a_run_in_two_goes_writes_what_one_go_writes(expected: dict[str, bytes], tmp_path: Path) -> None:
    """It is ended when it has results, and goes on in one process instead of two."""
    folder = prepared(tmp_path)
    results = folder / "out" / UNFINISHED / "results.jsonl"
    command = [sys.executable, str(PROGRAM), "audit", *COMMAND, "--jobs", "2", "--quiet"]
    with subprocess.Popen(command, cwd=folder, env=environment()) as process:
        assert eventually(lambda: results.exists() and results.stat().st_size > 0)
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 1
    assert results.stat().st_size > 0
    done = run(*COMMAND, "--jobs", "1", "--resume", folder=folder)
    assert done.returncode == 3
    assert written(folder) == expected
