"""What was proved about a knowledge base and its overlays, at the places where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from curation.checking.written import Item, Spot, Written
from curation.proving.proofs import Proved, prove
from engine import KnowledgeBase, load_knowledge_base


def check(written: Written, found: KnowledgeBase) -> Iterator[Spot]:
    """Every fault that can be proved; with overlays also everything that they make milder."""
    yield from _placed(written, prove(found))
    folder, *overlays = written.folders
    if overlays:
        from curation.comparing.overlays import added_concepts
        from curation.comparing.overlays import prove as prove_overlays

        vocabulary = {
            f"{file.folder}/{file.name}": file.data
            for file in written.of_schema("vocabulary")
            if file.folder in overlays
        }
        milder = prove_overlays(load_knowledge_base(folder), found, added_concepts(vocabulary))
        yield from _placed(written, milder)


def _placed(written: Written, found: Iterable[Proved]) -> Iterator[Spot]:
    """Problems that name an item and a key instead of a place."""
    items: dict[tuple[str, str], Item] = {(item.kind, item.id): item for item in written.items}
    for one in found:
        item = _item(items, one)
        key = tuple(int(part) if part.isdigit() else part for part in one.key.split("/") if part)
        yield Spot(
            one.code, item.file, item.at(*key), f"{one.id}: {one.message}",
            _sentence(one.remedy), "", one.witness, one.claim,
        )  # fmt: skip


def _item(items: dict[tuple[str, str], Item], one: Proved) -> Item:
    """The item that a proof is about; of a rule that an overlay makes milder, the change."""
    change = items.get(("change", one.id)) if one.code.startswith("KB7") else None
    return change or items[one.kind, one.id]


def _sentence(text: str) -> str:
    """A phrase with a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) or not text else ".")
