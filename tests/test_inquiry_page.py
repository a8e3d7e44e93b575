"""The page for the client's record: whole, escaped, the same bytes, and readable in a browser."""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selenium.webdriver import Chrome

from browsing import CONTRASTS, asked_for, browser, run, show
from case_files import REPOSITORY
from cli import main
from engine import Screener, make_intake, read_intake
from inquiry.inquirer import Inquirer
from inquiry.page import VERDICTS, page_of
from inquiry.sentences import outlook

__all__ = ["browser"]

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))
HOSTILE = "<script>alert(1)</script>"
ON = date(2026, 11, 16)
SHOWN = ("breakout-and-cold-sore", "nothing-asked-yet", "ready-to-start", "hostile")


@pytest.fixture(scope="module")
def inquirer(screener: Screener) -> Inquirer:
    return Inquirer(screener)


def hostile() -> Any:
    long = "x" * 3000
    names = [HOSTILE, "\u202egnp.exe", long, '" onload="alert(1)', "{{ 7 * 7 }}"]
    conditions = [{"name": name} for name in names]
    return make_intake({"intake_id": HOSTILE, "conditions": conditions, "notes": HOSTILE}, ON)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, inquirer: Inquirer) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    intakes = {file.stem: read_intake(file.read_bytes(), ON) for file in EXAMPLES}
    for name in SHOWN:
        text = page_of(inquirer, hostile() if name == "hostile" else intakes[name])
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in SHOWN}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_finding_question_and_instruction_is_on_the_page(file: Path, inquirer: Inquirer) -> None:
    intake = read_intake(file.read_bytes(), ON)
    assessment = inquirer.screener.screen(intake)
    text = page_of(inquirer, intake)
    texts = [
        finding[key] for finding in assessment["findings"] for key in ("title", "because", "action")
    ]
    texts += [question["ask"] for question in assessment["questions"]]
    texts += [item["text"] for part in assessment["care"].values() for item in part]
    texts += [assessment["headline"], assessment["knowledge_base"]["digest"]]
    texts += [VERDICTS[assessment["verdict"]][1]]
    hangs_on = outlook(inquirer, intake)
    texts += [hangs_on.settled, hangs_on.forced]
    texts += [text for way in hangs_on.ways for text in (way.head, *way.steps)]
    for expected in texts:
        escaped = expected.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&#34;")
        assert escaped in text


def test_the_command_prints_the_page_and_always_the_same() -> None:
    arguments = ["screen", "--format", "html", str(REPOSITORY / "examples" / "ready-to-start.json")]
    first, second = (CliRunner().invoke(main, arguments) for _ in range(2))
    assert first.exit_code == 0
    assert first.stdout.startswith("<!DOCTYPE html>")
    assert first.stdout_bytes == second.stdout_bytes


def test_hostile_words_are_text(inquirer: Inquirer) -> None:
    text = page_of(inquirer, hostile())
    assert "<script" not in text
    assert "\u202e" not in text
    assert "49" not in re.findall(r"<q[^>]*>([^<]*)</q>", text)


def test_what_an_overlay_changed_is_said() -> None:
    overlay = str(REPOSITORY / "examples" / "overlay")
    intake = json.dumps({"intake_id": "a", "allergies": [{"name": "lidocaine"}]})
    arguments = ["screen", "--format", "html", "--overlay", overlay, "--on", "2026-11-16", "-"]
    assert "Changed by example-clinic" in CliRunner().invoke(main, arguments, input=intake).stdout


# In a browser


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_asks_for_nothing_and_complains_of_nothing(
    browser: Chrome, pages: dict[str, str], name: str
) -> None:
    assert asked_for(browser, pages[name]) == ([pages[name]], [])


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", SHOWN)
def test_the_page_never_scrolls_sideways(
    browser: Chrome, pages: dict[str, str], name: str, width: int
) -> None:
    show(browser, pages[name], width)
    assert run(browser, "return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SHOWN)
def test_all_words_stand_out(browser: Chrome, pages: dict[str, str], name: str, scheme: str) -> None:
    show(browser, pages[name], scheme=scheme)
    assert [item for item in run(browser, CONTRASTS) if item[1] < 4.5] == []


def test_on_paper_the_reasons_are_open_and_the_sheet_has_a_page(
    browser: Chrome, pages: dict[str, str]
) -> None:
    show(browser, pages["breakout-and-cold-sore"], scheme="dark", media="print")
    closed = "return [...document.querySelectorAll('details > p')].filter((e) => !e.offsetHeight).length"
    assert run(browser, closed) == 0
    before = "return getComputedStyle(document.querySelector('.sheet')).breakBefore"
    assert run(browser, before) == "page"
    assert run(browser, "return getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_a_screen_reader_finds_landmarks_and_headings_in_order(
    browser: Chrome, pages: dict[str, str]
) -> None:
    show(browser, pages["breakout-and-cold-sore"])
    levels = run(browser, "return [...document.querySelectorAll('h1,h2,h3')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    marks = "return ['header', 'main', 'footer'].map((m) => document.querySelectorAll(m).length)"
    assert run(browser, marks) == [1, 1, 1]
    assert run(browser, "return document.documentElement.lang") == "en-GB"
