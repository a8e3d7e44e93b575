"""What the answers of an intake say about the atoms that read them.

The answers of one section that are words or numbers are looked up together: most clients give the
same few combinations. An answer that is a list, a date, or computed from one is read by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple, final

from engine.answer_tests import Includes, Within
from engine.atoms import Answered
from engine.intake import COMPUTED, Answer, Intake
from engine.support import Bearing, Support
from engine.truth import CODES

_REMEMBERED: Final = 2_000
_NOT_ASKED: Final[dict[str, Any]] = {}


class Said(NamedTuple):
    """What answers do to the truth values (place and code), and the support of each atom by key.

    ``unsettled`` are the supports that say unknown.
    """

    values: list[tuple[int, int]]
    supports: dict[str, list[Support]]
    unsettled: list[Support]


@dataclass(slots=True)
class _Field:
    """A field that rules read and its atoms.

    ``alone``: its answers are read by themselves, and a date or an age each time anew.
    """

    name: str
    key: str
    alone: bool
    bearings: list[Bearing] = field(default_factory=list)
    remembered: dict[Any, Said] = field(default_factory=dict)


@dataclass(slots=True)
class _Section:
    """The fields of one section whose answers are looked up together."""

    fields: list[_Field]
    keys: tuple[str, ...]
    remembered: dict[tuple[Any, ...], Said] = field(default_factory=dict)


@final
class AnswerReader:
    """Knows which atoms each field bears on."""

    def __init__(self, bearings: Iterable[Bearing]) -> None:
        fields: dict[str, _Field] = {}
        for bearing in bearings:
            if isinstance(bearing.atom, Answered):
                name = bearing.atom.field
                read = fields.setdefault(name, _Field(name, name.split(".")[1], name in COMPUTED))
                read.alone |= isinstance(bearing.atom.test, Within | Includes)
                read.bearings.append(bearing)
        together: dict[str, list[_Field]] = {}
        for read in fields.values():
            if not read.alone:
                together.setdefault(read.name.split(".")[0], []).append(read)
        self._alone = [read for read in fields.values() if read.alone]
        self._sections = {
            name: _Section(reads, tuple(read.key for read in reads)) for name, reads in together.items()
        }

    def read(self, intake: Intake) -> Iterator[Said]:
        """What the answers of an intake say, part by part."""
        document = intake.document
        for name, section in self._sections.items():
            words = tuple(map(document.get(name, _NOT_ASKED).get, section.keys))
            said = section.remembered.get(words)
            if said is None:
                if len(section.remembered) >= _REMEMBERED:
                    section.remembered.clear()
                given = [(read, intake.answer(read.name)) for read in section.fields]
                said = section.remembered[words] = _judge(given, intake.screened_on, lasting=True)
            yield said
        for read in self._alone:
            answer = intake.answer(read.name)
            words = tuple(answer.said) if answer.said.__class__ is list else answer.said
            if answer.value not in (None, "none") and words.__class__ is not tuple:
                yield _judge([(read, answer)], intake.screened_on, lasting=False)
                continue
            if words not in read.remembered:
                read.remembered[words] = _judge([(read, answer)], intake.screened_on, lasting=True)
            yield read.remembered[words]


def _judge(given: Iterable[tuple[_Field, Answer]], today: date, *, lasting: bool) -> Said:
    said = Said([], {}, [])
    for read, answer in given:
        for place, key, atom in read.bearings:
            assert isinstance(atom, Answered)
            judgement = atom.judge_answer(answer, today)
            support = Support(answer, judgement, lasting)
            said.values.append((place, CODES[judgement.truth]))
            said.supports[key] = [support]
            if judgement.truth == "unknown":
                said.unsettled.append(support)
    return said
