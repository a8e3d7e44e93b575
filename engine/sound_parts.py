"""What is left of a file when the items that break its schema are put aside.

One broken rule must not hide what is wrong with the others: the sound items are read on, and what
was put aside is remembered, so that nobody is told that it does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, final

from engine.schemas import SchemaViolation

_LISTS_OF_ITEMS: Final = {
    "question": ("questions",),
    "source": ("sources",),
    "vocabulary": ("concepts", "vague"),
    "care": ("before", "after"),
    "indication": ("indications",),
}
"""Where the items of a file stand, if not at its top."""

_LISTS: Final = frozenset({"rule", "conclusion", "change", "past-id"})
"""The files that are lists of items themselves."""


@final
class Lost(NamedTuple):
    """Something that was put aside: the schema of its file and its id, if it can be told."""

    schema: str
    id: str | None


@final
class Losses:
    """Everything that was put aside while a knowledge base was read."""

    def __init__(self, lost: Iterable[Lost] = ()) -> None:
        self._lost = set(lost)

    def add(self, lost: Lost) -> None:
        """Note that one more thing was put aside."""
        self._lost.add(lost)

    def may_hold(self, schema: str, name: str | None = None) -> bool:
        """Whether ``name`` may have been put aside; without a name, whether anything was."""
        if name is None:
            return any(lost.schema == schema for lost in self._lost)
        return Lost(schema, name) in self._lost or Lost(schema, None) in self._lost


def sound_part(
    schema: str, data: Any, broken: Iterable[SchemaViolation]
) -> tuple[Any | None, list[Lost]]:
    """The data with ``None`` for each broken item, and what was lost; ``None`` if nothing is left.

    Sound items keep their places, so that messages about them find their lines.
    """
    kept, lost = _copied(schema, data), list[Lost]()
    for violation in broken:
        place = _item_of(schema, violation.path)
        if place is not None:
            items, index = (kept, place[0]) if len(place) == 1 else (kept[place[0]], place[1])
            if items[index] is not None:
                lost.extend(_ids_of(schema, items[index]))
                items[index] = None
        elif violation.code == "unknown-key" and len(violation.path) == 1:
            kept = {key: value for key, value in kept.items() if key != violation.path[0]}
        else:
            return None, [Lost(schema, None)]
    return kept, lost


def items_in(data: Any) -> Iterator[tuple[int, Any]]:
    """The sound items of a list, each with its place."""
    return ((index, item) for index, item in enumerate(data) if item is not None)


def _copied(schema: str, data: Any) -> Any:
    """The data with lists of its own, in which items can be put aside."""
    if schema in _LISTS and isinstance(data, list):
        return list(data)
    if isinstance(data, dict):
        own = _LISTS_OF_ITEMS.get(schema, ())
        return {
            key: list(value) if key in own and isinstance(value, list) else value
            for key, value in data.items()
        }
    return data


def _item_of(schema: str, path: tuple[str | int, ...]) -> tuple[Any, ...] | None:
    """The place of the item in which a violation lies, if it lies in one."""
    if schema in _LISTS:
        return path[:1] or None
    inside = len(path) > 1 and path[0] in _LISTS_OF_ITEMS.get(schema, ()) and isinstance(path[1], int)
    return path[:2] if inside else None


def _ids_of(schema: str, item: Any) -> Iterator[Lost]:
    name = item.get("id") if isinstance(item, dict) else None
    yield Lost(schema, name if isinstance(name, str) else None)
