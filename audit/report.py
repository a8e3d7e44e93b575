"""The audit as a page for people: one HTML file that loads nothing, made from the summary alone.

The words stand in ``report.html.jinja``, the looks in ``report.css``, the drawings in ``charts.py``.
Whatever comes from an intake is escaped, shown without control or bidirectional characters, and cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from audit.charts import Bar, bar_chart
from audit.tallies import agreement
from engine.judgement import day_in_words
from engine.rules import DECISIVE, VERDICTS
from engine.text import DISCLAIMER, printable

MOST_ROWS: Final = 100
"""How many rules, questions or files the page lists; the rest stands in summary.json."""

MOST_CASES: Final = 25
"""How many records and words the page lists, of each kind; the rest stands in summary.json."""

_MOST_BARS: Final = 12
_LONGEST: Final = 140  # characters; an intake_id has at most 128

REJECTIONS: Final = {
    "contradiction": "Two statements exclude each other, such as an age beside a birth date.",
    "corrupt-gzip": "The compressed file is damaged: what follows could not be unpacked.",
    "date-in-future": "A date lies after the day of the screening.",
    "duplicate-key": "A key stands more than once, so that it is not clear which value counts.",
    "empty-file": "The file holds nothing, or nothing but white space.",
    "impossible-date": "A date does not exist, such as 30 February.",
    "invalid-utf-8": "The text is not UTF-8; it was probably saved in another encoding.",
    "lone-surrogate": "Half a character stands alone: the text was damaged on its way.",
    "malformed-array": "The list of intakes is not well formed: it could not be split from there on.",
    "malformed-json": "The text is not one complete JSON object; it may have been cut off.",
    "missing-key": "Something required is missing, such as the intake_id.",
    "null": "A value is null; what is not known has to be left out.",
    "number": "A number has a decimal point, or too many digits; whole numbers are expected.",
    "out-of-range": "The birth date makes an age of more than 120 years.",
    "too-deep": "Lists and objects stand inside one another more than 32 levels deep.",
    "too-large": "The record is longer than 1 MiB.",
    "truncated-gzip": "The compressed file breaks off: its end is missing.",
    "unknown-key": "There is a key that an intake does not have, often a slip of spelling.",
    "unreadable": "The file could not be read to its end.",
    "wrong-type": "A value is of another kind than expected, such as text for a list.",
    "wrong-value": "A value is not among those accepted.",
}
"""What each code of a refused record means, for someone who has never seen an intake file."""


def render_report(summary: Mapping[str, Any]) -> str:
    """The report as HTML text; ``summary`` is what summary.json holds. Same summary, same text."""
    return _environment().get_template("report.html.jinja").render(
        summary, charts=_charts(summary), verdict_names=VERDICTS, disclaimer=DISCLAIMER,
        rejections=REJECTIONS, most_rows=MOST_ROWS, most_cases=MOST_CASES,
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_finalize,
        loader=FileSystemLoader(Path(__file__).parent),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "cut": cut, "day": day_in_words, "name": name, "number": number, "share": share,
    }  # fmt: skip
    environment.globals |= {"agreement_of": agreement, "count": count, "strictness": VERDICTS.index}
    return environment


def _finalize(value: Any) -> Any:
    """Nothing reaches the page unseen: control and bidirectional characters become escapes."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def cut(text: str, room: int = _LONGEST) -> str:
    """A text short enough for a table, in characters; never cut within an escape."""
    shown = ""
    for character in str(text):
        piece = printable(character)
        room -= len(piece)
        if room < 0:
            return shown + "…"
        shown += piece
    return shown


def name(word: str) -> str:
    """A word for programs as people read it: ``eligible_with_precautions``, ``needle-material``."""
    return word.replace("_", " ").replace("-", " ").capitalize()


def number(value: int) -> str:
    """``12345`` as ``12,345``."""
    return f"{value:,}"


def count(value: int, one: str, many: str = "") -> str:
    """A number with its noun: ``no intakes``, ``1 intake``, ``1,200 intakes``."""
    noun = one if value == 1 else many or f"{one}s"
    return f"{number(value) if value else 'no'} {noun}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; what is neither none nor all never reads as if it were."""
    if not whole:
        return "-"
    if 0 < part < whole:
        tenths = min(max(round(1000 * part / whole), 1), 999)
        near = "<" if 1000 * part < whole else ">" if 1000 * (whole - part) < whole else ""
        return f"{near}{tenths / 10:.1f}%"
    return "100%" if part else "0%"


def _charts(summary: Mapping[str, Any]) -> dict[str, Markup]:
    """The charts that have something to show, by their section."""
    rows = {
        "verdicts": ("Intakes by verdict", _verdict_bars(summary)),
        "rules": ("Rules that stop most clients", _rule_bars(summary["rules"])),
        "questions": ("Questions that cost most verdicts", _question_bars(summary["questions"])),
    }
    return {key: bar_chart(title, bars) for key, (title, bars) in rows.items() if bars}


def _verdict_bars(summary: Mapping[str, Any]) -> list[Bar]:
    accepted = summary["records"]["accepted"]
    counts = {verdict: summary["verdicts"][verdict] for verdict in VERDICTS}
    return [
        Bar(name(verdict), verdict, times, 0, f"{number(times)} ({share(times, accepted)})")
        for verdict, times in counts.items() if accepted
    ]  # fmt: skip


def _rule_bars(rules: Sequence[Mapping[str, Any]]) -> list[Bar]:
    stopping = [rule for rule in rules if rule["fired"] and rule["level"] in DECISIVE]
    stopping.sort(key=lambda rule: (-rule["alone"], -rule["fired"], rule["rule"]))
    return [
        _part_of(rule["title"], rule["level"], rule["alone"], rule["fired"])
        for rule in stopping[:_MOST_BARS]
    ]


def _question_bars(questions: Sequence[Mapping[str, Any]]) -> list[Bar]:
    costly = sorted(
        (question for question in questions if question["costs"]),
        key=lambda question: (-question["costs"], -question["open"], question["id"]),
    )
    return [
        _part_of(name(question["id"]), "question", question["costs"], question["open"])
        for question in costly[:_MOST_BARS]
    ]


def _part_of(label: str, tone: str, part: int, whole: int) -> Bar:
    words = f"{number(part)} of {number(whole)}"
    return Bar(cut(label), tone, part, whole - part, words)
