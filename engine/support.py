"""What stands between an intake and an atom: who bears on it, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, final

from engine.atoms import Atom
from engine.entries import Entry
from engine.intake import Answer
from engine.truth import Judgement


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
