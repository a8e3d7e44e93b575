"""Citations into the project's own documents: whether they can be checked, and whether they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from curation.checking.documents import PROJECT_DOCUMENT, fault, unverifiable
from curation.checking.written import Item, Place, Spot, Written

_MEND: Final = "Give the place as 'line N, words A-B', and the SHA-256 of its words."


def check(written: Written, documents: Path | None) -> Iterator[Spot]:
    """What is wrong with citations; the words themselves only if there is a folder of documents."""
    sources = {
        source.id: source
        for source in written.of_kind("source")
        if source.data["kind"] == PROJECT_DOCUMENT
    }
    lines: dict[str, Sequence[str]] = {}
    for source in sources.values():
        yield from _described(source)
        if documents is not None:
            yield from _opened(source, documents, lines)
    for file in written.files:
        for place, citation in citations_in(file.data):
            name = citation["source"]
            yield from (
                Spot(code, file, (*place, key), f"{name}, {message}", _remedy(code))
                for code, key, message in _faults(citation, lines.get(name), ours=name in sources)
            )


def citations_in(data: Any, place: Place = ()) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every citation in a file's data with the keys that lead to it."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        if key == "citations":
            yield from (((*place, key, index), item) for index, item in enumerate(value))
        elif isinstance(value, dict | list):
            yield from citations_in(value, (*place, key))


def _described(source: Item) -> Iterator[Spot]:
    missing = [key for key in ("file", "sha256") if key not in source.data]
    if missing:
        yield Spot(
            "KB407", source.file, source.at("kind"),
            f"the project document {source.id} has no {' and no '.join(missing)}",
            "Add the file's name and its SHA-256.",
        )  # fmt: skip


def _opened(source: Item, documents: Path, lines: dict[str, Sequence[str]]) -> Iterator[Spot]:
    """Read a document, and say so if it is missing or not the one that was cited."""
    name, remedy = source.data.get("file"), "Fetch the document that was cited, or cite it afresh."
    if name is None:
        return
    try:
        content = (documents / name).read_bytes()
        lines[source.id] = content.decode("utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        message = f"{source.id}: {name} is not in the folder of documents, or cannot be read"
        yield Spot("KB404", source.file, source.at("file"), message, remedy)
        return
    if hashlib.sha256(content).hexdigest() != source.data.get("sha256"):
        message = f"{source.id}: {name} is not the file that was cited: its SHA-256 differs"
        yield Spot("KB404", source.file, source.at("sha256"), message, remedy)


def _faults(
    citation: Mapping[str, Any], lines: Sequence[str] | None, *, ours: bool
) -> Iterator[tuple[str, str, str]]:
    """The code, the key at fault and the message for one citation."""
    unclear = unverifiable(citation) if ours else None
    if unclear:
        yield "KB406", "locator", unclear
    elif lines is not None:
        wrong = fault(citation, lines)
        if wrong:
            yield "KB405", "quote_sha256" if "is not the hash" in wrong else "locator", wrong


def _remedy(code: str) -> str:
    return _MEND if code == "KB406" else "Look the passage up; correct the locator or the hash."
