"""``needlecheck kb test``: run the examples beside the rules, and see what they leave out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, final

import click

from curation.errors import KeeperError
from curation.flow import flow
from curation.library import Library, open_library
from curation.meant import meant
from curation.options import write
from curation.testing.coverage import Coverage, Hint, Part, cover
from curation.testing.examples import IN_WORDS, Examiner, Result, Subject, subjects
from engine import SHIPPED
from engine.text import printable


@final
class Report(NamedTuple):
    """What the examples gave; ``coverage`` is ``None`` where it was not asked for."""

    results: tuple[Result, ...]
    subjects: tuple[Subject, ...]
    coverage: tuple[Coverage, ...] | None

    @property
    def failed(self) -> list[Result]:
        """The examples that did not come as expected."""
        return [result for result in self.results if not result.passed]

    @property
    def clean(self) -> bool:
        """Whether everything came as expected and, if asked for, nothing is missing."""
        return not self.failed and all(found.complete for found in self.coverage or ())


@click.command("test")
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@click.option(
    "--knowledge-base", type=click.Path(path_type=Path), default=SHIPPED, metavar="DIR",
    help="The rules to test instead of the shipped ones.",
)  # fmt: skip
@click.option(
    "--overlay", "overlays", type=click.Path(path_type=Path), multiple=True, metavar="DIR",
    help="A folder that adds rules and vocabulary; may be given more than once.",
)  # fmt: skip
@click.option(
    "--coverage", is_flag=True,
    help="Also show what no example shows: a part of a condition that is never yes, no or unknown, "
    "an outcome that never comes. Anything missing counts as a failure.",
)  # fmt: skip
@click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text",
    show_default=True, help="Text for people, JSON for programs.",
)  # fmt: skip
@click.pass_context
def command(
    context: click.Context,
    rules: tuple[str, ...],
    knowledge_base: Path,
    overlays: tuple[Path, ...],
    coverage: bool,  # noqa: FBT001 - click passes options by name
    output_format: str,
) -> None:
    """Run the examples beside the rules and conclusions.

    Without RULE all of them are run, those of drafts too. A failing example is shown with what it
    gave and the facts behind it, or the questions that are still open.

    \b
    Examples:
      needlecheck kb test
      needlecheck kb test anticoagulant nsaid --coverage
      needlecheck kb test --overlay ours --coverage
      needlecheck kb test --format json > tested.json

    The exit code is 0 when everything came as expected, and 1 when something did not or, with
    --coverage, something is missing.
    """  # noqa: D301 - click wants the control character itself
    library = open_library(knowledge_base, overlays)
    chosen = _chosen(library, rules)
    report = _report(library, chosen, coverage=coverage)
    shown = _as_json(report) if output_format == "json" else _as_text(report, detailed=bool(rules))
    write(shown)
    context.exit(0 if report.clean else 1)


def _chosen(library: Library, names: Sequence[str]) -> list[Subject]:
    every = subjects(library)
    if not names:
        return every
    by_name = {subject.item.id: subject for subject in every}
    for name in names:
        if name not in by_name:
            raise KeeperError(f"there is no rule {printable(name)}{meant(name, by_name)}")
    return [subject for subject in every if subject.item.id in names]


def _report(library: Library, chosen: Sequence[Subject], *, coverage: bool) -> Report:
    examiner = Examiner(library)
    results = {
        subject.symbol: [examiner.run(subject, index) for index in range(len(subject.examples))]
        for subject in chosen
    }
    covered = (
        tuple(cover(subject, results[subject.symbol], library.knowledge_base) for subject in chosen)
        if coverage
        else None
    )
    return Report(tuple(r for found in results.values() for r in found), tuple(chosen), covered)


def _as_text(report: Report, *, detailed: bool) -> str:
    lines = [line for result in report.failed for line in _failure(result)]
    for found in report.coverage or ():
        if detailed or not found.complete:
            lines.extend(_covered(found))
    lines.append(_summary(report))
    if report.coverage is not None:
        lines.append(_coverage_summary(report.coverage))
    return "".join(f"{printable(line)}\n" for line in lines)


def _failure(result: Result) -> Iterator[str]:
    yield f"{result.file}:{result.line}: {result.subject.item.id}: {result.name}"
    yield f"  expected  {IN_WORDS[result.expected]}"
    yield f"  got       {IN_WORDS[result.got]}"
    lead = {"undecided": "waits for", "refused": "reason"}.get(result.got, "because")
    yield f"  {lead}"
    yield from (f"    - {reason}" for reason in result.reasons)
    yield ""


def _covered(found: Coverage) -> Iterator[str]:
    yield f"{found.subject.item.place}: {found.subject.item.id}: {found.shown} of {found.wanted} shown"
    for part in found.parts:
        yield f"  {part.says}"
        yield f"    seen {_listed(part.possible, part)}{_gap(part.missing)}"
    outcomes = {value: IN_WORDS[found.subject.outcome(value)] for value in found.whole.possible}
    seen = ", ".join(outcomes[value] for value in outcomes if value in found.whole.seen)
    gap = ", ".join(outcomes[value] for value in found.whole.missing)
    yield "  the rule as a whole" if found.subject.item.kind == "rule" else "  the conclusion as a whole"
    yield f"    seen {seen or 'nothing'}{f'; missing: {gap}' if gap else ''}"
    if not found.exact:
        yield "  There are too many situations to try out: no outcome was looked for."
    yield from _hints(found)
    yield ""


def _listed(values: Sequence[str], part: Part) -> str:
    return ", ".join(value for value in values if value in part.seen) or "nothing"


def _gap(missing: Sequence[str]) -> str:
    return f"; missing: {', '.join(missing)}" if missing else ""


def _hints(found: Coverage) -> Iterator[str]:
    hints = [part.hints[value] for part in (found.whole, *found.parts) for value in part.missing]
    if hints:
        yield "  Examples that would show it (check that they are what you mean, and name them):"
    written = dict.fromkeys(line for hint in hints for line in [_example(hint)])
    yield from (f"    {line}" for line in written)


def _example(hint: Hint) -> str:
    return f"- {{name: …, given: {flow(hint.given)}, expect: {hint.expect}}}"


def _summary(report: Report) -> str:
    kinds = [subject.item.kind for subject in report.subjects]
    of = [
        _count(kinds.count(kind), kind) for kind in ("rule", "conclusion") if kinds.count(kind)
    ]  # fmt: skip
    failed = len(report.failed)
    ending = f"{failed} failed" if failed else "all as expected"
    return f"{_count(len(report.results), 'example')} of {' and '.join(of) or 'no rules'}: {ending}."


def _coverage_summary(coverage: Sequence[Coverage]) -> str:
    shown, wanted = sum(c.shown for c in coverage), sum(c.wanted for c in coverage)
    share = 100 * shown // wanted if wanted else 100  # rounded down: 100 % is all
    gaps = sum(not c.complete for c in coverage)
    ending = f"; {_count(gaps, 'rule')} with gaps" if gaps else ""
    return f"Coverage: {shown} of {wanted} truth values and outcomes are shown, {share} %{ending}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _as_json(report: Report) -> str:
    document: dict[str, Any] = {
        "examples": [_result_json(result) for result in report.results],
        "summary": {
            "examples": len(report.results),
            "failed": len(report.failed),
            "clean": report.clean,
        },
    }
    if report.coverage is not None:
        document["coverage"] = [_coverage_json(found) for found in report.coverage]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _result_json(result: Result) -> Mapping[str, Any]:
    return {
        "kind": result.subject.item.kind,
        "id": result.subject.item.id,
        "name": result.name,
        "file": result.file,
        "line": result.line,
        "expected": result.expected,
        "got": result.got,
        "passed": result.passed,
        "reasons": list(result.reasons),
    }


def _coverage_json(found: Coverage) -> Mapping[str, Any]:
    outcome = found.subject.outcome
    return {
        "kind": found.subject.item.kind,
        "id": found.subject.item.id,
        "exact": found.exact,
        "complete": found.complete,
        "parts": [_part_json(part) for part in found.parts],
        "outcomes": {
            "possible": [outcome(value) for value in found.whole.possible],
            "seen": [outcome(value) for value in found.whole.possible if value in found.whole.seen],
            "missing": [_missing_json(outcome(v), found.whole.hints[v]) for v in found.whole.missing],
        },
    }


def _part_json(part: Part) -> Mapping[str, Any]:
    return {
        "symbol": part.symbol,
        "says": part.says,
        "possible": list(part.possible),
        "seen": [value for value in part.possible if value in part.seen],
        "missing": [_missing_json(value, part.hints[value]) for value in part.missing],
    }


def _missing_json(value: str, hint: Hint) -> Mapping[str, Any]:
    return {"value": value, "example": {"given": hint.given, "expect": hint.expect}}
