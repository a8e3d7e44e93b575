"""The audit command: what goes in, what comes out where, and with which exit code."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pytest

from audit import unpacking
from audit.executors import InProcess
from audit.inputs import Input
from audit.running import Audit, run_audit
from audit_runs import (
    PUBLISHED,
    Told,
    files,
    invoke,
    lines,
    meant_to_hurt,
    mixed,
    summary_of,
    wholes,
    written,
)
from case_files import REPOSITORY
from engine import IntakeError, Screener, read_intake

ON: Final = date(2026, 6, 15)
DAY: Final = "2026-06-15"
BAD: Final = b'{"intake_id": "bad", "client": {"pregnancy": "maybe"}}'

pytestmark = pytest.mark.usefixtures("each_knowledge_base_loaded_once")


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
