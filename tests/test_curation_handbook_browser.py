"""The handbook in a browser: it loads only itself, fits a phone, is legible, and can be searched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome

from browsing import CONTRASTS, asked_for, browser, run, show
from test_curation_handbook import site

__all__ = ["browser", "site"]

PAGES = ("index.html", "questions.html", "sources.html", "care.html", "rules/herpes-active.html")


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
        ("put sunscreen on", "../care.html#after-sunscreen"),
        ("maintenance interval", "../care.html#plan"),
        ("stretch marks", "../care.html#indication-stretch_marks"),
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


@pytest.mark.parametrize(
    ("typed", "alike"),
    [
        ("crohn's", "Crohn\u2019s"),
        ("crohn's", "crohns"),
        ("sjogren", "Sj\u00f6gren"),
        ("botox", "b\u00f3tox"),
    ],
)
def test_apostrophes_and_accents_do_not_matter_to_the_search(
    browser: Chrome, site: Path, typed: str, alike: str
) -> None:
    show(browser, (site / "index.html").as_uri())
    _, links = search(browser, typed)
    assert links
    assert search(browser, alike)[1] == links


def pressed(browser: Chrome, where: str, modifier: str = "") -> list[Any]:
    """Presses / in an element: whether the page took it for itself, and what has the focus then."""
    script = """
      const element = document.querySelector(arguments[0]);
      document.activeElement.blur();
      const key = {key: '/', bubbles: true, cancelable: true, [arguments[1] + 'Key']: true};
      const typed = element.dispatchEvent(new KeyboardEvent('keydown', key));
      return [!typed, document.activeElement.id];
    """
    found: list[Any] = browser.execute_script(script, where, modifier)
    return found


def test_a_slash_leads_to_the_search_and_is_otherwise_left_alone(browser: Chrome, site: Path) -> None:
    show(browser, (site / "index.html").as_uri())
    assert "press /" in run(browser, "return document.querySelector('.search label').textContent")
    assert pressed(browser, "main") == [True, "search"]
    assert pressed(browser, "main", "shift") == [True, "search"]  # as German keyboards have it
    for modifier in ("ctrl", "alt", "meta"):
        assert pressed(browser, "main", modifier) == [False, ""]
    assert pressed(browser, "#search") == [False, ""]


def test_on_paper_what_cites_a_source_is_told(browser: Chrome, site: Path) -> None:
    seen = """return [...document.querySelectorAll('details li')]
      .filter((item) => item.checkVisibility({contentVisibilityAuto: true})).length"""
    show(browser, (site / "sources.html").as_uri())
    assert run(browser, seen) == 0
    show(browser, (site / "sources.html").as_uri(), media="print")
    assert run(browser, seen) == run(browser, "return document.querySelectorAll('details li').length")


def test_on_paper_there_is_neither_search_nor_navigation(browser: Chrome, site: Path) -> None:
    show(browser, (site / "rules" / "herpes-active.html").as_uri(), media="print")
    hidden = "return ['nav', '.search'].map((s) => getComputedStyle(document.querySelector(s)).display)"
    assert run(browser, hidden) == ["none", "none"]
