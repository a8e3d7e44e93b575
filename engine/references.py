"""Whether what a condition names exists: concepts, conclusions, fields, answers, questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, NamedTuple, final

from engine import answer_tests, atoms
from engine.answer_tests import AnswerTest
from engine.conditions import Concluded, Condition, Leaf, leaves
from engine.intake import LISTS
from engine.schemas import load_schema
from engine.vocabulary import KIND_OF_LIST, Vocabulary

_FEW: Final = 12
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
        field = fields.get(atom.field)
        if field is None:
            yield from _unless_known("field", atom.field, fields)
            return
        if not isinstance(atom.test, field.tests):
            yield f"{atom.field} cannot be tested by {atom.test!r}"
            return
        if isinstance(atom.test, answer_tests.OneOf | answer_tests.Includes):
            values = (
                atom.test.values if isinstance(atom.test, answer_tests.OneOf) else (atom.test.value,)
            )
            for value in values:
                if value not in field.values:
                    yield from _unless_known(
                        f"answer to {atom.field}", str(value), map(str, field.values)
                    )
        if field.can_be_unknown:
            path = "/" + atom.field.replace(".", "/")
            yield from _unless_known("question for the path", path, self.question_paths)


@final
class AnswerField(NamedTuple):
    """A field of an intake: the answers it can have and the tests that fit them."""

    values: Sequence[str | int]
    tests: tuple[type[AnswerTest], ...]
    can_be_unknown: bool


@cache
def answer_fields() -> Mapping[str, AnswerField]:
    """The fields of an intake that rules can read, from the intake's schema."""
    properties = load_schema("intake")["properties"]
    return {
        f"{section}.{key}": _answer_field(schema)
        for section in ("client", "treatment", "lifestyle")
        for key, schema in properties[section]["properties"].items()
        if key not in ("birth_date", "areas")
    }


def _named_values(test: AnswerTest) -> tuple[str | int, ...]:
    match test:
        case answer_tests.OneOf(values):
            return values
        case answer_tests.Includes(value):
            return (value,)
        case _:
            return ()


def _answer_field(schema: Mapping[str, Any]) -> AnswerField:
    match schema:
        case {"type": "integer", "minimum": low, "maximum": high}:
            numbers = (answer_tests.OneOf, answer_tests.Between)
            return AnswerField(range(low, high + 1), numbers, can_be_unknown=True)
        case {"type": "array", "items": {"oneOf": options}}:
            words = [option["const"] for option in options]
            return AnswerField(words, (answer_tests.Includes,), can_be_unknown=False)
        case _:
            words = [option["const"] for option in schema["oneOf"] if "const" in option]
            dated = len(words) < len(schema["oneOf"])
            tests = (answer_tests.Within,) if dated else (answer_tests.OneOf,)
            return AnswerField(words, tests, can_be_unknown="unknown" in words)


def _unless_known(what: str, name: str, known: Iterable[str]) -> Iterator[str]:
    known = list(known)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = ""
        if close:
            hint = f"; did you mean {close[0]}?"
        elif len(known) <= _FEW:
            hint = f"; there are {', '.join(known)}"
        yield f"there is no {what} {name}{hint}"
