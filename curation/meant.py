"""What was meant by an id that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

_FEW: Final = 3


def meant(name: str, known: Iterable[str], labels: Mapping[str, str] | None = None) -> str:
    """The end of a message: the ids that are written most like ``name``, or that contain it.

    ``labels`` are words for the ids, which may have been written instead.
    """
    by_words = {words.casefold(): known_id for known_id, words in (labels or {}).items()}
    known = list(known)
    plain = name.strip().casefold()
    close = [by_words[plain]] if plain in by_words else []
    close += [other for other in known if _part_of(plain.replace(" ", "-"), other)]
    close += get_close_matches(plain.replace(" ", "-"), known, n=_FEW, cutoff=0.6)
    found = list(dict.fromkeys(close))[:_FEW]
    return f"; did you mean {' or '.join(found)}?" if found else ""


def _part_of(name: str, other: str) -> bool:
    """Whether one of the two is the other with more words around it."""
    return f"-{name}-" in f"-{other}-" or f"-{other}-" in f"-{name}-"
