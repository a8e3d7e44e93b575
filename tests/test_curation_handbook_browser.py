"""The handbook in a browser: it loads only itself, fits a phone, is legible, and can be searched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selenium.webdriver import Chrome

from browsing import CONTRASTS, asked_for, browser, run, show
from case_files import REPOSITORY
from cli import main

__all__ = ["browser"]

PAGES = ("index.html", "questions.html", "sources.html", "care.html", "rules/herpes-active.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The handbook of the shipped rules with the example overlay, as the command writes it."""
    folder = tmp_path_factory.mktemp("site") / "handbook"
    overlay = str(REPOSITORY / "examples" / "overlay")
    result = CliRunner().invoke(main, ["kb", "handbook", "--overlay", overlay, "--output", str(folder)])
    assert (result.exit_code, result.stdout) == (0, "")
    return folder


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
