"""The same intake gives the same bytes: in any process, after any other intake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from case_files import REPOSITORY, read_cases
from engine import Screener, make_intake

CASES: Final[Sequence[Mapping[str, Any]]] = read_cases("same-bytes")
SCREEN_ALL: Final = """
import json, sys
from engine import Screener, load_knowledge_base, make_intake
screener = Screener(load_knowledge_base())
for line in sys.stdin:
    sys.stdout.write(json.dumps(screener.screen(make_intake(json.loads(line)))) + "\\n")
"""


def in_a_new_process(arguments: Sequence[str], hash_seed: str, text: str = "") -> bytes:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        input=text.encode(),
        capture_output=True,
        check=True,
    )
    return done.stdout


def screened_in_turn(intakes: Iterable[Mapping[str, Any]], hash_seed: str) -> dict[str, bytes]:
    """Assessments by intake, from one new process that screens the intakes in this order."""
    lines = "".join(json.dumps(intake) + "\n" for intake in intakes)
    printed = in_a_new_process(["-c", SCREEN_ALL], hash_seed, lines).splitlines()
    return {json.loads(line)["intake_id"]: line for line in printed}


@pytest.fixture(scope="module")
def expected(screener: Screener) -> dict[str, bytes]:
    """Assessments by intake, from this process, whose screener may have seen much else."""
    return {case["intake_id"]: json.dumps(screener.screen(make_intake(case))).encode() for case in CASES}


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711", "random"])
def test_every_process_gives_the_same_bytes(hash_seed: str, expected: dict[str, bytes]) -> None:
    assert screened_in_turn(CASES, hash_seed) == expected


def test_other_intakes_before_make_no_difference(expected: dict[str, bytes]) -> None:
    others_first = [*reversed(CASES), *CASES, *CASES[2:], *CASES[:2]]
    assert screened_in_turn(others_first, "2") == expected


def test_other_intakes_are_no_part_of_an_assessment(expected: dict[str, bytes]) -> None:
    """One intake alone in its process, with nothing before it."""
    for case in CASES[:2]:
        assert screened_in_turn([case], "3") == {case["intake_id"]: expected[case["intake_id"]]}


@pytest.mark.parametrize("output_format", ["json", "text"])
def test_the_command_prints_the_same_bytes_in_every_process(output_format: str, tmp_path: Path) -> None:
    file = tmp_path / "intake.json"
    file.write_text(json.dumps(CASES[0]), encoding="utf-8")
    command = ["cli.py", "screen", "--format", output_format, str(file)]
    printed = [in_a_new_process(command, hash_seed) for hash_seed in ("0", "5", "random")]
    assert printed[0]
    assert printed[1:] == [printed[0], printed[0]]


def test_the_cases_touch_what_could_differ(expected: dict[str, bytes]) -> None:
    """The comparison is worth something: there are long lists that sets could have put in any order."""
    many = json.loads(expected["many findings"])
    open_questions = json.loads(expected["open questions"])
    assert len(many["findings"]) > 15
    assert max(len(finding["evidence"]) for finding in many["findings"]) > 2
    assert len(open_questions["questions"]) > 15
    assert max(len(undecided["needs"]) for undecided in open_questions["undecided"]) > 1
    assert max(len(entry["suggestions"]) for entry in open_questions["unrecognised"]) > 1
