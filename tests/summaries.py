"""Summaries of audits to make reports of: empty, full, and with values that mean harm."""

from __future__ import annotations

from typing import Any

from engine.rules import VERDICTS

Summary = dict[str, Any]

OUTCOMES = ("treated", "declined", "deferred", "referred")

HOSTILE = (
    "</style><script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>&lt;",
    "\u202etxt.exe\u2066\u200f",
    "nul\x00 bell\x07 escape\x1b[31m line\r\nbreak\u2028",
    "\ud800 alone",
    "👩\u200d⚕️ 🩸",
    "W" * 10_000,
    "a\u0301\u0302\u0303" * 500,
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "   ",
)
"""What a file may hold where an id or a word is expected."""


_LONG = "Skin cancer or suspicious lesion, anywhere, now or in the past"


def empty_summary() -> Summary:
    """What an audit that found no record sums up."""
    return {
        "records": {"read": 0, "accepted": 0, "rejected": 0},
        "verdicts": dict.fromkeys(VERDICTS, 0),
        "levels": dict.fromkeys(("contraindication", "deferral", "referral", "precaution"), 0),
        "rules": [],
        "questions": [],
        "unrecognised": {"entries": 0, "records": 0, "different": 0, "terms": []},
        "duplicates": {"ids": 0, "records": 0, "list": []},
        "agreement": {
            "recorded": 0, "not_recorded": 0, "agrees": 0, "over_cautious": 0, "unresolved": 0,
            "unsafe": 0, "table": {outcome: dict.fromkeys(VERDICTS, 0) for outcome in OUTCOMES},
            "unsafe_rules": [], "unsafe_records": [],
        },
        "rejects": [],
        "inputs": [],
        "skipped": [],
        "dates": {"first": None, "last": None, "undated": 0, "reference_date": "2026-06-15"},
        "notes": {"records": 0},
        "comparison": None,
        "knowledge_base": {"id": "microneedling", "version": "1.0.0", "digest": "0a" * 32},
        "engine": {"version": "1.0.0"},
    }  # fmt: skip


def full_summary() -> Summary:
    """A summary in which every part of the report has something to say."""
    return empty_summary() | {
        "records": {"read": 12_000, "accepted": 11_900, "rejected": 100},
        "verdicts": dict(zip(VERDICTS, (2_000, 3_000, 900, 1_500, 2_500, 2_000), strict=True)),
        "rules": [
            rule("pregnancy", "contraindication", fired=1_400, alone=900, title="Pregnancy"),
            rule("acne-active", "deferral", fired=1_300, alone=1_000, title="Active acne in the area"),
            rule("heart", "referral", fired=700, alone=1, title=_LONG),
            rule("photosensitiser", "precaution", fired=2_100, alone=0, title="More sensitive to light"),
            rule("never-fired", "deferral", fired=0, alone=0, title="Never fired"),
        ],
        "questions": [question("allergies", 900, 1_200), question("age", 0, 15)],
        "unrecognised": {
            "entries": 14, "records": 13, "different": 2,
            "terms": [term("coumdain", 12, "Coumadin"), term("blue pill", 2)],
        },
        "duplicates": {"ids": 1, "records": 2, "list": [duplicate("client-17", 2)]},
        "agreement": empty_summary()["agreement"] | {
            "recorded": 9_000, "not_recorded": 2_900, "agrees": 7_988, "over_cautious": 700,
            "unresolved": 300, "unsafe": 12,
            "table": {outcome: dict.fromkeys(VERDICTS, 375) for outcome in OUTCOMES},
            "unsafe_rules": [{"rule": "pregnancy", "title": "Pregnancy", "count": 12}],
            "unsafe_records": [unsafe(f"client-{number}", number) for number in range(1, 13)],
        },
        "rejects": [{"code": "malformed-json", "count": 99}, {"code": "too-large", "count": 1}],
        "inputs": [
            read_file("intakes.jsonl", 11_000, 60), read_file("more.jsonl.gz", 900, 40, broken=True),
        ],
        "skipped": [{"file": "folder/readme.txt", "why": "not a file of intakes"}],
        "dates": {
            "first": "2025-01-07", "last": "2026-06-14", "undated": 12, "reference_date": "2026-06-15",
        },
        "notes": {"records": 210},
        "comparison": {
            "baseline": {
                "file": "old/results.jsonl", "size": 123_456, "sha256": "ef" * 32, "records": 11_000,
                "knowledge_base": [{"id": "microneedling", "version": "0.9.0", "digest": "12" * 32}],
            },
            "compared": 10_990, "same": 10_000, "verdict_changed": 890, "findings_changed": 100,
            "only_now": 910, "only_before": 10,
            "transitions": [
                {"before": "eligible", "now": "deferred", "count": 800},
                {"before": "deferred", "now": "referral", "count": 90},
            ],
            "rules": [
                changed("nsaid", "Anti-inflammatory medicine"), changed("rule-that-is-gone", None),
            ],
        },
    }  # fmt: skip


def hostile_summary() -> Summary:
    """The full summary with :data:`HOSTILE` values wherever an intake or a file name can put them."""
    summary = full_summary()
    for value in HOSTILE:
        summary["unrecognised"]["terms"].append(term(value, 1, value))
        summary["duplicates"]["list"].append(duplicate(value, 2, file=value))
        summary["agreement"]["unsafe_records"].insert(0, unsafe(value, 1, file=value, rules=[value]))
        summary["agreement"]["unsafe_rules"].append({"rule": value, "title": value, "count": 1})
        summary["rules"].append(rule(value, "deferral", fired=2_000, alone=1_500, title=value))
        summary["questions"].append(question(value, 700, 800))
        summary["rejects"].append({"code": value, "count": 1})
        summary["inputs"].append(read_file(value, 1, 0))
        summary["skipped"].append({"file": value, "why": value})
        summary["comparison"]["rules"].append(changed(value, value))
        summary["comparison"]["transitions"].append({"before": value, "now": "deferred", "count": 1})
        summary["comparison"]["baseline"]["knowledge_base"].append(
            {"id": value, "version": value, "digest": value}
        )
    summary["comparison"]["baseline"]["file"] = HOSTILE[0]
    return summary


def rule(name: str, level: str, fired: int, alone: int, title: str) -> dict[str, Any]:
    """One row of ``rules``."""
    counts = {"fired": fired, "alone": alone, "undecided": 33}
    return {"rule": name, "title": title, "level": level, **counts}


def question(name: str, costs: int, still_open: int) -> dict[str, Any]:
    """One row of ``questions``."""
    return {"id": name, "ask": f"About {{name}}: what about {name}?", "open": still_open, "costs": costs}


def term(value: str, times: int, *suggestions: str) -> dict[str, Any]:
    """One row of ``unrecognised.terms``."""
    return {"list": "medications", "value": value, "count": times, "suggestions": list(suggestions)}


def duplicate(name: str, times: int, file: str = "intakes.jsonl") -> dict[str, Any]:
    """One row of ``duplicates.list``."""
    places = [{"file": file, "line": line, "item": 0} for line in range(1, times + 1)]
    return {"intake_id": name, "count": times, "at": places}


def unsafe(
    name: str, line: int, file: str = "intakes.jsonl", rules: list[str] | None = None
) -> dict[str, Any]:
    """One row of ``agreement.unsafe_records``."""
    source = {"file": file, "line": line}
    verdict = "contraindicated"
    return {"intake_id": name, "verdict": verdict, "rules": rules or ["pregnancy"], "source": source}


def read_file(file: str, accepted: int, rejected: int, *, broken: bool = False) -> dict[str, Any]:
    """One row of ``inputs``."""
    counts = {"records": accepted + rejected, "accepted": accepted, "rejected": rejected}
    about = {"file": file, "size": 6_543_210, "sha256": "ab" * 32}
    return {**about, **counts, "blank_lines": 2, "broken": broken}


def changed(name: str, title: str | None) -> dict[str, Any]:
    """One row of ``comparison.rules``."""
    return {"rule": name, "title": title, "appeared": 800, "disappeared": 3, "otherwise": 7}
