"""From entries and answers to truth values: what an intake says about every atom.

Observation goes from the intake to the atoms that mention its concepts, never from every atom
over the whole intake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, final

from engine import atoms
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


@final
class Observer:
    """Knows which atoms each concept, list and field bears on."""

    def __init__(self, all_atoms: Mapping[str, Atom], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._keys = list(all_atoms)
        self._index = {key: index for index, key in enumerate(all_atoms)}
        self._answered = [atom for atom in all_atoms.values() if isinstance(atom, atoms.Answered)]
        self._fields = tuple(dict.fromkeys(atom.field for atom in self._answered))
        self._not_understood = [a for a in all_atoms.values() if isinstance(a, atoms.NotUnderstood)]
        self._by_concept: dict[str, list[Atom]] = {}
        for atom in all_atoms.values():
            for concept in atom.concepts:
                self._by_concept.setdefault(concept, []).append(atom)
        self._silence = [atom.silence for atom in all_atoms.values()]
        self._of_list = {
            name: [i for i, atom in enumerate(all_atoms.values()) if atom.list_name == name]
            for name in LISTS
        }
        self._bearing: dict[tuple[str, str], tuple[Atom, ...]] = {}

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
            for atom in self._atoms_for(entry):
                assert not isinstance(atom, atoms.Answered)
                judgement = atom.judge(entry, today, self._vocabulary)
                if judgement is not None:
                    self._record(values, supports, atom, entry, judgement)
        answers = {field: intake.answer(field) for field in self._fields}
        for atom in self._answered:
            answer = answers[atom.field]
            self._record(values, supports, atom, answer, atom.judge_answer(answer, today))
        return Observations(values, supports, answers)

    def _record(
        self,
        values: list[Truth],
        supports: dict[str, list[Support]],
        atom: Atom,
        source: Entry | Answer,
        judgement: Judgement,
    ) -> None:
        key = atom.key
        index = self._index[key]
        supports.setdefault(key, []).append(Support(source, judgement))
        if isinstance(source, Answer) or _STRENGTH[judgement.truth] > _STRENGTH[values[index]]:
            values[index] = judgement.truth

    def _atoms_for(self, entry: Entry) -> Iterable[Atom]:
        if entry.unrecognised is not None:
            yield from (atom for atom in self._not_understood if entry.list_name in atom.lists)
        if entry.concept is not None:
            yield from self._concept_atoms(entry.list_name, entry.concept.id)

    def _concept_atoms(self, list_name: str, concept: str) -> tuple[Atom, ...]:
        found = self._bearing.get((list_name, concept))
        if found is None:
            found = self._bearing[list_name, concept] = tuple(self._find_atoms(list_name, concept))
        return found

    def _find_atoms(self, list_name: str, concept: str) -> Iterable[Atom]:
        above = self._vocabulary.above
        for higher in sorted(above(concept)):
            for atom in self._by_concept.get(higher, ()):
                if atom.list_name == list_name:
                    yield atom
        if list_name == "conditions":
            implied = self._vocabulary.concepts[concept].implies_taking
            higher_medicines = sorted(set().union(*map(above, implied)))
            for medicine in higher_medicines:
                for atom in self._by_concept.get(medicine, ()):
                    if atom.list_name == "medications":
                        yield atom
