"""The knowledge base as a static site for clinicians: pages that need neither server nor network.

What the pages say comes from :mod:`curation.showing.pages`, as ``kb show`` says it; the words around it
stand in ``*.jinja``, the looks in ``handbook.css``, the search in ``handbook.js``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from curation.handbook.examples import examples_by_outcome
from curation.handbook.search import search_index
from curation.library import Item, Library, open_library
from curation.showing.layout import ROUTES
from curation.showing.pages import page_of
from engine.judgement import day_in_words
from engine.rules import LEVELS
from engine.text import DISCLAIMER, printable
from engine.vocabulary import VagueTerm, Vocabulary

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


def handbook(folder: Path, overlays: Sequence[Path] = ()) -> dict[str, str]:
    """The files of the site by name; the same knowledge base gives the same bytes.

    Drafts are shown, marked as such. Raises KeeperError if the knowledge base is broken.
    """
    library = open_library(folder, overlays)
    site = _site(library, open_library(folder, overlays, include_drafts=False).knowledge_base.digest)
    files = {
        f"{name}.html": _rendered(name, site, root="")
        for name in ("index", "questions", "vocabulary", "conclusions", "care", "sources", "print")
    }
    for page in site["rules"]:
        files[f"rules/{page['id']}.html"] = _rendered("rule", {**site, "page": page}, root="../")
    files["search-index.js"] = search_index(site)
    for name in ("handbook.css", "handbook.js"):
        files[name] = (_HERE / name).read_text(encoding="utf-8")
    return files


def _site(library: Library, digest: str) -> Mapping[str, Any]:
    """What every page may show; the digest is the one in assessments, which know no drafts."""
    rules = [_reasoned(item, library) for item in library.of_kind("rule")]
    rules.sort(key=lambda page: (LEVELS.index(page["level"]), page["title"]))
    conclusions = [_reasoned(item, library) for item in library.of_kind("conclusion")]
    return {
        "base": library.knowledge_base,
        "digest": digest,
        "rules": rules,
        "conclusions": conclusions,
        "reasoned": {(page["kind"], page["id"]): page for page in (*rules, *conclusions)},
        "topics": _topics(library),
        "concepts": _concepts(library),
        "vague": _vague(library.knowledge_base.vocabulary),
        "questions": [page_of(item, library) for item in library.of_kind("question")],
        "sources": [page_of(item, library) for item in library.of_kind("source")],
        "manifest": next(file.data for file in library.files if file.schema == "manifest"),
        "levels": LEVELS_IN_WORDS,
        "kinds": KINDS_IN_WORDS,
        "reliability": RELIABILITY_IN_WORDS,
        "routes": ROUTES,
        "disclaimer": DISCLAIMER,
    }


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


def _vague(vocabulary: Vocabulary) -> list[Page]:
    """The terms that could mean several things, by alphabet, with what is offered instead."""
    terms = sorted(set(vocabulary.vague.values()), key=lambda term: (term.written.casefold(), term))
    return [
        {
            "anchor": f"vague-{number}",
            "written": term.written,
            "why": term.why,
            "suggestions": list(_offered(term, vocabulary)),
        }
        for number, term in enumerate(terms, 1)
    ]


def _offered(term: VagueTerm, vocabulary: Vocabulary) -> Iterator[dict[str, str]]:
    for name in term.suggestions:
        found = vocabulary.find_name(name)
        if found is not None:
            yield {"id": found.concept, "label": name}


def _active(pages: Iterable[Page]) -> list[Page]:
    return [page for page in pages if page["status"] == "active"]


def _counted(number: int, one: str) -> str:
    """A number and what it counts: ``1 rule``, ``2 rules``."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _rendered(name: str, values: Mapping[str, Any], *, root: str) -> str:
    template = _environment().get_template(f"{name}.jinja")
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
    environment.filters["active"] = _active
    environment.filters["counted"] = _counted
    environment.filters["words"] = lambda text: str(text).replace("_", " ")
    return environment
