"""Whether what a condition names exists: concepts, conclusions, fields, answers, questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, final

from engine import answer_tests, atoms
from engine.conditions import Concluded, Condition, Leaf, leaves
from engine.intake import LISTS
from engine.schemas import load_schema
from engine.vocabulary import KIND_OF_LIST, Vocabulary

ENTRY_QUESTIONS: Final = (
    "condition-status",
    "condition-since",
    "medication-status",
    "medication-stopped-on",
    "medication-route",
    "procedure-date",
)
"""The questions about one entry that the atoms of :mod:`engine.atoms` can ask."""


@final
class References(NamedTuple):
    """What a knowledge base holds, as far as conditions can name it."""

    vocabulary: Vocabulary
    conclusions: Iterable[str]
    questions: Iterable[str]
    question_paths: Iterable[str]

    def problems(self, condition: Condition) -> Iterator[str]:
        """What a condition names that does not exist."""
        for leaf in leaves(condition):
            if isinstance(leaf, Concluded):
                yield from _unless_known("conclusion", leaf.conclusion, self.conclusions)
            else:
                yield from self._atom_problems(leaf)

    def missing_questions(self) -> Iterator[str]:
        """Questions that an atom may need to ask and that the questionnaire lacks."""
        for question in ENTRY_QUESTIONS:
            yield from _unless_known("question", question, self.questions)
        for list_name in LISTS:
            yield from _unless_known("question for the path", f"/{list_name}", self.question_paths)

    def _atom_problems(self, leaf: Leaf) -> Iterator[str]:
        atom = leaf.atom
        concept, list_name = atoms.concept_of(atom), atoms.list_of(atom)
        if concept is not None and list_name is not None:
            if concept not in self.vocabulary.concepts:
                yield from _unless_known("concept", concept, self.vocabulary.concepts)
            elif not self._fits(list_name, concept):
                yield f"the concept {concept} does not belong in {list_name}"
        if isinstance(atom, atoms.Answered):
            yield from self._answer_problems(atom)
        if isinstance(atom, atoms.Unclear):
            question = f"{atom.concept}-control"
            yield from _unless_known("question", question, self.questions)

    def _fits(self, list_name: str, concept: str) -> bool:
        kinds = self.vocabulary.concepts[concept].kinds
        return list_name == "allergies" or KIND_OF_LIST[list_name] in kinds

    def _answer_problems(self, atom: atoms.Answered) -> Iterator[str]:
        fields = answer_fields()
        if atom.field not in fields:
            yield from _unless_known("field", atom.field, fields)
            return
        words = fields[atom.field]
        test = atom.test
        values: tuple[Any, ...] = ()
        if isinstance(test, answer_tests.OneOf):
            values = test.values
        elif isinstance(test, answer_tests.Includes):
            values = (test.value,)
        for value in values:
            if words and value not in words:
                yield from _unless_known(f"answer to {atom.field}", str(value), map(str, words))
        path = "/" + atom.field.replace(".", "/")
        if "unknown" in words or not words:
            yield from _unless_known("question for the path", path, self.question_paths)


def answer_fields() -> Mapping[str, tuple[Any, ...]]:
    """The fields of an intake that rules can read, each with its words (empty: numbers, dates)."""
    properties = load_schema("intake")["properties"]
    return {
        f"{section}.{key}": _words(schema)
        for section in ("client", "treatment", "lifestyle")
        for key, schema in properties[section]["properties"].items()
        if key not in ("birth_date", "areas")
    }


def _words(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    options = schema.get("oneOf") or schema.get("items", {}).get("oneOf") or ()
    if any("$ref" in option for option in options):
        return ()
    return tuple(option["const"] for option in options)


def _unless_known(what: str, name: str, known: Iterable[str]) -> Iterator[str]:
    known = list(known)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        yield f"there is no {what} {name}{hint}"
