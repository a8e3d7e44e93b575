"""What ``kb show`` tells of a rule or a conclusion, as plain data with stable keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from curation.english import Phrase, in_words, lines, sentence
from curation.library import Item, Library
from curation.relations import (
    below,
    concepts_of,
    conclusions_of,
    conditions_of,
    questions_of,
)
from engine.conditions import Concluded, Condition, leaves, parse_condition
from engine.loading import LONGER_INTERVAL
from engine.rules import Citation, Conclusion, KnowledgeBase, Rule


def rule_page(item: Item, library: Library) -> dict[str, Any]:
    """A rule: what it says, when, on whose word, what it reads and what it waits for."""
    knowledge_base = library.knowledge_base
    rule = knowledge_base.rules.get(item.id)
    condition = rule.condition if rule else parse_condition(item.data["when"])
    said: Mapping[str, Any] = rule._asdict() if rule else item.data
    return {
        **_head(item, said["title"]),
        "level": said["level"],
        "replaced_by": item.data.get("replaced_by"),
        **_condition(condition, knowledge_base),
        "lifts": _lifts(item.data.get("lifts"), knowledge_base),
        "because": said["because"],
        "action": said["action"],
        "changes": [
            {**change._asdict(), "before": dict(change.before)}
            for change in (rule.changes if rule else ())
        ],
        **_evidence(item, rule, library),
        **_read(condition, knowledge_base),
    }


def conclusion_page(item: Item, library: Library) -> dict[str, Any]:
    """A conclusion: when it is drawn, on whose word, and who reads it."""
    knowledge_base = library.knowledge_base
    conclusion = knowledge_base.conclusions.get(item.id)
    condition = conclusion.condition if conclusion else parse_condition(item.data["when"])
    return {
        **_head(item, item.data["title"]),
        "replaced_by": item.data.get("replaced_by"),
        **_condition(condition, knowledge_base),
        "because": item.data["because"],
        **_evidence(item, conclusion, library),
        **_read(condition, knowledge_base),
        "read_by": list(readers_of_conclusion(item.id, knowledge_base)),
    }


def readers_of_conclusion(conclusion: str, knowledge_base: KnowledgeBase) -> Iterator[dict[str, str]]:
    """The rules and conclusions that name a conclusion, and the plan if it does."""
    for reader, condition in conditions_of(knowledge_base).items():
        if Concluded(conclusion) in leaves(condition):
            yield reader_entry(reader, knowledge_base)
    if conclusion == LONGER_INTERVAL:
        yield {"kind": "plan", "id": "plan", "title": "The interval between sessions"}


def reader_entry(reader: str, knowledge_base: KnowledgeBase) -> dict[str, str]:
    """A rule or conclusion in a list of those that read something."""
    rule = knowledge_base.rules.get(reader)
    if rule is None:
        title = knowledge_base.conclusions[reader].title
        return {"kind": "conclusion", "id": reader, "title": title}
    return {"kind": "rule", "id": reader, "title": rule.title, "level": rule.level}


def words_as_json(phrase: Phrase) -> dict[str, Any]:
    """A condition in words, as a tree of plain data."""
    if phrase.joined is None:
        return {"text": phrase.text}
    parts = [words_as_json(part) for part in phrase.parts]
    return {"text": phrase.text, "joined": phrase.joined, "parts": parts}


def _head(item: Item, title: str) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "id": item.id,
        "title": title,
        "place": item.place,
        "status": item.data["status"],
        "reviewed_on": str(item.data["reviewed_on"]),
    }


def _condition(condition: Condition, knowledge_base: KnowledgeBase) -> dict[str, Any]:
    phrase = in_words(condition, knowledge_base)
    return {"when": words_as_json(phrase), "when_lines": lines(phrase)}


def _lifts(written: Any, knowledge_base: KnowledgeBase) -> dict[str, Any] | None:
    """What ends a finding; ``None`` if nothing does by itself."""
    if written is None:
        return None
    return {
        "when": written.get("when"),
        "at_the_end_of_the_window": "on" in written,
        "while": [
            {"if": sentence(in_words(parse_condition(part["if"]), knowledge_base)), "when": part["when"]}
            for part in written.get("while", ())
        ],
    }


def _evidence(item: Item, part: Rule | Conclusion | None, library: Library) -> dict[str, Any]:
    sources = library.knowledge_base.sources
    citations = part.citations if part else _as_written(item.data["citations"], library)
    return {
        "citations": [
            {**citation.as_json(), "title": sources[citation.source].title} for citation in citations
        ],
        "disagreement": item.data.get("disagreement"),
        "examples": _examples(item.data["examples"]),
    }


def _as_written(citations: Iterable[Mapping[str, Any]], library: Library) -> list[Citation]:
    sources = library.knowledge_base.sources
    return [
        Citation(
            data["source"],
            data["locator"],
            data["position"],
            data.get("verified", sources[data["source"]].reliability),
        )
        for data in citations
    ]


def _examples(examples: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The names of the examples, by their outcome."""
    by_outcome: dict[str, list[str]] = {}
    for example in examples:
        by_outcome.setdefault(example["expect"], []).append(example["name"])
    return by_outcome


def _read(condition: Condition, knowledge_base: KnowledgeBase) -> dict[str, Any]:
    vocabulary = knowledge_base.vocabulary
    conclusions = knowledge_base.conclusions
    return {
        "concepts": [
            {
                "id": concept,
                "label": vocabulary.concepts[concept].label,
                "below": len(below(vocabulary, concept)),
                "routes": list(vocabulary.concepts[concept].routes),
            }
            for concept in concepts_of(condition)
        ],
        "conclusions": [
            {"id": name, "title": conclusions[name].title if name in conclusions else name}
            for name in conclusions_of(condition)
        ],
        "waits_for": [
            {"id": name, "ask": knowledge_base.questions[name].ask}
            for name in questions_of(condition, knowledge_base)
        ],
    }
