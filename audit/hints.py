"""What the beginning of a text says of the name that it should have had."""

from __future__ import annotations

import json
from typing import Final

from audit.inputs import ending, is_packed
from audit.unpacking import MAGIC

_LINES: Final = (".jsonl", ".ndjson")


def hint(name: str, beginning: bytes) -> str:
    """What a file that begins so should be called, where that is plain; empty if its name will do.

    Only where the first record is sure to be refused: that is where the hint belongs.
    """
    packed, kind = is_packed(name), ending(name)
    if beginning.startswith(MAGIC) and not packed:
        return "this looks like gzip: name it .gz"
    end = ".gz" if packed else ""
    if kind in _LINES and beginning.lstrip().startswith(b"["):
        return f"this looks like an array: name it .json{end}"
    if kind == ".json" and _is_lines(beginning):
        return f"this looks like JSON Lines: name it .jsonl{end}"
    return ""


def begins_document(beginning: bytes) -> bool:
    """Whether a text is one object on many lines, and not a record a line.

    So it is where the first line breaks off between two words of JSON and the next is no object.
    """
    line, rest = _first_line(beginning)
    return line.startswith(b"{") and _breaks_off(line) and rest != b"" and not rest.startswith(b"{")


def _is_lines(beginning: bytes) -> bool:
    line, rest = _first_line(beginning)
    return line.startswith(b"{") and rest != b"" and _is_whole(line)


def _first_line(text: bytes) -> tuple[bytes, bytes]:
    """The first line of a text, and the rest, without white space around them."""
    line, _, rest = text.partition(b"\n")
    return line.strip(), rest.strip()


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _breaks_off(line: bytes) -> bool:
    """Whether all of a line is the beginning of JSON, and ends between two of its words."""
    try:
        text = line.decode()
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos == len(text)
    except (ValueError, RecursionError):
        return False
    return False
