"""An assessment as a page for the client's record: one HTML file that loads nothing, and prints.

The words stand in ``page.html.jinja``, the looks in ``page.css``. Whatever comes from an intake or from
the rules is escaped and shown without control or bidirectional characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine import Intake, KnowledgeBase
from engine.judgement import day_in_words
from engine.text import DISCLAIMER, printable
from inquiry.inquirer import Inquirer
from inquiry.sentences import Outlook, outlook
from inquiry.timeline import Timeline, timeline

MONTHS_DRAWN: Final = 12

VERDICTS: Final = {
    "contraindicated": ("✕", "Do not treat", "contraindicated"),
    "deferred": ("‖", "Not today", "deferred"),
    "referral": ("?", "Ask a clinician first", "referral"),
    "incomplete": ("…", "Not decided yet", "incomplete"),
    "eligible_with_precautions": ("✓", "Can go ahead with care", "eligible with precautions"),
    "eligible": ("✓", "Can go ahead", "eligible"),
}
"""For each verdict a symbol, plain words, and the term."""

LEVELS: Final = {
    "contraindication": "Rules it out",
    "deferral": "Not now",
    "referral": "For a clinician",
    "precaution": "Care needed",
}
"""What each level of a finding means, in plain words."""


@final
class Segment(NamedTuple):
    """A piece of the drawn timeline, in hundredths of its width."""

    start: float
    width: float
    verdict: str


def page_of(inquirer: Inquirer, intake: Intake) -> str:
    """The page of an intake: its assessment, the coming year, and what would change the verdict."""
    screener = inquirer.screener
    months = timeline(screener, intake, MONTHS_DRAWN)
    prospects = outlook(inquirer, intake)
    return render_page(screener.screen(intake), screener.knowledge_base, months, prospects)


def render_page(
    assessment: Mapping[str, Any], knowledge_base: KnowledgeBase, time: Timeline, prospects: Outlook
) -> str:
    """The page as HTML text; the same assessment gives the same bytes."""
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            own=assessment,
            sources=knowledge_base.sources,
            verdicts=VERDICTS,
            levels=LEVELS,
            time=time,
            prospects=prospects,
            segments=_segments(time),
            disclaimer=DISCLAIMER,
        )
    )


def _segments(time: Timeline) -> list[Segment]:
    start = time.intervals[0].first.toordinal()
    days = time.intervals[-1].last.toordinal() - start + 1
    return [
        Segment(
            round(100 * (interval.first.toordinal() - start) / days, 2),
            round(100 * ((interval.last - interval.first).days + 1) / days, 2),
            interval.verdict,
        )
        for interval in time.intervals
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["day"] = lambda day: day_in_words(str(day))
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    return environment


def _shown(value: Any) -> Any:
    """Text without control characters; what is no text stays."""
    if type(value) is str:
        return "\n".join(map(printable, value.split("\n")))
    return value
