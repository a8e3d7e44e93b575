"""What is stated differently in two versions of a knowledge base, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, final

from curation.english import in_words, sentence
from curation.library import KINDS, Item, Kind, Library
from engine import KnowledgeBase
from engine.conditions import parse_condition
from engine.reading import shown

Entry = Literal["vague term", "past id"]
What = Literal["added", "removed", "changed"]

_REWRITTEN: Final = frozenset({"because", "action", "disagreement", "ask", "why", "gives"})
_ENTRIES: Final[Sequence[Entry]] = ("vague term", "past id")
_OTHER_FILES: Final = ("manifest", "care", "plan", "indication")


@final
class Change(NamedTuple):
    """One item that is stated differently; ``details`` say how, in words, and are empty if it is new."""

    kind: Kind | Entry | Literal["file"]
    id: str
    what: What
    details: tuple[str, ...] = ()


def changes(old: Library, new: Library) -> list[Change]:
    """Everything that is stated differently: rules first, each kind in the order of the files."""
    found = [change for kind in KINDS for change in _of_kind(kind, old, new)]
    for entry in _ENTRIES:
        found.extend(_of_entries(entry, old, new))
    for name in _OTHER_FILES:
        before, after = (_file(library, name) for library in (old, new))
        details = tuple(_details(before, after, old.knowledge_base, new.knowledge_base))
        if details:
            found.append(Change("file", f"{name}", "changed", details))
    return found


def _of_kind(kind: Kind, old: Library, new: Library) -> Iterator[Change]:
    before = {item.id: item for item in old.of_kind(kind)}
    after = {item.id: item for item in new.of_kind(kind)}
    for name in [*after, *(name for name in before if name not in after)]:
        if name not in before:
            yield Change(kind, name, "added", (_introduced(after[name], new.knowledge_base),))
        elif name not in after:
            yield Change(kind, name, "removed")
        else:
            details = tuple(
                _details(before[name].data, after[name].data, old.knowledge_base, new.knowledge_base)
            )
            if details:
                yield Change(kind, name, "changed", details)


def _of_entries(kind: Entry, old: Library, new: Library) -> Iterator[Change]:
    before, after = dict(_entries(kind, old)), dict(_entries(kind, new))
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            yield Change(kind, name, "removed" if now is None else "added")
        elif was != now:
            details = _details(was, now, old.knowledge_base, new.knowledge_base)
            yield Change(kind, name, "changed", tuple(details))


def _entries(kind: Entry, library: Library) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What a file holds beside things with an id of their own, by what names it."""
    for file in library.files:
        if kind == "past id" and file.schema == "past-id":
            yield from ((f"{item['kind']} {item['id']}", item) for item in file.data)
        elif kind == "vague term" and file.schema == "vocabulary":
            yield from ((item["term"], item) for item in file.data.get("vague", ()))


def _introduced(item: Item, knowledge_base: KnowledgeBase) -> str:
    """What a new item is, on one line."""
    data = item.data
    if "when" in data:
        words = sentence(in_words(parse_condition(data["when"]), knowledge_base))
        return f"{data.get('level', 'conclusion')}, when {words}"
    return str(data.get("label") or data.get("title") or data.get("ask"))


def _details(
    before: Mapping[str, Any], after: Mapping[str, Any], old: KnowledgeBase, new: KnowledgeBase
) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        if key == "when":
            one, other = (
                sentence(in_words(parse_condition(data), version))
                for data, version in ((was, old), (now, new))
            )
            yield f"condition: {one} → {other}"
        else:
            yield _detail(key.replace("_", " "), was, now, rewritten=key in _REWRITTEN)


def _detail(key: str, was: Any, now: Any, *, rewritten: bool) -> str:
    if was is None:
        return f"{key}: new: {_words(now)}"
    if now is None:
        return f"{key}: no longer: {_words(was)}"
    if isinstance(was, list) and isinstance(now, list):
        return f"{key}: {_listed(was, now)}"
    if rewritten and isinstance(was, str):
        return f"{key}: rewritten"
    return f"{key}: {_words(was)} → {_words(now)}"


def _listed(was: Sequence[Any], now: Sequence[Any]) -> str:
    parts = [
        f"{word} {', '.join(map(_words, items))}"
        for word, items in (
            ("added", [item for item in now if item not in was]),
            ("removed", [item for item in was if item not in now]),
        )
        if items
    ]
    return "; ".join(parts) or "in another order"


def _words(value: Any) -> str:
    """A value as one would say it, cut to a readable length."""
    match value:
        case str():
            return value if len(value) < 80 else shown(value)  # noqa: PLR2004 - one line
        case {"source": source, "locator": locator}:
            return f"{source} ({locator})"
        case {"name": name, "expect": outcome}:
            return f"the example {shown(name)} ({str(outcome).replace('_', ' ')})"
        case {"id": name}:
            return str(name)
        case _:
            return shown(value)


def _file(library: Library, schema: str) -> Mapping[str, Any]:
    return next((file.data for file in library.files if file.schema == schema), {})
