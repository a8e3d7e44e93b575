"""From an idea to a rule: the commands of CONTRIBUTING.md, word for word, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY
from cli import main

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- command: contributing-(\w+) -->\s+```sh\n(.*?)```", TEXT, re.DOTALL))


def run(line: str) -> str:
    """One command of the document; ``echo … |`` gives it its standard input."""
    said, piped, command = line.strip().rpartition(" | ")
    program, script, *arguments = shlex.split(command)
    assert (program, script) == ("python3", "cli.py")
    text = shlex.split(said)[1] if piped else None
    done = CliRunner().invoke(main, arguments, input=text)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_five_commands_lead_from_an_idea_to_a_rule_that_screens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = {step: [run(line) for line in BLOCKS[step].strip().splitlines()] for step in BLOCKS}
    assert list(said) == ["list", "new", "test", "check", "screen"]
    assert "local-anaesthetic" in said["list"][0]
    assert "ours/ is a new overlay" in said["new"][0]
    assert "ours/rules/dental.yaml:2" in said["new"][1]
    assert "100 %" in said["test"][0]
    assert "accepted by B. Example" in said["check"][0]
    assert "With care: Numbed by a dentist today" in said["screen"][0]
