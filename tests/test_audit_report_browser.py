"""The report in a browser: nothing is loaded, nothing overflows, everything can be read."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from audit.report import render_report
from summaries import HOSTILE, empty_summary, full_summary, hostile_summary

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# Every element with words of its own: the contrast of their colour with what is painted behind.
CONTRASTS = """
const channels = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
  .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const colour = channels(getComputedStyle(e).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const ratio = (element) => {
  const style = getComputedStyle(element);
  const colour = element.closest('svg') ? style.fill : style.color;
  const [a, b] = [luminance(channels(colour)), luminance(behind(element))].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
};
return [...document.body.querySelectorAll('*')]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .map((e) => [e.tagName + '.' + e.getAttribute('class'), ratio(e)]);
"""

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


def _missing(what: str) -> None:
    message = f"no {what} is installed: the report is not looked at in a browser"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        _missing("Chromium" if binary is None else "chromedriver")
    options = ChromeOptions()
    options.binary_location = binary or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the reports, by name."""
    folder = tmp_path_factory.mktemp("reports")
    summaries = {"empty": empty_summary(), "full": full_summary(), "hostile": hostile_summary()}
    for name, summary in summaries.items():
        (folder / f"{name}.html").write_text(render_report(summary), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in summaries}


def show(browser: Chrome, page: str, width: int = 1280, scheme: str = "light", media: str = "") -> None:
    """Open a page, or show it in another way where it is open."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    if browser.current_url != page:
        browser.get(page)


def run(browser: Chrome, script: str) -> Any:
    return browser.execute_script(script)


def logged(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """What was logged since the last call."""
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_a_page_asks_for_nothing_but_itself_and_complains_of_nothing(
    browser: Chrome, pages: dict[str, str], name: str
) -> None:
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        logged(browser, kind)  # what came before
    browser.get(pages[name])
    events = [json.loads(entry["message"])["message"] for entry in logged(browser, "performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in asked if not url.startswith("data:")] == [pages[name]]
    assert logged(browser, "browser") == []


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
