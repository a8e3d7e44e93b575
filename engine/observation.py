"""From entries and answers to truth values: what an intake says about every atom.

Observation goes from the intake to the atoms that mention its concepts, never from every atom
over the whole intake. What words without a date say is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, final

from engine import atoms
from engine.answer_tests import Within
from engine.atoms import Answered, Atom
from engine.entries import Entry
from engine.intake import COMPUTED, LISTS, NOT_ANSWERED, Answer, Intake
from engine.truth import CODES, Judgement, Truth
from engine.vocabulary import Vocabulary

_REMEMBERED: Final = 2_000
_UNKNOWN: Final = CODES["unknown"]
_NO: Final = CODES["no"]
_NO_ANSWERS: Final[dict[str, Any]] = {}
_NO_DATE: Final = (None, "none", *NOT_ANSWERED)


@final
@dataclass(slots=True, eq=False)
class Support:
    """One entry or answer and what it says about one atom; nobody changes it.

    ``lasting``: the same object is used wherever the same words stand at the same place.
    """

    source: Entry | Answer
    judgement: Judgement
    lasting: bool


class _Effect(NamedTuple):
    """What an entry does: to which place of the truth values, and as what support."""

    place: int
    key: str
    code: int
    support: Support


class _Said(NamedTuple):
    """What an answer does to the truth values, and the support of each atom of its field."""

    values: list[tuple[int, int]]
    supports: dict[str, list[Support]]
    unsettled: list[Support]


@final
class Observations(NamedTuple):
    """The truth value of every atom (as codes, in order), and what bears on it, by its key.

    ``unsettled`` are the supports that say unknown.
    """

    intake: Intake
    values: bytes
    supports: Mapping[str, Sequence[Support]]
    unsettled: tuple[Support, ...]

    def holding(self, atom: str, truth: Truth) -> list[Support]:
        """The supports of an atom that say ``truth``."""
        return [found for found in self.supports.get(atom, ()) if found.judgement.truth == truth]


class _Bearing(NamedTuple):
    """An atom that an entry or a field bears on."""

    place: int
    key: str
    atom: Atom


@final
@dataclass(slots=True)
class _Field:
    """A field that rules read: where it stands, its atoms, and what its answers say."""

    name: str
    section: str
    key: str
    computed: bool
    dated: bool = False
    bearings: list[_Bearing] = field(default_factory=list)
    remembered: dict[Any, _Said] = field(default_factory=dict)


@final
class Observer:
    """Knows which atoms each concept, list and field bears on.

    ``all_atoms`` gives the order of the truth values.
    """

    def __init__(self, all_atoms: Mapping[str, Atom], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        bearings = [_Bearing(i, key, atom) for i, (key, atom) in enumerate(all_atoms.items())]
        self._silence = bytes(CODES[atoms.silence_of(bearing.atom)] for bearing in bearings)
        self._of_list = {
            name: [b.place for b in bearings if atoms.list_of(b.atom) == name] for name in LISTS
        }
        self._of_concept: dict[str, list[_Bearing]] = {}
        self._not_understood: dict[str, list[_Bearing]] = {name: [] for name in LISTS}
        for bearing in bearings:
            concept = atoms.concept_of(bearing.atom)
            if concept is not None:
                self._of_concept.setdefault(concept, []).append(bearing)
            if isinstance(bearing.atom, atoms.NotUnderstood):
                for name in bearing.atom.lists:
                    self._not_understood[name].append(bearing)
        self._fields = _fields(bearings)
        self._asked: dict[tuple[bool, ...], bytes] = {}
        self._bearings: dict[tuple[str, str], tuple[_Bearing, ...]] = {}
        self._effects: dict[Entry, list[_Effect]] = {}

    def observe(self, intake: Intake, entries: Iterable[Entry]) -> Observations:
        """The truth value of every atom for one intake."""
        today = intake.screened_on
        values = bytearray(self._nothing_said(intake))
        supports: dict[str, list[Support]] = {}
        unsettled: list[Support] = []
        for entry in entries:
            for place, key, code, support in self._said(entry, today):
                supports.setdefault(key, []).append(support)
                if code > values[place]:  # noqa: PLR1730 - max() would be the slowest step here
                    values[place] = code
                if code == _UNKNOWN:
                    unsettled.append(support)
        document = intake.document
        for read in self._fields:
            said = document.get(read.section, _NO_ANSWERS).get(read.key)
            words = tuple(said) if said.__class__ is list else said
            known = None if words is None and read.computed else read.remembered.get(words)
            answered = known or _answered(read, intake, words)
            for place, code in answered.values:
                values[place] = code
            supports.update(answered.supports)
            if answered.unsettled:
                unsettled += answered.unsettled
        return Observations(intake, bytes(values), supports, tuple(unsettled))

    def _nothing_said(self, intake: Intake) -> bytes:
        """The truth values where no entry and no answer says more."""
        document = intake.document
        asked = tuple(name in document for name in LISTS)
        values = self._asked.get(asked)
        if values is None:
            silent = bytearray(self._silence)
            for name in (name for name, there in zip(LISTS, asked, strict=True) if there):
                for place in self._of_list[name]:
                    silent[place] = _NO
            values = self._asked[asked] = bytes(silent)
        return values

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
                if len(self._effects) >= _REMEMBERED:
                    self._effects.clear()
                self._effects[entry] = effects
        return effects

    def _bearing_on(self, entry: Entry) -> Iterable[_Bearing]:
        if entry.unrecognised is not None:
            yield from self._not_understood[entry.list_name]
        if entry.concept is not None:
            yield from self._bearing_on_concept(entry.list_name, entry.concept.id)

    def _bearing_on_concept(self, list_name: str, concept: str) -> tuple[_Bearing, ...]:
        found = self._bearings.get((list_name, concept))
        if found is None:
            found = tuple(self._find(concept, list_name))
            if list_name == "conditions":
                implied = self._vocabulary.concepts[concept].implies_taking
                found += tuple(b for m in implied for b in self._find(m, "medications"))
            found = self._bearings[list_name, concept] = tuple(dict.fromkeys(found))
        return found

    def _find(self, concept: str, list_name: str) -> Iterable[_Bearing]:
        for higher in sorted(self._vocabulary.above(concept)):
            for bearing in self._of_concept.get(higher, ()):
                if atoms.list_of(bearing.atom) == list_name:
                    yield bearing


def _answered(read: _Field, intake: Intake, words: Any) -> _Said:
    """What an answer says about each atom of its field; remembered under ``words``.

    But not where it reads a date: a day in a window, an age from a birth date.
    """
    answer = intake.answer(read.name)
    lasting = not (read.dated and words not in _NO_DATE) and not (read.computed and words is None)
    said = _Said([], {}, [])
    for place, key, atom in read.bearings:
        assert isinstance(atom, Answered)
        support = Support(answer, atom.judge_answer(answer, intake.screened_on), lasting)
        said.values.append((place, CODES[support.judgement.truth]))
        said.supports[key] = [support]
        if support.judgement.truth == "unknown":
            said.unsettled.append(support)
    if lasting:
        read.remembered[words] = said
    return said


def _fields(bearings: Iterable[_Bearing]) -> list[_Field]:
    fields: dict[str, _Field] = {}
    for bearing in bearings:
        if isinstance(bearing.atom, Answered):
            name = bearing.atom.field
            if name not in fields:
                section, key = name.split(".")
                fields[name] = _Field(name, section, key, computed=name in COMPUTED)
            fields[name].bearings.append(bearing)
            fields[name].dated |= isinstance(bearing.atom.test, Within)
    return list(fields.values())
