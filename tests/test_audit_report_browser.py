"""The report in a browser: nothing is loaded, nothing overflows, everything can be read."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver import Chrome

from audit.report import render_report
from browsing import CONTRASTS, asked_for, browser, run, show
from summaries import HOSTILE, empty_summary, full_summary, hostile_summary

# Words of the drawings that are shown and reach out of them or into other words or bars.
CLIPPED = """
return [...document.querySelectorAll('svg')].filter((svg) => svg.getBoundingClientRect().width)
  .flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll('text, rect')]
      .map((e) => [e.textContent, e.getBoundingClientRect()]);
    return boxes.filter(([text, b], i) => text && (b.left < frame.left - 1 || b.right > frame.right + 1
      || b.top < frame.top - 1 || b.bottom > frame.bottom + 1
      || boxes.some(([, o], j) => i !== j && b.left < o.right && o.left < b.right
        && b.top + 3 < o.bottom && o.top + 3 < b.bottom))).map(([text]) => text);
  });
"""


__all__ = ["browser"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the reports, by name."""
    folder = tmp_path_factory.mktemp("reports")
    summaries = {"empty": empty_summary(), "full": full_summary(), "hostile": hostile_summary()}
    for name, summary in summaries.items():
        (folder / f"{name}.html").write_text(render_report(summary), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in summaries}


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Chrome, pages: dict[str, str], name: str
) -> None:
    assert asked_for(browser, pages[name]) == ([pages[name]], [])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["empty", "full", "hostile"])
def test_a_page_never_scrolls_sideways(
    browser: Chrome, pages: dict[str, str], name: str, width: int
) -> None:
    show(browser, pages[name], width)
    assert run(browser, "return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 820, 1280])
def test_the_words_of_a_chart_are_whole_and_apart(
    browser: Chrome, pages: dict[str, str], width: int
) -> None:
    show(browser, pages["full"], width)
    assert run(browser, CLIPPED) == []
    smallest = run(
        browser,
        "return Math.min(...[...document.querySelectorAll('svg text')]"
        ".map((e) => e.getBoundingClientRect().height).filter((height) => height))",
    )
    assert smallest >= 12


def test_hostile_values_are_text_and_open_no_dialog(browser: Chrome, pages: dict[str, str]) -> None:
    show(browser, pages["hostile"])
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert.text
    text = run(browser, "return document.body.innerText")
    assert HOSTILE[0] in text
    assert HOSTILE[1] in text
    assert r"\u202etxt.exe\u2066\u200f" in text
    assert run(browser, "return document.scripts.length + document.images.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_what_is_behind_them(
    browser: Chrome, pages: dict[str, str], scheme: str
) -> None:
    show(browser, pages["full"], scheme=scheme)
    ratios = run(browser, CONTRASTS)
    assert len(ratios) > 100
    assert {name for name, ratio in ratios if ratio < 4.5} == set()


def test_dark_mode_is_dark(browser: Chrome, pages: dict[str, str]) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    show(browser, pages["full"], scheme="light")
    light = run(browser, colour)
    show(browser, pages["full"], scheme="dark")
    assert (light, run(browser, colour)) == ("rgb(255, 255, 255)", "rgb(17, 22, 28)")


def test_a_screen_reader_finds_headings_in_order_and_every_chart_by_name(
    browser: Chrome, pages: dict[str, str]
) -> None:
    show(browser, pages["full"])
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    seen = [node for node in nodes if not node["ignored"]]
    levels = [
        prop["value"]["value"]
        for node in seen
        if node["role"]["value"] == "heading"
        for prop in node["properties"]
        if prop["name"] == "level"
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    charts = [node["name"]["value"] for node in seen if node["role"]["value"] in ("image", "img")]
    assert [name.split(".")[0] for name in charts] == [
        "Intakes by verdict", "Rules that stop most clients", "Questions that cost most verdicts",
    ]  # fmt: skip
    roles = {node["role"]["value"] for node in seen}
    assert {"banner", "navigation", "main", "contentinfo", "table", "rowheader", "columnheader"} <= roles


def test_the_skip_link_shows_when_it_has_the_focus(browser: Chrome, pages: dict[str, str]) -> None:
    show(browser, pages["full"])
    place = "return document.querySelector('.skip').getBoundingClientRect().left"
    before = run(browser, place)
    run(browser, "document.querySelector('.skip').focus()")
    assert before < 0 <= run(browser, place)


def test_on_paper_no_table_is_clipped(browser: Chrome, pages: dict[str, str]) -> None:
    show(browser, pages["full"], width=680, media="print")  # A4 less its margins
    clipped = run(
        browser,
        "return [...document.querySelectorAll('.scroll')]"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).length",
    )
    shown = run(
        browser,
        "return ['.wide', '.narrow', 'nav'].map((part) => document.querySelector(part))"
        ".map((element) => getComputedStyle(element).display)",
    )
    show(browser, pages["full"])
    assert clipped == 0
    assert shown == ["block", "none", "none"]


def test_a_page_can_be_printed(browser: Chrome, pages: dict[str, str], tmp_path: Path) -> None:
    show(browser, pages["full"])
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    paper = tmp_path / "report.pdf"
    paper.write_bytes(base64.b64decode(printed["data"]))
    assert paper.read_bytes().startswith(b"%PDF-")
    assert paper.read_bytes().count(b"/Type /Page\n") > 3
