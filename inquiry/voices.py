"""What each part of an intake says to each group of rules: now, and whatever it can come to say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, final

from engine.memory import Memory
from inquiry.parts import Part
from inquiry.situations import RuleGroup, Situations

_REMEMBERED: Final = 5_000


@final
class Voice(NamedTuple):
    """What a part says to a group now, and all that it can say."""

    group: RuleGroup
    now: bytes
    ever: frozenset[bytes]


@final
class Voices:
    """Finds what parts say; the same for every intake of one knowledge base."""

    def __init__(self, situations: Situations) -> None:
        self._situations = situations
        self._known: Memory[int, tuple[Part, tuple[Voice, ...]]] = Memory(_REMEMBERED)

    def of(self, part: Part) -> tuple[Voice, ...]:
        """What a part says to those groups to which it says anything at all."""
        known = self._known.get(id(part))  # of a part that is kept, so that no other has its id
        if known is None:
            known = self._known.keep(id(part), (part, tuple(self._find(part))))
        return known[1]

    def _find(self, part: Part) -> Iterator[Voice]:
        situations = self._situations
        options = part.options if part.is_open else (part.now,)
        effects = [option.effect for option in options]
        of_list = part.kind == "list"
        groups = situations.hearing_list(part.place[1:]) if of_list else situations.hearing(effects)
        for group in groups:
            ever = frozenset(situations.project(group, effect) for effect in effects)
            if of_list:
                ever |= situations.sums(group, part.place[1:])
            if ever != {bytes(len(group.keys))}:
                yield Voice(group, situations.project(group, part.now.effect), ever)
