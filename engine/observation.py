"""From entries and answers to truth values: what an intake says about every atom.

Observation goes from the intake to the atoms that mention its concepts, never from every atom
over the whole intake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, final

from engine import atoms
from engine.answer_tests import Within
from engine.atoms import Atom
from engine.entries import Entry
from engine.intake import LISTS, Answer, Intake
from engine.truth import Judgement, Truth
from engine.vocabulary import Vocabulary

_STRENGTH: Mapping[Truth, int] = {"no": 0, "unknown": 1, "yes": 2}


class Support(NamedTuple):
    """One entry or answer and what it says about one atom."""

    source: Entry | Answer
    judgement: Judgement


@final
class Observations(NamedTuple):
    """The truth value of every atom, in order, and what bears on it (by the atom's key)."""

    values: Sequence[Truth]
    supports: Mapping[str, Sequence[Support]]
    answers: Mapping[str, Answer]

    def holding(self, atom: str, truth: Truth) -> list[Support]:
        """The supports of an atom that say ``truth``."""
        return [found for found in self.supports.get(atom, ()) if found.judgement.truth == truth]


class _Bearing(NamedTuple):
    """An atom that an entry or a field bears on."""

    place: int
    key: str
    atom: Atom


@final
class Observer:
    """Knows which atoms each concept, list and field bears on."""

    def __init__(self, all_atoms: Mapping[str, Atom], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        bearings = [_Bearing(i, key, atom) for i, (key, atom) in enumerate(all_atoms.items())]
        self._silence = [atoms.silence_of(bearing.atom) for bearing in bearings]
        self._of_list = {
            name: [b.place for b in bearings if atoms.list_of(b.atom) == name] for name in LISTS
        }
        self._of_field: dict[str, list[_Bearing]] = {}
        self._of_concept: dict[str, list[_Bearing]] = {}
        self._not_understood: dict[str, list[_Bearing]] = {name: [] for name in LISTS}
        for bearing in bearings:
            concept = atoms.concept_of(bearing.atom)
            if concept is not None:
                self._of_concept.setdefault(concept, []).append(bearing)
            if isinstance(bearing.atom, atoms.Answered):
                self._of_field.setdefault(bearing.atom.field, []).append(bearing)
            if isinstance(bearing.atom, atoms.NotUnderstood):
                for name in bearing.atom.lists:
                    self._not_understood[name].append(bearing)
        self._dated = {
            field
            for field, found in self._of_field.items()
            for bearing in found
            if isinstance(bearing.atom, atoms.Answered) and isinstance(bearing.atom.test, Within)
        }
        self._of_answer: dict[tuple[str, Any], list[tuple[int, str, list[Support]]]] = {}
        self._of_entry: dict[tuple[str, str], tuple[_Bearing, ...]] = {}

    def observe(self, intake: Intake, entries: Iterable[Entry]) -> Observations:
        """The truth value of every atom for one intake."""
        values = self._silence.copy()
        for list_name in LISTS:
            if intake.entries(list_name) is not None:
                for index in self._of_list[list_name]:
                    values[index] = "no"
        supports: dict[str, list[Support]] = {}
        today = intake.screened_on
        for entry in entries:
            for index, key, atom in self._bearing_on(entry):
                assert not isinstance(atom, atoms.Answered)
                judgement = atom.judge(entry, today, self._vocabulary)
                if judgement is not None:
                    supports.setdefault(key, []).append(Support(entry, judgement))
                    if _STRENGTH[judgement.truth] > _STRENGTH[values[index]]:
                        values[index] = judgement.truth
        answers: dict[str, Answer] = {}
        for field in self._of_field:
            answer = answers[field] = intake.answer(field)
            for place, key, judged in self._judge_answer(field, answer, today):
                supports[key] = judged
                values[place] = judged[0].judgement.truth
        return Observations(values, supports, answers)

    def _judge_answer(
        self, field: str, answer: Answer, today: date
    ) -> Sequence[tuple[int, str, list[Support]]]:
        """What an answer says about each atom of its field; words and numbers are remembered."""
        memorable = answer.value is answer.said and isinstance(answer.said, str | int | None)
        found = self._of_answer.get((field, answer.said)) if memorable else None
        if found is None:
            found = []
            for place, key, atom in self._of_field[field]:
                assert isinstance(atom, atoms.Answered)
                judgement = atom.judge_answer(answer, today)
                found.append((place, key, [Support(answer, judgement)]))
            if memorable and field not in self._dated:
                self._of_answer[field, answer.said] = found
        return found

    def _bearing_on(self, entry: Entry) -> Iterable[_Bearing]:
        if entry.unrecognised is not None:
            yield from self._not_understood[entry.list_name]
        if entry.concept is not None:
            yield from self._bearing_on_concept(entry.list_name, entry.concept.id)

    def _bearing_on_concept(self, list_name: str, concept: str) -> tuple[_Bearing, ...]:
        found = self._of_entry.get((list_name, concept))
        if found is None:
            found = tuple(self._find(concept, list_name))
            if list_name == "conditions":
                implied = self._vocabulary.concepts[concept].implies_taking
                found += tuple(b for m in implied for b in self._find(m, "medications"))
            found = self._of_entry[list_name, concept] = tuple(dict.fromkeys(found))
        return found

    def _find(self, concept: str, list_name: str) -> Iterable[_Bearing]:
        for higher in sorted(self._vocabulary.above(concept)):
            for bearing in self._of_concept.get(higher, ()):
                if atoms.list_of(bearing.atom) == list_name:
                    yield bearing
