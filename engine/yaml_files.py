"""The files of a knowledge base: YAML 1.2, checked against its schema, with lines for messages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from engine.errors import KnowledgeBaseProblem
from engine.schemas import SchemaViolation, violations
from engine.sound_parts import Lost, sound_part
from engine.yaml_text import parsed, unreadable, with_lines

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
_OPTIONAL: Final = {"past-ids.yaml": "past-id"}
_IN_OVERLAY: Final = {
    "manifest.yaml": "manifest",
    "sources.yaml": "source",
    "changes.yaml": "change",
    **_OPTIONAL,
}
_CODE_OF_VIOLATION: Final = {
    "unknown-key": ("KB107", "Correct the spelling of the key, or take it out."),
    "missing-key": ("KB108", "Add what is missing."),
    "wrong-value": ("KB109", "Write one of the values that are accepted."),
    "wrong-type": ("KB110", "Write it in the form that is accepted."),
    "contradiction": ("KB111", "Keep one of the two."),
}
_CODE_OF_KEY: Final = {
    "citations": ("KB401", "Say which source supports it, and where."),
    "because": ("KB402", "Say why, in a sentence or two, for a clinician."),
    "examples": ("KB501", "Give an example for each outcome that it can have."),
}
"""Keys without which a rule cannot be believed have codes of their own."""


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


@final
class Reading(NamedTuple):
    """What a folder gave: its sound files, a digest of all bytes, what is wrong, what was lost."""

    files: list[YamlFile]
    digest: str
    problems: list[KnowledgeBaseProblem]
    lost: list[Lost]


def read_folder(folder: Path, *, overlay: bool = False) -> Reading:
    """Read every file of a knowledge base (or overlay); the digest is SHA-256 over names and bytes.

    Line ends do not count for the digest. The problems are every file that is missing, out of
    place, malformed or against its schema; of the last kind the sound items are read on.
    """
    reading = Reading([], "", list(_missing(folder, overlay=overlay)), [])
    digest = hashlib.sha256()
    for path in _yaml_paths(folder, reading.problems):
        name = path.relative_to(folder).as_posix()
        try:
            content = path.read_bytes().replace(b"\r\n", b"\n")
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            problem = _of_file(path, name, folder, message, "KB104", "Make the file readable.")
            _lose(reading, problem, _schema_of(name, overlay=overlay))
            continue
        digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
        _read_file(reading, folder, name, content, overlay=overlay)
    reading.lost.extend(
        Lost(_SCHEMA_OF_FILE[name], None)
        for name in _wanted(overlay=overlay)
        if not (folder / name).is_file()
    )
    reading.lost.extend(
        Lost(schema, None)
        for name, schema in ({} if overlay else _SCHEMA_OF_FOLDER).items()
        if not (folder / name).is_dir()
    )
    return reading._replace(digest=digest.hexdigest())


def _read_file(reading: Reading, folder: Path, name: str, content: bytes, *, overlay: bool) -> None:
    path = folder / name
    schema = _schema_of(name, overlay=overlay)
    if schema is None:
        message = _out_of_place(overlay=overlay)
        remedy = "Move or rename it, or take it out of the folder."
        reading.problems.append(_of_file(path, name, folder, message, "KB103", remedy))
        return
    try:
        file = YamlFile(folder, name, schema, parsed(content.decode("utf-8")))
    except ValueError as error:
        fault = unreadable(content, error)
        _lose(
            reading,
            KnowledgeBaseProblem(
                f"{folder.name}/{name}", fault.line, f"not readable: {fault.why}", fault.code,
                fault.column, fault.remedy, path,
            ),
            schema,
        )  # fmt: skip
        return
    broken = violations(schema, file.data)
    reading.problems.extend(_against_schema(file, violation) for violation in broken)
    if not broken:
        reading.files.append(file)
        return
    kept, lost = sound_part(schema, file.data, broken)
    reading.lost.extend(lost)
    if kept is not None:
        reading.files.append(file._replace(data=kept))


def place_of(file: Path, path: Iterable[str | int]) -> tuple[int, int]:
    """The line and column (from 1) of the key or item at ``path``; 0 if they cannot be told."""
    from ruamel.yaml.error import YAMLError

    try:
        node, found = with_lines(file.read_bytes()), (0, 0)
    except (OSError, YAMLError, ValueError):
        return 0, 0
    for part in path:
        try:
            line, column = node.lc.key(part) if hasattr(node, "keys") else node.lc.item(part)
            found, node = (line + 1, column + 1), node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return found


def line_of(file: Path, path: Iterable[str | int]) -> int:
    """The line (from 1) of the key or item at ``path``; 0 if it cannot be told."""
    return place_of(file, path)[0]


def _of_file(
    path: Path, name: str, folder: Path, message: str, code: str, remedy: str
) -> KnowledgeBaseProblem:
    """A problem of a whole file."""
    return KnowledgeBaseProblem(f"{folder.name}/{name}", 0, message, code, 0, remedy, path)


def _lose(reading: Reading, problem: KnowledgeBaseProblem, schema: str | None) -> None:
    reading.problems.append(problem)
    if schema is not None:
        reading.lost.append(Lost(schema, None))


def _against_schema(file: YamlFile, broken: SchemaViolation) -> KnowledgeBaseProblem:
    found = broken.found if broken.path or file.data is not None else "nothing in this file"
    message = f"found {found}; expected {broken.expected}"
    code, remedy = _CODE_OF_KEY.get(_key_at_fault(broken)) or _CODE_OF_VIOLATION[broken.code]
    return file.problem(message, *broken.path, code=code, remedy=remedy)


def _key_at_fault(broken: SchemaViolation) -> str:
    """The key that is missing or has the wrong value."""
    if broken.code == "missing-key":
        return broken.found.removeprefix("no ").strip('"')
    return str(broken.path[-1]) if broken.path and broken.code == "wrong-value" else ""


def _yaml_paths(folder: Path, problems: list[KnowledgeBaseProblem]) -> Iterator[Path]:
    if not folder.is_dir():
        message = "this is not a folder" if folder.exists() else "there is no such folder"
        remedy = "Name the folder that holds manifest.yaml."
        problems.append(KnowledgeBaseProblem(str(folder), 0, message, "KB101", 0, remedy, folder))
        return
    yield from sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml") and not p.is_dir())


def _schema_of(name: str, *, overlay: bool) -> str | None:
    parent, _, file = name.rpartition("/")
    if parent:
        return _SCHEMA_OF_FOLDER.get(parent) if file.endswith(".yaml") else None
    return (_IN_OVERLAY if overlay else _SCHEMA_OF_FILE | _OPTIONAL).get(name)


def _out_of_place(*, overlay: bool) -> str:
    places = sorted(_IN_OVERLAY if overlay else _SCHEMA_OF_FILE | _OPTIONAL)
    return (
        f"not a file that is read here; there are {', '.join(places)}, rules/*.yaml, vocabulary/*.yaml"
    )


def _wanted(*, overlay: bool) -> set[str]:
    return {"manifest.yaml"} if overlay else set(_SCHEMA_OF_FILE)


def _missing(folder: Path, *, overlay: bool) -> Iterator[KnowledgeBaseProblem]:
    for name in sorted(_wanted(overlay=overlay) if folder.is_dir() else ()):
        path = folder / name
        if path.is_dir():
            remedy = "Put a file of this name in its place."
            yield _of_file(path, name, folder, "this is a folder, not a file", "KB102", remedy)
        elif not path.exists() and not path.is_symlink():
            remedy = "Write it; a knowledge base has all of its files, if only with the empty form."
            yield _of_file(path, name, folder, "this file is missing", "KB102", remedy)
    for name in sorted(_SCHEMA_OF_FOLDER if folder.is_dir() and not overlay else ()):
        if not (folder / name).is_dir():
            remedy = "Make it: a knowledge base has rules/ and vocabulary/, each with at least one file."
            yield _of_file(folder / name, name, folder, "this folder is missing", "KB102", remedy)
