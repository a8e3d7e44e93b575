"""New rules, concepts and sources as text, each key with a comment that says what belongs there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any, Final, NamedTuple, final

from curation.flow import flow, scalar
from curation.writing.examples import Example

_WIDTH: Final = 105


@final
class NewRule(NamedTuple):
    """What a new rule says; ``lifts``, ``because`` and so on as in a rule file."""

    id: str
    title: str
    level: str
    when: Any
    lifts: Mapping[str, Any]
    because: str
    action: str
    citation: Mapping[str, str]
    status: str
    reviewed_on: str


def rule_text(rule: NewRule, examples: Iterable[Example]) -> str:
    """A rule as an item of a rule file."""
    lines = [
        f"- id: {rule.id}  # permanent: never used for anything else",
        f"  title: {scalar(rule.title)}  # what was found, in plain words",
        "  # contraindication: do not treat; deferral: not now; referral: a clinician decides first;",
        "  # precaution: treat with care",
        f"  level: {rule.level}",
        "  # When it fires: docs/knowledge-base.md has every form.",
        "  when:",
        *_block(rule.when, "    "),
    ]
    if rule.lifts:
        lines += ["  # What ends it.", f"  lifts: {flow(rule.lifts)}"]
    lines += [
        "  # Why, for a clinician, in words of our own.",
        *_folded("because", rule.because),
        "  # What to do now, for a receptionist. Never to stop a medicine.",
        *_folded("action", rule.action),
        "  # Which source says so and where; the deciding one first.",
        "  citations:",
        f"    - {flow(rule.citation)}",
        "  # draft: tested, and not used for screening; active: in use.",
        f"  status: {rule.status}",
        f"  reviewed_on: {rule.reviewed_on}",
        "  # Made from the condition, and run. Give them the names that your clients would write.",
        "  examples:",
        *(line for example in examples for line in _example(example)),
    ]
    return "\n".join(lines) + "\n"


def concept_text(concept: Mapping[str, Any]) -> str:
    """A concept as an item of a vocabulary file."""
    why = {
        "id": "permanent: never used for anything else",
        "label": "how it is printed; counts as a name",
        "kind": "the list of an intake that it belongs in",
        "parents": "what it is a kind of: rules about those count it",
        "names": "what people write: spellings, brands, lay words; no plurals",
        "codes": "longer codes are matched too, but for SNOMED CT",
        "usual_route": "how it is taken when an entry does not say",
        "usual_areas": "where it is when an entry does not say",
        "of_no_concern": "recognised, and read by no rule",
    }
    return _item(concept, why)


def source_text(source: Mapping[str, Any]) -> str:
    """A source as an item of the bibliography."""
    why = {
        "id": "rules cite it by this",
        "reliability": "how far it was read: read, partial, secondary or unverified",
        "gives": "what it supports, in words of our own",
    }
    return _item(source, why)


def _item(data: Mapping[str, Any], why: Mapping[str, str]) -> str:
    lines: list[str] = []
    for key, value in data.items():
        lead = "  " if lines else "- "
        line = f"{lead}{key}: {flow(value)}"
        comment = f"  # {why[key]}" if key in why else ""
        if len(line) + len(comment) > _WIDTH:
            lines += [f"  {comment.strip()}"] if comment and lines else []
            lines += _wrapped(key, value, line)
        else:
            lines.append(line + comment)
    return "\n".join(lines) + "\n"


def _wrapped(key: str, value: Any, line: str) -> list[str]:
    if isinstance(value, str) and not line.startswith("- "):
        return _folded(key, value)
    if isinstance(value, list):
        return [f"  {key}:", *(f"    - {flow(item)}" for item in value)]
    return [line]


def _block(data: Any, margin: str) -> list[str]:
    """A condition in block style down to its atoms, which stand on one line each."""
    ((kind, body),) = data.items()
    match kind:
        case "all" | "any":
            lines = [f"{margin}{kind}:"]
            for part in body:
                first, *rest = _block(part, f"{margin}    ")
                lines += [f"{margin}  - {first.lstrip()}", *rest]
            return lines
        case "not":
            return [f"{margin}not:", *_block(body, f"{margin}  ")]
        case _:
            return [f"{margin}{kind}: {flow(body)}"]


def _folded(key: str, text: str) -> list[str]:
    lines = wrap(text, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return [f"  {key}: >-", *(f"    {line}" for line in lines)]


def _example(example: Example) -> list[str]:
    line = f"    - {flow(example._asdict())}"
    if len(line) <= _WIDTH:
        return [line]
    return [
        f"    - name: {scalar(example.name)}",
        f"      given: {flow(example.given)}",
        f"      expect: {example.expect}",
    ]
