"""The cases under tests/cases/: YAML 1.2, so that ``no`` is a word and a date is text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ryaml import loads  # type: ignore[attr-defined]

CASES: Final = Path(__file__).resolve().parent / "cases"
REPOSITORY: Final = CASES.parent.parent


def read_cases(name: str) -> Any:
    """The content of ``tests/cases/NAME.yaml``."""
    return read_yaml(CASES / f"{name}.yaml")


def read_yaml(path: Path) -> Any:
    """The content of a YAML file."""
    return loads(path.read_text(encoding="utf-8"))
