"""What is settled, what forces a verdict and what would change it, in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, final

from engine import Intake, KnowledgeBase
from inquiry.inquirer import Inquirer
from inquiry.reasons import Reasons, minimal_reasons
from inquiry.settled import Range, range_of
from inquiry.what_if import Step, WayOut, ways_out
from inquiry.words import VERDICTS_IN_WORDS, day_of_session, name_at, question_at, value_in_words


@final
class WayInWords(NamedTuple):
    """A way to a milder verdict: the verdict and the day, and what it takes besides time."""

    head: str
    steps: tuple[str, ...]


@final
class Outlook(NamedTuple):
    """What a verdict hangs on."""

    settled: str
    forced: str
    ways: tuple[WayInWords, ...]


def outlook(inquirer: Inquirer, intake: Intake) -> Outlook:
    """Whether an intake's verdict is settled, what forces it, and what would make it milder."""
    known = inquirer.screener.knowledge_base
    return Outlook(
        settled(range_of(inquirer, intake)),
        forced(minimal_reasons(inquirer, intake), intake),
        tuple(way_in_words(known, intake, way) for way in ways_out(inquirer, intake)),
    )


def settled(span: Range) -> str:
    """Whether answers to what is open can still change a verdict, and how far."""
    if span.is_settled:
        return "This is settled: no answer to an open question can change it."
    return (
        "This is not settled: answers to open questions could still make it "
        f"{VERDICTS_IN_WORDS[span.strictest]} at worst and {VERDICTS_IN_WORDS[span.mildest]} at best."
    )


def forced(reasons: Reasons, intake: Intake) -> str:
    """What alone forces a verdict; of several such sets the first one."""
    if not reasons.sets:
        return "Nothing said so far forces it, whatever else may come."
    said = ", ".join(_statement(place, intake) for place in sorted(reasons.sets[0]))
    others = len(reasons.sets) - 1
    more = f" ({others} other set{'s' if others > 1 else ''} of that size would do)" if others else ""
    return f"Whatever else is said, this alone forces it: {said}{more}."


def way_in_words(knowledge_base: KnowledgeBase, intake: Intake, way: WayOut) -> WayInWords:
    """A way out with its steps, none where time is enough."""
    today = intake.screened_on
    if way.steps and way.on == today and all(map(_is_recovery, way.steps)):
        when = ", as soon as"
    else:
        when = f", {day_of_session(way.on, today)}" + (", if" if way.steps else ": nothing but time.")
    steps = tuple(_step(knowledge_base, intake, step) for step in way.steps)
    verdict = VERDICTS_IN_WORDS[way.verdict]
    return WayInWords(f"{verdict[0].upper()}{verdict[1:]}{when}", steps)


def _is_recovery(step: Step) -> bool:
    """Whether it is an event to wait for, and not the end of a medicine, which nobody is to hasten."""
    return bool(step.event) and not step.place.startswith("/medications/")


def _statement(place: str, intake: Intake) -> str:
    name = name_at(intake, place)
    if name:
        return f"“{name}” ({place})"
    whole = place.count("/") == 1
    return f"all of {place[1:]}" if whole else place.rpartition("/")[2].replace("_", " ")


def _step(knowledge_base: KnowledgeBase, intake: Intake, step: Step) -> str:
    if step.event:
        name = name_at(intake, step.place)
        return step.event + (f" ({name})" if name else "")
    return " and ".join(_edits(knowledge_base, intake, step))


def _edits(knowledge_base: KnowledgeBase, intake: Intake, step: Step) -> Sequence[str]:
    if step.kind == "setting":
        return [f"{p.rpartition('/')[2].replace('_', ' ')}: {value_in_words(v)}" for p, v in step.edits]
    return [
        f"the answer to “{question_at(knowledge_base, intake, path)}” is {value_in_words(value)}"
        for path, value in step.edits
        if value is not None
    ]
