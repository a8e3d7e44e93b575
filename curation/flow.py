"""Values as YAML on one line, in the style of the examples beside the rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from ryaml import loads  # type: ignore[attr-defined]

_PLAIN: Final = re.compile(r"[A-Za-z0-9À-ɏ_(][^#\x00-\x1f]*")
_IN_FLOW: Final = frozenset(",[]{}:\"'\\")


def flow(value: Any) -> str:
    """The value in flow style: ``{name: dental injection, areas: [face]}``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """One word, number or text; quoted only where YAML would read something else."""
    if isinstance(value, str) and _reads_back(value):
        return value
    return orjson.dumps(value).decode()


def _reads_back(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or _IN_FLOW.intersection(text) or text != text.strip():
        return False
    if text in ("yes", "no", "on", "off", "y", "n"):
        return False  # a word here, but other readers of YAML take it for a truth value
    return bool(loads(f"[{text}]") == [text])
