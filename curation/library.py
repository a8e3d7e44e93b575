"""A knowledge base together with its files: every item by its id, and where it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, final

from curation.errors import unusable
from engine import KnowledgeBase, KnowledgeBaseError, load_knowledge_base
from engine.yaml_files import YamlFile, line_of, read_folder

Kind = Literal["rule", "conclusion", "concept", "question", "source"]

KINDS: Final[tuple[Kind, ...]] = ("rule", "conclusion", "concept", "question", "source")

_SHELVES: Final[Mapping[str, tuple[Kind, str | None]]] = {
    "rule": ("rule", None),
    "conclusion": ("conclusion", None),
    "vocabulary": ("concept", "concepts"),
    "question": ("question", "questions"),
    "source": ("source", "sources"),
}
"""What the files of each schema hold, and under which key."""

_BEGINS: Final = re.compile(
    r"[ \t]*-[ \t]+\{?[ \t]*id:[ \t]*[\"']?([A-Za-z0-9-]+)[\"']?[ \t]*(?:[,}#]|$)"
)


@final
class Item(NamedTuple):
    """One item as its file has it; ``path`` is its place inside the file."""

    kind: Kind
    id: str
    data: Mapping[str, Any]
    file: YamlFile
    path: tuple[str | int, ...]

    @property
    def place(self) -> str:
        """File and line, as messages show them."""
        return f"{self.file.shown}:{_line(self)}"


@final
class Library(NamedTuple):
    """What was loaded, and its items by kind and id; drafts and deprecated rules are here too."""

    knowledge_base: KnowledgeBase
    files: tuple[YamlFile, ...]
    items: Mapping[tuple[Kind, str], Item]

    def of_kind(self, kind: Kind) -> list[Item]:
        """The items of one kind, in the order of the files."""
        return [item for item in self.items.values() if item.kind == kind]

    def known_as(self, name: str) -> list[Item]:
        """Every item with this id, a rule first."""
        return [self.items[kind, name] for kind in KINDS if (kind, name) in self.items]


def open_library(folder: Path, overlays: Sequence[Path] = (), *, include_drafts: bool = True) -> Library:
    """Load a knowledge base and its overlays, as those who keep it see it: with its drafts.

    Raises :class:`~curation.errors.KeeperError` with every problem if it is broken.
    """
    try:
        knowledge_base = load_knowledge_base(folder, overlays, include_drafts=include_drafts)
        files = read_folder(folder).files
        for overlay in overlays:
            files.extend(read_folder(overlay, overlay=True).files)
    except KnowledgeBaseError as error:
        raise unusable(error) from None
    items = {(item.kind, item.id): item for item in _items(files)}
    return Library(knowledge_base, tuple(files), items)


def _items(files: Sequence[YamlFile]) -> Iterator[Item]:
    for file in files:
        if file.schema in _SHELVES:
            kind, key = _SHELVES[file.schema]
            for index, data in enumerate(file.data.get(key, ()) if key else file.data):
                yield Item(kind, data["id"], data, file, (key, index) if key else (index,))


def _line(item: Item) -> int:
    """The line of an item: looked for as it is nearly always written, which is quick."""
    path = item.file.folder / item.file.name
    stat = path.stat()
    found = _lines_of_ids(path, stat.st_mtime_ns, stat.st_size).get(item.id, [])
    return found[0] if len(found) == 1 else line_of(path, item.path)


@lru_cache(maxsize=64)
def _lines_of_ids(path: Path, _changed_at: int, _size: int) -> dict[str, list[int]]:
    """On which lines of a file items begin, by their ids."""
    found: dict[str, list[int]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        begins = _BEGINS.match(line)
        if begins is not None:
            found.setdefault(begins[1], []).append(number)
    return found
