"""How a written name is folded before it is compared.

Case, accents, punctuation, apostrophes and spacing do not count, nor does a final ``s`` (but
not ``ss``) of a word of three letters or more. Names are compared whole; nothing is matched by
similarity.
"""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = re.compile("['’‘ʼ`´＇]")
_WORD = re.compile(r"[^\W_]+")
_LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)


def words(name: str) -> list[str]:
    """The folded words of a name: ``Hashimoto's (thyroid)`` gives ``['hashimoto', 'thyroid']``."""
    return [_singular(word) for word in _WORD.findall(_plain(name))]


def fold(name: str) -> str:
    """The form under which a vocabulary name is filed: its folded words, run together."""
    return "".join(words(name))


def lookup_forms(name: str) -> tuple[str, str]:
    """The forms under which a written name is looked up, the likelier first.

    The second form serves names that were run together: ``hepatitisB`` for ``hepatitis B``,
    whose first words would have lost an ``s`` of their own.
    """
    plain = _plain(name)
    found = _WORD.findall(plain)
    return "".join(map(_singular, found)), _singular("".join(found))


def _plain(name: str) -> str:
    text = _APOSTROPHES.sub("", name)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
        text = text.translate(_LETTERS_WITHOUT_ACCENT)
    return text.lower()


def _singular(word: str) -> str:
    if len(word) >= 3 and word[-1] == "s" and word[-2] != "s":
        return word[:-1]
    return word
