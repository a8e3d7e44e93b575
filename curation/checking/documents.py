"""The cited words, looked up in the documents themselves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

PROJECT_DOCUMENT: Final = "project document"
"""The kind of source into which citations give a place and the hash of the words there."""

_LOCATOR: Final = re.compile(r"line ([1-9][0-9]*), words ([1-9][0-9]*)-([1-9][0-9]*)")


def quoted_words(locator: str, lines: Sequence[str]) -> str | None:
    """The words at a place, joined by single spaces; ``None`` if there is no such place."""
    match = _LOCATOR.fullmatch(locator)
    if match is None:
        return None
    line, first, last = map(int, match.groups())
    words = lines[line - 1].split() if line <= len(lines) else []
    return " ".join(words[first - 1 : last]) if first <= last <= len(words) else None


def unverifiable(citation: Mapping[str, Any]) -> str | None:
    """Why a citation into a project document cannot be checked against it, if it cannot."""
    locator = citation["locator"]
    if not _LOCATOR.fullmatch(locator):
        return f"the locator {locator!r} is not of the form 'line N, words A-B'"
    if "quote_sha256" not in citation:
        return f"{locator}: quote_sha256 is missing"
    return None


def fault(citation: Mapping[str, Any], lines: Sequence[str]) -> str | None:
    """What is wrong with a citation into a document of these lines, if anything."""
    unclear = unverifiable(citation)
    if unclear:
        return unclear
    locator = citation["locator"]
    words = quoted_words(locator, lines)
    if words is None:
        return f"{locator}: there is no such place"
    if hashlib.sha256(words.encode()).hexdigest() != citation["quote_sha256"]:
        return f"{locator}: quote_sha256 is not the hash of the words there: {words!r}"
    return None
