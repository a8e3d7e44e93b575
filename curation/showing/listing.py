"""The rows of ``kb list`` and the filters on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from curation.library import Item, Kind, Library
from curation.relations import all_atoms_of, bears_on
from engine.conditions import parse_condition
from engine.rules import LEVELS
from engine.text import printable

Row = Mapping[str, str]

_COLUMNS: Final[Mapping[Kind, Mapping[str, Callable[[Mapping[str, Any]], str]]]] = {
    "rule": {
        "level": lambda data: data["level"],
        "id": lambda data: data["id"],
        "status": lambda data: data["status"],
        "title": lambda data: data["title"],
    },
    "conclusion": {
        "id": lambda data: data["id"],
        "status": lambda data: data["status"],
        "title": lambda data: data["title"],
    },
    "concept": {
        "id": lambda data: data["id"],
        "kind": lambda data: _joined(data["kind"]),
        "concern": lambda data: "no concern" if data.get("of_no_concern") else "",
        "label": lambda data: data["label"],
    },
    "question": {
        "id": lambda data: data["id"],
        "path": lambda data: data["path"],
        "ask": lambda data: data["ask"],
    },
    "source": {
        "id": lambda data: data["id"],
        "kind": lambda data: data["kind"],
        "read": lambda data: data["reliability"],
        "title": lambda data: data["title"],
    },
}
"""What a row of each kind shows, from left to right."""


@final
class Filters(NamedTuple):
    """What has to be true of an item; ``None`` where it does not matter."""

    level: str | None = None
    reads: str | None = None
    cites: str | None = None
    status: str | None = None
    text: str | None = None


def rows(kind: Kind, filters: Filters, library: Library) -> list[Row]:
    """A row for every item that passes, strictest rules first, everything else as it is filed."""
    items = [_as_it_counts(item, library) for item in library.of_kind(kind)]
    if kind == "rule":
        items.sort(key=lambda item: (LEVELS.index(item.data["level"]), item.id))
    columns = _COLUMNS[kind]
    return [
        {name: column(item.data) for name, column in columns.items()}
        for item in items
        if _passes(item, filters, library)
    ]


def table(found: Sequence[Row], last_width: int) -> Iterator[str]:
    """The rows in aligned columns; the last one is cut to ``last_width`` characters."""
    shown = [[printable(cell) for cell in row.values()] for row in found]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    used = [place for place, width in enumerate(widths) if width]
    for row in shown:
        *first, last = (row[place].ljust(widths[place]) for place in used)
        yield "  ".join([*first, _cut(last.rstrip(), last_width)])


def _as_it_counts(item: Item, library: Library) -> Item:
    """A rule as overlays have changed it."""
    rule = library.knowledge_base.rules.get(item.id) if item.kind == "rule" else None
    if rule is None or not rule.changes:
        return item
    changed = {key: getattr(rule, key) for key in ("level", "title", "because", "action")}
    return item._replace(data={**item.data, **changed})


def _passes(item: Item, filters: Filters, library: Library) -> bool:
    data = item.data
    return (
        filters.level in (None, data.get("level"))
        and filters.status in (None, data.get("status"))
        and (filters.cites is None or filters.cites in _sources(data))
        and (filters.reads is None or _reads(data, filters.reads, library))
        and (filters.text is None or filters.text.casefold() in _words(data))
    )


def _sources(data: Mapping[str, Any]) -> Iterator[str]:
    return (citation["source"] for citation in data.get("citations", ()))


def _reads(data: Mapping[str, Any], concept: str, library: Library) -> bool:
    """Whether an entry with the concept can bear on the condition, also through a conclusion."""
    knowledge_base = library.knowledge_base
    meant = knowledge_base.vocabulary.concepts[concept]
    read = all_atoms_of(parse_condition(data["when"]), knowledge_base)
    return any(bears_on(meant, atom, knowledge_base.vocabulary) for atom in read)


def _words(data: Mapping[str, Any]) -> str:
    """Every word of an item in which one would look for a word."""
    keys = ("id", "title", "label", "because", "action", "ask", "why", "gives", "disagreement", "note")
    texts: Iterable[str] = (data[key] for key in keys if data.get(key))
    return "\n".join([*texts, *map(str, data.get("names", ()))]).casefold()


def _joined(kind: str | Sequence[str]) -> str:
    return kind if isinstance(kind, str) else ", ".join(kind)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
