"""The handbook: a site without server or network, complete, escaped, the same bytes each time."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selenium.webdriver import Chrome

from browsing import CONTRASTS, asked_for, browser, run, show
from case_files import REPOSITORY
from cli import main
from curation.handbook import MARK, handbook, write_handbook
from curation.library import open_library
from engine import SHIPPED

__all__ = ["browser"]

PAGES = ("index.html", "questions.html", "sources.html", "care.html", "rules/herpes-active.html")
SMALL = REPOSITORY / "tests" / "cases" / "small-knowledge-base"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook of the shipped rules with the example overlay, as the command writes it."""
    folder = tmp_path_factory.mktemp("site") / "handbook"
    overlay = str(REPOSITORY / "examples" / "overlay")
    result = CliRunner().invoke(main, ["kb", "handbook", "--overlay", overlay, "--output", str(folder)])
    assert (result.exit_code, result.stdout) == (0, "")
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
    assert handbook(open_library(SMALL)) == handbook(open_library(SMALL))


def test_hostile_words_of_a_knowledge_base_are_text(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(SMALL, folder)
    file = folder / "questions.yaml"
    text = file.read_text(encoding="utf-8")
    asked = next(iter(open_library(SMALL).knowledge_base.questions.values())).ask
    assert asked in text
    file.write_text(text.replace(asked, f"{HOSTILE} {{{{ 7 * 7 }}}}"), encoding="utf-8")
    files = handbook(open_library(folder))
    for name in ("questions.html", "search-index.js"):
        assert HOSTILE not in files[name]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in files["questions.html"]


def test_an_earlier_handbook_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    files = {"index.html": "new", MARK: "digest\n"}
    write_handbook({"old.html": "old", MARK: "digest\n"}, tmp_path / "handbook")
    write_handbook(files, tmp_path / "handbook")
    assert {file.name for file in (tmp_path / "handbook").iterdir()} == set(files)
    assert [file.name for file in tmp_path.iterdir()] == ["handbook"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("keep me", encoding="utf-8")
    arguments = ["kb", "handbook", "--output", str(tmp_path / "letters")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "holds something else" in result.stderr
    assert (tmp_path / "letters" / "letter.txt").read_text(encoding="utf-8") == "keep me"


# In a browser


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_its_own_files_only_and_complains_of_nothing(
    browser: Chrome, site: Path, name: str
) -> None:
    asked, complaints = asked_for(browser, (site / name).as_uri())
    assert all(url.startswith(site.as_uri()) for url in asked)
    assert complaints == []


@pytest.mark.parametrize("name", [*PAGES, "vocabulary.html", "print.html"])
def test_no_page_scrolls_sideways_on_a_phone(browser: Chrome, site: Path, name: str) -> None:
    show(browser, (site / name).as_uri(), 360)
    assert run(browser, "return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_all_words_stand_out(browser: Chrome, site: Path, name: str, scheme: str) -> None:
    show(browser, (site / name).as_uri(), scheme=scheme)
    assert [item for item in run(browser, CONTRASTS) if item[1] < 4.5] == []


def search(browser: Chrome, typed: str) -> list[Any]:
    script = """
      const input = document.getElementById('search');
      input.value = arguments[0];
      input.dispatchEvent(new Event('input'));
      return [document.getElementById('count').textContent,
        [...document.querySelectorAll('#found a')].map((a) => a.getAttribute('href'))];
    """
    found: list[Any] = browser.execute_script(script, typed)
    return found


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("coumadin", "../vocabulary.html#warfarin"),
        ("B01AA03", "../vocabulary.html#warfarin"),
        ("active herpes", "../rules/herpes-active.html"),
        ("do you smoke", "../questions.html#smoking"),
    ],
)
def test_the_search_finds_by_words_names_and_codes(
    browser: Chrome, site: Path, typed: str, first: str
) -> None:
    show(browser, (site / "rules" / "herpes-active.html").as_uri())
    count, links = search(browser, typed)
    assert first in links[:2]
    assert "found" in count


def test_the_search_says_when_there_is_nothing(browser: Chrome, site: Path) -> None:
    show(browser, (site / "index.html").as_uri())
    count, links = search(browser, "nothing has this name")
    assert (links, count.startswith("Nothing found")) == ([], True)


def test_on_paper_there_is_neither_search_nor_navigation(browser: Chrome, site: Path) -> None:
    show(browser, (site / "rules" / "herpes-active.html").as_uri(), media="print")
    hidden = "return ['nav', '.search'].map((s) => getComputedStyle(document.querySelector(s)).display)"
    assert run(browser, hidden) == ["none", "none"]
