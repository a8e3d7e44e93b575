"""How a written name is folded before it is compared.

Case, accents, punctuation, apostrophes and spacing do not count, nor does a final ``s`` (but
not ``ss``) of a word of three letters or more. Names are compared whole; nothing is matched by
similarity.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_APOSTROPHES = re.compile("[\u2019\u2018\u201b\u2032\u02b9\u02bb\u02bc\u00b4\uff07]")
_PUNCTUATION = str.maketrans(
    dict.fromkeys('\t\r\v\f\x1c\x1d\x1e\x1f!"#$%&()*+,-./:;<=>?@[\\]^_{|}~', " ") | dict.fromkeys("'`")
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_FINAL_S = re.compile(r"s\b(?<=\w[^\Ws]s)")
_LETTERS_WITHOUT_ACCENT = str.maketrans(
    {"\u00f8": "o", "\u00e6": "ae", "\u0153": "oe", "\u0142": "l", "\u0111": "d", "\u0131": "i"}
)


def fold_all(names: Sequence[str]) -> list[tuple[str, str]]:
    """The two forms under which each name is filed and looked up.

    The first folds word by word: ``Hashimoto's (thyroid)`` is ``hashimotothyroid``. The second
    takes the name as one word, for names that were run together: ``hepatitisB``, whose inner
    ``s`` stays. Thousands of names are folded in a few milliseconds, since they go through each
    step as one text.
    """
    text = "\n".join(names)
    if text.count("\n") >= len(names):
        text = "\n".join(" ".join(name.split()) for name in names)
    lines = _plain(text)
    by_word = _FINAL_S.sub("", lines).replace(" ", "")
    as_one = _FINAL_S.sub("", lines.replace(" ", ""))
    return list(zip(by_word.split("\n"), as_one.split("\n"), strict=True))


def lookup_forms(name: str) -> tuple[str, str]:
    """The two forms of one name (see :func:`fold_all`), the likelier first."""
    return _forms_again(name) if len(name) <= _SHORT else _forms(name)


def _forms(name: str) -> tuple[str, str]:
    line = _plain(name.replace("\n", " "))
    as_one = line.replace(" ", "")
    if "s" not in as_one:
        return as_one, as_one
    return _FINAL_S.sub("", line).replace(" ", ""), _FINAL_S.sub("", as_one)


_SHORT = 100  # characters
_forms_again = lru_cache(maxsize=4)(_forms)
"""A name is looked up in several places, one after the other."""


def words(name: str) -> list[str]:
    """The words of a name in lower case, without accents, punctuation and apostrophes."""
    return _plain(name).split()


def fold(name: str) -> str:
    """The form of a name folded word by word."""
    return lookup_forms(name)[0]


def _plain(text: str) -> str:
    if not text.isascii():
        text = _BEYOND_ASCII.sub(_without_accents, _APOSTROPHES.sub("", text))
    return text.translate(_PUNCTUATION).lower()


def _without_accents(match: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFKD", match[0].casefold())
    letters = (c for c in decomposed if unicodedata.category(c) != "Mn")
    text = "".join(c if c.isalnum() else " " for c in letters)
    return text.translate(_LETTERS_WITHOUT_ACCENT)
