"""What docs/audit.md claims is run: its queries, its join, and the names of the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from audit_runs import invoke, load_once, meant_to_hurt, mixed, summary_of, write_lines
from case_files import REPOSITORY
from cli import main
from engine.schemas import violations
from summaries import Summary, empty_summary, full_summary

DOCUMENT = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
TREATED = {"outcome": "treated", "on": "2026-06-15"}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit of the examples and of three clients.

    Two of them are on blood thinners, one was treated; the third smokes and was treated too soon.
    """
    folder = tmp_path_factory.mktemp("audited")
    clients = [
        {"intake_id": "a", "screened_on": "2026-06-15", "medications": [{"name": "Coumadin"}],
         "recorded_decision": TREATED},
        {"intake_id": "b", "screened_on": "2026-07-01", "medications": [{"name": "Coumadin"}]},
        {"intake_id": "c", "screened_on": "2026-06-15", "recorded_decision": TREATED,
         "procedures": [{"name": "microneedling", "performed_on": "2026-06-08"}],
         "lifestyle": {"smoking": "yes"}},
    ]  # fmt: skip
    intakes = folder / "clients.jsonl"
    intakes.write_text("".join(json.dumps(client) + "\n" for client in clients), encoding="utf-8")
    arguments = [str(intakes), str(REPOSITORY / "examples"), "--output", str(folder)]
    done = CliRunner().invoke(main, ["audit", *arguments, "--table", str(folder / "audit.parquet")])
    assert done.exit_code == 0, done.output
    return folder


def ask(folder: Path, query: str) -> list[list[Any]]:
    """The rows that DuckDB answers, asked in the folder of the audit."""
    program = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))"
    done = subprocess.run(
        [sys.executable, "-c", program, query], cwd=folder, capture_output=True, check=True
    )
    rows: list[list[Any]] = json.loads(done.stdout)
    return rows


def test_which_rules_stopped_clients_who_were_treated(audited: Path) -> None:
    rows = ask(audited, QUERIES[0])
    assert {"anticoagulant", "recent-microneedling"} <= {rule for rule, _ in rows}
    summary = summary_of(audited)["agreement"]["unsafe_rules"]
    assert rows == [[rule["rule"], rule["count"]] for rule in summary]
    fired = {row["rule"] for row in summary_of(audited)["rules"] if row["fired"]}
    assert "smoking" in fired


def test_verdicts_by_month(audited: Path) -> None:
    rows = ask(audited, QUERIES[1])
    results = (audited / "results.jsonl").read_text("utf-8").splitlines()
    assert ["2026-07", "contraindicated", 1] in rows
    assert sum(count for _, _, count in rows) == len(results)


def test_the_words_in_which_people_tell_of_blood_thinners(audited: Path) -> None:
    words = [(words, records) for words, records in ask(audited, QUERIES[2])]
    assert ("Coumadin", 2) in words


def test_the_files_that_the_document_names_are_there(audited: Path) -> None:
    named = re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", DOCUMENT, re.MULTILINE)
    assert set(named) - {"changes.jsonl"} == {
        path.name for path in audited.iterdir() if path.suffix in (".html", ".json", ".jsonl")
    } - {"clients.jsonl"}


def test_the_join_of_the_document_gives_whole_assessments(audited: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, object] = {}
    exec(block.replace("audit-2026/", f"{audited}/"), names)  # noqa: S102 - the document's own words
    assert isinstance(names["assessment"], dict)
    assert names["assessment"]["care"]


# The summary and its schema


def array(folder: Path) -> Path:
    """Realistic records, some of them broken, in one array."""
    file = folder / "intakes.json"
    file.write_bytes(b"[" + b",\n".join(mixed(100, 0.1)) + b"]")
    return file


def lines_twice(folder: Path) -> Path:
    """Hostile records, each of them twice."""
    return write_lines(folder / "intakes.jsonl", meant_to_hurt(40) * 2)


def examples(_: Path) -> Path:
    """The shipped examples, which are a file each."""
    return REPOSITORY / "examples"


def no_record(folder: Path) -> Path:
    """An array of nothing."""
    file = folder / "intakes.json"
    file.write_bytes(b"[]")
    return file


def nothing(folder: Path) -> Path:
    """A file of no bytes, which is a reject."""
    return write_lines(folder / "intakes.jsonl", [])


@pytest.mark.parametrize("intakes", [array, lines_twice, examples, no_record, nothing])
def test_a_summary_keeps_to_its_schema(
    intakes: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)
    done = invoke(intakes(tmp_path), "--output", tmp_path / "out")
    assert done.exit_code in {0, 3}, done.output
    assert violations("summary", summary_of(tmp_path / "out")) == []


def test_a_summary_with_older_results_keeps_to_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)
    intakes, older = lines_twice(tmp_path), tmp_path / "older"
    overlay = REPOSITORY / "examples" / "overlay"
    invoke(intakes, "--output", older)
    invoke(intakes, "--output", tmp_path / "out", "--baseline", older, "--overlay", overlay)
    summary = summary_of(tmp_path / "out")
    assert summary["comparison"]["rules"]
    assert violations("summary", summary) == []


@pytest.mark.parametrize("summary", [empty_summary(), full_summary()], ids=["empty", "full"])
def test_a_summary_that_reports_are_tested_with_keeps_to_its_schema(summary: Summary) -> None:
    assert violations("summary", summary) == []
