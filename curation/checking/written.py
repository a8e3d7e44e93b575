"""A knowledge base as it is written: what the checks look at, whether or not it can be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, final

from engine import KnowledgeBase, KnowledgeBaseError, KnowledgeBaseProblem, load_knowledge_base
from engine.sound_parts import Losses, items_in
from engine.yaml_files import YamlFile, read_folder

Place = tuple[str | int, ...]
Kind = Literal[
    "rule", "conclusion", "concept", "vague", "question", "source", "instruction", "goal", "change"
]

_ITEMS: Final[Mapping[str, Sequence[tuple[Kind, str | None]]]] = {
    "rule": [("rule", None)],
    "conclusion": [("conclusion", None)],
    "vocabulary": [("concept", "concepts"), ("vague", "vague")],
    "question": [("question", "questions")],
    "source": [("source", "sources")],
    "care": [("instruction", "before"), ("instruction", "after")],
    "indication": [("goal", "indications")],
    "change": [("change", None)],
}
"""What the files of each schema hold, and under which key."""

_NAMES: Final = ("id", "term", "goal", "rule")
"""The keys that name an item."""


@final
class Item(NamedTuple):
    """A sound item as its file has it; ``place`` are the keys that lead to it."""

    kind: Kind
    id: str
    data: Mapping[str, Any]
    file: YamlFile
    place: Place

    def at(self, *below: str | int) -> Place:
        """A place inside this item."""
        return (*self.place, *below)


@final
class Spot(NamedTuple):
    """A problem and the keys that lead to it, before its line is looked up.

    ``words`` stand in the text at that place and tell the line of a long text.
    """

    code: str
    file: YamlFile
    place: Place
    message: str
    remedy: str = ""
    words: str = ""
    witness: Mapping[str, Any] | None = None
    claim: str = ""


@final
class Written(NamedTuple):
    """The files and items of a knowledge base with its overlays, and what reading them gave.

    ``knowledge_base`` is ``None`` if it cannot be used; ``problems`` then says why; ``with_drafts`` is
    the same with the rules that are not in use yet. ``today`` is the
    day on which reviews are due or not.
    """

    folders: tuple[Path, ...]
    files: tuple[YamlFile, ...]
    items: tuple[Item, ...]
    knowledge_base: KnowledgeBase | None
    with_drafts: KnowledgeBase | None
    problems: tuple[KnowledgeBaseProblem, ...]
    losses: Losses
    today: date

    def of_kind(self, *kinds: Kind) -> list[Item]:
        """The items of some kinds, in the order of the files."""
        return [item for item in self.items if item.kind in kinds]

    def of_schema(self, schema: str) -> list[YamlFile]:
        """The files that follow one schema."""
        return [file for file in self.files if file.schema == schema]


def read_written(folder: Path, overlays: Sequence[Path], today: date) -> Written:
    """Read a knowledge base and its overlays; never raises for what is wrong with them."""
    knowledge_base, with_drafts, problems = None, None, tuple[KnowledgeBaseProblem, ...]()
    try:
        knowledge_base = load_knowledge_base(folder, overlays)
        with_drafts = load_knowledge_base(folder, overlays, include_drafts=True)
    except KnowledgeBaseError as error:
        problems = error.problems
    readings = [read_folder(folder), *(read_folder(overlay, overlay=True) for overlay in overlays)]
    files = tuple(file for reading in readings for file in reading.files)
    losses = Losses(lost for reading in readings for lost in reading.lost)
    return Written(
        (folder, *overlays),
        files,
        tuple(_items(files)),
        knowledge_base,
        with_drafts,
        problems,
        losses,
        today,
    )


def strings_in(data: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text in a value with the keys that lead to it."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from strings_in(value, (*place, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from strings_in(value, (*place, index))


def _items(files: Iterable[YamlFile]) -> Iterator[Item]:
    for file in files:
        for kind, key in _ITEMS.get(file.schema, ()):
            written = file.data.get(key, ()) if key else file.data
            for index, data in items_in(written):
                name = next(data[word] for word in _NAMES if word in data)
                yield Item(kind, name, data, file, (key, index) if key else (index,))
