"""An audit beside what the clinic did, and beside an older audit."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from audit_runs import (
    UNFINISHED,
    Told,
    files,
    invoke,
    lines,
    mixed,
    summary_of,
    write_lines,
    written,
)
from case_files import REPOSITORY, read_cases
from engine import SHIPPED

AGREEMENT: Final[Mapping[str, Any]] = read_cases("audit-agreement")
OVERLAY: Final = REPOSITORY / "examples" / "overlay"
DAY: Final = "2026-06-15"
DENTIST: Final = {"procedures": [{"name": "dental injection", "performed_on": DAY}]}

pytestmark = pytest.mark.usefixtures("each_knowledge_base_loaded_once")


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
