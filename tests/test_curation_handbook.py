"""The handbook: a site without server or network, complete, escaped, the same bytes each time."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from case_files import REPOSITORY
from cli import main
from conftest import SCREENED_ON
from curation.handbook.examples import examples_by_outcome
from curation.handbook.site import handbook
from curation.library import open_library
from engine import SHIPPED, Screener, load_knowledge_base, make_intake

SMALL = REPOSITORY / "tests" / "cases" / "small-knowledge-base"
OVERLAY = REPOSITORY / "examples" / "overlay"
PAGES = ("questions.html", "vocabulary.html", "conclusions.html", "care.html", "sources.html")
KINDS = ("Care before a session", "Care after a session", "Plan", "Indication", "Too vague a word")
HOSTILE = "<script>alert(1)</script>"


def made(*options: str | Path) -> Result:
    return CliRunner().invoke(main, ["kb", "handbook", *map(str, options)])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook of the shipped rules with the example overlay, as the command writes it.

    Two files of tests look at it and each has the fixture for itself: the first of them writes it.
    """
    folder = tmp_path_factory.getbasetemp() / "handbook"
    if not folder.exists():
        result = made("--overlay", OVERLAY, "--output", folder)
        assert (result.exit_code, result.stdout) == (0, "")
    return folder


@pytest.fixture(scope="module")
def with_draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small knowledge base, in which the rule about latex is a draft."""
    folder = tmp_path_factory.mktemp("draft") / "small"
    shutil.copytree(SMALL, folder)
    file = folder / "rules" / "client.yaml"
    before, latex, after = file.read_text(encoding="utf-8").partition("- id: latex-allergy")
    file.write_text(before + latex + after.replace("status: active", "status: draft", 1), "utf-8")
    return folder


class Links(HTMLParser):
    """What a page links to and loads, and the ids in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for key, value in attrs:
            if key in ("href", "src") and value:
                self.links.append(value)
            if key == "id" and value:
                self.ids.append(value)


def test_every_link_leads_somewhere_and_none_leaves_the_site(site: Path) -> None:
    pages = {file: Links(file.read_text(encoding="utf-8")) for file in site.rglob("*.html")}
    for file, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), file
        for link in page.links:
            if link.startswith("data:"):
                continue
            name, _, anchor = link.partition("#")
            target = (file.parent / name).resolve() if name else file
            assert target.is_file(), (file, link)
            assert site.resolve() in target.parents
            assert not anchor or anchor in pages[target].ids, (file, link)


def test_every_item_has_its_place(site: Path) -> None:
    library = open_library(SHIPPED)
    for item in library.of_kind("rule"):
        assert (site / "rules" / f"{item.id}.html").is_file()
    for kind, name in (("concept", "vocabulary"), ("question", "questions"), ("source", "sources")):
        ids = Links((site / f"{name}.html").read_text(encoding="utf-8")).ids
        assert {item.id for item in library.items.values() if item.kind == kind} <= set(ids)


def test_the_same_rules_give_the_same_bytes() -> None:
    assert handbook(SMALL) == handbook(SMALL)


def digest_of_a_screening(folder: Path, *overlays: Path) -> str:
    screener = Screener(load_knowledge_base(folder, overlays))
    assessment = screener.screen(make_intake({"intake_id": "test"}, SCREENED_ON))
    return str(assessment["knowledge_base"]["digest"])


def test_every_page_names_the_rules_as_an_assessment_does(site: Path, with_draft: Path) -> None:
    shipped = digest_of_a_screening(SHIPPED, OVERLAY)
    assert all(shipped in page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    drafted = digest_of_a_screening(with_draft)
    pages = [text for name, text in handbook(with_draft).items() if name.endswith(".html")]
    assert all(drafted in page for page in pages)


def test_a_draft_is_shown_as_one_and_not_counted(with_draft: Path) -> None:
    without, files = handbook(SMALL), handbook(with_draft)
    assert "under review" in files["rules/latex-allergy.html"]
    counted = [int(re.findall(r"(\d+) rules?,", page["index.html"])[0]) for page in (without, files)]
    assert counted[0] == counted[1] + 1
    for name in ("index.html", "questions.html", "vocabulary.html", "sources.html"):
        assert "Allergic to latex</a> <small>(draft)</small>" in files[name], name
        assert "(draft)" not in without[name]


def test_one_is_not_many(site: Path) -> None:
    for text in (*handbook(SMALL).values(), (site / "index.html").read_text(encoding="utf-8")):
        assert not re.search(r"\b1 (rule|conclusion|question|word|source|time)s\b", text)
    index = handbook(SMALL)["index.html"]
    assert re.search(r"\b1 rule\b", index)
    assert re.search(r"\b2 conclusions\b", index)


def searchable(script: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(script.removeprefix("window.handbookIndex = ")[:-2])
    return found


def test_all_that_a_page_shows_can_be_found_and_is_there(site: Path) -> None:
    entries = searchable((site / "search-index.js").read_text(encoding="utf-8"))
    ids = {page: Links((site / page).read_text(encoding="utf-8")).ids for page in PAGES}
    for entry in entries:
        page, _, anchor = entry["at"].partition("#")
        assert anchor in ids[page] if anchor else (site / page).is_file(), entry
    base = load_knowledge_base(SHIPPED, [OVERLAY])
    of_kind = {kind: [e["title"] for e in entries if e["kind"] == kind] for kind in KINDS}
    assert of_kind["Care before a session"] == [item["text"] for item in base.care["before"]]
    assert of_kind["Care after a session"] == [item["text"] for item in base.care["after"]]
    assert len(of_kind["Plan"]) == len(base.plan["intervals"]) + 1
    assert of_kind["Indication"] == [item["label"] for item in base.indications.values()]
    assert set(of_kind["Too vague a word"]) == {term.written for term in base.vocabulary.vague.values()}


def test_a_vague_term_and_the_note_of_a_concept_are_told(tmp_path: Path) -> None:
    shutil.copytree(SMALL, tmp_path / "small")
    file = tmp_path / "small" / "vocabulary" / "all.yaml"
    text = file.read_text(encoding="utf-8")
    label = "    label: paracetamol\n"
    file.write_text(text.replace(label, f"{label}    note: Not for soreness & co.\n"), "utf-8")
    files = handbook(tmp_path / "small")
    assert "Not for soreness &amp; co." in files["vocabulary.html"]
    told = "<h3>painkiller</h3>\n<p>some are anti-inflammatory and some are not</p>"
    assert told in files["vocabulary.html"]
    found = {entry["title"]: entry for entry in searchable(files["search-index.js"])}
    assert "Not for soreness & co." in found["paracetamol"]["words"]
    assert "ibuprofen" in found["painkiller"]["words"]


def test_hostile_words_of_a_knowledge_base_are_text(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(SMALL, folder)
    file = folder / "questions.yaml"
    text = file.read_text(encoding="utf-8")
    asked = next(iter(open_library(SMALL).knowledge_base.questions.values())).ask
    assert asked in text
    file.write_text(text.replace(asked, f"{HOSTILE} {{{{ 7 * 7 }}}}"), encoding="utf-8")
    files = handbook(folder)
    for name in ("questions.html", "search-index.js"):
        assert HOSTILE not in files[name]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in files["questions.html"]


def test_an_example_is_told_without_a_file_format() -> None:
    given = {
        "screened_on": "2026-02-28",
        "client": {"age_years": 21, "pregnancy": "declined"},
        "treatment": {"areas": ["around_eyes"]},
        "medications": [
            {"name": "acitretin", "route": "oral", "status": "stopped", "stopped_on": "2026-01-10"},
            {"code": {"system": "atc", "value": "B01AA03"}, "status": "unknown"},
        ],
        "conditions": [],
    }
    examples = [
        {"name": "nothing", "given": {}, "expect": "undecided"},
        {"name": "much", "given": given, "expect": "fired"},
    ]
    told = examples_by_outcome(examples)
    assert list(told) == ["The rule fires", "It stays undecided"]
    assert told["It stays undecided"][0].known == ("Nothing was asked.",)
    assert told["The rule fires"][0].known == (
        "Screened on: 28 February 2026",
        "Client: aged 21; pregnancy not answered (declined)",
        "Treatment: area around eyes",
        (
            "Medications: acitretin, by mouth, stopped, stopped on 10 January 2026; "
            "ATC B01AA03, status not known"
        ),
        "Conditions: none",
    )


def test_what_an_overlay_adds_and_changes_is_marked(site: Path) -> None:
    changed = (site / "rules" / "anaesthetic-allergy.html").read_text(encoding="utf-8")
    assert "Changed here" in changed
    added = (site / "rules" / "first-session-from-70.html").read_text(encoding="utf-8")
    assert "Added by an overlay" in added
