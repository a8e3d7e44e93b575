"""The audit command: what goes in, what comes out where, and with which exit code."""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import io
import json
import os
import pty
import shlex
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import orjson
import pytest
from click.testing import Result

from audit import unpacking
from audit.executors import InProcess
from audit.inputs import Input
from audit.progress import progress
from audit.running import Audit, Progress, run_audit
from audit.tables import drafts_of
from audit_runs import (
    PROGRAM,
    PUBLISHED,
    UNFINISHED,
    environment,
    files,
    invoke,
    lines,
    load_once,
    meant_to_hurt,
    mixed,
    run,
    summary_of,
    write_lines,
)
from case_files import REPOSITORY, read_cases
from engine import SHIPPED, IntakeError, Screener, read_intake
from engine.assessment import join

AGREEMENT: Final[Mapping[str, Any]] = read_cases("audit-agreement")
OVERLAY: Final = REPOSITORY / "examples" / "overlay"
ON: Final = date(2026, 6, 15)
DAY: Final = ON.isoformat()
DENTIST: Final = {"procedures": [{"name": "dental injection", "performed_on": DAY}]}
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
BAD: Final = b'{"intake_id": "bad", "client": {"pregnancy": "maybe"}}'


@pytest.fixture(autouse=True)
def _load_each_knowledge_base_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.inputs.load_knowledge_base", load_once)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


Told = Callable[..., bytes]


@pytest.fixture
def told(complete: dict[str, Any]) -> Told:
    """A complete intake as text; the answers come over what it says."""

    def text(intake_id: str = "a", **answers: Any) -> bytes:
        intake = {**complete, "intake_id": intake_id}
        for key, answer in answers.items():
            before = intake.get(key)
            intake[key] = {**before, **answer} if isinstance(before, dict) else answer
        return json.dumps(intake, ensure_ascii=False).encode()

    return text


def written(tmp_path: Path, *records: bytes, name: str = "intakes.jsonl") -> Path:
    return write_lines(tmp_path / name, records)


def wholes(output: Path) -> list[dict[str, Any]]:
    """The results joined with what was left out of them."""
    common = json.loads((output / "rules.json").read_bytes())
    return [join(result, common) for result in lines(output / "results.jsonl")]


# Outputs and exit codes


def test_all_that_was_read_comes_out_under_five_names(told: Told, tmp_path: Path, output: Path) -> None:
    done = invoke(written(tmp_path, told()), "--output", output)
    assert done.exit_code == 0
    assert {*files(output)} == PUBLISHED


def test_an_output_without_a_name_is_not_the_present_folder(told: Told, tmp_path: Path) -> None:
    done = invoke(written(tmp_path, told()), "--output", "")
    assert done.exit_code == 2
    assert "the name is empty" in done.stderr


def test_a_record_with_very_many_problems_is_one_short_line(tmp_path: Path, output: Path) -> None:
    bad = b'{"intake_id": "a", "%b": [%b null]}' % (b"K" * 100_000, b"null," * 1_000)
    empty = b'{"intake_id": "a", "conditions": [%b{}]}' % (b"{}," * 50_000)
    assert invoke(written(tmp_path, bad, empty), "--output", output).exit_code == 3
    rejects = (output / "rejects.jsonl").read_bytes().splitlines()
    assert [len(line) < 20_000 for line in rejects] == [True, True]
    assert all(json.loads(line)["error"]["message"].endswith("; and more") for line in rejects)


def test_a_rejected_record_gives_exit_code_3(told: Told, tmp_path: Path, output: Path) -> None:
    assert invoke(written(tmp_path, told(), BAD), "--output", output).exit_code == 3
    assert {*files(output)} == PUBLISHED


def test_a_file_that_cannot_be_read_to_its_end_gives_exit_code_1(
    told: Told, tmp_path: Path, output: Path
) -> None:
    content = gzip.compress(told() + b"\n" + told("b") + b"\n", mtime=0)
    (tmp_path / "a.jsonl.gz").write_bytes(content[:-20])
    good = written(tmp_path, told("c"))
    done = invoke(tmp_path / "a.jsonl.gz", good, "--output", output)
    assert done.exit_code == 1
    (reject,) = lines(output / "rejects.jsonl")
    assert reject["error"]["code"] == "truncated-gzip"
    assert lines(output / "results.jsonl")[-1]["intake_id"] == "c"


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_the_reason_for_exit_code_1_is_told(
    told: Told, tmp_path: Path, output: Path, quiet: list[str]
) -> None:
    content = gzip.compress(told() + b"\n", mtime=0)[:-9]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl.gz").write_bytes(content)
    written(folder, told())
    done = invoke(folder, "-", "--output", output, *quiet, text=content)
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        f"needlecheck: {folder}/a.jsonl.gz could not be read to its end; see rejects.jsonl",
        "needlecheck: standard input could not be read to its end; see rejects.jsonl",
    ]


@pytest.mark.parametrize("argument", ["missing.jsonl", "notes.txt", ""])
def test_an_input_that_cannot_be_used_gives_exit_code_1_and_no_output(
    told: Told, tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch, argument: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_bytes(told())
    done = invoke(written(tmp_path, told()), argument, "--output", output)
    assert done.exit_code == 1
    assert done.stderr.startswith("needlecheck: nothing was read")
    assert not output.exists()


@pytest.mark.parametrize("options", [["--jobs", "0"], ["--on", "tomorrow"], ["--no-such-option"]])
def test_wrong_usage_gives_exit_code_2(
    told: Told, tmp_path: Path, output: Path, options: list[str]
) -> None:
    assert invoke(written(tmp_path, told()), "--output", output, *options).exit_code == 2
    assert not output.exists()


def test_a_broken_knowledge_base_gives_exit_code_1(told: Told, tmp_path: Path, output: Path) -> None:
    (tmp_path / "kb").mkdir()
    done = invoke(written(tmp_path, told()), "--output", output, "--knowledge-base", tmp_path / "kb")
    assert done.exit_code == 1
    assert "the knowledge base cannot be used" in done.stderr


# Results


@pytest.fixture(scope="module")
def expected(screener: Screener) -> Callable[[bytes], dict[str, Any] | str]:
    """The assessment of a record, or the code of what is wrong with it."""

    def screen(record: bytes) -> dict[str, Any] | str:
        try:
            return screener.screen(read_intake(record, ON))
        except IntakeError as error:
            return error.problems[0].code

    return screen


@pytest.mark.parametrize(
    "records",
    [
        pytest.param(mixed(400, 0.02), id="realistic"),
        pytest.param(meant_to_hurt(200), id="hostile"),
        pytest.param(
            tuple(
                json.dumps(json.loads(file.read_bytes()), ensure_ascii=False).encode()
                for file in sorted((REPOSITORY / "examples").glob("*.json"))
            ),
            id="examples",
        ),
    ],
)
def test_results_and_rules_are_the_whole_assessments(
    records: tuple[bytes, ...], expected: Callable[[bytes], Any], tmp_path: Path, output: Path
) -> None:
    screened = [(number, expected(record)) for number, record in enumerate(records, 1)]
    good = [(number, whole) for number, whole in screened if isinstance(whole, dict)]
    bad = [(number, code) for number, code in screened if isinstance(code, str)]

    invoke(written(tmp_path, *records), "--output", output, "--on", DAY)

    assert wholes(output) == [whole for _, whole in good]
    assert [line["source"]["line"] for line in lines(output / "results.jsonl")] == [n for n, _ in good]
    rejects = [(r["source"]["line"], r["error"]["code"]) for r in lines(output / "rejects.jsonl")]
    assert rejects == bad
    counts = {"read": len(records), "accepted": len(good), "rejected": len(bad)}
    assert summary_of(output)["records"] == counts


def test_full_results_are_whole_assessments(
    expected: Callable[[bytes], Any], tmp_path: Path, output: Path
) -> None:
    records = mixed(60)
    invoke(written(tmp_path, *records), "--output", output, "--on", DAY, "--full")
    for record, line in zip(records, lines(output / "results.jsonl"), strict=True):
        more = {key: line.pop(key) for key in ("source", "audit") if key in line}
        assert {*more} == {"source", *(["audit"] if b'"recorded_decision"' in record else [])}
        assert line == expected(record)


def test_results_leave_out_what_is_the_same_for_everyone(tmp_path: Path, output: Path) -> None:
    invoke(written(tmp_path, *mixed(60)), "--output", output)
    for line in lines(output / "results.jsonl"):
        assert "care" not in line
        for finding in line["findings"]:
            assert {*finding} == {"rule", "level", "evidence", "derivation", "lifts"}


def test_results_say_where_they_come_from(told: Told, tmp_path: Path, output: Path) -> None:
    text = b"\n" + told("a") + b"\n\r\n" + told("b")
    (tmp_path / "x.ndjson").write_bytes(text)
    file = tmp_path / "x.ndjson"
    invoke(file, "--output", output)
    sources = [line["source"] for line in lines(output / "results.jsonl")]
    assert sources == [{"file": str(file), "line": 2}, {"file": str(file), "line": 4}]


def test_audit_stands_only_where_a_decision_was_recorded(
    told: Told, tmp_path: Path, output: Path
) -> None:
    decided = told("b", recorded_decision={"outcome": "treated", "on": DAY})
    invoke(written(tmp_path, told("a"), decided), "--output", output)
    first, second = lines(output / "results.jsonl")
    assert "audit" not in first
    assert second["audit"]["agreement"] == "agrees"


def test_compressed_results_hold_the_same_lines(tmp_path: Path, output: Path) -> None:
    file = written(tmp_path, *mixed(60))
    invoke(file, "--output", output)
    invoke(file, "--output", tmp_path / "packed", "--results-gzip")
    plain, packed = files(output), files(tmp_path / "packed")
    assert gzip.decompress(packed.pop("results.jsonl.gz")) == plain.pop("results.jsonl")
    assert packed == plain


def test_compressed_results_without_any_line_are_a_gzip_file(tmp_path: Path, output: Path) -> None:
    invoke(written(tmp_path, BAD), "--output", output, "--results-gzip")
    content = (output / "results.jsonl.gz").read_bytes()
    assert content.startswith(b"\x1f\x8b")
    assert gzip.decompress(content) == b""


def test_an_older_run_leaves_nothing_behind(told: Told, tmp_path: Path, output: Path) -> None:
    file = written(tmp_path, told())
    invoke(file, "--output", output, "--results-gzip")
    invoke(file, "--output", output, "--baseline", output)
    assert {*files(output)} == {*PUBLISHED, "changes.jsonl"}
    invoke(file, "--output", output)
    assert {*files(output)} == PUBLISHED


# Rejects and what the summary says


def test_rejects_say_what_where_and_why(told: Told, tmp_path: Path, output: Path) -> None:
    file = written(tmp_path, told(), BAD, b"{", told("c\xff").replace("ÿ".encode(), b"\xff"), b"[]")
    invoke(file, "--output", output)
    found = [
        (r["source"]["line"], r["error"]["code"], r["error"]["path"])
        for r in lines(output / "rejects.jsonl")
    ]
    assert found[:3] == [
        (2, found[0][1], "/client/pregnancy"),
        (3, "malformed-json", ""),
        (4, "invalid-utf-8", ""),
    ]
    assert "maybe" in lines(output / "rejects.jsonl")[0]["error"]["message"]
    assert len(found) == 4


LINES_HINT: Final = "this looks like JSON Lines: name it .jsonl"
ARRAY_HINT: Final = "this looks like an array: name it .json"
GZIP_HINT: Final = "this looks like gzip: name it .gz"
LONG: Final = b'{"intake_id": "x", "notes": "%b"}' % (b"a" * 4_000)


@pytest.mark.parametrize(
    ("name", "content", "code", "hint"),
    [
        ("a.json", LONG + b"\n" + LONG, "malformed-json", LINES_HINT),
        ("a.json", (LONG + b"\n") * 300, "too-large", LINES_HINT),
        ("a.json.gz", gzip.compress(LONG + b"\n" + LONG), "malformed-json", f"{LINES_HINT}.gz"),
        ("a.jsonl", b"[" + LONG + b"]", "wrong-type", ARRAY_HINT),
        ("a.jsonl", b"[" + (LONG + b",") * 300 + LONG + b"]", "too-large", ARRAY_HINT),
        ("a.ndjson", b"[\n" + LONG, "malformed-json", ARRAY_HINT),
        ("a.jsonl", gzip.compress(LONG), "invalid-utf-8", GZIP_HINT),
        ("a.json", gzip.compress(LONG), "invalid-utf-8", GZIP_HINT),
    ],
    ids=[
        "lines",
        "many lines",
        "packed lines",
        "an array",
        "a large array",
        "a pretty array",
        "gzip for lines",
        "gzip for one",
    ],
)
def test_a_file_of_another_kind_than_its_name_says_is_told(
    tmp_path: Path, output: Path, name: str, content: bytes, code: str, hint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert invoke(tmp_path / name, "--output", output).exit_code == 3
    errors = [reject["error"] for reject in lines(output / "rejects.jsonl")]
    assert errors[0]["code"] == code
    assert errors[0]["message"].endswith(f"; {hint}")
    assert not [error for error in errors[1:] if "looks like" in error["message"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b"{}\n"), ("a.json", b'{"a": \n}'), ("a.json", b"[]x"), ("a.jsonl", b"{\n}")],
)
def test_what_may_have_its_right_name_gets_no_hint(
    tmp_path: Path, output: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    assert invoke(tmp_path / name, "--output", output).exit_code == 3
    assert b"looks like" not in (output / "rejects.jsonl").read_bytes()


def test_ids_that_come_twice_are_listed_with_their_places(
    told: Told, tmp_path: Path, output: Path
) -> None:
    one = written(tmp_path, told("a"), told("b\0x"), told("a"), name="1.jsonl")
    two = written(tmp_path, told("a"), told("b\0y"), told("c"), told("c"), name="2.jsonl")
    invoke(one, two, "--output", output)
    assert summary_of(output)["duplicates"] == {
        "ids": 2,
        "records": 5,
        "list": [
            {
                "intake_id": "a",
                "count": 3,
                "at": [
                    {"file": str(one), "line": 1},
                    {"file": str(one), "line": 3},
                    {"file": str(two), "line": 1},
                ],
            },
            {
                "intake_id": "c",
                "count": 2,
                "at": [{"file": str(two), "line": 3}, {"file": str(two), "line": 4}],
            },
        ],
    }


def test_unrecognised_names_are_counted_with_suggestions(
    told: Told, tmp_path: Path, output: Path
) -> None:
    typo, denied = {"name": "psoriassis"}, {"name": "zzz unheard of", "status": "absent"}
    records = [told("a", conditions=[typo, denied]), told("b", conditions=[typo]), told("c")]
    invoke(written(tmp_path, *records), "--output", output)
    found = summary_of(output)["unrecognised"]
    assert (found["entries"], found["records"], found["different"]) == (3, 2, 2)
    first, second = found["terms"]
    assert (first["list"], first["value"], first["count"]) == ("conditions", "psoriassis", 2)
    assert "psoriasis" in first["suggestions"]
    assert (second["value"], second["count"]) == ("zzz unheard of", 1)


def test_counts_are_those_of_the_results(tmp_path: Path, output: Path) -> None:
    invoke(written(tmp_path, *mixed(300)), "--output", output)
    summary, results = summary_of(output), lines(output / "results.jsonl")
    for verdict, count in summary["verdicts"].items():
        assert count == sum(result["verdict"] == verdict for result in results)
    for level, count in summary["levels"].items():
        assert count == sum(any(f["level"] == level for f in r["findings"]) for r in results)
    for rule in summary["rules"]:
        fired = sum(any(f["rule"] == rule["rule"] for f in r["findings"]) for r in results)
        waiting = sum(any(u["rule"] == rule["rule"] for u in r["undecided"]) for r in results)
        assert (rule["fired"], rule["undecided"]) == (fired, waiting)
    for question in summary["questions"]:
        needed = sum(any(question["id"] in u["needs"] for u in r["undecided"]) for r in results)
        assert question["open"] == needed, question["id"]


def test_input_files_are_listed_with_size_and_hash(told: Told, tmp_path: Path, output: Path) -> None:
    file = written(tmp_path, told(), BAD, b"")
    invoke(file, "--output", output)
    (found,) = summary_of(output)["inputs"]
    content = file.read_bytes()
    assert found == {
        "file": str(file), "size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
        "blank_lines": 1, "broken": False, "records": 2, "accepted": 1, "rejected": 1,
    }  # fmt: skip


# Agreement


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of an audit of every client with every decision."""
    folder = tmp_path_factory.mktemp("agreement")
    nothing_to_report = {
        "screened_on": DAY,
        "client": {
            "age_years": 34, "pregnancy": "no", "breastfeeding": "no", "skin_sensitivity": "normal",
            "fitzpatrick_type": 2,
        },
        "treatment": {"device": "pen", "areas": ["face"]},
        "conditions": [], "medications": [], "procedures": [], "allergies": [],
        "lifestyle": {"alcohol": "none", "smoking": "no", "last_sunburn_or_tan": "none"},
    }  # fmt: skip
    records = []
    for verdict, answers in AGREEMENT["clients"].items():
        for outcome in AGREEMENT["table"][verdict]:
            intake: dict[str, Any] = {"intake_id": f"{verdict} {outcome}", **nothing_to_report}
            for key, answer in answers.items():
                before = intake[key]
                intake[key] = {**before, **answer} if isinstance(before, dict) else answer
            intake["recorded_decision"] = {"outcome": outcome, "on": DAY}
            records.append(json.dumps(intake).encode())
    invoke(write_lines(folder / "in.jsonl", records), "--output", folder / "out")
    return folder / "out"


@pytest.mark.parametrize("outcome", ["treated", "declined", "deferred", "referred"])
@pytest.mark.parametrize("verdict", AGREEMENT["table"])
def test_agreement_is_as_in_the_table(agreed: Path, verdict: str, outcome: str) -> None:
    by_id = {line["intake_id"]: line for line in lines(agreed / "results.jsonl")}
    line = by_id[f"{verdict} {outcome}"]
    assert line["verdict"] == verdict
    assert line["audit"] == {"outcome": outcome, "agreement": AGREEMENT["table"][verdict][outcome]}
    assert summary_of(agreed)["agreement"]["table"][outcome][verdict] == 1


def test_agreement_is_added_up(agreed: Path) -> None:
    summary = summary_of(agreed)["agreement"]
    words = [word for row in AGREEMENT["table"].values() for word in row.values()]
    assert (summary["recorded"], summary["not_recorded"]) == (24, 0)
    for word in ("unsafe", "unresolved", "over_cautious", "agrees"):
        assert summary[word] == words.count(word)


def test_unsafe_decisions_are_named_by_id_and_rule(agreed: Path) -> None:
    summary = summary_of(agreed)["agreement"]
    named = [(r["intake_id"], r["verdict"], r["rules"]) for r in summary["unsafe_records"]]
    against = AGREEMENT["against"].items()
    assert named == [(f"{verdict} treated", verdict, [rule]) for verdict, rule in against]
    assert {r["rule"]: r["count"] for r in summary["unsafe_rules"]} == {rule: 1 for _, rule in against}
    for name, _, _ in named:
        assert name in (agreed / "report.html").read_text(encoding="utf-8")


# Comparison with an older run


Compared = Callable[..., tuple[dict[str, Any], list[dict[str, Any]]]]


@pytest.fixture
def compared(tmp_path: Path) -> Compared:
    """The comparison and the changes between two runs."""

    def run_both(
        old: Sequence[bytes], new: Sequence[bytes], before: Sequence[Any] = (), now: Sequence[Any] = ()
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        on = [] if "--on" in before else ["--on", DAY]
        invoke(written(tmp_path, *old, name="o.jsonl"), "--output", tmp_path / "old", *on, *before)
        new_on = [] if "--on" in now else ["--on", DAY]
        done = invoke(
            written(tmp_path, *new, name="n.jsonl"), "--output", tmp_path / "new", *new_on, *now,
            "--baseline", tmp_path / "old",
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        comparison: dict[str, Any] = summary_of(tmp_path / "new")["comparison"]
        return comparison, lines(tmp_path / "new" / "changes.jsonl")

    return run_both


def rules_of(comparison: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {
        rule["rule"]: (rule["appeared"], rule["disappeared"], rule["otherwise"])
        for rule in comparison["rules"]
    }


def test_the_same_run_again_changes_nothing(compared: Compared) -> None:
    comparison, changes = compared(mixed(60), mixed(60))
    assert (comparison["compared"], comparison["same"], changes) == (60, 60, [])
    assert comparison["transitions"] == comparison["rules"] == []


def test_an_overlay_shows_what_it_changes(compared: Compared, told: Told, tmp_path: Path) -> None:
    records = [told("a"), told("b", **DENTIST)]
    comparison, (change,) = compared(records, records, now=["--overlay", OVERLAY])
    moved = {"before": "referral", "now": "eligible_with_precautions", "count": 1}
    assert comparison["transitions"] == [moved]
    assert rules_of(comparison) == {
        "recent-dental-anaesthesia": (1, 0, 0), "unrecognised-entry": (0, 1, 0),
    }  # fmt: skip
    assert change == {
        "intake_id": "b",
        "source": {"file": str(tmp_path / "n.jsonl"), "line": 2},
        "verdict": {"before": "referral", "now": "eligible_with_precautions"},
        "rules": [
            {"rule": "recent-dental-anaesthesia", "before": None, "now": "precaution"},
            {"rule": "unrecognised-entry", "before": "referral", "now": None},
        ],
    }
    assert len(comparison["baseline"]["knowledge_base"]) == 1


def test_a_rule_of_another_level_shows_in_its_records(
    compared: Compared, told: Told, tmp_path: Path
) -> None:
    shutil.copytree(SHIPPED, tmp_path / "kb")
    (file,) = (f for f in (tmp_path / "kb/rules").iterdir() if "- id: smoking\n" in f.read_text("utf-8"))
    start, rule, end = file.read_text("utf-8").partition("- id: smoking\n")
    file.write_text(start + rule + end.replace("level: precaution", "level: referral", 1), "utf-8")
    records = [told("a"), told("b", lifestyle={"smoking": "yes"})]
    comparison, (change,) = compared(records, records, now=["--knowledge-base", tmp_path / "kb"])
    assert rules_of(comparison) == {"smoking": (0, 0, 1)}
    assert change["rules"] == [{"rule": "smoking", "before": "precaution", "now": "referral"}]


def test_another_date_shows_what_has_passed(compared: Compared, told: Told) -> None:
    session = json.loads(told("a", procedures=[{"name": "microneedling", "performed_on": "2026-06-08"}]))
    del session["screened_on"]
    records = [json.dumps(session).encode()]
    comparison, (change,) = compared(records, records, now=["--on", "2026-12-01"])
    assert change["verdict"] == {"before": "deferred", "now": "eligible"}
    assert rules_of(comparison)["recent-microneedling"] == (0, 1, 0)


def test_another_date_of_the_same_finding_is_a_change(compared: Compared, told: Told) -> None:
    old = told("a", procedures=[{"name": "microneedling", "performed_on": "2026-06-08"}])
    new = told("a", procedures=[{"name": "microneedling", "performed_on": "2026-06-09"}])
    comparison, (change,) = compared([old], [new])
    assert (comparison["verdict_changed"], comparison["findings_changed"]) == (0, 1)
    (rule,) = change["rules"]
    assert rule["before"] != rule["now"]


def test_records_of_one_id_are_paired_in_their_order(compared: Compared, told: Told) -> None:
    smokes = told("a", lifestyle={"smoking": "yes"})
    comparison, changes = compared([told("a"), smokes], [told("a"), told("x"), told("a"), told("a")])
    assert (comparison["compared"], comparison["same"]) == (2, 1)
    assert (comparison["only_now"], comparison["only_before"]) == (2, 0)
    assert [change["source"]["line"] for change in changes] == [3]


def test_records_that_are_in_one_run_only_are_counted(compared: Compared, told: Told) -> None:
    comparison, changes = compared([told("a"), told("b"), told("c")], [told("c"), told("d")])
    assert (comparison["only_now"], comparison["only_before"]) == (1, 2)
    assert (comparison["compared"], changes) == (1, [])


def test_compressed_and_whole_results_can_be_compared_with(compared: Compared) -> None:
    comparison, changes = compared(mixed(40), mixed(40), before=["--full", "--results-gzip"])
    assert (comparison["same"], changes) == (40, [])


RESULT: Final[Mapping[str, Any]] = {
    "intake_id": "a", "verdict": "eligible", "findings": [], "undecided": [],
    "knowledge_base": {"id": "k", "version": "1", "digest": "d"},
}  # fmt: skip
ODD: Final[Sequence[Mapping[str, Any]]] = [
    {"intake_id": 2**63}, {"intake_id": {}}, {"intake_id": None}, {"verdict": []}, {"verdict": None},
    {"knowledge_base": {"id": 1, "version": "1", "digest": "d"}},
]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"no results\n",
        b'{"intake_id": "a"}\n',
        b"[]\n",
        b'{"intake_id": [], "verdict": {}}\n',
        b"\xff\n",
        *(orjson.dumps({**RESULT, **odd}) for odd in ODD),
    ],
)
def test_a_baseline_that_is_none_is_refused(
    told: Told, tmp_path: Path, output: Path, content: bytes
) -> None:
    (tmp_path / "old.jsonl").write_bytes(content)
    done = invoke(written(tmp_path, told()), "--output", output, "--baseline", tmp_path / "old.jsonl")
    assert done.exit_code == 1
    assert "old.jsonl:1 is not a line of an audit's results" in done.stderr
    assert files(output) == {}
    assert not (output / UNFINISHED).exists()


def test_a_damaged_baseline_is_refused(told: Told, tmp_path: Path, output: Path) -> None:
    packed = bytearray(gzip.compress(b"x" * 100 + os.urandom(5_000), mtime=0))
    packed[10] ^= 0x06  # the kind of the first block: one that there is not
    (tmp_path / "old.jsonl.gz").write_bytes(packed)
    done = invoke(written(tmp_path, told()), "--output", output, "--baseline", tmp_path / "old.jsonl.gz")
    assert isinstance(done.exception, SystemExit)
    assert done.exit_code == 1
    assert "old.jsonl.gz cannot be read" in done.stderr


def test_a_baseline_may_have_any_name(told: Told, tmp_path: Path, output: Path) -> None:
    old = Path(os.fsdecode(os.fsencode(tmp_path) + b"/old\xff"))
    try:
        old.mkdir()
    except OSError:
        pytest.skip("names have to be Unicode here")
    invoke(written(tmp_path, told()), "--output", old)
    done = invoke(written(tmp_path, told()), "--output", output, "--baseline", old)
    assert (done.exit_code, summary_of(output)["comparison"]["same"]) == (0, 1)


# Inputs


def packed(name: str, content: bytes) -> bytes:
    return gzip.compress(content, mtime=0) if name.endswith(".gz") else content


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "array.json", "one.json", "pretty.json"])
def test_every_kind_of_file_is_read(
    told: Told, tmp_path: Path, output: Path, name: str, end: str
) -> None:
    records = [told("1"), told("2"), told("3")]
    content = {
        "array.json": b"[\n" + b",\n".join(records) + b"\n]",
        "one.json": records[0],
        "pretty.json": json.dumps(json.loads(records[0]), indent=2).encode(),
    }.get(name, b"\n".join(records))
    (tmp_path / (name + end)).write_bytes(packed(name + end, content))
    assert invoke(tmp_path / (name + end), "--output", output).exit_code == 0
    ids = [line["intake_id"] for line in lines(output / "results.jsonl")]
    assert ids == (["1"] if name in ("one.json", "pretty.json") else ["1", "2", "3"])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_standard_input_is_read(told: Told, output: Path, pack: Callable[[bytes], bytes]) -> None:
    done = invoke("-", "--output", output, text=pack(told("1") + b"\n" + told("2") + b"\n"))
    assert done.exit_code == 0
    sources = [line["source"] for line in lines(output / "results.jsonl")]
    assert sources == [{"file": "-", "line": 1}, {"file": "-", "line": 2}]


def test_a_folder_is_read_in_the_order_of_names(told: Told, tmp_path: Path) -> None:
    """Other files are skipped and told; the folder of results, inside it, is not read."""
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    written(folder, told("2"), name="b/x.jsonl")
    written(folder, told("1"), name="a.jsonl")
    written(folder, told("3"), name="c.json")
    written(folder, b"Dear colleague", name="letter.txt")
    for _ in range(2):
        done = invoke(folder, "--output", folder / "out")
        assert done.exit_code == 0
        ids = [line["intake_id"] for line in lines(folder / "out" / "results.jsonl")]
        assert ids == ["1", "2", "3"]
        assert f"skipped {folder}/letter.txt" in done.stderr
        skipped = [entry["file"] for entry in summary_of(folder / "out")["skipped"]]
        assert f"{folder}/letter.txt" in skipped


def test_an_empty_file_is_a_reject(told: Told, tmp_path: Path, output: Path) -> None:
    (tmp_path / "e.jsonl").write_bytes(b"")
    done = invoke(tmp_path / "e.jsonl", written(tmp_path, told()), "--output", output)
    assert done.exit_code == 3
    assert [r["error"]["code"] for r in lines(output / "rejects.jsonl")] == ["empty-file"]


def test_a_truncated_last_line_is_a_reject(told: Told, tmp_path: Path, output: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(told("1") + b"\n" + told("2")[:-30])
    assert invoke(tmp_path / "a.jsonl", "--output", output).exit_code == 3
    (reject,) = lines(output / "rejects.jsonl")
    assert (reject["source"]["line"], reject["error"]["code"]) == (2, "malformed-json")
    assert [line["intake_id"] for line in lines(output / "results.jsonl")] == ["1"]


@pytest.mark.parametrize("name", ["long.jsonl", "long.json", "long.jsonl.gz"])
def test_fifty_megabytes_on_a_line_are_a_reject_and_never_in_memory(
    told: Told, tmp_path: Path, output: Path, name: str
) -> None:
    file = tmp_path / name
    separator = b",\n" if name == "long.json" else b"\n"
    with gzip.open(file, "wb", 1) if name.endswith(".gz") else file.open("wb") as long:
        long.write((b"[" if name == "long.json" else b"") + told("1") + separator + b'{"notes": "')
        for _ in range(50):
            long.write(b"x" * (1 << 20))
        long.write(b'"}' + separator + told("3") + (b"]" if name == "long.json" else b"\n"))
    invoke(written(tmp_path, told()), "--output", tmp_path / "warm")
    tracemalloc.start()
    try:
        assert invoke(file, "--output", output, "--quiet").exit_code == 3
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (reject,) = lines(output / "rejects.jsonl")
    assert (reject["source"]["line"], reject["error"]["code"]) == (2, "too-large")
    assert [line["intake_id"] for line in lines(output / "results.jsonl")] == ["1", "3"]
    assert peak < 24 << 20


def test_what_is_done_is_taken_in_before_more_is_waited_for(
    told: Told, screener: Screener, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends a run that waits for its input loses no more than the chunk that is not complete."""
    monkeypatch.setattr(unpacking, "CHUNK_BYTES", 4096)
    texts = (told(str(number)).ljust(4095) + b"\n" for number in range(3))
    taken: list[int] = []
    taken_at_reading: list[int] = []

    class Slow(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            taken_at_reading.append(len(taken))
            return next(texts, b"")

    run_audit(
        Audit([Input("-", None)], [], output, ON), screener, InProcess(), workers=2,
        standard_input=cast("BinaryIO", Slow()), watch=lambda now: taken.append(now.records),
    )  # fmt: skip
    assert taken_at_reading == [0, 1, 2, 3]
    assert taken == [1, 2, 3]


# Going on with a run that was screened and not published


PUBLISHING: Final = ["audit.running.render_report", "audit.folder.WorkFolder.publish"]


def interrupted(
    monkeypatch: pytest.MonkeyPatch, what: str, *arguments: str | Path, **more: Any
) -> Result:
    """Run an audit whose disk is full when it comes to this."""

    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(what, full_disk)
        done = invoke(*arguments, **more)
    assert done.exit_code == 1
    return done


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
