"""What is still open: undecided rules, and the questions that would decide them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple, final

from engine.atoms import Answered, Atom, list_of
from engine.intake import Answer, Intake
from engine.memory import LONGEST_WORDS, Memory
from engine.observation import Observations
from engine.rules import DECISIVE, VERDICT_OF_LEVEL, VERDICTS, KnowledgeBase, Question, Rule
from engine.support import Support

_REMEMBERED: Final = 1_000


@final
class OpenQuestion(NamedTuple):
    """A question about this intake: where its answer belongs, and whose words it is about.

    The path ends at a list's new entry (``/medications/-``) when the intake does not have the
    entry that the answer belongs to.
    """

    question: Question
    path: str
    about: str = ""
    declined: bool = False


@final
@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """The undecided rules, strictest first, with the unknown atoms that each waits for.

    There is one object for the same rules and atoms.
    """

    rules: Mapping[str, tuple[str, ...]]


@final
@dataclass(eq=False)
class OpenPoints:
    """The rules that are undecided and the questions to ask, as an assessment shows them.

    Only to be read: the same object serves every intake with the same open points.
    """

    undecided: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    _stricter: dict[str, int] = field(default_factory=dict)

    @cached_property
    def decisive(self) -> int:
        """How many undecided rules could stop treatment."""
        return sum(rule["level"] in DECISIVE for rule in self.undecided)

    def could_make_stricter(self, verdict: str) -> int:
        """How many questions could make a verdict stricter, those that were declined too."""
        found = self._stricter.get(verdict)
        if found is None:
            found = self._stricter[verdict] = self._count_stricter(VERDICTS.index(verdict))
        return found

    def _count_stricter(self, rank: int) -> int:
        asked = {question["id"] for question in self.questions}
        declined = {
            need
            for rule in self.undecided
            if VERDICTS.index(VERDICT_OF_LEVEL[rule["level"]]) < rank
            for need in rule["needs"]
            if need not in asked
        }
        open_to = [VERDICTS.index(question["could_raise_to"]) for question in self.questions]
        return len(declined) + sum(other < rank for other in open_to)


@final
class Questionnaire:
    """Finds the questions behind unknown atoms; remembers what is open after the same few words."""

    def __init__(self, knowledge_base: KnowledgeBase, all_atoms: Mapping[str, Atom]) -> None:
        self._questions = knowledge_base.questions
        self._by_path = {question.path: question for question in self._questions.values()}
        self._atoms = all_atoms
        self._rules = knowledge_base.rules
        self._remembered: Memory[tuple[Any, ...], OpenPoints] = Memory(_REMEMBERED)

    def open_points(self, waiting: Waiting, observations: Observations) -> OpenPoints:
        """What is still open, given what the rules wait for."""
        unsettled = [said.unsettled for said in observations.heard if said.unsettled]
        key = (waiting, *unsettled)
        found = self._remembered.get(key)
        if found is None:
            found = self._find(waiting, observations)
            if all(_is_short(said) for part in unsettled for _, _, said, _ in part):
                self._remembered.keep(key, found)
        return found

    def _find(self, waiting: Waiting, observations: Observations) -> OpenPoints:
        unsettled = observations.unsettled
        behind = {
            atom: list(self._behind(atom, observations.intake, unsettled.get(atom, ())))
            for atoms in waiting.rules.values()
            for atom in atoms
        }
        found = {(q.question.id, q.path): q for questions in behind.values() for q in questions}
        questions = sorted(found.values(), key=_order)
        number = {(q.question.id, q.path): n for n, q in enumerate(questions)}
        asked = {atom: [number[q.question.id, q.path] for q in behind[atom]] for atom in behind}
        needs = [
            (self._rules[rule], sorted({n for atom in atoms for n in asked[atom]}))
            for rule, atoms in waiting.rules.items()
        ]
        return OpenPoints(_undecided_rules(needs, questions), _questions_to_ask(needs, questions))

    def behind(self, atom_key: str, observations: Observations) -> Iterator[OpenQuestion]:
        """The questions that would settle an unknown atom."""
        return self._behind(atom_key, observations.intake, observations.unsettled.get(atom_key, ()))

    def _behind(
        self, atom_key: str, intake: Intake, unsettled: Sequence[Support]
    ) -> Iterator[OpenQuestion]:
        atom = self._atoms[atom_key]
        if isinstance(atom, Answered):
            answer = intake.answer(atom.field)
            question = self._by_path[answer.path]
            yield OpenQuestion(question, question.path, declined=answer.declined)
            return
        for support in unsettled:
            entry, question_id = support.source, support.judgement.question
            assert not isinstance(entry, Answer)
            assert question_id is not None
            question = self._questions[question_id]
            place, _, key = question.path.partition("/*")
            known = entry.path if place == f"/{entry.list_name}" else f"{place}/-"
            yield OpenQuestion(question, known + key, entry.said)
        if not unsettled:
            question = self._by_path[f"/{list_of(atom)}"]
            yield OpenQuestion(question, question.path)


def _is_short(said: Any) -> bool:
    return not isinstance(said, str) or len(said) <= LONGEST_WORDS


def _undecided_rules(
    needs: Iterable[tuple[Rule, list[int]]], questions: Sequence[OpenQuestion]
) -> list[dict[str, Any]]:
    """The rules that could fire but for something unknown, with the questions that they need."""
    return [
        {
            "rule": rule.id,
            "title": rule.title,
            "level": rule.level,
            "needs": list(dict.fromkeys(questions[number].question.id for number in numbers)),
            **({"draft": True} if rule.status == "draft" else {}),
        }
        for rule, numbers in needs
    ]


def _questions_to_ask(
    needs: Iterable[tuple[Rule, list[int]]], questions: Sequence[OpenQuestion]
) -> list[dict[str, Any]]:
    """What to ask, most decisive first; a question that was declined is not asked again.

    The order: the strictest verdict that an answer could lead to, then the number of rules that
    wait for it, then the questionnaire's own order.
    """
    levels: dict[int, list[int]] = {}
    for rule, numbers in needs:
        verdict = VERDICTS.index(VERDICT_OF_LEVEL[rule.level])
        for number in numbers:
            if not questions[number].declined:
                levels.setdefault(number, []).append(verdict)
    ranked = sorted(levels, key=lambda number: (min(levels[number]), -len(levels[number]), number))
    return [
        {
            "id": questions[number].question.id,
            "path": questions[number].path,
            "ask": questions[number].question.ask.replace("{name}", questions[number].about),
            "could_raise_to": VERDICTS[min(levels[number])],
        }
        for number in ranked
    ]


def _order(question: OpenQuestion) -> tuple[int, list[int], str]:
    numbers = [int(part) for part in question.path.split("/") if part.isdigit()]
    return question.question.order, numbers, question.path
