"""Why a rule fired, and why another did not, down to the intake's own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, final

from engine import Intake
from engine.answer_tests import Within
from engine.atoms import Answered, Atom, NotUnderstood, concept_of, list_of
from engine.chaining import Inference
from engine.conditions import (
    OTHER_RAIL,
    AllOf,
    AnyOf,
    Concluded,
    Condition,
    Leaf,
    Not,
    Rail,
    conclusion_symbol,
)
from engine.dates import parse_date
from engine.entries import Entry
from engine.intake import Answer
from engine.questions import Questionnaire
from engine.truth import TRUTHS
from inquiry.inquirer import Inquirer
from inquiry.steps import Code, Step, as_one, place_and_value
from inquiry.why_entries import EntryReader, window_step

_ENOUGH: Final = "each of these is enough by itself:"
_TOGETHER: Final = "all of these together:"


def _any_of(ways: Sequence[tuple[Step, ...]]) -> tuple[Step, ...]:
    """Steps that say that each of several ways is enough; of one way, its steps."""
    if len(ways) == 1:
        return ways[0]
    each = tuple(step for way in ways for step in as_one(way, Code.TOGETHER, _TOGETHER))
    return as_one(each, Code.ENOUGH, _ENOUGH)


def explain_rule(inquirer: Inquirer, intake: Intake, rule: str) -> Step:
    """Where a rule stands with an intake, and why."""
    return Explanation(inquirer, intake).rule(rule)


@final
class Explanation:
    """One intake, as it was read, and what the rules concluded from it."""

    def __init__(self, inquirer: Inquirer, intake: Intake) -> None:
        sight = inquirer.sight
        self._intake = intake
        self._sight = sight
        self._knowledge_base = inquirer.screener.knowledge_base
        self._vocabulary = self._knowledge_base.vocabulary
        self._findings = {found["rule"]: found for found in inquirer.assess(intake)["findings"]}
        self._entries = sight.normaliser.entries(intake)
        self._observations = sight.observer.observe(intake, self._entries)
        self._codes = dict(zip(sight.places, self._observations.values, strict=True))
        self._reader = EntryReader(intake, self._vocabulary)

    def rule(self, rule: str) -> Step:
        """The tree of one rule."""
        group = self._sight.group_of[rule]
        inference = group.infer([TRUTHS[self._codes[key]] for key in group.atoms])
        proof = inference.proofs.get(rule)
        known = self._knowledge_base.rules[rule]
        if proof is None:
            waits_for = tuple(self._open(inference.waiting[rule]))
            return Step(Code.UNDECIDED, f"{known.title}: not decided yet", None, None, waits_for, rule)
        if proof.value == "yes":
            because = tuple(self._because(known.condition, "yes", inference))
            because += tuple(self._contradicted(rule))
            return Step(Code.FIRED, known.title, None, None, because, rule)
        because = tuple(self._because(known.condition, "no", inference))
        return Step(Code.RULED_OUT, f"{known.title}: ruled out", None, None, because, rule)

    def _because(self, condition: Condition, rail: Rail, inference: Inference) -> Iterator[Step]:
        """What decides a condition so, all of it together; nothing where it is not decided so."""
        match condition:
            case Leaf(atom):
                if TRUTHS[self._codes[atom.key]] == rail:
                    yield self._observed(atom, rail)
            case Concluded(conclusion):
                proof = inference.proofs.get(conclusion_symbol(conclusion))
                if proof is not None and proof.value == rail:
                    yield self._concluded(conclusion, rail, inference)
            case Not(part):
                yield from self._because(part, OTHER_RAIL[rail], inference)
            case AllOf(parts) | AnyOf(parts):
                found = [tuple(self._because(part, rail, inference)) for part in parts]
                if isinstance(condition, AllOf) == (rail == "yes"):
                    if all(found):
                        yield from (step for steps in found for step in steps)
                else:
                    yield from _any_of([steps for steps in found if steps])

    def _concluded(self, conclusion: str, rail: Rail, inference: Inference) -> Step:
        known = self._knowledge_base.conclusions[conclusion]
        because = tuple(self._because(known.condition, rail, inference))
        symbol = conclusion_symbol(conclusion)
        if rail == "yes":
            return Step(Code.CONCLUDED, known.title, None, None, because, symbol)
        return Step(Code.NOT_CONCLUDED, f"not so: {known.title}", None, None, because, symbol)

    def _observed(self, atom: Atom, rail: Rail) -> Step:
        says = atom.says(self._vocabulary)
        if rail == "yes":
            return Step(Code.OBSERVED, says, None, None, tuple(self._supported(atom)), atom.key)
        denied = tuple(self._denied(atom))
        return Step(Code.NOT_OBSERVED, f"not so: {says}", None, None, denied, atom.key)

    def _supported(self, atom: Atom) -> Iterator[Step]:
        """The entries or the answer that say yes."""
        for support in self._observations.holding(atom.key, "yes"):
            source = support.source
            if isinstance(source, Answer):
                assert isinstance(atom, Answered)
                yield self._answer(atom, source)
            else:
                yield self._reader.counting(atom, source)

    def _denied(self, atom: Atom) -> Iterator[Step]:
        """What says no: the answer, or entries that come near, or a list without any."""
        if isinstance(atom, Answered):
            yield self._answer(atom, self._intake.answer(atom.field))
            return
        near = [entry for entry in self._entries if self._is_near(atom, entry)]
        yield from (self._reader.not_counting(atom, entry) for entry in near)
        lists = atom.lists if isinstance(atom, NotUnderstood) else (list_of(atom),)
        for name in lists:
            if any(entry.list_name == name for entry in near):
                continue
            if name not in self._intake.document:
                text = f"{name} were not asked; that alone says nothing here"
                yield Step(Code.NOT_ASKED, text, f"/{name}")
            elif not near or isinstance(atom, NotUnderstood):
                yield Step(Code.NO_ENTRY, self._no_entry(atom, str(name)), f"/{name}")

    def _no_entry(self, atom: Atom, list_name: str) -> str:
        if isinstance(atom, NotUnderstood):
            return f"everything under {list_name} was understood"
        concept = concept_of(atom)
        assert concept is not None
        return f"{list_name} were asked and hold no {self._vocabulary.concepts[concept].label}"

    def _is_near(self, atom: Atom, entry: Entry) -> bool:
        """Whether an entry, told in another way, could have said yes."""
        if isinstance(atom, NotUnderstood):
            return entry.list_name in atom.lists and entry.unrecognised is not None
        if entry.concept is None:
            return False
        bearings = self._sight.observer.bearings_on(entry.list_name, entry.concept.id)
        return any(bearing.key == atom.key for bearing in bearings)

    def _answer(self, atom: Answered, answer: Answer) -> Step:
        if answer.said is None:
            counts = "" if answer.value in (None, ()) else f", which counts as {answer.value}"
            return Step(Code.NOT_ASKED, f"{answer.path}: not said{counts}", answer.path)
        text = place_and_value(answer.path, answer.said)
        if answer.value != answer.said:
            text += f", which makes {answer.value}"
        window: tuple[Step, ...] = ()
        if isinstance(atom.test, Within) and answer.said != "none":
            window = (
                window_step(
                    atom.test.period, parse_date(answer.said), self._intake.screened_on, "was",
                    answer.path, answer.said,
                ),
            )  # fmt: skip
        return Step(Code.ANSWER, text, answer.path, answer.said, window)

    def _contradicted(self, rule: str) -> Iterator[Step]:
        """Answers that say no beside an entry that says yes, as the finding's evidence has them."""
        for item in self._findings[rule]["evidence"]:
            if item["means"].startswith("contradicts"):
                text = f"{place_and_value(item['path'], item['value'])} {item['means']}"
                yield Step(Code.CONTRADICTED, text, item["path"], item["value"])

    def _open(self, waiting: tuple[str, ...]) -> Iterator[Step]:
        """The questions behind unknown atoms, each once, in the questionnaire's order."""
        questionnaire = Questionnaire(self._knowledge_base, self._sight.atoms)
        found = {q: None for atom in waiting for q in questionnaire.behind(atom, self._observations)}
        for asked in sorted(found, key=lambda q: (q.question.order, q.path)):
            text = f"{asked.path}: {asked.question.ask.replace('{name}', asked.about)}"
            declined = " (declined, so not asked again)" if asked.declined else ""
            yield Step(Code.QUESTION, text + declined, asked.path, fact=asked.question.id)
