"""Where a new rule, concept or source goes: into a knowledge base, or into a clinic's own folder.

A folder that does not exist becomes an overlay, a folder that adds to a knowledge base.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, final

from curation.errors import KeeperError
from curation.flow import scalar
from curation.library import Kind, Library, open_library
from curation.meant import meant
from engine import SHIPPED
from engine.schemas import SCHEMAS
from engine.text import printable

_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OF_A_KNOWLEDGE_BASE: Final = "questions.yaml"


@final
class Target(NamedTuple):
    """A folder to write into; ``base`` is the knowledge base that it adds to, if it is an overlay."""

    folder: Path
    base: Path | None

    @property
    def is_new(self) -> bool:
        """Whether the folder has still to be made."""
        return not (self.folder / "manifest.yaml").exists()

    @property
    def name(self) -> str:
        """The folder's name as an id."""
        letters = (c if c.isascii() and c.isalnum() else " " for c in self.folder.resolve().name.lower())
        return "-".join("".join(letters).split()) or "ours"

    @property
    def option(self) -> str:
        """How a command of needlecheck is told to use this folder."""
        if self.base is None:
            return f"--knowledge-base {_as_typed(self.folder)}"
        return f"--overlay {_as_typed(self.folder)}{self._on_base}"

    @property
    def option_of_new(self) -> str:
        """How ``kb new`` is told to write here again."""
        return f"--in {_as_typed(self.folder)}{self._on_base}"

    @property
    def _on_base(self) -> str:
        other = self.base is not None and self.base != SHIPPED
        return f" --knowledge-base {_as_typed(self.base)}" if self.base and other else ""

    def open(self) -> Library:
        """What is there, with what the folder adds. Raises KeeperError if it is broken."""
        if self.base is None:
            return open_library(self.folder)
        return open_library(self.base, [] if self.is_new else [self.folder])


def _as_typed(path: Path) -> str:
    """A path as one types it at a prompt: in quotes where it has a space or a sign in it."""
    text = path.as_posix()
    return text if re.fullmatch(r"[\w./:~-]+", text) else f'"{text}"'


def find_target(folder: Path | None, base: Path) -> Target:
    """The folder that was named, or the knowledge base of the checkout that one stands in.

    Raises KeeperError where neither is there, or the name is that of something else.
    """
    if folder is None:
        if Path("knowledge_base", _OF_A_KNOWLEDGE_BASE).exists():
            return Target(Path("knowledge_base"), None)
        raise KeeperError(
            "say where it goes: --in DIR, a folder of your own (made if it is not there) or a "
            "knowledge base"
        )
    if (folder / _OF_A_KNOWLEDGE_BASE).exists():
        return Target(folder, None)
    strange = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if strange and not (folder / "manifest.yaml").exists():
        raise KeeperError(
            f"{printable(str(folder))} is not a knowledge base or overlay: it has no manifest.yaml. "
            "Name a folder that is new or empty, or one that has it"
        )
    return Target(folder, base)


def skeleton(target: Target) -> dict[str, str]:
    """The files that a new overlay begins with, by name; none where the folder is one already."""
    if not target.is_new:
        return {}
    manifest = f"""\
{schema_line(target, "manifest.yaml", "manifest")}\
# An overlay: a folder that adds to a knowledge base. Commands take it with --overlay.
id: {target.name}
title: What {scalar(target.name)} adds
version: 1.0.0
"""
    sources = f"""\
{schema_line(target, "sources.yaml", "source")}\
# What the rules of this folder rest on. needlecheck kb new source adds to it.
sources:
  - id: {target.name if target.name[0].isalpha() else "ours"}
    title: Decisions of the clinic itself
    kind: project decision
    reliability: read
    gives: What the clinic has decided for its own clients.
"""
    return {"manifest.yaml": manifest, "sources.yaml": sources}


def schema_line(target: Target, name: str, schema: str) -> str:
    """The first line of a file, from which an editor knows the schema."""
    file = (target.folder / name).resolve()
    found = SCHEMAS / f"{schema}.schema.json"
    near = file.is_relative_to(SCHEMAS.parent)
    where = Path(os.path.relpath(found, file.parent)).as_posix() if near else found.as_uri()
    return f"# yaml-language-server: $schema={where}\n"


def refuse_known(library: Library, kind: Kind, new: str) -> None:
    """Raise KeeperError if something of this kind has the id, or had it once."""
    if (kind, new) in library.items:
        place = library.items[kind, new].place
        raise KeeperError(f"there is a {kind} {printable(new)} already: {printable(place)}")
    for past in _past_ids(library):
        if past["kind"] == kind and past["id"] == new:
            instead = f" ({past['replaced_by']} took its place)" if "replaced_by" in past else ""
            raise KeeperError(
                f"the id {printable(new)} was used once and is never used again{instead}: {past['why']}"
            )


def unless_there(library: Library, kind: Kind, named: str) -> None:
    """Raise KeeperError if nothing of this kind has the id, with what was meant."""
    if (kind, named) not in library.items:
        known = {item.id: str(item.data.get("title", "")) for item in library.of_kind(kind)}
        hint = meant(named, known, known)
        raise KeeperError(
            f"there is no {kind} {printable(named)}{hint or ''}"
            + (f"; needlecheck kb new {kind} makes one" if kind in ("concept", "source") else "")
        )


def _past_ids(library: Library) -> Iterator[dict[str, str]]:
    for file in library.files:
        if file.schema == "past-id":
            yield from file.data


def checked_id(name: str) -> str:
    """A name that can be an id. Raises KeeperError otherwise."""
    if not _ID.fullmatch(name):
        raise KeeperError(
            f"{printable(name)!r} cannot be an id: use small letters, digits and single hyphens, "
            "such as recent-filler"
        )
    return name


def write_checked(
    target: Target, files: dict[str, str], look: Callable[[Library], None] | None = None
) -> Library:
    """Write whole new contents of files, once they are known to load together with the rest.

    ``look`` is shown what would be there. Raises KeeperError, with nothing written, if it does not
    load or ``look`` raises it.
    """
    with TemporaryDirectory() as room:
        trial = Path(room) / target.folder.resolve().name
        if target.folder.is_dir():
            copytree(target.folder, trial)
        _write(trial, files)
        library = Target(trial, target.base).open()
        if look is not None:
            look(library)
    try:
        _write(target.folder, files)
    except OSError as error:
        raise KeeperError(
            f"{printable(str(error.filename))} cannot be written: {error.strerror}"
        ) from None
    return _moved(library, trial, target.folder)


def _moved(library: Library, trial: Path, folder: Path) -> Library:
    """The library as if it had been read from the folder, and not from its copy."""
    items = {
        key: item._replace(file=item.file._replace(folder=folder)) if item.file.folder == trial else item
        for key, item in library.items.items()
    }
    return library._replace(items=items)


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
