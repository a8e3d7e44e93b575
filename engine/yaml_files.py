"""The files of a knowledge base: YAML 1.2, checked against its schema, with lines for messages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from ryaml import loads  # type: ignore[attr-defined]

from engine.errors import KnowledgeBaseError, KnowledgeBaseProblem
from engine.schemas import violations

_SCHEMA_OF_FILE: Final = {
    "manifest.yaml": "manifest",
    "sources.yaml": "source",
    "questions.yaml": "question",
    "conclusions.yaml": "conclusion",
    "care.yaml": "care",
    "plan.yaml": "plan",
    "indications.yaml": "indication",
}
_SCHEMA_OF_FOLDER: Final = {"rules": "rule", "vocabulary": "vocabulary"}
_IN_OVERLAY: Final = frozenset({"manifest.yaml", "sources.yaml"})
_LINE = re.compile(r"at line (\d+)")


@final
class YamlFile(NamedTuple):
    """One parsed file: ``name`` relative to its knowledge base, ``schema`` that it follows."""

    folder: Path
    name: str
    schema: str
    data: Any

    @property
    def shown(self) -> str:
        """The file's name as messages show it."""
        return f"{self.folder.name}/{self.name}"

    def problem(
        self,
        message: str,
        *path: str | int,
        code: str = "KB100",
        remedy: str = "",
        below: tuple[str | int, ...] = (),
    ) -> KnowledgeBaseProblem:
        """A problem at a place inside this file; ``below`` leads from there to the fault itself."""
        file = self.folder / self.name
        line, column = place_of(file, path)
        return KnowledgeBaseProblem(
            self.shown, line, message, code, column, remedy, file, (*path, *below)
        )


def read_folder(folder: Path, *, overlay: bool = False) -> tuple[list[YamlFile], str]:
    """Every file of a knowledge base (or overlay) and the SHA-256 over their names and bytes.

    Line ends do not count for the digest. Raises :class:`KnowledgeBaseError` with every file
    that is missing, out of place, malformed or against its schema.
    """
    files: list[YamlFile] = []
    problems: list[KnowledgeBaseProblem] = []
    digest = hashlib.sha256()
    for path in _yaml_paths(folder, problems):
        name = path.relative_to(folder).as_posix()
        try:
            content = path.read_bytes().replace(b"\r\n", b"\n")
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            problems.append(KnowledgeBaseProblem(f"{folder.name}/{name}", 0, message))
            continue
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
        schema = _schema_of(name, overlay=overlay)
        if schema is None:
            problems.append(
                KnowledgeBaseProblem(f"{folder.name}/{name}", 0, _out_of_place(overlay=overlay))
            )
            continue
        try:
            file = YamlFile(folder, name, schema, loads(content.decode("utf-8")))
        except (ValueError, UnicodeDecodeError) as error:
            line = _line_of_fault(content, error)
            problems.append(
                KnowledgeBaseProblem(f"{folder.name}/{name}", line, f"not readable: {error}")
            )
            continue
        problems.extend(
            file.problem(f"found {broken.found}; expected {broken.expected}", *broken.path)
            for broken in violations(schema, file.data)
        )
        files.append(file)
    problems.extend(_missing(folder, {file.name for file in files}, overlay=overlay))
    if problems:
        raise KnowledgeBaseError(problems)
    return files, digest.hexdigest()


def place_of(file: Path, path: Iterable[str | int]) -> tuple[int, int]:
    """The line and column (from 1) of the key or item at ``path``; 0 if they cannot be told."""
    from ruamel.yaml.error import YAMLError

    try:
        node, found = _with_lines(file.read_bytes()), (0, 0)
    except (OSError, YAMLError, ValueError):
        return 0, 0
    for part in path:
        try:
            line, column = node.lc.key(part) if hasattr(node, "keys") else node.lc.item(part)
            found, node = (line + 1, column + 1), node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return found


def _line_of_fault(content: bytes, error: Exception) -> int:
    """The line where YAML stops being readable; ruamel.yaml knows it of a repeated key too."""
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        _with_lines(content)
    except MarkedYAMLError as fault:
        if fault.problem_mark is not None:
            return int(fault.problem_mark.line) + 1
    except (YAMLError, ValueError):
        return 0
    line = _LINE.search(str(error))
    return int(line[1]) if line else 0


@lru_cache(maxsize=16)
def _with_lines(content: bytes) -> Any:
    from ruamel.yaml import YAML  # slow; only messages need lines

    return YAML().load(content)


def _yaml_paths(folder: Path, problems: list[KnowledgeBaseProblem]) -> Iterator[Path]:
    if not folder.is_dir():
        problems.append(KnowledgeBaseProblem(str(folder), 0, "there is no such folder"))
        return
    yield from sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml") and not p.is_dir())


def _schema_of(name: str, *, overlay: bool) -> str | None:
    parent, _, file = name.rpartition("/")
    if parent:
        return _SCHEMA_OF_FOLDER.get(parent) if file.endswith(".yaml") else None
    return None if overlay and name not in _IN_OVERLAY else _SCHEMA_OF_FILE.get(name)


def _out_of_place(*, overlay: bool) -> str:
    places = sorted(_IN_OVERLAY if overlay else _SCHEMA_OF_FILE)
    return (
        f"not a file that is read here; there are {', '.join(places)}, rules/*.yaml, vocabulary/*.yaml"
    )


def _missing(folder: Path, names: set[str], *, overlay: bool) -> Iterator[KnowledgeBaseProblem]:
    wanted = {"manifest.yaml"} if overlay else set(_SCHEMA_OF_FILE)
    for name in sorted(wanted - names):
        if not (folder / name).exists():
            yield KnowledgeBaseProblem(f"{folder.name}/{name}", 0, "this file is missing")
