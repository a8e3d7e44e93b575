"""How pages are set as text: lines, bullets, and the words for levels and routes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.text import printable

WIDTH: Final = 79

LEVELS: Final = {
    "contraindication": "Contraindication: no treatment",
    "deferral": "Deferral: not now",
    "referral": "Referral: a clinician decides first",
    "precaution": "Precaution: treatment with care",
}
ROUTES: Final = {
    "oral": "by mouth",
    "injected": "injected",
    "topical": "on the skin",
    "inhaled": "inhaled",
    "nasal": "in the nose",
    "eye": "in the eye",
}


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most 79 characters, without control characters."""
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest or " " * len(first),
        break_on_hyphens=False,
    )


def bullets(texts: Iterable[str]) -> Iterator[str]:
    """Each text as an item of a list."""
    for text in texts:
        yield from wrapped(text, "- ")


def by_route(routes: Sequence[str]) -> str:
    """The routes by which a medicine counts; empty if every route does."""
    words = " or ".join(ROUTES.get(route, route) for route in routes)
    return f"; counts only {words}" if words else ""


def shortened(text: str, length: int) -> str:
    """The beginning of a text, cut between words."""
    return textwrap.shorten(printable(text), length, placeholder=" …")
