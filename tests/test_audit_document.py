"""What docs/audit.md claims is run: its queries, its join, and the names of the files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY
from cli import main

DOCUMENT = (REPOSITORY / "docs" / "audit.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
TREATED = {"outcome": "treated", "on": "2026-06-15"}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit of the examples and of two clients on blood thinners, one treated."""
    folder = tmp_path_factory.mktemp("audited")
    clients = [
        {"intake_id": "a", "screened_on": "2026-06-15", "medications": [{"name": "Coumadin"}],
         "recorded_decision": TREATED},
        {"intake_id": "b", "screened_on": "2026-07-01", "medications": [{"name": "Coumadin"}]},
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
    assert ["anticoagulant", 1] in ask(audited, QUERIES[0])


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
