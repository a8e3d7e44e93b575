"""Adding an item to a file without touching what stands there: text is put in, nothing is rewritten."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent
from typing import Final

_TOP_LEVEL: Final = re.compile(r"^[A-Za-z_]+:", re.MULTILINE)


def appended(path: Path, head: str, item: str, key: str | None = None) -> str:
    """The whole text of a file with one more item at the end of its list.

    ``head`` is what a file begins with that is not there yet; ``item`` begins in the first column;
    ``key`` is the key under which the list stands (``None``: the file is the list).
    """
    if not path.exists():
        return f"{head}{item}" if key is None else f"{head}{key}:\n{indent(item, '  ')}"
    text = path.read_bytes().decode("utf-8")
    ends = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    return _with_item(plain, item, key).replace("\n", ends)


def _with_item(text: str, item: str, key: str | None) -> str:
    if key is None:
        return f"{_ended(text)}\n{item}"
    opened = re.search(rf"^{key}:", text, re.MULTILINE)
    if opened is None:
        return f"{_ended(text)}\n{key}:\n{indent(item, '  ')}"
    following = _TOP_LEVEL.search(text, opened.end())
    end = len(text) if following is None else _before_its_comment(text, following.start())
    margin = re.search(r"^( *)- ", text[opened.end() : end], re.MULTILINE)
    inside, after = text[:end].rstrip("\n"), text[end:]
    written = indent(item, margin[1] if margin else "  ")
    return f"{inside}\n\n{written}" + (f"\n{after}" if after.strip() else after.lstrip("\n"))


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _before_its_comment(text: str, start: int) -> int:
    """The beginning of the comment that stands right above a place, or the place itself."""
    while start > 0:
        previous = text.rfind("\n", 0, start - 1) + 1
        if not text[previous:start].startswith("#"):
            break
        start = previous
    return start
