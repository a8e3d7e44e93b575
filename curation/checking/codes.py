"""The codes of problems: what each means, why it matters and how to mend it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, final

from ryaml import loads  # type: ignore[attr-defined]

from curation.checking.problems import Severity

_FILE: Final = Path(__file__).with_name("codes.yaml")
_WIDTH: Final = 79

FAMILIES: Final = {
    "KB1": "Reading and schema",
    "KB2": "Ids and references",
    "KB3": "Vocabulary",
    "KB4": "Citations and texts",
    "KB5": "Examples",
    "KB6": "Proofs",
    "KB7": "Overlays and past ids",
    "KB8": "The life of a rule",
}
"""What the codes are about, by how they begin."""

MAY_BE_EXCEPTED: Final = frozenset({"KB2", "KB3", "KB4", "KB5", "KB6", "KB8"})
"""Families of which single problems may be excepted, if the knowledge base can be used."""


@final
class Code(NamedTuple):
    """One kind of problem, in words; ``example`` may be empty."""

    code: str
    severity: Severity
    title: str
    means: str
    why: str
    remedy: str
    example: str = ""


@cache
def all_codes() -> Mapping[str, Code]:
    """Every code, in order."""
    written = loads(_FILE.read_text(encoding="utf-8"))
    return {code: Code(code, **parts) for code, parts in sorted(written.items())}


def severity_of(code: str) -> Severity:
    """How grave a problem is; one whose code is not known is an error."""
    known = all_codes().get(code)
    return known.severity if known else "error"


def explained(code: Code) -> str:
    """The page about one code, as text."""
    parts = [f"{code.code} ({code.severity}): {code.title}"]
    for heading, text in (
        ("What it means", code.means),
        ("Why it matters", code.why),
        ("How to mend it", code.remedy),
        ("For example", code.example),
    ):
        if text:
            wrapped = textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
            parts.append(f"{heading}\n{wrapped}")
    return "\n\n".join(parts) + "\n"


def listed() -> str:
    """All codes with their titles, family by family."""
    lines: list[str] = []
    for start, family in FAMILIES.items():
        lines.append(family)
        lines += [
            f"  {code.code}  {code.severity:<7}  {code.title}"
            for code in all_codes().values()
            if code.code.startswith(start)
        ]
        lines.append("")
    return "\n".join(lines)
