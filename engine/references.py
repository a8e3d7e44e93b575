"""Whether what a condition names exists: concepts, conclusions, fields, answers, questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, NamedTuple, final

from engine import answer_tests, atoms
from engine.answer_tests import AnswerTest
from engine.conditions import Concluded, Leaf
from engine.intake import LISTS
from engine.schemas import load_schema
from engine.sound_parts import Losses
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


CODE_OF_MISSING: Final = {
    "concept": "KB202",
    "conclusion": "KB203",
    "question": "KB204",
    "source": "KB205",
    "field": "KB206",
    "answer": "KB207",
}
"""The code of a problem, by the kind of thing that is named and does not exist."""

_REMEDY_OF_MISSING: Final = {
    "concept": "Correct the id, or add the concept to the vocabulary.",
    "conclusion": "Correct the id, or add the conclusion to conclusions.yaml.",
    "question": "Add the question to questions.yaml, or correct its id or path there.",
    "field": "Correct the field; the fields of an intake are in schemas/intake.schema.json.",
    "answer": "Correct the answer; the answers are in schemas/intake.schema.json.",
}


@final
class Fault(NamedTuple):
    """What is wrong with a reference: the message, its code and how to mend it."""

    message: str
    code: str
    remedy: str


@final
class References(NamedTuple):
    """What a knowledge base holds, as far as conditions can name it."""

    vocabulary: Vocabulary
    conclusions: Iterable[str]
    questions: Iterable[str]
    question_paths: Iterable[str]

    losses: Losses

    def faults(self, leaf: Leaf | Concluded) -> Iterator[Fault]:
        """What an atom or conclusion of a condition names that does not exist.

        What may have been put aside while files were read counts as there.
        """
        if isinstance(leaf, Concluded):
            if not self.losses.may_hold("conclusion", leaf.conclusion):
                yield from _unless_known("conclusion", leaf.conclusion, self.conclusions)
        else:
            yield from self._atom_faults(leaf)

    def missing_questions(self) -> Iterator[Fault]:
        """Questions that an atom may need to ask and that the questionnaire lacks."""
        for question in ENTRY_QUESTIONS:
            yield from self._unless_asked(question)
        for list_name in LISTS:
            yield from self._unless_asked_for(f"/{list_name}")

    def _unless_asked(self, question: str) -> Iterator[Fault]:
        if not self.losses.may_hold("question", question):
            yield from _unless_known("question", question, self.questions)

    def _unless_asked_for(self, path: str) -> Iterator[Fault]:
        if not self.losses.may_hold("question"):
            yield from _unless_known("question for the path", path, self.question_paths)

    def _atom_faults(self, leaf: Leaf) -> Iterator[Fault]:
        atom = leaf.atom
        concept, list_name = atoms.concept_of(atom), atoms.list_of(atom)
        if concept is not None and list_name is not None:
            if concept in self.vocabulary.concepts:
                yield from self._unless_fitting(list_name, concept)
            elif not self.losses.may_hold("vocabulary", concept):
                yield from _unless_known("concept", concept, self.vocabulary.concepts)
        if isinstance(atom, atoms.Answered):
            yield from self._answer_faults(atom)
        if isinstance(atom, atoms.Unclear):
            yield from self._unless_asked(f"{atom.concept}-control")

    def _unless_fitting(self, list_name: str, concept: str) -> Iterator[Fault]:
        if not self._fits(list_name, concept):
            message = f"the concept {concept} does not belong in {list_name}"
            yield Fault(message, "KB208", "Use the form of condition that reads the concept's list.")

    def _fits(self, list_name: str, concept: str) -> bool:
        kinds = self.vocabulary.concepts[concept].kinds
        return list_name == "allergies" or KIND_OF_LIST[list_name] in kinds

    def _answer_faults(self, atom: atoms.Answered) -> Iterator[Fault]:
        fields = answer_fields()
        field = fields.get(atom.field)
        if field is None:
            yield from _unless_known("field", atom.field, fields)
            return
        if not isinstance(atom.test, field.tests):
            message = f"{atom.field} cannot be tested by {atom.test!r}"
            yield Fault(message, "KB212", "Use a test that fits the kind of answer.")
            return
        for value in _named_values(atom.test):
            if value not in field.values:
                yield from _unless_known(f"answer to {atom.field}", str(value), map(str, field.values))
        if field.can_be_unknown:
            path = "/" + atom.field.replace(".", "/")
            yield from self._unless_asked_for(path)


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


def _unless_known(what: str, name: str, known: Iterable[str]) -> Iterator[Fault]:
    known = list(known)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = ""
        if close:
            hint = f"; did you mean {close[0]}?"
        elif len(known) <= _FEW:
            hint = f"; there are {', '.join(known)}"
        kind = what.split(maxsplit=1)[0]
        yield Fault(f"there is no {what} {name}{hint}", CODE_OF_MISSING[kind], _REMEDY_OF_MISSING[kind])
