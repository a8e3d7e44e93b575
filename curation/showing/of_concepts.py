"""What ``kb show`` tells of a concept: its names, what lies around it, and which rules read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from curation.english_atoms import atom_in_words
from curation.library import Item, Library
from curation.relations import Reading, below, readers_of_concept
from curation.showing.of_rules import reader_entry
from engine.rules import KnowledgeBase
from engine.vocabulary import Vocabulary


def concept_page(item: Item, library: Library) -> dict[str, Any]:
    """A concept as the whole vocabulary has it, names that overlays added included."""
    knowledge_base = library.knowledge_base
    vocabulary = knowledge_base.vocabulary
    concept = vocabulary.concepts[item.id]
    return {
        "kind": "concept",
        "id": concept.id,
        "label": concept.label,
        "place": item.place,
        "kinds": list(concept.kinds),
        "names": _names(concept.id, vocabulary),
        "codes": _codes(concept.id, vocabulary),
        "above": _labelled(sorted(vocabulary.above(concept.id) - {concept.id}), vocabulary),
        "below": _labelled(below(vocabulary, concept.id), vocabulary),
        "routes": list(concept.routes),
        "usual_route": concept.usual_route,
        "usual_areas": list(concept.usual_areas),
        "also_said_of": _labelled(concept.also_said_of, vocabulary),
        "implies_status": concept.implies_status,
        "implies_taking": list(concept.implies_taking),
        "of_no_concern": concept.of_no_concern,
        "read_by": [
            _reading(reading, knowledge_base) for reading in readers_of_concept(concept, knowledge_base)
        ],
        "note": item.data.get("note"),
    }


def _names(concept: str, vocabulary: Vocabulary) -> list[str]:
    """The names as they are written, each once, without the spellings made from them."""
    written = (term.written for term in vocabulary.names.values() if term.concept == concept)
    return list(dict.fromkeys(written))


def _codes(concept: str, vocabulary: Vocabulary) -> dict[str, list[str]]:
    found = {
        system: [term.written for term in shelf.values() if term.concept == concept]
        for system, shelf in vocabulary.codes.items()
    }
    return {system: codes for system, codes in found.items() if codes}


def _labelled(concepts: Sequence[str], vocabulary: Vocabulary) -> list[dict[str, str]]:
    return [{"id": name, "label": vocabulary.concepts[name].label} for name in concepts]


def _reading(reading: Reading, knowledge_base: KnowledgeBase) -> dict[str, Any]:
    """Who reads a concept, by which atom, through which concept, and by which routes only."""
    vocabulary = knowledge_base.vocabulary
    return {
        **reader_entry(reading.reader, knowledge_base),
        "atom": reading.atom.key,
        "words": atom_in_words(reading.atom, vocabulary),
        "through": reading.through,
        "routes": list(vocabulary.concepts[reading.through].routes),
    }
