"""What stands between an intake and an atom: who bears on it, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, final

from engine.atoms import Atom
from engine.entries import Entry
from engine.intake import Answer
from engine.truth import CODES, Judgement


class Bearing(NamedTuple):
    """An atom that an entry or an answer bears on: its place among the truth values, its key."""

    place: int
    key: str
    atom: Atom


@final
@dataclass(slots=True, eq=False)
class Support:
    """One entry or answer and what it says about one atom; nobody changes it.

    ``lasting``: the same object is used wherever the same words stand at the same place.
    """

    source: Entry | Answer
    judgement: Judgement
    lasting: bool


Unsettled = tuple[str, str, Any, str | None]
"""What is said to be unknown: the atom, the path, the words and the question that would settle it."""


@final
@dataclass(slots=True, eq=False)
class Said:
    """All that one entry, one answer or one section of answers says; nobody changes it.

    ``bits`` holds the code of each atom, a byte for each place from the lowest, so that what
    several say is put together by ``|`` (see :func:`values_of`). ``supports`` is by the atom's key.
    """

    bits: int
    supports: Mapping[str, Support]
    unsettled: tuple[Unsettled, ...]


NOTHING: Final = Said(0, {}, ())


def bits_of(codes: Mapping[int, int]) -> int:
    """Codes by place in the form of :class:`Said`."""
    return sum(code << 8 * place for place, code in codes.items())


def values_of(bits: int, atoms: int) -> bytes:
    """The code of each of so many atoms, in order; where some say unknown and some yes, it is yes."""
    return bits.to_bytes(atoms, "little").translate(_STRONGEST)


_STRONGEST: Final = bytes(min(code, CODES["yes"]) for code in range(256))
assert CODES == {"no": 0, "unknown": 1, "yes": 2}, "that | gives the strongest depends on the codes"


def said_by(supports: Iterable[tuple[Bearing, Support]]) -> Said:
    """What the supports of different atoms say together."""
    bits = 0
    by_atom: dict[str, Support] = {}
    unsettled: list[Unsettled] = []
    for (place, atom, _), support in supports:
        judgement = support.judgement
        bits |= CODES[judgement.truth] << 8 * place
        by_atom[atom] = support
        if judgement.truth == "unknown":
            source = support.source
            unsettled.append((atom, source.path, source.said, judgement.question))
    return Said(bits, by_atom, tuple(unsettled)) if by_atom else NOTHING


def together(several: Iterable[Said]) -> Said:
    """What several say that bear on different atoms."""
    bits = 0
    supports: dict[str, Support] = {}
    unsettled: list[Unsettled] = []
    for said in several:
        bits |= said.bits
        supports.update(said.supports)
        unsettled.extend(said.unsettled)
    return Said(bits, supports, tuple(unsettled))
