"""Names and codes of the vocabulary that no intake can ever say as they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from curation.checking.written import Item, Spot, Written, strings_in
from engine.vocabulary import plain_code

_NAMES: Final = ("label", "names", "names_by_route", "term")
_CODES: Final = ("codes", "codes_by_route")
_FORMS: Final = {
    "icd-10": (re.compile(r"[A-Z]([0-9][0-9A-Z]{0,5})?"), "a letter, a digit, up to five more: L20.9"),
    "atc": (
        re.compile(r"[A-Z]([0-9]{1,2}|[0-9]{2}[A-Z]{1,2}|[0-9]{2}[A-Z]{2}[0-9]{1,2})?"),
        "a letter, two digits, two letters, two digits, as B01AA03, or the beginning of that",
    ),
    "snomed-ct": (re.compile(r"[0-9]{3,15}[01]0[0-9]"), "digits, of which the last is a check digit"),
}  # fmt: skip
"""How codes look without dots and spaces: ICD-10-CM, WHO ATC, and ids of SNOMED CT concepts."""

_LOOK_LATIN: Final = frozenset({"CYRILLIC", "GREEK", "ARMENIAN"})
"""Scripts with letters that look like Latin ones."""


def check(written: Written) -> Iterator[Spot]:
    """Codes of a form that their system does not have, and words in letters of two scripts."""
    for item in written.of_kind("concept", "vague"):
        yield from _impossible_codes(item)
        yield from _mixed_scripts(item)


def _impossible_codes(item: Item) -> Iterator[Spot]:
    for place, code in strings_in({key: item.data[key] for key in _CODES if key in item.data}):
        system = next(part for part in place if part in _FORMS)
        form, looks = _FORMS[str(system)]
        plain = plain_code(code)
        if not form.fullmatch(plain) or (system == "snomed-ct" and not _has_check_digit(plain)):
            yield Spot(
                "KB312", item.file, item.at(*place),
                f"{code!r} of {item.id} cannot be a code of {system}",
                f"Codes there are {looks}: look it up again.", code,
            )  # fmt: skip


def _mixed_scripts(item: Item) -> Iterator[Spot]:
    for place, name in strings_in({key: item.data[key] for key in _NAMES if key in item.data}):
        for word in re.findall(r"[^\W\d_]+", name):
            scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
            others = sorted(scripts & _LOOK_LATIN) if "LATIN" in scripts else []
            if others:
                yield Spot(
                    "KB313", item.file, item.at(*place),
                    f"{word!r} of {item.id} has {others[0].capitalize()} letters among Latin ones",
                    "Type the word anew.", name,
                )  # fmt: skip


def _has_check_digit(code: str) -> bool:
    """Whether the last digit is the one that Verhoeff's method gives (SNOMED CT, "SCTID")."""
    state = 0
    for position, digit in enumerate(reversed(code)):
        state = _turned(state, _permuted(int(digit), position))
    return state == 0


def _turned(first: int, second: int) -> int:
    """The product of two elements of the symmetries of a pentagon: 0 to 4 turn, 5 to 9 mirror."""
    turn = first - second if first >= 5 else first + second  # noqa: PLR2004 - the five turns
    return turn % 5 + (5 if (first >= 5) != (second >= 5) else 0)  # noqa: PLR2004


def _permuted(digit: int, times: int) -> int:
    """Where a digit comes to stand when it is permuted so many times."""
    for _ in range(times % 8):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit
