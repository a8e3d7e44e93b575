"""A browser for the tests of pages: Chromium without a window, and how to look at what it shows."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

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


def show(browser: Chrome, page: str, width: int = 1280, scheme: str = "light", media: str = "") -> None:
    """Open a page, or show it in another way where it is open."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    if browser.current_url != page:
        browser.get(page)
    drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
    browser.execute_async_script(drawn)


def run(browser: Chrome, script: str) -> Any:
    return browser.execute_script(script)


def logged(browser: Chrome, kind: str) -> list[dict[str, Any]]:
    """What was logged since the last call."""
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def asked_for(browser: Chrome, page: str) -> tuple[list[str], list[dict[str, Any]]]:
    """What a page asks for when it is opened, and what it complains of."""
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        logged(browser, kind)  # what came before
    browser.get(page)
    events = [json.loads(entry["message"])["message"] for entry in logged(browser, "performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in urls if not url.startswith("data:")], logged(browser, "browser")
