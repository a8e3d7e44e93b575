"""What is wrong with the vocabulary, beyond what loading refuses."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from curation.checking.written import Item, Place, Spot, Written, strings_in
from engine.names import lookup_forms

_NAMES = ("label", "names", "names_by_route")
_READERS = {
    "taking": None, "allergy": None, "stopped": "medicine", "done": "procedure", "condition": "is",
    "mentioned": "is", "began": "is", "unclear": "is",
}  # fmt: skip
"""The forms of condition that read a concept, and the key that names it."""


def check(written: Written) -> Iterator[Spot]:
    """Names that stand twice in a concept, concepts that nothing reads, and what is of no concern."""
    concepts = written.of_kind("concept")
    for concept in concepts:
        yield from _repeated_names(concept)
    if not any(written.losses.may_hold(schema) for schema in ("rule", "conclusion", "vocabulary")):
        yield from _unread(written, {concept.id: concept for concept in concepts})


def _repeated_names(concept: Item) -> Iterator[Spot]:
    seen: dict[tuple[str, str | None], str] = {}
    for place, name in _names(concept):
        route = str(place[1]) if place[0] == "names_by_route" else None
        form = lookup_forms(name)[0], route
        if form not in seen:
            seen[form] = name
        elif form[0]:
            same = "" if seen[form] == name else f" (as {seen[form]!r})"
            yield Spot(
                "KB306", concept.file, concept.at(*place),
                f"the name {name!r} of {concept.id} stands twice{same}", "Take one of them out.",
            )  # fmt: skip


def _names(concept: Item) -> Iterator[tuple[Place, str]]:
    yield from strings_in({key: concept.data[key] for key in _NAMES if key in concept.data})


def _unread(written: Written, concepts: Mapping[str, Item]) -> Iterator[Spot]:
    read_in = {folder: set(_concepts_read(written, folder, concepts)) for folder in written.folders}
    read = set().union(*read_in.values())
    for concept in concepts.values():
        above = everything_above(concept.id, concepts)
        if concept.data.get("of_no_concern"):
            # an overlay may read what is of no concern to the knowledge base that it adds to
            read_there = sorted(above & (read_in[written.folders[0]] | read_in[concept.file.folder]))
            if read_there:
                yield Spot(
                    "KB311", concept.file, concept.at("of_no_concern"),
                    f"{concept.id} is of no concern, and yet a rule reads {read_there[0]}",
                    "Take the mark out, or take the concept from under what is read.",
                )  # fmt: skip
        elif not above & read and above <= concepts.keys() and not concept.data.get("implies_taking"):
            yield Spot(
                "KB309", concept.file, concept.at("id"),
                f"no rule reads {concept.id}, nor anything above it",
                "Put it under a concept that a rule reads, or mark it of_no_concern: true.",
            )  # fmt: skip


def meant_by(name: str, known: Collection[str]) -> Sequence[str]:
    """What a misspelt id was meant to be: it is not to be reported as read by nobody, too."""
    return () if name in known else get_close_matches(name, known, n=1)


def everything_above(concept: str, concepts: Mapping[str, Item]) -> set[str]:
    """The ids of a concept and of all that it lies under; a circle does no harm."""
    above: set[str] = set()
    ahead = [concept]
    while ahead:
        following = ahead.pop()
        if following not in above:
            above.add(following)
            if following in concepts:
                ahead.extend(concepts[following].data.get("parents", ()))
    return above


def _concepts_read(written: Written, folder: Path, known: Collection[str]) -> Iterator[str]:
    """The concepts that the rules and conclusions of a folder name, and those that are meant."""
    for item in written.of_kind("rule", "conclusion"):
        if item.file.folder != folder:
            continue
        for _, kind, body in atoms_written(item.data["when"]):
            if kind in _READERS:
                key = _READERS[kind]
                name = body if key is None else body[key]
                yield name
                yield from meant_by(name, known)


def atoms_written(when: Mapping[str, Any], place: Place = ()) -> Iterator[tuple[Place, str, Any]]:
    """The atoms and conclusions of a written condition: their places, kinds and bodies."""
    (kind, body), *_ = when.items()
    if kind in ("all", "any"):
        for index, part in enumerate(body):
            yield from atoms_written(part, (*place, kind, index))
    elif kind == "not":
        yield from atoms_written(body, (*place, kind))
    else:
        yield (*place, kind), kind, body
