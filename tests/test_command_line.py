"""The command line: what goes in, what comes out where, and with which exit code."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from case_files import REPOSITORY
from cli import main
from conftest import Screen
from engine import SHIPPED, VERSION, load_knowledge_base, render_text
from engine.schemas import violations

PROGRAM = REPOSITORY / "cli.py"
OVERLAY = REPOSITORY / "examples" / "overlay"
MIB = 1024 * 1024
FULL_DISK = Path("/dev/full")


load_once = cache(load_knowledge_base)


@pytest.fixture(autouse=True)
def _load_each_knowledge_base_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading takes longer than everything else in these tests; processes of their own do load."""
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)


def invoke(*arguments: str | Path, text: bytes | str | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=text)


def run(
    *arguments: str | Path, text: bytes = b"", environment: Mapping[str, str] | None = None,
    folder: Path = REPOSITORY,
) -> subprocess.CompletedProcess[bytes]:  # fmt: skip
    """Run ``python cli.py`` as a process of its own."""
    return subprocess.run(
        [sys.executable, PROGRAM, *arguments], input=text, capture_output=True, check=False,
        cwd=folder, env={**os.environ, **(environment or {})}, timeout=60,
    )  # fmt: skip


def told(**answers: Any) -> str:
    """An intake as text; little is asked unless the answers say more."""
    return json.dumps({"intake_id": "a", "screened_on": "2026-06-15", **answers})


@pytest.fixture
def intake_file(tmp_path: Path, complete: dict[str, Any]) -> Path:
    file = tmp_path / "an intake – Zoë.json"  # noqa: RUF001 - a file name that people write
    file.write_text(json.dumps(complete), encoding="utf-8")
    return file


# Input


def test_an_intake_is_screened_from_a_file(
    screen: Screen, complete: dict[str, Any], intake_file: Path
) -> None:
    done = invoke("screen", "--format", "json", intake_file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == screen(complete)


@pytest.mark.parametrize("arguments", [["screen"], ["screen", "-"]])
def test_an_intake_is_screened_from_standard_input(
    screen: Screen, complete: dict[str, Any], arguments: list[str]
) -> None:
    done = invoke(*arguments, "--format", "json", text=json.dumps(complete))
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == screen(complete)


def test_a_byte_order_mark_is_accepted(complete: dict[str, Any]) -> None:
    done = invoke("screen", text=b"\xef\xbb\xbf" + json.dumps(complete).encode())
    assert done.exit_code == 0


def test_a_file_whose_name_looks_like_an_option_follows_two_hyphens(
    complete: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "--format").write_text(json.dumps(complete), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert invoke("screen", "--", "--format").exit_code == 0


# Output


@pytest.mark.parametrize("arguments", [[], ["--format", "text"]])
def test_text_is_the_default(screen: Screen, complete: dict[str, Any], arguments: list[str]) -> None:
    done = invoke("screen", *arguments, text=json.dumps(complete))
    assert done.stdout == render_text(screen(complete))


def test_details_show_more_of_the_same(screen: Screen, complete: dict[str, Any]) -> None:
    done = invoke("screen", "--details", text=json.dumps(complete))
    assert done.stdout == render_text(screen(complete), details=True)


def test_json_keeps_to_its_schema() -> None:
    done = invoke("screen", "--format", "json", text=told(medications=[{"name": "warfarin"}]))
    assert violations("assessment", json.loads(done.stdout)) == []


def test_json_ends_with_one_line_break() -> None:
    done = invoke("screen", "--format", "json", text=told())
    assert done.stdout_bytes.endswith(b"}\n")


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_output_is_utf_8_whatever_the_machine_speaks(output_format: str) -> None:
    text = told(conditions=[{"name": "湿疹 größe"}]).encode()
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = run("screen", "--format", output_format, text=text, environment=ascii_only)
    assert done.returncode == 0
    assert "湿疹 größe" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_output_holds_no_colours(output_format: str) -> None:
    for environment in ({"FORCE_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        done = run("screen", "--format", output_format, text=told().encode(), environment=environment)
        assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_the_same_intake_gives_the_same_bytes_in_every_process(
    output_format: str, tmp_path: Path
) -> None:
    text = told(
        conditions=[{"name": "eczema"}, {"name": "psoriassis"}, {"name": "lupus"}],
        medications=[{"name": "ibuprofen"}, {"name": "Coumadine"}, {"name": "diclofenac"}],
    ).encode()
    outputs = {
        run(
            "screen", "--format", output_format, "--details", text=text, folder=folder,
            environment={"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone, folder in (("0", "UTC", REPOSITORY), ("4711", "Pacific/Auckland", tmp_path))
    }  # fmt: skip
    assert len(outputs) == 1


# The reference date


def test_the_reference_date_is_the_given_one() -> None:
    done = invoke("screen", "--format", "json", "--on", "2026-03-01", text='{"intake_id": "a"}')
    assert json.loads(done.stdout)["screened_on"] == "2026-03-01"


def test_the_reference_date_is_today_unless_it_is_given() -> None:
    before = date.today()  # noqa: DTZ011 - the clinic's day
    done = invoke("screen", "--format", "json", text='{"intake_id": "a"}')
    after = date.today()  # noqa: DTZ011
    assert json.loads(done.stdout)["screened_on"] in (before.isoformat(), after.isoformat())


def test_the_day_that_the_intake_says_counts_and_the_user_is_told() -> None:
    done = invoke("screen", "--format", "json", "--on", "2026-03-01", text=told())
    assert json.loads(done.stdout)["screened_on"] == "2026-06-15"
    assert "2026-03-01 is not used" in done.stderr


def test_a_reference_date_that_the_intake_says_too_needs_no_word() -> None:
    assert invoke("screen", "--on", "2026-06-15", text=told()).stderr == ""


def test_dates_may_not_lie_after_the_reference_date() -> None:
    text = json.dumps({"intake_id": "a", "client": {"birth_date": "2026-03-02"}})
    done = invoke("screen", "--on", "2026-03-01", text=text)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "/client/birth_date" in done.stderr


# Exit codes


VERDICTS: dict[str, tuple[int, dict[str, Any]]] = {
    "eligible": (10, {}),
    "eligible_with_precautions": (11, {"allergies": [{"name": "lidocaine"}]}),
    "incomplete": (12, {"conditions": [{"name": "diabetes"}]}),
    "referral": (13, {"medications": [{"name": "flarp"}]}),
    "deferred": (14, {"medications": [{"name": "ibuprofen"}]}),
    "contraindicated": (15, {"medications": [{"name": "warfarin"}]}),
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_can_have_its_exit_code(complete: dict[str, Any], verdict: str) -> None:
    code, answers = VERDICTS[verdict]
    text = json.dumps({**complete, **answers})
    with_code = invoke("screen", "--format", "json", "--exit-verdict", text=text)
    assert json.loads(with_code.stdout)["verdict"] == verdict
    assert with_code.exit_code == code


@pytest.mark.parametrize("verdict", VERDICTS)
def test_without_the_option_every_verdict_exits_with_0(complete: dict[str, Any], verdict: str) -> None:
    done = invoke("screen", text=json.dumps({**complete, **VERDICTS[verdict][1]}))
    assert (done.exit_code, done.stderr) == (0, "")


def test_the_exit_code_does_not_change_what_is_written(complete: dict[str, Any]) -> None:
    plain = invoke("screen", text=json.dumps(complete))
    with_code = invoke("screen", "--exit-verdict", text=json.dumps(complete))
    assert (with_code.stdout, with_code.stderr) == (plain.stdout, "")


def test_a_refused_intake_exits_with_1_also_with_exit_verdict() -> None:
    assert invoke("screen", "--exit-verdict", text="{}").exit_code == 1


# Input that cannot be used


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no text at all"),
        (b"{", "line 1, column 2"),
        (b"\xff\xfe", "0xff"),
        (b"null", "null"),
        (b"[]", "an object"),
        (b'{"intake_id": "a", "intake_id": "b"}', "/intake_id"),
        (b'{"intake_id": "a", "client": {"age_years": 30.0}}', "/client/age_years: found 30.0"),
        (b'{"intake_id": "a", "medication": []}', 'did you mean "medications"?'),
        (b'{"intake_id": "a", "screened_on": "2026-02-30"}', "2026-02-30"),
        (b'{"intake_id": "a"}'.ljust(MIB + 1), "at most 1 MiB"),
        (b"[" * 40 + b"]" * 40, "at most 32 levels"),
    ],
)
def test_an_intake_that_cannot_be_used_is_refused_on_standard_error(text: bytes, words: str) -> None:
    done = invoke("screen", text=text)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("needlecheck: standard input cannot be used as an intake:\n")
    assert words in done.stderr


def test_every_problem_has_its_line() -> None:
    done = invoke("screen", text='{"notes": 1, "client": {"age_years": 200}, "xyzzy": 2}')
    _, *lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("  ") and ": found " in line for line in lines), lines


def test_a_refused_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text("{}", encoding="utf-8")
    assert str(file) in invoke("screen", file).stderr


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    done = invoke("screen", tmp_path / "nowhere.json")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "nowhere.json cannot be read: No such file or directory" in done.stderr


def test_a_folder_is_no_intake(tmp_path: Path) -> None:
    done = invoke("screen", tmp_path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert f"{tmp_path} cannot be read: " in done.stderr


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)
    done = invoke("screen", file)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "at most 1 MiB" in done.stderr


HOSTILE = "\x1b[31m\x07\x9b2J\u202e\u2028\n"


@pytest.mark.parametrize(
    "answers",
    [
        {HOSTILE: 1},
        {"client": {HOSTILE: 1}},
        {"client": {"pregnancy": HOSTILE}},
        {"client": HOSTILE},
        {"conditions": [{"name": "a", "since": HOSTILE}]},
    ],
)
def test_a_refusal_cannot_steer_the_terminal(answers: dict[str, Any]) -> None:
    done = invoke("screen", text=told(**answers))
    assert done.exit_code == 1
    unsafe = {c for c in done.stderr if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
    assert unsafe == {"\n"}
    assert len(done.stderr.splitlines()) == 2


def test_a_refusal_can_be_shown_whatever_the_machine_speaks() -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = run("screen", text=told(湿疹=1).encode(), environment=ascii_only)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"Traceback" not in done.stderr


# Knowledge bases


def test_another_knowledge_base_can_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    manifest = folder / "manifest.yaml"
    text = manifest.read_text(encoding="utf-8").replace("id: microneedling", "id: of-this-clinic")
    manifest.write_text(text, encoding="utf-8")
    done = invoke("screen", "--format", "json", "--knowledge-base", folder, text=told())
    base = json.loads(done.stdout)["knowledge_base"]
    assert base["id"] == "of-this-clinic"
    assert base["digest"] == load_knowledge_base(folder).digest


def test_overlays_can_be_repeated(tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    manifest = (OVERLAY / "manifest.yaml").read_text(encoding="utf-8")
    other = manifest.replace("id: example-clinic", "id: second-clinic")
    (second / "manifest.yaml").write_text(other, encoding="utf-8")
    overlays: list[str | Path] = ["--overlay", OVERLAY, "--overlay", second]
    done = invoke("screen", "--format", "json", *overlays, text=told())
    digest = load_knowledge_base(overlays=[OVERLAY, second]).digest
    assert json.loads(done.stdout)["knowledge_base"]["digest"] == digest


@pytest.mark.parametrize("option", ["--knowledge-base", "--overlay"])
def test_a_missing_knowledge_base_is_reported(option: str, tmp_path: Path) -> None:
    done = invoke("screen", option, tmp_path / "nowhere", text=told())
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the knowledge base cannot be used" in done.stderr
    assert "nowhere" in done.stderr


def test_a_broken_knowledge_base_is_reported_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    with (folder / "rules" / "age.yaml").open("a", encoding="utf-8") as opened:
        opened.write("- id: nonsense\n")
    done = invoke("screen", "--knowledge-base", folder, text=told())
    assert (done.exit_code, done.stdout) == (1, "")
    assert "rules/age.yaml:" in done.stderr


@pytest.mark.parametrize("content", ["{", "\x00", "- &a [*a]\n", "id: 1\nid: 2\n"])
def test_a_file_that_is_no_yaml_is_reported(content: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    (folder / "care.yaml").write_text(content, encoding="utf-8")
    done = invoke("screen", "--knowledge-base", folder, text=told())
    assert (done.exit_code, done.stdout) == (1, "")
    assert "care.yaml" in done.stderr


@pytest.mark.parametrize(
    "test",
    [
        "from: 18",
        "within: 7 days",
        "includes: deep_scars",
        "is: 4, under: 18",
        "under: 18, from: 3, to: 5",
        "is: adult",
    ],
)
def test_a_rule_that_cannot_be_asked_of_an_age_is_reported(test: str, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(SHIPPED, folder)
    file = folder / "rules" / "age.yaml"
    rules = file.read_text(encoding="utf-8")
    asked = "field: client.age_years, under: 18}"
    assert asked in rules
    file.write_text(rules.replace(asked, f"field: client.age_years, {test}}}", 1), encoding="utf-8")
    done = invoke("screen", "--knowledge-base", folder, text=told(client={"age_years": 17}))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "rules/age.yaml:" in done.stderr


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["scren"], "No such command 'scren'"),
        (["screen", "--fromat", "json"], "Did you mean"),
        (["screen", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["screen", "--format"], "requires an argument"),
        (["screen", "--on", "2026-02-30"], "Invalid value for '--on'"),
        (["screen", "--on", "today"], "Invalid value for '--on'"),
        (["screen", "a.json", "b.json"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], words: str) -> None:
    done = invoke(*arguments, text=told())
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


def test_wrong_usage_shows_the_way_to_help() -> None:
    assert "--help" in invoke("screen", "--format", "xml").stderr


# Help


def commands(command: click.Command, *path: str) -> list[list[str]]:
    """Every command of the program, with the words that call it."""
    inner = command.commands if isinstance(command, click.Group) else {}
    return [list(path), *(words for name in inner for words in commands(inner[name], *path, name))]


@pytest.mark.parametrize("words", commands(main), ids=lambda words: " ".join(words) or "needlecheck")
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_every_command_has_help(words: list[str], option: str) -> None:
    done = invoke(*words, option)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")
    assert "\\b" not in done.stdout


@pytest.mark.parametrize("words", commands(main), ids=lambda words: " ".join(words) or "needlecheck")
def test_every_option_has_a_help_text(words: list[str]) -> None:
    command: click.Command = main
    for name in words:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert command.help
    assert [option.name for option in options if not option.help] == []


def test_help_teaches_what_the_program_is_for() -> None:
    help_text = " ".join(invoke("--help").stdout.split())
    assert "not a diagnosis" in help_text
    assert "never tells anyone to stop a medicine" in help_text
    assert "screen" in help_text


def test_help_shows_each_example_on_a_line_of_its_own() -> None:
    lines = [line.strip() for line in invoke("screen", "--help").stdout.splitlines()]
    assert "needlecheck screen intake.json" in lines
    assert "needlecheck screen --format json < intake.json" in lines


def test_help_names_every_exit_code_of_a_verdict() -> None:
    help_text = invoke("screen", "--help").stdout
    assert [code for code, _ in VERDICTS.values() if str(code) not in help_text] == []


@pytest.mark.parametrize("width", [60, 80, 200])
def test_help_fits_the_terminal(width: int) -> None:
    done = CliRunner().invoke(main, ["screen", "--help"], terminal_width=width)
    assert [line for line in done.stdout.splitlines() if len(line) > max(width, 79)] == []


def test_the_version_is_shown() -> None:
    done = invoke("--version")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.split() == ["needlecheck,", "version", VERSION]


# The program as a process


def test_the_command_needlecheck_is_the_same_program() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"needlecheck": "cli:main"}


@pytest.mark.parametrize("arguments", [["--help"], ["screen", "--format", "json"], ["screen"]])
def test_python_cli_py_does_the_same(arguments: list[str]) -> None:
    done = run(*arguments, text=told().encode(), environment={"COLUMNS": "80"})
    here = CliRunner(env={"COLUMNS": "80"}).invoke(
        main, arguments, input=told(), prog_name="needlecheck", terminal_width=80
    )
    assert (done.returncode, done.stdout.decode()) == (0, here.stdout)


def test_the_program_runs_from_any_folder(tmp_path: Path) -> None:
    done = run("screen", text=told().encode(), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_exit_codes_reach_the_shell(complete: dict[str, Any]) -> None:
    eligible = json.dumps(complete).encode()
    codes = [
        run("screen", "--exit-verdict", text=eligible).returncode,
        run("screen", text=b"{}").returncode,
        run("screen", "--nonsense").returncode,
    ]
    assert codes == [10, 1, 2]


def test_standard_input_that_is_closed_is_reported() -> None:
    done = run("screen")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"no text at all" in done.stderr


@pytest.mark.parametrize("arguments", [["--format", "json"], ["--details"]])
def test_a_reader_that_goes_away_causes_no_traceback(arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "screen", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    process.stdin.write(told().encode())
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) != 0


@pytest.mark.skipif(not FULL_DISK.exists(), reason="only some systems have a device that is always full")
def test_a_full_disk_is_reported() -> None:
    with FULL_DISK.open("wb") as full:
        done = subprocess.run(
            [sys.executable, PROGRAM, "screen"], input=told().encode(), stdout=full,
            stderr=subprocess.PIPE, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"needlecheck: ")


@pytest.mark.skipif(os.name != "posix", reason="the shell's way to close a stream")
@pytest.mark.parametrize("arguments", ["screen - >&-", "screen - <&-", "kb list >&-", "interview <&-"])
def test_a_closed_stream_is_told(arguments: str) -> None:
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(PROGRAM))} {arguments}"
    done = subprocess.run(
        ["sh", "-c", command], input=told().encode(), capture_output=True, check=False, timeout=60
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1 or arguments.startswith("interview")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_the_command(shell: str) -> None:
    done = run(environment={"_NEEDLECHECK_COMPLETE": f"{shell}_source"})
    assert done.returncode == 0
    assert b"_NEEDLECHECK_COMPLETE" in done.stdout
