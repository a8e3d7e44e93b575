"""From entries and answers to truth values: what an intake says about every atom.

Observation goes from the intake to the atoms that mention its concepts, never from every atom
over the whole intake. What words without a date say is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple, final

from engine import atoms
from engine.answers import AnswerReader
from engine.atoms import Answered, Atom
from engine.entries import Entry
from engine.intake import LISTS, Intake
from engine.memory import Memory
from engine.support import Bearing, Support
from engine.truth import CODES, Truth
from engine.vocabulary import Vocabulary

_REMEMBERED: Final = 5_000
_UNKNOWN: Final = CODES["unknown"]
_NO: Final = CODES["no"]


class _Effect(NamedTuple):
    """What an entry does: to which place of the truth values, and as what support."""

    place: int
    key: str
    code: int
    support: Support


@final
class Observations(NamedTuple):
    """The truth value of every atom (as codes, in order), and what bears on it, by its key.

    ``unsettled`` are the atoms and supports that say unknown.
    """

    intake: Intake
    values: bytes
    supports: Mapping[str, Sequence[Support]]
    unsettled: tuple[tuple[str, Support], ...]

    def holding(self, atom: str, truth: Truth) -> list[Support]:
        """The supports of an atom that say ``truth``."""
        return [found for found in self.supports.get(atom, ()) if found.judgement.truth == truth]


@final
class Observer:
    """Knows which atoms each concept, list and field bears on.

    ``all_atoms`` gives the order of the truth values.
    """

    def __init__(self, all_atoms: Mapping[str, Atom], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        bearings = [Bearing(i, key, atom) for i, (key, atom) in enumerate(all_atoms.items())]
        self._of_concept: dict[str, list[Bearing]] = {}
        self._not_understood: dict[str, list[Bearing]] = {name: [] for name in LISTS}
        for bearing in bearings:
            concept = atoms.concept_of(bearing.atom)
            if concept is not None:
                self._of_concept.setdefault(concept, []).append(bearing)
            if isinstance(bearing.atom, atoms.NotUnderstood):
                for name in bearing.atom.lists:
                    self._not_understood[name].append(bearing)
        self._answers = AnswerReader(bearings)
        self._bearings: dict[tuple[str, str], tuple[Bearing, ...]] = {}
        self._effects: Memory[Entry, list[_Effect]] = Memory(_REMEMBERED)

    def observe(self, intake: Intake, entries: Iterable[Entry]) -> Observations:
        """The truth value of every atom for one intake."""
        today = intake.screened_on
        values, supports, unsettled = self._answers.read(intake)
        for entry in entries:
            for place, key, code, support in self._said(entry, today):
                supports.setdefault(key, []).append(support)
                if code > values[place]:  # noqa: PLR1730 - max() would be the slowest step here
                    values[place] = code
                if code == _UNKNOWN:
                    unsettled.append((key, support))
        return Observations(intake, bytes(values), supports, tuple(unsettled))

    def effects(self, entry: Entry, today: date) -> dict[int, int]:
        """The codes, by place, of the atoms that one entry does not leave at no."""
        found: dict[int, int] = {}
        for place, _, code, _ in self._said(entry, today):
            if code > found.get(place, 0):
                found[place] = code
        return found

    def _said(self, entry: Entry, today: date) -> list[_Effect]:
        """What an entry says about each atom that it bears on."""
        effects = self._effects.get(entry)
        if effects is None:
            effects = []
            for place, key, atom in self._bearing_on(entry):
                assert not isinstance(atom, Answered)
                judgement = atom.judge(entry, today, self._vocabulary)
                if judgement is not None:
                    support = Support(entry, judgement, entry.lasting)
                    effects.append(_Effect(place, key, CODES[judgement.truth], support))
            if entry.lasting:
                self._effects.keep(entry, effects)
        return effects

    def _bearing_on(self, entry: Entry) -> Iterable[Bearing]:
        if entry.unrecognised is not None:
            yield from self._not_understood[entry.list_name]
        if entry.concept is not None:
            yield from self.bearings_on(entry.list_name, entry.concept.id)

    def bearings_on(self, list_name: str, concept: str) -> tuple[Bearing, ...]:
        """The atoms on which an entry with this concept can bear, if it stands in this list."""
        found = self._bearings.get((list_name, concept))
        if found is None:
            found = tuple(self._find(concept, list_name))
            if list_name == "conditions":
                implied = self._vocabulary.concepts[concept].implies_taking
                found += tuple(b for m in implied for b in self._find(m, "medications"))
            found = self._bearings[list_name, concept] = tuple(dict.fromkeys(found))
        return found

    def _find(self, concept: str, list_name: str) -> Iterable[Bearing]:
        for higher in sorted(self._vocabulary.above(concept)):
            for bearing in self._of_concept.get(higher, ()):
                if atoms.list_of(bearing.atom) == list_name:
                    yield bearing
