"""A recorded assessment is what the tool gives, or it is told where it differs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY
from cli import main

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))
INTAKE = REPOSITORY / "examples" / "botox-ten-days-ago.json"


def invoke(*arguments: str | Path) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def recorded(intake: Path = INTAKE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(invoke("screen", "--format", "json", intake).stdout)
    return found


def saved(folder: Path, record: Any) -> Path:
    file = folder / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return file


@pytest.mark.parametrize("intake", EXAMPLES[::6], ids=lambda file: file.stem)
def test_what_the_tool_gave_is_verified(intake: Path, tmp_path: Path) -> None:
    done = invoke("verify", saved(tmp_path, recorded(intake)), intake)
    assert (done.exit_code, done.stdout.startswith("Verified")) == (0, True)


def test_a_changed_record_is_told_with_the_place(tmp_path: Path) -> None:
    record = recorded()
    record["verdict"] = "eligible"
    done = invoke("verify", saved(tmp_path, record), INTAKE, "--format", "json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {
        "is_verified": False,
        "other_rules": [],
        "differences": [{"path": "/verdict", "recorded": "eligible", "now": "deferred"}],
    }


def test_other_rules_cannot_verify_and_say_so(tmp_path: Path) -> None:
    overlay = REPOSITORY / "examples" / "overlay"
    done = invoke("verify", saved(tmp_path, recorded()), INTAKE, "--overlay", overlay)
    assert done.exit_code == 1
    assert done.stdout.startswith("Cannot be verified here")
    assert "digest" in done.stdout


def test_a_line_of_an_audit_is_verified(tmp_path: Path) -> None:
    invoke("audit", INTAKE, "--output", tmp_path / "audit", "--quiet")
    line = json.loads((tmp_path / "audit" / "results.jsonl").read_text(encoding="utf-8"))
    assert invoke("verify", saved(tmp_path, line), INTAKE).exit_code == 0


def test_an_undated_intake_is_screened_on_the_day_of_the_record(tmp_path: Path) -> None:
    intake = tmp_path / "intake.json"
    intake.write_text('{"intake_id": "a", "conditions": []}', encoding="utf-8")
    done = invoke("screen", "--format", "json", "--on", "2026-01-02", intake)
    assert invoke("verify", saved(tmp_path, json.loads(done.stdout)), intake).exit_code == 0


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([], "no JSON object"),
        ({"intake_id": "a"}, 'found no "verdict"'),
        ({"care": {}}, "no assessment"),
    ],
)
def test_what_is_no_record_is_refused(record: Any, reason: str, tmp_path: Path) -> None:
    done = invoke("verify", saved(tmp_path, record), INTAKE)
    assert done.exit_code == 1
    assert reason in done.stderr


def test_another_clients_record_is_refused(tmp_path: Path) -> None:
    record = recorded()
    record["intake_id"] = "somebody else"
    done = invoke("verify", saved(tmp_path, record), INTAKE)
    assert done.exit_code == 1
    assert "somebody else" in done.stderr


def test_text_that_is_not_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    file.write_text("{", encoding="utf-8")
    done = invoke("verify", file, INTAKE)
    assert done.exit_code == 1
    assert "is not JSON" in done.stderr
