"""Checks every citation into the project's own documents against the documents themselves.

    python tests/citations.py DIR

DIR holds the documents under the names that ``knowledge_base/sources.yaml`` gives them. A citation
is a place, ``line N, words A-B``, and the SHA-256 of the words that stand there, joined by single
spaces. The exit code is 0 when all agree and 1 when one does not; faults go to standard output.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ryaml import loads  # type: ignore[attr-defined]

from curation.checking.documents import PROJECT_DOCUMENT, fault, quoted_words

KNOWLEDGE_BASE: Final = Path(__file__).resolve().parent.parent / "knowledge_base"

__all__ = ["PROJECT_DOCUMENT", "citations", "fault", "faults", "project_documents", "quoted_words"]


class Document(NamedTuple):
    """One of the project's documents as the bibliography describes it."""

    file: str
    sha256: str


class Cited(NamedTuple):
    """One citation and where in the knowledge base it stands."""

    place: str
    data: Mapping[str, Any]


def project_documents(knowledge_base: Path = KNOWLEDGE_BASE) -> dict[str, Document]:
    """The project's own documents by source id."""
    return {
        source["id"]: Document(source["file"], source["sha256"])
        for source in _load(knowledge_base / "sources.yaml")["sources"]
        if source["kind"] == PROJECT_DOCUMENT
    }


def citations(knowledge_base: Path = KNOWLEDGE_BASE) -> Iterator[Cited]:
    """Every citation of a knowledge base, whatever it supports."""
    for path in sorted(knowledge_base.rglob("*.yaml")):
        yield from _citations_in(path.relative_to(knowledge_base).as_posix(), _load(path))


def faults(documents: Path, knowledge_base: Path = KNOWLEDGE_BASE) -> Iterator[str]:
    """What is wrong with the documents in a folder, or with the citations into them."""
    lines: dict[str, list[str]] = {}
    expected = project_documents(knowledge_base)
    for source, document in expected.items():
        path = documents / document.file
        if not path.is_file():
            yield f"{source}: {document.file} is missing"
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != document.sha256:
            yield f"{source}: {document.file} is not the file that was cited: its SHA-256 differs"
        lines[source] = content.decode("utf-8").split("\n")
    for cited in citations(knowledge_base):
        source = cited.data["source"]
        if source in lines:
            message = fault(cited.data, lines[source])
            if message:
                yield f"{cited.place}: {source}, {message}"


def _citations_in(place: str, data: Any) -> Iterator[Cited]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            name = item.get("id", index) if isinstance(item, dict) else index
            yield from _citations_in(f"{place}/{name}", item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "citations":
                yield from (Cited(place, citation) for citation in value)
            else:
                yield from _citations_in(f"{place}/{key}", value)


def _load(path: Path) -> Any:
    return loads(path.read_text(encoding="utf-8"))


def main(arguments: list[str]) -> int:
    """Check the documents in the one folder named; 0 all well, 1 faults, 2 wrong usage."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python tests/citations.py DIR\n")
        return 2
    found = list(faults(Path(arguments[0])))
    sys.stdout.writelines(f"{message}\n" for message in found)
    cited = sum(citation.data["source"] in project_documents() for citation in citations())
    sys.stdout.write(f"{cited} citations into the project's documents, {len(found)} faults\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
