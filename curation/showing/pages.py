"""What ``kb show`` tells of an item, as plain data with stable keys; the text is made from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from curation.library import Item, Kind, Library
from curation.relations import cited, conditions_of, questions_of
from curation.showing.of_concepts import concept_page
from curation.showing.of_rules import conclusion_page, reader_entry, rule_page


def page_of(item: Item, library: Library) -> dict[str, Any]:
    """Everything about one item that a person wants to see; ``kind`` tells the other keys."""
    return _PAGES[item.kind](item, library)


def question_page(item: Item, library: Library) -> dict[str, Any]:
    """A question: what it asks, where the answer belongs, and what waits for it."""
    knowledge_base = library.knowledge_base
    return {
        "kind": "question",
        "id": item.id,
        "place": item.place,
        "ask": item.data["ask"],
        "why": item.data["why"],
        "path": item.data["path"],
        "harmless": item.data.get("harmless", []),
        "awaited_by": [
            reader_entry(reader, knowledge_base)
            for reader, condition in conditions_of(knowledge_base).items()
            if item.id in questions_of(condition, knowledge_base)
        ],
    }


def source_page(item: Item, library: Library) -> dict[str, Any]:
    """A source: what it is, how far it was read, and everything that cites it."""
    return {
        "kind": "source",
        "id": item.id,
        "title": item.data["title"],
        "place": item.place,
        "kind_of_source": item.data["kind"],
        "reliability": item.data["reliability"],
        "address": item.data.get("address"),
        "gives": item.data["gives"],
        "cited_by": [
            {"part": part, "id": name, "locator": citation["locator"], "position": citation["position"]}
            for part, name, citation in citations_in(library)
            if citation["source"] == item.id
        ],
    }


def citations_in(library: Library) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every citation of a knowledge base: the part that cites, the id there, the citation.

    Rules and conclusions of every status count: a draft's citations are part of its review.
    """
    for file in library.files:
        if file.schema in _CITING:
            for name, citation in cited(file.data):
                yield _CITING[file.schema], name, citation


_CITING: Final = {
    "rule": "rule",
    "conclusion": "conclusion",
    "care": "care",
    "plan": "plan",
    "indication": "indication",
}

_PAGES: Final[Mapping[Kind, Callable[[Item, Library], dict[str, Any]]]] = {
    "rule": rule_page,
    "conclusion": conclusion_page,
    "concept": concept_page,
    "question": question_page,
    "source": source_page,
}
