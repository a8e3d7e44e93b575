"""Files that nothing reads, and files and folders with nothing in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from curation.checking.written import Spot, Written
from engine.yaml_files import YamlFile

_FOLDERS: Final = ("rules", "vocabulary")
_READ: Final = frozenset({".yaml", ".yml"})  # .yml is refused while reading
_NOTES: Final = frozenset({".md", ".py", ".pyc"})  # a package of data may have an __init__


def check(written: Written) -> Iterator[Spot]:
    """What lies in the folders of a knowledge base and does nothing."""
    for folder in written.folders:
        if folder.is_dir():
            yield from _unread(folder)
            yield from _empty_folders(folder)
    for file in written.files:
        if file.schema in ("rule", "vocabulary") and not (
            file.data if file.schema == "rule" else any(map(file.data.get, ("concepts", "vague")))
        ):
            yield Spot("KB113", file, (), "there is nothing in this file", "Fill it, or take it out.")


def _unread(folder: Path) -> Iterator[Spot]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith((".", "__")) for part in name.parts)
        if path.is_file() and not hidden and path.suffix not in _READ | _NOTES:
            yield Spot(
                "KB114", _plain(folder, name.as_posix()), (),
                "nothing reads this file: it is neither YAML nor a note (.md)",
                "Name it .yaml if it is meant to be read, or move it elsewhere.",
            )  # fmt: skip


def _empty_folders(folder: Path) -> Iterator[Spot]:
    for name in _FOLDERS:
        inside = folder / name
        if inside.is_dir() and not any(path.suffix in _READ for path in inside.iterdir()):
            yield Spot(
                "KB113", _plain(folder, name), (), "there is no file in this folder",
                "Write one, or take the folder out.",
            )  # fmt: skip


def _plain(folder: Path, name: str) -> YamlFile:
    """A file or folder that was not read."""
    return YamlFile(folder, name, "", None)
