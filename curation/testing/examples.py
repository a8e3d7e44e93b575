"""The examples beside rules and conclusions, run by the engine's own inference.

An example is a partial intake, screened on the manifest's day, with the outcome that its author
expects. What came of it is told with the facts that decided it, or with what it still waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, final

from curation.english import in_words, sentence
from curation.library import Item, Library
from curation.proving.sight import Sight
from engine import IntakeError, make_intake
from engine.chaining import Inference
from engine.conditions import Concluded, Condition, Fact, Leaf, conclusion_symbol
from engine.intake import Answer
from engine.observation import Observations
from engine.questions import OpenQuestion, Questionnaire
from engine.truth import TRUTHS, Truth
from engine.yaml_files import line_of

Outcome = Literal["fired", "concluded", "ruled_out", "undecided", "refused"]

IN_WORDS: Final[Mapping[str, str]] = {
    "fired": "fired",
    "concluded": "concluded",
    "ruled_out": "ruled out",
    "undecided": "undecided",
    "refused": "the intake was refused",
}
"""The outcomes as text for people has them."""


@final
class Subject(NamedTuple):
    """A rule or conclusion that has examples; drafts are among them, deprecated ones are not."""

    item: Item
    symbol: str
    condition: Condition
    examples: tuple[Mapping[str, Any], ...]

    def outcome(self, truth: Truth) -> Outcome:
        """What a truth value of its condition is called in its examples."""
        if truth == "yes":
            return "fired" if self.item.kind == "rule" else "concluded"
        return "ruled_out" if truth == "no" else "undecided"


@final
class Result(NamedTuple):
    """What came of one example.

    ``truths`` has every atom and conclusion of the knowledge base by its symbol (empty where the
    intake was refused); ``reasons`` say what decided it, or what it waits for, a line each.
    """

    subject: Subject
    number: int
    got: Outcome
    truths: Mapping[str, Truth]
    reasons: tuple[str, ...]

    @property
    def name(self) -> str:
        """The example's own name."""
        return str(self.subject.examples[self.number]["name"])

    @property
    def expected(self) -> str:
        """What the example's author expects."""
        return str(self.subject.examples[self.number]["expect"])

    @property
    def passed(self) -> bool:
        """Whether it came as expected."""
        return self.got == self.expected

    @property
    def file(self) -> str:
        """The file that the example stands in, as messages show it."""
        return self.subject.item.file.shown

    @property
    def line(self) -> int:
        """The line of the example (from 1)."""
        file, path = self.subject.item.file, self.subject.item.path
        return line_of(file.folder / file.name, (*path, "examples", self.number))


def subjects(library: Library) -> list[Subject]:
    """Everything that has examples, conclusions first, in the order of the files."""
    return list(_subjects(library))


def _subjects(library: Library) -> Iterator[Subject]:
    found = library.knowledge_base
    for item in library.of_kind("conclusion"):
        if item.id in found.conclusions:
            conclusion = found.conclusions[item.id]
            symbol = conclusion_symbol(item.id)
            yield Subject(item, symbol, conclusion.condition, conclusion.examples)
    for item in library.of_kind("rule"):
        if item.id in found.rules:
            rule = found.rules[item.id]
            yield Subject(item, item.id, rule.condition, rule.examples)


@final
class Examiner:
    """Runs examples against one knowledge base."""

    def __init__(self, library: Library) -> None:
        self._base = library.knowledge_base
        self._sight = Sight(self._base)
        self._questionnaire = Questionnaire(self._base, self._sight.atoms)

    def run(self, subject: Subject, index: int) -> Result:
        """Screen one example and see what came of it."""
        given = {"intake_id": "example", **subject.examples[index]["given"]}
        try:
            intake = make_intake(given, self._sight.on)
        except IntakeError as error:
            return Result(subject, index, "refused", {}, tuple(map(str, error.problems)))
        entries = self._sight.normaliser.entries(intake)
        observations = self._sight.observer.observe(intake, entries)
        inference = self._infer(subject.symbol, observations)
        proof = inference.proofs.get(subject.symbol)
        reasons = (
            self._waits_for(inference.waiting[subject.symbol], observations)
            if proof is None
            else self._derived(subject.symbol, inference, observations)
        )
        got = subject.outcome(proof.value if proof else "unknown")
        truths = self._truths(observations, inference)
        return Result(subject, index, got, truths, tuple(dict.fromkeys(reasons)))

    def _infer(self, symbol: str, observations: Observations) -> Inference:
        group = self._sight.group_of[symbol]
        return group.infer([TRUTHS[observations.values[self._sight.places[key]]] for key in group.atoms])

    def _truths(self, observations: Observations, inference: Inference) -> dict[str, Truth]:
        atoms = {key: TRUTHS[observations.values[place]] for key, place in self._sight.places.items()}
        decided = {symbol: proof.value for symbol, proof in inference.proofs.items()}
        return atoms | decided | dict.fromkeys(inference.undecided, "unknown")

    def _derived(self, symbol: str, inference: Inference, observations: Observations) -> Iterator[str]:
        """The facts behind a decided symbol, a conclusion before what it rests on."""
        for fact in sorted(inference.proofs[symbol].facts):
            if fact.symbol in inference.proofs:
                yield f"{self._words(fact.symbol)}: {fact.value}, because"
                yield from self._derived(fact.symbol, inference, observations)
            else:
                yield f"{self._words(fact.symbol)}: {fact.value}{_from(fact, observations)}"

    def _waits_for(self, atoms: tuple[str, ...], observations: Observations) -> Iterator[str]:
        for key in atoms:
            questions = list(self._questionnaire.behind(key, observations))
            yield f"{self._words(key)}: unknown{_asked(questions)}"

    def _words(self, symbol: str) -> str:
        atom = self._sight.atoms.get(symbol)
        leaf = Concluded(symbol.partition(":")[2]) if atom is None else Leaf(atom)
        return sentence(in_words(leaf, self._base))


def _from(fact: Fact, observations: Observations) -> str:
    """Where in the example a fact comes from."""
    places = []
    for support in observations.holding(fact.symbol, fact.value):
        source = support.source
        if not isinstance(source, Answer):
            places.append(f'{source.said_at} "{source.said}"')
        elif source.said is not None:
            places.append(f"{source.path} {source.said}")
    if places:
        return f" ({', '.join(dict.fromkeys(places))})"
    return " (nothing in the example says so)" if fact.value == "no" else ""


def _asked(questions: list[OpenQuestion]) -> str:
    """Which questions are open, and where their answers belong."""
    asked = [f"{question.question.id} at {question.path}" for question in questions]
    return f" (the question {' and '.join(dict.fromkeys(asked))} is open)" if asked else ""
