"""What reads what: the concepts, questions and conclusions behind a condition, and the other way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, final

from engine import atoms
from engine.atoms import Atom
from engine.conditions import Concluded, Condition, Leaf, leaves
from engine.rules import KnowledgeBase
from engine.vocabulary import KIND_OF_LIST, Concept, Vocabulary


@final
class Reading(NamedTuple):
    """A rule or conclusion reads a concept: through which concept above, if not itself."""

    reader: str
    atom: Atom
    through: str


def conditions_of(knowledge_base: KnowledgeBase) -> Mapping[str, Condition]:
    """The condition of every active rule and conclusion, by id."""
    conclusions, rules = knowledge_base.conclusions.values(), knowledge_base.rules.values()
    return {
        **{conclusion.id: conclusion.condition for conclusion in conclusions},
        **{rule.id: rule.condition for rule in rules},
    }


def atoms_of(condition: Condition) -> list[Atom]:
    """The atoms that a condition names itself, each once."""
    found = (leaf.atom for leaf in leaves(condition) if isinstance(leaf, Leaf))
    return list(dict.fromkeys(found))


def conclusions_of(condition: Condition) -> list[str]:
    """The conclusions that a condition names itself, each once."""
    found = (leaf.conclusion for leaf in leaves(condition) if isinstance(leaf, Concluded))
    return list(dict.fromkeys(found))


def all_atoms_of(condition: Condition, knowledge_base: KnowledgeBase) -> list[Atom]:
    """The atoms of a condition and of every conclusion that it rests on."""
    found = dict.fromkeys(atoms_of(condition))
    for name in conclusions_of(condition):
        conclusion = knowledge_base.conclusions.get(name)
        if conclusion is not None:
            found |= dict.fromkeys(all_atoms_of(conclusion.condition, knowledge_base))
    return list(found)


def concepts_of(condition: Condition) -> list[str]:
    """The concepts that the atoms of a condition name, each once."""
    found = (atoms.concept_of(atom) for atom in atoms_of(condition))
    return list(dict.fromkeys(concept for concept in found if concept is not None))


def below(vocabulary: Vocabulary, concept: str) -> list[str]:
    """Every concept that lies under one, at any depth, by id."""
    return sorted(
        other for other in vocabulary.concepts if other != concept and concept in vocabulary.above(other)
    )


def readers_of_concept(concept: Concept, knowledge_base: KnowledgeBase) -> Iterator[Reading]:
    """The atoms of rules and conclusions on which an entry with this concept can bear."""
    vocabulary = knowledge_base.vocabulary
    for reader, condition in conditions_of(knowledge_base).items():
        for atom in atoms_of(condition):
            read = atoms.concept_of(atom)
            if read is None or not bears_on(concept, atom, vocabulary):
                continue
            yield Reading(reader, atom, read)


def bears_on(concept: Concept, atom: Atom, vocabulary: Vocabulary) -> bool:
    """Whether an entry with this concept, in the right list, can decide the atom."""
    read, list_name = atoms.concept_of(atom), atoms.list_of(atom)
    if read is None or list_name is None:
        return False
    if read in vocabulary.above(concept.id):
        return list_name == "allergies" or KIND_OF_LIST[list_name] in concept.kinds
    return list_name == "medications" and any(
        read in vocabulary.above(taken) for taken in concept.implies_taking
    )


def questions_of(condition: Condition, knowledge_base: KnowledgeBase) -> list[str]:
    """The questions that a condition can wait for, in the questionnaire's order."""
    wanted = {
        question
        for atom in all_atoms_of(condition, knowledge_base)
        for question in questions_behind(atom, knowledge_base)
    }
    return [name for name in knowledge_base.questions if name in wanted]


def questions_behind(atom: Atom, knowledge_base: KnowledgeBase) -> Iterator[str]:
    """The questions that can settle an atom: the one for its list or field, and those on an entry."""
    by_path = {question.path: question.id for question in knowledge_base.questions.values()}
    if isinstance(atom, atoms.Answered):
        asked = by_path.get("/" + atom.field.replace(".", "/"))
        yield from () if asked is None else (asked,)
        return
    if atoms.silence_of(atom) == "unknown":
        yield by_path[f"/{atoms.list_of(atom)}"]
    yield from _about_an_entry(atom, knowledge_base.vocabulary)


def _about_an_entry(atom: Atom, vocabulary: Vocabulary) -> Iterator[str]:
    match atom:
        case atoms.Has(status=word, weak=False) if "unknown" not in atoms.status_set(word):
            yield "condition-status"
        case atoms.Began():
            yield "condition-since"
        case atoms.Unclear(concept):
            yield f"{concept}-control"
        case atoms.Taking(concept):
            yield from ("medication-status", *_route(concept, vocabulary))
        case atoms.Stopped(concept):
            yield from ("medication-status", "medication-stopped-on", *_route(concept, vocabulary))
        case atoms.Done(within=period) if period is not None:
            yield "procedure-date"
        case _:
            pass


def _route(concept: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    return ("medication-route",) if vocabulary.concepts[concept].routes else ()


def cited(data: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every citation inside plain data (care, plan, indications), with the id of what cites it."""
    if isinstance(data, list):
        for item in data:
            yield from cited(item, name)
    elif isinstance(data, dict):
        name = data.get("id") or data.get("goal") or name
        for citation in data.get("citations", ()):
            yield name, citation
        for key, value in data.items():
            if key != "citations":
                yield from cited(value, name or key)
