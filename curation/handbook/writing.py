"""The handbook on the disk: whole or not at all, and nothing lost that is not of an earlier one.

The files are exchanged inside the folder, which itself stays: it may be the current one, one that a
link leads to or one that something is mounted on, and none of these can be replaced by renaming.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from curation.errors import KeeperError
from engine.text import printable

MARK: Final = ".needlecheck-handbook"
"""The file by which a folder is known to be a handbook; it lists the files that are the handbook's."""


def write_handbook(files: Mapping[str, str], folder: Path) -> None:
    """Write the site; the files of an earlier handbook go, and others beside them stay.

    Raises KeeperError where the folder holds something else, and OSError where it cannot be
    written; everything is as it was then.
    """
    there = Path(os.path.realpath(folder))
    earlier = _earlier(there)
    files = {**files, MARK: "".join(f"{name}\n" for name in sorted(files))}
    for name in files:
        if name not in earlier and os.path.lexists(there / name):
            raise _holds(there / name, "is not of an earlier handbook")
    there.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".needlecheck-", dir=there, ignore_cleanup_errors=True) as made:
        new, old = Path(made, "new"), Path(made, "old")
        for name, text in files.items():
            _with_folder(new / name).write_text(text, encoding="utf-8", newline="\n")
        leaving = [(there / name, old / name) for name in earlier]
        coming = [(new / name, there / name) for name in files]
        _rename([*leaving, *coming])


def _earlier(folder: Path) -> Sequence[str]:
    """The files of the handbook that a folder holds; refuses a folder that holds something else."""
    if folder.exists() and not folder.is_dir():
        raise _holds(folder, "is not a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return ()
    mark = folder / MARK
    if not mark.is_file():
        raise _holds(folder, "holds something else")
    listed = mark.read_text(encoding="utf-8", errors="replace").splitlines()
    return [MARK, *(name for name in listed if _is_inside(folder, name))]


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a name is of a file in the folder: a list that was tampered with leads nowhere else."""
    file = folder / name
    return file.is_file() and folder in Path(os.path.realpath(file)).parents


def _rename(steps: Iterable[tuple[Path, Path]]) -> None:
    """Give every file its new name, or give every file its old one back."""
    done: list[tuple[Path, Path]] = []
    try:
        for before, after in steps:
            before.rename(_with_folder(after))
            done.append((before, after))
    except BaseException:
        for before, after in reversed(done):
            after.rename(before)
        raise


def _with_folder(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _holds(place: Path, what: str) -> KeeperError:
    return KeeperError(f"{printable(str(place))} {what}; give an empty folder")
