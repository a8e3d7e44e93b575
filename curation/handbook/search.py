"""What the search of the handbook finds: everything that a page shows, as a script.

A page from a disk may load a script where it may not fetch a file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, final


@final
class Entry(NamedTuple):
    """Something that can be found: what it is, what else it is found by, and where it stands."""

    kind: str
    title: str
    words: str
    at: str


def search_index(site: Mapping[str, Any]) -> str:
    """The script that gives ``handbook.js`` what can be found in the pages of a site."""
    entries = [entry._asdict() for entry in _entries(site)]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"window.handbookIndex = {safe};\n"


def _entries(site: Mapping[str, Any]) -> Iterator[Entry]:
    for page in site["rules"]:
        said = (page["id"], page["level"], page["because"], page["action"], *page["when_lines"])
        yield _entry("Rule", page["title"], said, f"rules/{page['id']}.html")
    yield from _words(site)
    for page in site["questions"]:
        said = (page["id"], page["why"])
        yield _entry("Question", page["ask"], said, f"questions.html#{page['id']}")
    for page in site["conclusions"]:
        said = (page["id"], page["because"], *page["when_lines"])
        yield _entry("Conclusion", page["title"], said, f"conclusions.html#{page['id']}")
    yield from _advice(site)
    for page in site["sources"]:
        said = (page["id"], page["gives"])
        yield _entry("Source", page["title"], said, f"sources.html#{page['id']}")


def _words(site: Mapping[str, Any]) -> Iterator[Entry]:
    for pages in site["concepts"].values():
        for page in pages:
            codes = [code for found in page["codes"].values() for code in found]
            said = (page["id"], *page["names"], *codes, page["note"] or "")
            yield _entry("Word", page["label"], said, f"vocabulary.html#{page['id']}")
    for term in site["vague"]:
        said = (term["why"], *(offered["label"] for offered in term["suggestions"]))
        yield _entry("Too vague a word", term["written"], said, f"vocabulary.html#{term['anchor']}")


def _advice(site: Mapping[str, Any]) -> Iterator[Entry]:
    """Care, plan and indications, which stand on one page."""
    base = site["base"]
    for part in ("before", "after"):
        for item in base.care[part]:
            kind = f"Care {part} a session"
            yield _entry(kind, item["text"], (item["id"],), f"care.html#{part}-{item['id']}")
    for name, interval in base.plan["intervals"].items():
        title = f"{name.replace('_', ' ').capitalize()} interval"
        yield _entry("Plan", title, (interval["because"],), "care.html#plan")
    yield _entry("Plan", "Sessions", (base.plan["sessions"]["because"],), "care.html#plan")
    for goal, item in base.indications.items():
        yield _entry("Indication", item["label"], (item["because"],), f"care.html#indication-{goal}")


def _entry(kind: str, title: str, words: Iterable[str], at: str) -> Entry:
    return Entry(kind, title, " ".join(words), at)
