"""What an audit says and keeps when nobody listens, something is in the way, or a disk is full."""

from __future__ import annotations

import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from audit.inputs import Input
from audit.progress import progress
from audit.running import Progress
from audit_runs import (
    PROGRAM,
    PUBLISHED,
    PUBLISHING,
    UNFINISHED,
    Told,
    environment,
    files,
    interrupted,
    invoke,
    run,
    written,
)

BAD: Final = b'{"intake_id": "bad", "client": {"pregnancy": "maybe"}}'

pytestmark = pytest.mark.usefixtures("each_knowledge_base_loaded_once")


# Going on with a run that was screened and not published


@pytest.mark.parametrize("what", PUBLISHING)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"a"', b'"z"'),
        lambda text: text + b"\n",
        lambda text: text * 2,
        lambda _: b"",
    ],
    ids=["a name", "a blank line", "more", "nothing"],
)
def test_what_was_screened_is_not_published_for_another_input(
    told: Told, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch, what: str,
    change: Callable[[bytes], bytes],
) -> None:  # fmt: skip
    file = written(tmp_path, told("a"), told("b"))
    interrupted(monkeypatch, what, file, "--output", output)
    content = file.read_bytes()
    file.write_bytes(change(content))
    done = invoke(file, "--output", output, "--resume")
    assert done.exit_code == 1
    assert "the input is not what the unfinished run read" in done.stderr
    assert not (output / "summary.json").exists()
    file.write_bytes(content)
    assert invoke(file, "--output", output, "--resume").exit_code == 0
    assert {*files(output)} == PUBLISHED


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (PUBLISHING[0], "What was done is kept (1 record), nothing was published"),
        (PUBLISHING[1], "Every record is done, and some files may have their names already"),
    ],
)
def test_what_is_safe_is_told_when_a_run_fails(
    told: Told, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    done = interrupted(monkeypatch, what, written(tmp_path, told()), "--output", output)
    assert f"No space left on device. {said}; run the same command with --resume" in done.stderr


def test_standard_input_has_to_come_again_to_be_published(
    told: Told, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(monkeypatch, PUBLISHING[0], "-", "--output", output, text=told())
    assert invoke("-", "--output", output, "--resume", text=b"").exit_code == 1
    assert invoke("-", "--output", output, "--resume", text=told()).exit_code == 0
    assert {*files(output)} == PUBLISHED


# What is said


def test_a_quiet_run_says_nothing(told: Told, tmp_path: Path, output: Path) -> None:
    written(tmp_path, b"", name="note.txt")
    written(tmp_path, told(), BAD)
    done = invoke(tmp_path, "--output", output, "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "", "")


def test_the_end_is_told_in_numbers(told: Told, tmp_path: Path, output: Path) -> None:
    done = invoke(written(tmp_path, told(), BAD), "--output", output)
    assert "2 records read: 1 accepted, 1 rejected" in done.stdout
    assert str(output / "report.html") in done.stdout
    assert done.stderr == ""


def test_a_full_standard_output_is_told(told: Told, tmp_path: Path, output: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    with full.open("wb") as nowhere:
        done = subprocess.run(
            [sys.executable, PROGRAM, "audit", written(tmp_path, told()), "--output", output],
            stdout=nowhere, stderr=subprocess.PIPE, env=environment(), check=False,
        )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"needlecheck: ")
    assert {*files(output)} == PUBLISHED


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run ``needlecheck audit`` with redirections."""
    program = f"{shlex.quote(sys.executable)} {shlex.quote(str(PROGRAM))}"
    return subprocess.run(
        ["sh", "-c", f"{program} audit {command}"], cwd=folder, env=environment(**variables),
        capture_output=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", ">&-"])
def test_an_audit_does_not_fail_for_want_of_a_listener(
    told: Told, tmp_path: Path, output: Path, stream: str
) -> None:
    written(tmp_path, told())
    written(tmp_path, b"Dear colleague", name="letter.txt")
    done = shell(f". --output out {stream}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {*files(output)} == PUBLISHED


def test_the_end_is_told_whatever_the_encoding_of_standard_output(told: Told, tmp_path: Path) -> None:
    written(tmp_path, told())
    done = shell("intakes.jsonl --output 'ö日\u202e'", tmp_path, PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"1 record read: 1 accepted, 0 rejected\n")
    assert done.stdout.decode().endswith("Report: ö日\\u202e/report.html\n")


def test_progress_is_a_line_now_and_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"x" * 1_000)
    now = [100.0]
    with progress([Input("a", file)], clock=lambda: now[0]) as watch:
        for second in range(1, 21):
            now[0] += 1
            watch(Progress(second * 50, second * 10, second // 10))
    printed = capsys.readouterr()
    said = printed.err.splitlines()
    assert printed.out == ""
    assert len(said) == 4
    assert said[1].startswith("needlecheck: 100 records, 1 rejected")
    assert "about 10 s left" in said[1]


def test_progress_of_standard_input_knows_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with progress([Input("-", None)], clock=lambda: now[0]) as watch:
        for second in range(10):
            now[0] = second
            watch(Progress(second * 50, second * 10, 0))
    said = capsys.readouterr().err
    assert "50 records" in said
    assert "left" not in said


def test_a_terminal_shows_a_bar(told: Told, tmp_path: Path, output: Path) -> None:
    main, terminal = pty.openpty()
    command = [sys.executable, str(PROGRAM), "audit", str(written(tmp_path, told()))]
    done = subprocess.run(
        [*command, "--output", str(output)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment(TERM="xterm"),
        check=False,
    )
    os.close(terminal)
    said = os.read(main, 65_536).decode()
    os.close(main)
    assert done.returncode == 0
    assert "Screening" in said
    assert "100%" in said


# What is in the way


def listed(folder: Path) -> list[str]:
    """All that is in a folder, at any depth."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("more", [[], ["--resume"]])
@pytest.mark.parametrize(
    "name", ["unfinished-audit/mine.txt", "report.html/mine.txt", "changes.jsonl/mine.txt"]
)
def test_what_no_audit_has_made_is_not_removed(
    told: Told, tmp_path: Path, output: Path, name: str, more: list[str]
) -> None:
    (output / name).parent.mkdir(parents=True)
    (output / name).write_bytes(b"mine")
    before = listed(output)
    done = invoke(written(tmp_path, told()), "--output", output, *more)
    assert (done.exit_code, listed(output)) == (1, before)
    assert str((output / name).parent) in done.stderr
    assert "Nothing was changed; move it away, or choose another --output" in done.stderr


def test_a_link_in_the_place_of_the_working_folder_is_not_followed(
    told: Told, tmp_path: Path, output: Path
) -> None:
    output.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (output / UNFINISHED).symlink_to(tmp_path / "elsewhere")
    done = invoke(written(tmp_path, told()), "--output", output)
    assert done.exit_code == 1
    assert "was not made by an audit" in done.stderr
    assert listed(tmp_path / "elsewhere") == []


def test_an_empty_working_folder_is_no_hindrance(told: Told, tmp_path: Path, output: Path) -> None:
    (output / UNFINISHED).mkdir(parents=True)
    assert invoke(written(tmp_path, told()), "--output", output).exit_code == 0
    assert {*files(output)} == PUBLISHED


def test_an_output_folder_whose_links_lead_in_a_circle_is_refused(told: Told, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = invoke(written(tmp_path, told()), "--output", tmp_path / "loop" / "out")
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert "links lead in a circle" in done.stderr


def test_an_output_folder_may_have_any_name(told: Told, tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/out\xff")
    try:
        Path(name).mkdir()
    except OSError:
        pytest.skip("names have to be Unicode here")
    written(tmp_path, told())
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0"}
    done = run("intakes.jsonl", "--output", name, folder=tmp_path, variables=ascii_only)
    assert (done.returncode, done.stderr) == (0, b"")
    assert {*files(Path(name))} == PUBLISHED


def test_a_folder_that_cannot_be_written_is_told(told: Told, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = invoke(written(tmp_path, told()), "--output", tmp_path / "file" / "out")
    assert done.exit_code == 1
    assert "Not a directory" in done.stderr
    assert "run the same command" in done.stderr
