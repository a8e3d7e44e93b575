"""What an intake says before its entries are looked at: which lists were asked, and its answers.

The answers of one section that are words or numbers are looked up together: most clients give the
same few combinations. An answer that is a list, a date, or computed from one is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, final

from engine.answer_tests import Includes, Within
from engine.atoms import Answered, list_of, silence_of
from engine.intake import COMPUTED, LISTS, Answer, Intake
from engine.memory import Memory
from engine.support import Bearing, Support
from engine.truth import CODES

_REMEMBERED: Final = 2_000
_NOT_ASKED: Final[dict[str, Any]] = {}


class Said(NamedTuple):
    """What answers do to the truth values (place and code), and the support of each atom by key.

    ``unsettled`` are the atoms and supports that say unknown.
    """

    values: list[tuple[int, int]]
    supports: dict[str, list[Support]]
    unsettled: list[tuple[str, Support]]


class Beginning(NamedTuple):
    """The truth values (as codes) before any entry, what bears on them, and what is unsettled."""

    values: bytearray
    supports: dict[str, list[Support]]
    unsettled: list[tuple[str, Support]]


@dataclass(slots=True)
class _Field:
    """A field that rules read and its atoms.

    ``other``: the key that the answer may be computed from; ``dated``: it may be a date;
    ``listed``: it is a list.
    """

    name: str
    section: str
    key: str
    other: str | None
    dated: bool = False
    listed: bool = False
    bearings: list[Bearing] = field(default_factory=list)
    remembered: dict[Any, Said] = field(default_factory=dict)

    @property
    def alone(self) -> bool:
        """Whether its answers are looked up by themselves."""
        return self.other is not None or self.dated or self.listed


@final
class AnswerReader:
    """Knows which atoms each list and each field bears on."""

    def __init__(self, bearings: Sequence[Bearing]) -> None:
        self._silence = bytes(CODES[silence_of(bearing.atom)] for bearing in bearings)
        self._of_list = {
            name: [bearing.place for bearing in bearings if list_of(bearing.atom) == name]
            for name in LISTS
        }
        fields = _fields(bearings)
        self._alone = [read for read in fields if read.alone]
        self._together = [
            (section, [read for read in fields if read.section == section and not read.alone])
            for section in dict.fromkeys(read.section for read in fields)
        ]
        self._keys = {name: tuple(read.key for read in reads) for name, reads in self._together}
        self._asked: dict[tuple[bool, ...], bytes] = {}
        self._sections: Memory[tuple[Any, ...], Said] = Memory(_REMEMBERED)

    def read(self, intake: Intake) -> Beginning:
        """What the lists that were asked and the answers of an intake say."""
        document = intake.document
        beginning = Beginning(bytearray(self._nothing_said(document)), {}, [])
        for name, fields in self._together:
            section = document.get(name, _NOT_ASKED)
            words = (name, *map(section.get, self._keys[name]))
            said = self._sections.get(words)
            if said is None:
                said = Said([], {}, [])
                for read in fields:
                    _add(said, _read(read, section.get(read.key), intake))
                self._sections.keep(words, said)
            _begin(beginning, said)
        for read in self._alone:
            section = document.get(read.section, _NOT_ASKED)
            answer = section.get(read.key)
            words = tuple(answer) if answer.__class__ is list else answer
            known = None if read.other in section else read.remembered.get(words)
            _begin(beginning, known or _read(read, words, intake))
        return beginning

    def _nothing_said(self, document: Mapping[str, Any]) -> bytes:
        """The truth values where no answer and no entry says more."""
        asked = tuple(map(document.__contains__, LISTS))
        values = self._asked.get(asked)
        if values is None:
            silent = bytearray(self._silence)
            for place in (p for name in LISTS if name in document for p in self._of_list[name]):
                silent[place] = CODES["no"]
            values = self._asked[asked] = bytes(silent)
        return values


def _begin(beginning: Beginning, said: Said) -> None:
    for place, code in said.values:
        beginning.values[place] = code
    beginning.supports.update(said.supports)
    if said.unsettled:
        beginning.unsettled.extend(said.unsettled)


def _add(said: Said, more: Said) -> None:
    said.values.extend(more.values)
    said.supports.update(more.supports)
    said.unsettled.extend(more.unsettled)


def _read(read: _Field, words: Any, intake: Intake) -> Said:
    """What the answer to one field says; remembered, unless it is a date or computed from one."""
    answer = intake.answer(read.name)
    at_its_key = answer.path.endswith(read.key)
    lasting = at_its_key and not (read.dated and answer.value not in (None, "none"))
    if not lasting:
        return _judge(read, answer, intake.screened_on, lasting=False)
    if words not in read.remembered:
        read.remembered[words] = _judge(read, answer, intake.screened_on, lasting=True)
    return read.remembered[words]


def _judge(read: _Field, answer: Answer, today: date, *, lasting: bool) -> Said:
    said = Said([], {}, [])
    for place, key, atom in read.bearings:
        assert isinstance(atom, Answered)
        judgement = atom.judge_answer(answer, today)
        support = Support(answer, judgement, lasting)
        said.values.append((place, CODES[judgement.truth]))
        said.supports[key] = [support]
        if judgement.truth == "unknown":
            said.unsettled.append((key, support))
    return said


def _fields(bearings: Iterable[Bearing]) -> list[_Field]:
    fields: dict[str, _Field] = {}
    for bearing in bearings:
        if isinstance(bearing.atom, Answered):
            name = bearing.atom.field
            section, key = name.split(".")
            read = fields.setdefault(name, _Field(name, section, key, COMPUTED.get(name)))
            read.dated |= isinstance(bearing.atom.test, Within)
            read.listed |= isinstance(bearing.atom.test, Includes)
            read.bearings.append(bearing)
    return list(fields.values())
