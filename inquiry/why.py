"""Why a rule fired, and why another did not, down to the intake's own words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, final

from engine import Intake
from engine.atoms import Answered, Atom, NotUnderstood, concept_of, list_of
from engine.chaining import Inference
from engine.conditions import Fact, conclusion_symbol
from engine.dates import Period, still_within
from engine.entries import Entry
from engine.intake import Answer
from engine.judgement import day_in_words
from engine.names import fold
from engine.support import Support
from engine.truth import TRUTHS
from inquiry.inquirer import Inquirer
from inquiry.steps import Code, Step

_STATUSES = {
    "active": "there now", "controlled": "quiet or under control", "resolved": "over",
    "unknown": "status not known", "absent": "denied", "current": "taken now", "stopped": "ended",
}  # fmt: skip


def explain_rule(inquirer: Inquirer, intake: Intake, rule: str) -> Step:
    """Where a rule stands with an intake, and why."""
    return _Explanation(inquirer, intake).rule(rule)


@final
class _Explanation:
    """One intake, as it was read, and what the rules concluded from it."""

    def __init__(self, inquirer: Inquirer, intake: Intake) -> None:
        sight = inquirer.sight
        self._intake = intake
        self._knowledge_base = inquirer.screener.knowledge_base
        self._own = inquirer.assess(intake)
        self._atoms = sight.atoms
        self._entries = sight.normaliser.entries(intake)
        self._observations = sight.observer.observe(intake, self._entries)
        self._groups = sight.group_of
        self._codes = dict(zip(sight.places, self._observations.values, strict=True))
        self._conclusions = {
            conclusion_symbol(name): conclusion.title
            for name, conclusion in self._knowledge_base.conclusions.items()
        }

    def rule(self, rule: str) -> Step:
        """The tree of one rule."""
        inference = self._inference(rule)
        proof = inference.proofs.get(rule)
        title = self._knowledge_base.rules[rule].title
        if proof is None:
            return Step(
                Code.UNDECIDED, f"{title}: not decided yet", children=tuple(self._open(rule)), fact=rule
            )
        children = tuple(self._fact(fact, inference) for fact in proof.facts)
        if proof.value == "yes":
            return Step(Code.FIRED, title, children=children, fact=rule)
        return Step(Code.RULED_OUT, f"{title}: ruled out", children=children, fact=rule)

    def _inference(self, symbol: str) -> Inference:
        group = self._groups[symbol]
        return group.infer([TRUTHS[self._codes[key]] for key in group.atoms])

    def _fact(self, fact: Fact, inference: Inference) -> Step:
        if fact.symbol in self._conclusions:
            code = Code.CONCLUDED if fact.value == "yes" else Code.NOT_CONCLUDED
            text = self._conclusions[fact.symbol] + ("" if fact.value == "yes" else ": ruled out")
            children = tuple(
                self._fact(below, inference) for below in inference.proofs[fact.symbol].facts
            )
            return Step(code, text, children=children, fact=fact.symbol)
        atom = self._atoms[fact.symbol]
        says = atom.says(self._knowledge_base.vocabulary)
        holding = self._observations.holding(fact.symbol, fact.value)
        if fact.value == "yes":
            children = tuple(self._support(atom, support) for support in holding)
            return Step(Code.OBSERVED, says, children=children, fact=fact.symbol)
        return Step(
            Code.NOT_OBSERVED, f"not so: {says}", children=tuple(self._denial(atom, holding)),
            fact=fact.symbol,
        )  # fmt: skip

    def _support(self, atom: Atom, support: Support) -> Step:
        """An entry or an answer that says yes."""
        source = support.source
        if isinstance(source, Answer):
            return self._answer(source)
        children = list(self._reading(atom, source))
        if support.judgement.ends_on is not None:
            day = day_in_words(support.judgement.ends_on.isoformat())
            children.append(Step(Code.WINDOW, f"counts until the day before {day}"))
        return self._entry(source, children)

    def _entry(self, entry: Entry, children: list[Step]) -> Step:
        text = f"{entry.said_at} {json.dumps(entry.said, ensure_ascii=False)}"
        return Step(Code.ENTRY, text, entry.said_at, entry.said, tuple(children))

    def _answer(self, answer: Answer) -> Step:
        if answer.said is None:
            value = "" if answer.value in (None, ()) else f", which counts as {answer.value}"
            return Step(Code.NOT_ASKED, f"{answer.path}: not said{value}", answer.path)
        text = f"{answer.path} {json.dumps(answer.said, ensure_ascii=False)}"
        return Step(Code.ANSWER, text, answer.path, answer.said)

    def _reading(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        """How an entry was understood, as far as the atom cares."""
        if isinstance(atom, NotUnderstood):
            assert entry.unrecognised is not None
            yield Step(Code.NOT_UNDERSTOOD, f"not understood: {entry.unrecognised.why}")
            return
        assert entry.concept is not None
        by_name = fold(entry.said) == fold(entry.concept.label)
        if not by_name:
            yield Step(Code.MEANS, f"means {entry.concept.label}")
        wanted = concept_of(atom)
        for concept in self._path_up(entry.concept.id, wanted)[1:] if wanted else ():
            yield Step(Code.COUNTS_AS, f"counts as {self._label(concept)}")
        if entry.status:
            assumed = " (assumed: no status was given)" if entry.status_assumed else ""
            yield Step(Code.STATUS, f"{_STATUSES[entry.status]}{assumed}")
        if entry.route:
            yield Step(Code.ROUTE, f"route: {entry.route}")
        if getattr(atom, "site", "any") != "any":
            yield Step(Code.SITE, entry.site)

    def _path_up(self, concept: str, goal: str) -> list[str]:
        """The concepts from one up to another that it lies under, by the shortest way."""
        ways = [[concept]]
        for way in ways:
            if way[-1] == goal:
                return way
            ways.extend([*way, up] for up in self._knowledge_base.vocabulary.concepts[way[-1]].parents)
        return [concept]

    def _label(self, concept: str) -> str:
        return self._knowledge_base.vocabulary.concepts[concept].label

    def _denial(self, atom: Atom, holding: list[Support]) -> Iterator[Step]:
        """What says no: the answer, or entries that come near, or a list without any."""
        if isinstance(atom, Answered):
            yield self._answer(self._intake.answer(atom.field))
            return
        near = [entry for entry in self._entries if self._is_near(atom, entry)]
        for entry in near:
            yield self._entry(entry, [*self._reading(atom, entry), *self._window(atom, entry)])
        if near:
            return
        lists = atom.lists if isinstance(atom, NotUnderstood) else (list_of(atom),)
        for name in lists:
            if name in self._intake.document:
                yield Step(Code.NO_ENTRY, f"/{name} was asked, and no entry says so", f"/{name}")
            else:
                yield Step(Code.NOT_ASKED, f"/{name} was not asked; that alone says nothing", f"/{name}")

    def _is_near(self, atom: Atom, entry: Entry) -> bool:
        wanted = concept_of(atom)
        if wanted is None or entry.concept is None:
            return False
        return wanted in self._knowledge_base.vocabulary.above(entry.concept.id)

    def _window(self, atom: Atom, entry: Entry) -> Iterator[Step]:
        within: Period | None = getattr(atom, "within", None)
        if within is None or entry.day is None:
            return
        end = within.after(entry.day)
        if not still_within(self._intake.screened_on, end):
            day = day_in_words(end.isoformat())
            yield Step(Code.WINDOW_OVER, f"on {entry.day}; the {within} were over on {day}")

    def _open(self, rule: str) -> Iterator[Step]:
        """The questions that an undecided rule waits for."""
        needs: Mapping[str, Any] = next(r for r in self._own["undecided"] if r["rule"] == rule)
        asked = [question for question in self._own["questions"] if question["id"] in needs["needs"]]
        for question in asked:
            yield Step(Code.QUESTION, f"{question['path']}: {question['ask']}", question["path"])
        known = {question["id"] for question in asked}
        for name in needs["needs"]:
            if name not in known:
                question = self._knowledge_base.questions[name]
                text = f"{question.path}: {question.ask} (not answered, and not asked again)"
                yield Step(Code.QUESTION, text, question.path)
