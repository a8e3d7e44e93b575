"""The knowledge base as a static site for clinicians: pages that need neither server nor network.

What the pages say comes from :mod:`curation.pages`, as ``kb show`` says it; the words around it stand in
``handbook_*.jinja``, the looks in ``handbook.css``, the search in ``handbook.js``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curation.errors import KeeperError
from curation.handbook_examples import examples_by_outcome
from curation.library import Item, Library
from curation.page_layout import ROUTES
from curation.pages import page_of
from engine.judgement import day_in_words
from engine.rules import LEVELS
from engine.text import DISCLAIMER, printable

MARK: Final = ".needlecheck-handbook"
"""The file by which a folder is known to be an earlier handbook, which may be replaced."""

LEVELS_IN_WORDS: Final = {
    "contraindication": "No treatment.",
    "deferral": "Not now: something has to pass first.",
    "referral": "A clinician decides first.",
    "precaution": "Treatment with care.",
}
KINDS_IN_WORDS: Final = {
    "condition": "Conditions",
    "medication": "Medicines",
    "procedure": "Procedures",
    "allergen": "Allergens",
}
RELIABILITY_IN_WORDS: Final = {
    "read": "the passage was read",
    "partial": "only the beginning, an abstract or a cut-off passage was read",
    "secondary": "known only as others restate it, not read itself",
}

_HERE: Final = Path(__file__).parent

Page = Mapping[str, Any]


def handbook(library: Library) -> dict[str, str]:
    """The files of the site by name; the same knowledge base gives the same bytes."""
    rules = [_reasoned(item, library) for item in library.of_kind("rule")]
    rules.sort(key=lambda page: (LEVELS.index(page["level"]), page["title"]))
    common = {
        "base": library.knowledge_base,
        "rules": rules,
        "titles": {page["id"]: page["title"] for page in rules},
        "topics": _topics(library),
        "conclusions": [_reasoned(item, library) for item in library.of_kind("conclusion")],
        "concepts": _concepts(library),
        "questions": [page_of(item, library) for item in library.of_kind("question")],
        "sources": [page_of(item, library) for item in library.of_kind("source")],
        "manifest": next(file.data for file in library.files if file.schema == "manifest"),
        "levels": LEVELS_IN_WORDS,
        "kinds": KINDS_IN_WORDS,
        "reliability": RELIABILITY_IN_WORDS,
        "routes": ROUTES,
        "disclaimer": DISCLAIMER,
    }
    files = {
        f"{name}.html": _rendered(name, common, root="")
        for name in ("index", "questions", "vocabulary", "conclusions", "care", "sources", "print")
    }
    for page in rules:
        files[f"rules/{page['id']}.html"] = _rendered("rule", {**common, "page": page}, root="../")
    files["search-index.js"] = _search_index(common)
    for name in ("handbook.css", "handbook.js"):
        files[name] = (_HERE / name).read_text(encoding="utf-8")
    files[MARK] = f"{library.knowledge_base.digest}\n"
    return files


def write_handbook(files: Mapping[str, str], folder: Path) -> None:
    """Write the site, whole or not at all; an earlier handbook in the folder is replaced.

    Raises KeeperError where the folder holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise KeeperError(f"{printable(str(folder))} is not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise KeeperError(f"{printable(str(folder))} holds something else; give an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, text in files.items():
            file = made / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
        made.chmod(0o755)
        _put_in_place(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put_in_place(made: Path, folder: Path) -> None:
    """Give the new folder its name; the old one goes only when the new one stands."""
    if not folder.exists():
        made.rename(folder)
        return
    earlier = made.with_name(f"{made.name}-earlier")
    folder.rename(earlier)
    try:
        made.rename(folder)
    except OSError:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _reasoned(item: Item, library: Library) -> Page:
    """A rule or conclusion: its page, its examples with what is known in them, and whose it is."""
    return {
        **page_of(item, library),
        "examples": examples_by_outcome(item.data["examples"]),
        "added_by": _overlay_of(item, library),
    }


def _overlay_of(item: Item, library: Library) -> str | None:
    """The title of the overlay that adds an item; ``None`` for one of the knowledge base itself."""
    shipped, *overlays = (file for file in library.files if file.schema == "manifest")
    if item.file.folder == shipped.folder:
        return None
    titles = {file.folder: str(file.data["title"]) for file in overlays}
    return titles.get(item.file.folder, item.file.folder.name)


def _topics(library: Library) -> list[tuple[str, list[str]]]:
    """The rules by the file in which they stand."""
    topics: dict[str, list[str]] = {}
    for item in library.of_kind("rule"):
        stem = Path(item.file.name).stem.replace("-", " ")
        topics.setdefault(stem[0].upper() + stem[1:], []).append(item.id)
    return sorted(topics.items())


def _concepts(library: Library) -> dict[str, list[Page]]:
    """The concepts by kind, each under its first kind, by label."""
    found: dict[str, list[Page]] = {kind: [] for kind in KINDS_IN_WORDS}
    for item in library.of_kind("concept"):
        page = page_of(item, library)
        found[page["kinds"][0]].append(page)
    for pages in found.values():
        pages.sort(key=lambda page: page["label"].casefold())
    return found


def _search_index(common: Mapping[str, Any]) -> str:
    """What can be searched for, as a script: a page from a disk may not fetch."""
    entries = [
        {"kind": kind, "title": title, "words": " ".join(words), "at": at}
        for kind, title, words, at in _searchable(common)
    ]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"window.handbookIndex = {safe};\n"


def _searchable(common: Mapping[str, Any]) -> Iterator[tuple[str, str, Sequence[str], str]]:
    for rule in common["rules"]:
        words = (rule["id"], rule["level"], rule["because"], rule["action"], *rule["when_lines"])
        yield "Rule", rule["title"], words, f"rules/{rule['id']}.html"
    for pages in common["concepts"].values():
        for page in pages:
            codes = [code for found in page["codes"].values() for code in found]
            words = (page["id"], *page["names"], *codes)
            yield "Word", page["label"], words, f"vocabulary.html#{page['id']}"
    for page in common["questions"]:
        yield "Question", page["ask"], (page["id"], page["why"]), f"questions.html#{page['id']}"
    for page in common["conclusions"]:
        yield "Conclusion", page["title"], (page["id"],), f"conclusions.html#{page['id']}"
    for page in common["sources"]:
        yield "Source", page["title"], (page["id"], page["gives"]), f"sources.html#{page['id']}"


def _rendered(name: str, values: Mapping[str, Any], *, root: str) -> str:
    template = _environment().get_template(f"handbook_{name}.jinja")
    return template.render({**values, "root": root, "here": name})


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters["day"] = lambda day: day_in_words(str(day))
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    return environment
