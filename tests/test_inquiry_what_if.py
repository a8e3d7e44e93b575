"""What-if: every way to a milder verdict holds, and none is a thing that nobody should change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import click
import pytest
from click.testing import CliRunner, Result

from case_files import REPOSITORY
from cli import main
from engine import KnowledgeBase, Screener, load_knowledge_base, read_intake
from engine.intake import LISTS
from engine.rules import VERDICTS
from inquiry.edits import edited
from inquiry.inquirer import Inquirer
from inquiry.what_if_command import command as what_if_command

FOLDER: Final = REPOSITORY / "examples"
EXAMPLES: Final = sorted(FOLDER.glob("*.json"))
READY: Final = FOLDER / "ready-to-start.json"
CLOT: Final = FOLDER / "blood-thinner-after-clot.json"
KELOID: Final = FOLDER / "keloid-on-the-chest.json"
NEVER: Final = ("/client/pregnancy", "/client/age_years", "/client/birth_date")
STOPPING: Final = re.compile(
    r"\b(stop|stops|stopping|pause|discontinue|come off|leave off|without (your|the) medic\w+"
    r"|(do not|don't|no longer) (take|use))\b",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def _make_each_inquirer_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the rules and finding out what they can hear takes longer than everything else here."""
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)
    monkeypatch.setattr("inquiry.what_if_command.Inquirer", inquirer_once)


@cache
def load_once(folder: Path, overlays: tuple[Path, ...], *, include_drafts: bool) -> KnowledgeBase:
    return load_knowledge_base(folder, overlays, include_drafts=include_drafts)


INQUIRERS: Final[dict[str, Inquirer]] = {}


def inquirer_once(screener: Screener) -> Inquirer:
    return INQUIRERS.setdefault(screener.knowledge_base.digest, Inquirer(screener))


def what_if(intake: Path, *options: str | Path) -> Result:
    done = CliRunner().invoke(main, ["what-if", str(intake), *map(str, options)])
    assert "Traceback" not in done.stderr
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


@cache
def ways_of(intake: Path) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["what-if", str(intake), "--format", "json"])
    assert (done.exit_code, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def at(document: Any, path: str) -> Any:
    """What stands at a place; ``None`` where nothing does."""
    for step in path.split("/")[1:]:
        if isinstance(document, list):
            document = document[int(step)]
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


# Ways to a milder verdict


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_way_screens_as_it_claims(file: Path, screener: Screener) -> None:
    intake = read_intake(file.read_bytes(), date(2026, 11, 21))
    found = ways_of(file)
    assert found["now"] == screener.screen(intake)["verdict"]
    for way in found["ways"]:
        edits = [(edit["path"], edit["value"]) for step in way["steps"] for edit in step["edits"]]
        on = date.fromisoformat(way["on"])
        assert on >= intake.screened_on
        changed = json.dumps(edited(intake, edits, on).document).encode()
        verdict = screener.screen(read_intake(changed))["verdict"]
        assert verdict == way["verdict"]
        assert VERDICTS.index(verdict) > VERDICTS.index(found["now"])


WAYS_TO_GO_AHEAD: Final[Mapping[str, tuple[dict[str, Any], list[str]]]] = {
    "a test after a possible pregnancy": (
        {"client": {"pregnancy": "possible"}},
        ["Possible (eligible), as soon as", "  - a test has ruled out pregnancy"],
    ),
    "diabetes that comes under control": (
        {"conditions": [{"name": "uncontrolled diabetes", "status": "active"}]},
        ["Possible (eligible), as soon as", "  - the diabetes is under control (uncontrolled diabetes)"],
    ),
    "a sunburn that heals": (
        {"conditions": [{"name": "sunburn", "status": "active"}]},
        [
            "Possible (eligible), as soon as",
            "  - 14 days have passed since the sunburn healed (sunburn)",
        ],
    ),
    "a medicine whose course ends": (
        {"medications": [{"name": "ibuprofen", "status": "current"}]},
        [
            "Possible (eligible), from 22 June 2026, if",
            "  - the course has ended, as prescribed or planned and not for this treatment",
            "    (ibuprofen)",
        ],
    ),
    "seventeen years and a birthday ahead": (
        {"client": {"age_years": None, "birth_date": "2008-07-01"}},
        [
            "Nothing that can change would make this milder.",
            "The client grows older, though: see needlecheck timeline.",
        ],
    ),
    "a pregnancy that is known": (
        {"client": {"pregnancy": "yes"}},
        ["Nothing that can change would make this milder."],
    ),
}


@pytest.mark.parametrize(("said", "told"), WAYS_TO_GO_AHEAD.values(), ids=WAYS_TO_GO_AHEAD)
def test_what_ends_a_finding_is_told_as_what_it_is(
    said: dict[str, Any], told: list[str], complete: dict[str, Any], tmp_path: Path
) -> None:
    answers = {**complete["client"], **said.get("client", {})}
    client = {key: answer for key, answer in answers.items() if answer is not None}
    intake = tmp_path / "intake.json"
    intake.write_text(json.dumps({**complete, **said, "client": client}), encoding="utf-8")
    assert what_if(intake).stdout.splitlines()[1:] == [
        "This is settled: no answer to an open question can change it.",
        "",
        *told,
    ]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_no_way_changes_what_nobody_should_change(file: Path) -> None:
    intake = read_intake(file.read_bytes(), date(2026, 11, 21)).document
    for way in ways_of(file)["ways"]:
        for step in way["steps"]:
            paths = [edit["path"] for edit in step["edits"]]
            for path in paths:
                known = at(intake, path) not in (None, "unknown", "declined")
                assert not (known and path in NEVER)
                assert at(intake, path) not in ("resolved", "absent", "stopped"), "a history stays"
                assert path not in [f"/{name}/{number}" for name in LISTS for number in range(9)]
            if step["path"].startswith("/medications/") and any(p.endswith("/status") for p in paths):
                is_current = at(intake, step["path"]).get("status", "current") == "current"
                told = "the course has ended, as prescribed or planned and not for this treatment"
                assert step["event"] == (told if is_current else None)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_no_text_tells_anyone_to_stop_a_medicine(file: Path) -> None:
    done = what_if(file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert STOPPING.search(done.stdout) is None
    events = " ".join(step["event"] or "" for way in ways_of(file)["ways"] for step in way["steps"])
    assert STOPPING.search(events) is None


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_text_names_every_way_and_fits_a_screen(file: Path) -> None:
    lines = what_if(file).stdout.splitlines()
    assert lines[0].startswith("Now: ")
    heads = [line for line in lines[2:] if line.endswith((", if", ", as soon as", "but time."))]
    assert len(heads) == len(ways_of(file)["ways"])
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_the_steps_of_the_examples_are_of_every_kind() -> None:
    ways = [way for file in EXAMPLES for way in ways_of(file)["ways"]]
    assert {step["kind"] for way in ways for step in way["steps"]} == {"answer", "event", "setting"}
    assert any(not way["steps"] for way in ways), "time alone"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_json_has_the_shape_that_is_documented(file: Path) -> None:
    found = ways_of(file)
    assert set(found) == {"strictest", "now", "mildest", "is_settled", "ways"}
    assert found["is_settled"] is (found["strictest"] == found["mildest"])
    ends = [VERDICTS.index(found[key]) for key in ("strictest", "now", "mildest")]
    assert ends == sorted(ends)
    for way in found["ways"]:
        assert set(way) == {"verdict", "on", "steps"}
        for step in way["steps"]:
            assert set(step) == {"kind", "path", "edits", "event"}
            assert (step["event"] is not None) is (step["kind"] == "event")
            assert step["edits"]
            assert all(set(edit) == {"path", "value"} for edit in step["edits"])


@pytest.mark.parametrize("options", [[], ["--set", "/client/pregnancy=yes"]])
def test_json_is_the_same_bytes_every_time(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = what_if(CLOT, *options, "--format", "json").stdout_bytes
    monkeypatch.setattr("inquiry.what_if_command.Inquirer", Inquirer)
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_knowledge_base)
    assert what_if(CLOT, *options, "--format", "json").stdout_bytes == first
    assert first.endswith(b"}\n")


# Variations


def after(intake: Path, *options: str) -> dict[str, Any]:
    """The assessment after a change, as the command shows it."""
    done = what_if(intake, *options, "--format", "json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"differences", "before", "after"}
    shown: dict[str, Any] = found["after"]
    return shown


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (["--set", "/client/pregnancy=yes"], "contraindicated"),
        (["--set", '/client/pregnancy="yes"'], "contraindicated"),
        (["--set", "/client/age_years=17"], "referral"),
        (["--set", '/medications/-={"name": "warfarin"}'], "contraindicated"),
        (["--set", "/medications/-/name=warfarin"], "contraindicated"),
        (["--set", '/medications=[{"name": "warfarin"}]'], "contraindicated"),
        (["--set", '/medications/-={"name": "warfarin", "status": "absent"}'], "eligible"),
        (["--set", "/conditions=null"], "incomplete"),
        (["--set", "/client/pregnancy=null"], "incomplete"),
        (["--set", "/client/pregnancy=null", "--set", "/client/pregnancy=no"], "eligible"),
        (["--set", "/medications/-/name=nothing = known"], "referral"),
        (["--on", "2027-03-01"], "eligible"),
        (
            ["--set", '/procedures/-={"name": "Botox", "performed_on": "2027-02-27"}',
             "--on", "2027-03-01"],
            "deferred",
        ),
        (
            ["--set", '/procedures/-={"name": "Botox", "performed_on": "2026-11-01"}',
             "--on", "2027-03-01"],
            "eligible",
        ),
    ],
)  # fmt: skip
def test_a_change_is_screened(options: list[str], verdict: str) -> None:
    assert after(READY, *options)["verdict"] == verdict


def test_an_entry_is_changed_and_taken_away() -> None:
    assert after(CLOT, "--set", "/medications/0/status=absent")["verdict"] != "contraindicated"
    assert after(CLOT, "--set", "/medications/0=null")["verdict"] != "contraindicated"


def test_another_day_is_the_day_of_screening() -> None:
    assert after(READY, "--on", "2027-03-01")["screened_on"] == "2027-03-01"
    assert after(READY, "--set", "/screened_on=2027-03-01")["screened_on"] == "2027-03-01"


def test_the_difference_is_told_in_words() -> None:
    botox = FOLDER / "botox-ten-days-ago.json"
    lines = what_if(botox, "--on", "2027-03-01").stdout.splitlines()
    assert lines[0].startswith("Now:  Microneedling has to wait until at least 20 November 2026")
    assert "Then: Microneedling can go ahead: nothing stands against it." in lines
    assert "- verdict: deferred → eligible" in lines
    assert "- finding gone: Botulinum toxin in the area within the last two weeks" in lines


def test_a_plan_differs_in_words_too() -> None:
    done = what_if(READY, "--set", "/treatment/goals/-=deep_scars")
    assert done.stdout.endswith("\n\n- plan, interval weeks: 4 to 6 → 8 or more\n")
    done = what_if(READY, "--set", "/medications/-/name=ibuprofen")
    assert "- rescreen, when: none → 7 days have passed since the last dose\n" in done.stdout
    assert not set("[]{}") & set(done.stdout)


def test_what_changes_nothing_says_so() -> None:
    assert what_if(READY, "--set", "/notes=hello").stdout.endswith("\n\n- nothing differs\n")


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ("/client/pregnancy", 2, "is not PATH=VALUE"),
        ("client/pregnancy=no", 2, "is not PATH=VALUE"),
        ("=no", 2, "is not PATH=VALUE"),
        ("", 2, "is not PATH=VALUE"),
        ("/=no", 1, 'found the unknown key ""'),
        ("/clients/pregnancy=no", 1, 'did you mean "client"?'),
        ("/client/pregnancy=perhaps", 1, 'found "perhaps"; expected one of: yes, no'),
        ("/client/pregnancy=", 1, 'found ""; expected one of'),
        ("/client/age_years=abc", 1, "expected a whole number"),
        ("/client/age_years=30.0", 1, "expected a whole number"),
        ("/client/age_years=NaN", 1, "found NaN"),
        ("/client/age_years=1e999", 1, "found Infinity"),
        ("/client/age_years=" + "9" * 5_000, 1, "expected a whole number"),
        ("/client/birth_date=1990-01-01", 1, "not both"),
        ("/client/pregnancy/x=1", 1, "no such place"),
        ("/conditions/9/status=active", 1, "no such place"),
        ("/conditions/9=null", 1, "no such place"),
        ("/conditions/-1/status=active", 1, "no such place"),
        ("/conditions/-1=null", 1, "no such place"),
        ("/conditions/00/status=active", 1, "no such place"),
        ("/conditions/0_0/status=active", 1, "no such place"),
        ("/conditions/\u0660/status=active", 1, "no such place"),
        ("/conditions/x/status=active", 1, "no such place"),
        ("/conditions/-={}", 1, "/conditions/1"),
        ("/conditions/0/since=2031-01-01", 1, "a date up to the screening on"),
        ("/screened_on=2026-02-30", 1, "a date that exists"),
        ('/notes="\\ud800"', 1, "whole Unicode characters"),
        ("/notes=" + "[" * 20_000, 0, ""),
        ("/notes=" + "[" * 40 + "]" * 40, 1, "at most 32 levels"),
    ],
)
def test_a_change_that_cannot_be_made_is_told(change: str, code: int, told: str) -> None:
    done = what_if(KELOID, "--set", change)
    assert done.exit_code == code
    assert told in done.stderr
    assert (done.stdout == "") is (code != 0)


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--on", "2020-01-01"], 1, "a date up to the screening on 2020-01-01"),
        (["--on", "soon"], 2, "Invalid value for '--on'"),
        (["--format", "xml"], 2, "'xml' is not one of 'text', 'json'"),
        (["--overlay", "nowhere"], 1, "the knowledge base cannot be used"),
        (["--knowledge-base", "nowhere"], 1, "the knowledge base cannot be used"),
    ],
)
def test_options_that_cannot_be_met_are_told(options: list[str], code: int, told: str) -> None:
    done = what_if(FOLDER / "botox-ten-days-ago.json", *options)
    assert (done.exit_code, done.stdout) == (code, "")
    assert told in done.stderr


def test_an_error_cannot_steer_the_terminal() -> None:
    done = what_if(READY, "--set", "/client/\x1b[31m\u202e=\x07")
    assert done.exit_code == 1
    assert {c for c in done.stderr if not c.isprintable()} == {"\n"}


def test_other_rules_can_be_used() -> None:
    older = ("--set", "/client/age_years=71", "--set", "/procedures=[]")
    assert after(READY, *older)["verdict"] == "eligible"
    overlay = ("--overlay", str(FOLDER / "overlay"))
    assert after(READY, *older, *overlay)["verdict"] == "referral"
    assert after(READY, *older, *overlay, "--include-drafts")["verdict"] == "referral"


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_the_intake_may_come_from_standard_input(arguments: list[str]) -> None:
    done = CliRunner().invoke(main, ["what-if", *arguments], input=CLOT.read_bytes())
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == what_if(CLOT).stdout


def test_every_option_says_what_it_is_for() -> None:
    options = [option for option in what_if_command.params if isinstance(option, click.Option)]
    assert [option.opts[0] for option in options if not option.help] == []
