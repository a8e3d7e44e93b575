"""What an intake says before its entries are looked at: which lists were asked, and its answers.

The answers of one section that are words or numbers are looked up together: most clients give the
same few combinations. An answer that is a list, a date, or computed from one is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, final

from engine.answer_tests import Includes, Within
from engine.atoms import Answered, list_of, silence_of
from engine.intake import COMPUTED, LISTS, Answer, Intake
from engine.memory import Memory
from engine.support import Bearing, Said, Support, bits_of, said_by, together
from engine.truth import CODES

_REMEMBERED: Final = 2_000
_NOT_ASKED: Final[dict[str, Any]] = {}


def _memory() -> Memory[Any, Said]:
    return Memory(_REMEMBERED)


@final
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
    remembered: Memory[Any, Said] = field(default_factory=_memory)
    computed: Memory[Any, Said] = field(default_factory=_memory)

    @property
    def alone(self) -> bool:
        """Whether its answers are looked up by themselves."""
        return self.other is not None or self.dated or self.listed


@final
class _Section:
    """The fields of one section whose answers are looked up together."""

    def __init__(self, name: str, fields: Sequence[_Field]) -> None:
        self.name = name
        self.fields = fields
        self.keys = tuple(read.key for read in fields)
        self.remembered = _memory()


@final
class AnswerReader:
    """Knows which atoms each list and each field bears on."""

    def __init__(self, bearings: Sequence[Bearing]) -> None:
        self._silence = {
            name: bits_of(
                {
                    bearing.place: CODES[silence_of(bearing.atom)]
                    for bearing in bearings
                    if list_of(bearing.atom) == name
                }
            )
            for name in LISTS
        }
        fields = _fields(bearings)
        self._alone = [read for read in fields if read.alone]
        self._sections = [
            _Section(section, [read for read in fields if read.section == section and not read.alone])
            for section in dict.fromkeys(read.section for read in fields)
        ]

    def read(self, intake: Intake) -> tuple[int, list[Said]]:
        """What the lists that were not asked and the answers say: all bits, and who says what."""
        document = intake.document
        bits, heard = 0, []
        for name, silence in self._silence.items():
            if name not in document:
                bits |= silence
        for section in self._sections:
            answers = document.get(section.name, _NOT_ASKED)
            words = tuple(map(answers.get, section.keys))
            said = section.remembered.get(words)
            if said is None:
                parts = (
                    read.remembered.get(answer) or _read(read, answer, intake)
                    for read, answer in zip(section.fields, words, strict=True)
                )
                said = section.remembered.keep(words, together(parts))
            bits |= said.bits
            heard.append(said)
        for read in self._alone:
            answers = document.get(read.section, _NOT_ASKED)
            if read.other in answers:
                said = _read_computed(read, intake)
            else:
                answer = answers.get(read.key)
                words = tuple(answer) if answer.__class__ is list else answer
                said = read.remembered.get(words) or _read(read, words, intake)
            bits |= said.bits
            heard.append(said)
        return bits, heard


def _read(read: _Field, words: Any, intake: Intake) -> Said:
    """Work out what the answer to one field says, and remember it unless it is a date."""
    answer = intake.answer(read.name)
    if read.dated and answer.value not in (None, "none"):
        return _judge(read, answer, intake.screened_on, lasting=False)
    return read.remembered.keep(words, _judge(read, answer, intake.screened_on, lasting=True))


def _read_computed(read: _Field, intake: Intake) -> Said:
    """What an answer says that is computed from another; only what its value says is remembered."""
    answer = intake.answer(read.name)
    value = read.computed.get(answer.value)
    if value is None:
        unsaid = Answer(answer.path, answer.value)
        value = _judge(read, unsaid, intake.screened_on, lasting=False)
        read.computed.keep(answer.value, value)
    supports = {
        atom: Support(answer, support.judgement, lasting=False)
        for atom, support in value.supports.items()
    }
    return Said(value.bits, supports, value.unsettled)


def _judge(read: _Field, answer: Answer, today: date, *, lasting: bool) -> Said:
    return said_by(
        (bearing, Support(answer, bearing.atom.judge_answer(answer, today), lasting))
        for bearing in read.bearings
        if isinstance(bearing.atom, Answered)
    )


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
