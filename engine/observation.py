"""From entries and answers to truth values: what an intake says about every atom.

Observation goes from the intake to the atoms that mention its concepts, never from every atom
over the whole intake. What words without a date say is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple, final

from engine import atoms
from engine.answers import AnswerReader
from engine.atoms import Answered, Atom
from engine.entries import Entry, Reading, Sense
from engine.intake import LISTS, Intake
from engine.memory import Memory
from engine.support import NOTHING, Bearing, Said, Support, said_by, values_of
from engine.truth import Truth
from engine.vocabulary import Vocabulary

_REMEMBERED: Final = 5_000
_ALWAYS: Final = timedelta.max.days


@final
class Observations(NamedTuple):
    """The truth value of every atom (as codes, in order), and who says what about an intake."""

    intake: Intake
    values: bytes
    heard: Sequence[Said]

    def supports(self, atom: str) -> list[Support]:
        """What bears on an atom, by its key."""
        return [said.supports[atom] for said in self.heard if atom in said.supports]

    def holding(self, atom: str, truth: Truth) -> list[Support]:
        """The supports of an atom that say ``truth``."""
        return [found for found in self.supports(atom) if found.judgement.truth == truth]

    @property
    def unsettled(self) -> dict[str, list[Support]]:
        """The supports that say unknown, by atom."""
        found: dict[str, list[Support]] = {}
        for said in self.heard:
            for atom, *_ in said.unsettled:
                found.setdefault(atom, []).append(said.supports[atom])
        return found


@final
class Observer:
    """Knows which atoms each concept, list and field bears on.

    ``all_atoms`` gives the order of the truth values.
    """

    def __init__(self, all_atoms: Mapping[str, Atom], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        bearings = [Bearing(i, key, atom) for i, (key, atom) in enumerate(all_atoms.items())]
        self._atoms = len(bearings)
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
        self._remembered: Memory[tuple[Reading, int, str], Said] = Memory(_REMEMBERED)
        self._speaks_for: Memory[tuple[Sense, bool, bool], int] = Memory(_REMEMBERED)

    def observe(self, intake: Intake, entries: Iterable[Entry]) -> Observations:
        """The truth value of every atom for one intake."""
        today = intake.screened_on
        bits, heard = self._answers.read(intake)
        for entry in entries:
            said = self._said(entry, today)
            if said is not NOTHING:
                bits |= said.bits
                heard.append(said)
        return Observations(intake, values_of(bits, self._atoms), heard)

    def effects(self, entry: Entry, today: date) -> dict[int, int]:
        """The codes, by place, of the atoms that one entry does not leave at no."""
        codes = values_of(self._said(entry, today).bits, self._atoms)
        return {place: code for place, code in enumerate(codes) if code}

    def _said(self, entry: Entry, today: date) -> Said:
        """What an entry says about each atom that it bears on."""
        day = entry.day
        sense = entry.reading.sense, entry.where.in_area, day is None
        days = self._speaks_for.get(sense)
        if days is None:
            days = self._speaks_for.keep(sense, self._days_of_speaking(entry, today))
        if (today - day).days > days if day else not days:
            return NOTHING
        if not entry.lasting:
            return self._judge(entry, today)
        words = entry.reading, entry.index, entry.where.says
        said = self._remembered.get(words)
        return self._remembered.keep(words, self._judge(entry, today)) if said is None else said

    def _days_of_speaking(self, entry: Entry, today: date) -> int:
        """For how many days an entry like this one has something to say; if it has no day: always or 0.

        That it has nothing to say later is seen from one that is older than every time window.
        """
        if entry.day is None:
            return _ALWAYS if self._judge(entry, today).supports else 0
        windows = [atoms.window_of(bearing.atom) for bearing in self._bearing_on(entry)]
        longest = max((within.at_most_days for within in windows if within is not None), default=0)
        try:
            long_ago = replace(entry, day=today - timedelta(days=longest + 1))
        except OverflowError:
            return _ALWAYS
        return _ALWAYS if self._judge(long_ago, today).supports else longest

    def _judge(self, entry: Entry, today: date) -> Said:
        found = []
        for bearing in self._bearing_on(entry):
            assert not isinstance(bearing.atom, Answered)
            judgement = bearing.atom.judge(entry, today, self._vocabulary)
            if judgement is not None:
                found.append((bearing, Support(entry, judgement, entry.lasting)))
        return said_by(found)

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
