"""A condition in plain English: the words a receptionist reads, and that nothing is left out."""

from __future__ import annotations

from typing import Any

import pytest

from case_files import read_cases
from curation.english import Phrase, in_words, lines, sentence
from curation.english_atoms import atom_in_words
from engine import KnowledgeBase, load_knowledge_base
from engine.atoms import concept_of
from engine.conditions import Leaf, leaves, parse_condition
from engine.rules import Conclusion, Rule

KNOWLEDGE_BASE = load_knowledge_base()
PARTS: list[Rule | Conclusion] = [*KNOWLEDGE_BASE.rules.values(), *KNOWLEDGE_BASE.conclusions.values()]


@pytest.fixture(scope="module")
def knowledge_base() -> KnowledgeBase:
    return KNOWLEDGE_BASE


@pytest.mark.parametrize("case", read_cases("english"), ids=lambda case: case["name"])
def test_condition_reads_as_written(case: dict[str, Any], knowledge_base: KnowledgeBase) -> None:
    phrase = in_words(parse_condition(case["when"]), knowledge_base)
    assert lines(phrase) == case["words"]
    if "sentence" in case:
        assert sentence(phrase) == case["sentence"]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_every_atom_and_conclusion_of_a_rule_is_in_its_words(
    part: Rule | Conclusion, knowledge_base: KnowledgeBase
) -> None:
    words = "\n".join(lines(in_words(part.condition, knowledge_base)))
    vocabulary = knowledge_base.vocabulary
    for leaf in leaves(part.condition):
        if isinstance(leaf, Leaf):
            assert atom_in_words(leaf.atom, vocabulary) in words
            concept = concept_of(leaf.atom)
            assert concept is None or vocabulary.concepts[concept].label in words
        else:
            assert knowledge_base.conclusions[leaf.conclusion].title[1:] in words


def test_different_atoms_of_the_knowledge_base_have_different_words(
    knowledge_base: KnowledgeBase,
) -> None:
    atoms = {leaf.atom for part in PARTS for leaf in leaves(part.condition) if isinstance(leaf, Leaf)}
    words = {atom_in_words(atom, knowledge_base.vocabulary) for atom in atoms}
    assert len(words) == len(atoms)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id)
def test_headings_have_parts_and_statements_have_none(
    part: Rule | Conclusion, knowledge_base: KnowledgeBase
) -> None:
    def check(phrase: Phrase) -> None:
        assert (phrase.joined is None) == (not phrase.parts)
        assert len(phrase.parts) != 1
        for inner in phrase.parts:
            check(inner)

    check(in_words(part.condition, knowledge_base))
