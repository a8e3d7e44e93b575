"""The tables of an audit: a row a record, safe against formulas, whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Final

import pytest

from audit.tables import drafts_of
from audit_runs import (
    PUBLISHED,
    PUBLISHING,
    UNFINISHED,
    Told,
    files,
    interrupted,
    invoke,
    lines,
    mixed,
    written,
)

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

pytestmark = pytest.mark.usefixtures("each_knowledge_base_loaded_once")


# Tables


HOSTILE_IDS: Final = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "a\rb", "a\nb", "a\r\nb", 'a"b,c',
    "a;b", "\0", "nul\0inside", "\u2028", "\ufeff=1", "'=1", "=cmd|' /C calc'!A0",
)  # fmt: skip


def test_the_csv_table_has_a_row_for_each_record(told: Told, tmp_path: Path, output: Path) -> None:
    table = tmp_path / "t.csv"
    records = [told(name) for name in HOSTILE_IDS]
    done = invoke(written(tmp_path, *records), "--output", output, "--table", table)
    assert done.exit_code == 0
    header, *rows = csv.reader(io.StringIO(table.read_bytes().decode(), newline=""))
    assert header[:3] == ["intake_id", "screened_on", "verdict"]
    assert len(rows) == len(HOSTILE_IDS)
    assert {len(row) for row in rows} == {len(header)}
    for name, row in zip(HOSTILE_IDS, rows, strict=True):
        assert row[0].endswith(name)
        assert row[2] == "eligible"
    assert not [cell for row in rows for cell in row if cell.lstrip(" ").startswith(FORMULA)]


def test_the_csv_table_says_what_the_results_say(tmp_path: Path, output: Path) -> None:
    table = tmp_path / "t.csv"
    invoke(written(tmp_path, *mixed(100)), "--output", output, "--table", table)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, result in zip(rows, lines(output / "results.jsonl"), strict=True):
        assert (row["intake_id"], row["verdict"]) == (result["intake_id"], result["verdict"])
        assert row["rules"].split() == [finding["rule"] for finding in result["findings"]]
        assert row["agreement"] == result.get("audit", {}).get("agreement", "")
        assert row["line"] == str(result["source"]["line"])


def test_the_parquet_table_can_be_read(told: Told, tmp_path: Path, output: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = tmp_path / "t.parquet"
    records = [*mixed(50), *(told(name) for name in HOSTILE_IDS)]
    file = written(tmp_path, *records)
    assert invoke(file, "--output", output, "--results-gzip", "--table", table).exit_code == 0
    rows = parquet.read_table(table).to_pylist()
    with gzip.open(output / "results.jsonl.gz") as packed_lines:
        results = [json.loads(line) for line in packed_lines]
    assert [row["intake_id"] for row in rows] == [result["intake_id"] for result in results]
    assert [row["screened_on"].isoformat() for row in rows] == [r["screened_on"] for r in results]
    assert [row["rules"] for row in rows] == [[f["rule"] for f in r["findings"]] for r in results]


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("t.xlsx", ".csv or .parquet"),
        ("no/t.csv", "no folder"),
        ("loop/t.csv", "no folder"),
        ("/proc/t.csv", "nothing can be written there"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused_before_anything_is_read(
    told: Told, tmp_path: Path, output: Path, table: str, why: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = invoke(written(tmp_path, told()), "--output", output, "--table", tmp_path / table)
    assert done.exit_code == 1
    assert why in done.stderr
    assert not output.exists()


@pytest.mark.parametrize("what", ["audit.running.render_report", "pyarrow.parquet.ParquetWriter"])
def test_a_run_that_fails_leaves_no_table_and_no_part_of_one(
    told: Told, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    pytest.importorskip("pyarrow.parquet")
    arguments: list[str | Path] = [written(tmp_path, told()), "--output", output]
    arguments += ["--table", tmp_path / "t.csv", "--table", tmp_path / "t.parquet"]
    interrupted(monkeypatch, what, *arguments)
    assert {path.name for path in tmp_path.iterdir()} == {"intakes.jsonl", "out"}
    assert invoke(*arguments, "--resume").exit_code == 0
    there = {"intakes.jsonl", "out", "t.csv", "t.parquet"}
    assert {path.name for path in tmp_path.iterdir()} == there


def test_a_table_that_was_killed_in_the_making_is_not_left_behind(
    told: Told, tmp_path: Path, output: Path
) -> None:
    (draft,) = drafts_of([tmp_path / "t.csv"], output).values()
    draft.write_bytes(b"half a table")
    invoke(written(tmp_path, told()), "--output", output, "--table", tmp_path / "t.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"intakes.jsonl", "out", "t.csv"}


def test_no_file_beside_a_table_is_overwritten(told: Told, tmp_path: Path, output: Path) -> None:
    (tmp_path / "t.csv.unfinished").write_bytes(b"mine")
    invoke(written(tmp_path, told()), "--output", output, "--table", tmp_path / "t.csv")
    assert (tmp_path / "t.csv.unfinished").read_bytes() == b"mine"


@pytest.mark.parametrize("what", PUBLISHING)
@pytest.mark.parametrize("moved", [[], ["results.jsonl"]])
def test_a_run_can_go_on_with_another_table(
    told: Told,
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    moved: list[str],
) -> None:
    arguments: list[str | Path] = [written(tmp_path, told()), "--output", output]
    interrupted(monkeypatch, what, *arguments, "--table", tmp_path / "old.csv")
    for name in moved if what == PUBLISHING[1] else ():
        (output / UNFINISHED / name).rename(output / name)
    done = invoke(*arguments, "--resume", "--table", tmp_path / "new.csv")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "new.csv").read_bytes().count(b"\r\n") == 2
    assert {*files(output)} == PUBLISHED
