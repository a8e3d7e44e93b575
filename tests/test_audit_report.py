"""The report of an audit: what it says, and that nothing in a file can make it say or do else."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from audit.charts import Bar, bar_chart
from audit.report import MOST_CASES, MOST_ROWS, REJECTIONS, count, cut, render_report, share
from summaries import (
    HOSTILE,
    Summary,
    changed,
    duplicate,
    empty_summary,
    full_summary,
    hostile_summary,
    question,
    read_file,
    rule,
    term,
    unsafe,
)

ENGINE = Path(__file__).resolve().parent.parent / "engine"
VOID = {"meta", "link"}
INLINE = {"a", "bdi", "span", "strong"}
SECTIONS = ["verdicts", "agreement", "rules", "questions", "words", "comparison", "quality", "read"]


class Page(HTMLParser):
    """A page taken apart: its tags with attributes, its text, and the text of each section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.sections: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in INLINE:
            self.handle_data(" ")
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("id")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if any(tag == "style" for tag, _ in self._open):
            return
        self.text += data
        for tag, name in self._open:
            if tag == "section" and name:
                self.sections[name] = self.sections.get(name, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(summary: Summary) -> Page:
    return Page(render_report(summary))


def said(summary: Summary, section: str | None = None) -> str:
    """The text of a page or a section, with single spaces."""
    made = page(summary)
    return " ".join((made.sections[section] if section else made.text).split())


@pytest.fixture(scope="module")
def full() -> Page:
    return page(full_summary())


@pytest.fixture(scope="module")
def hostile() -> Page:
    return page(hostile_summary())


def test_the_result_comes_first_and_unsafe_cases_before_it(full: Page) -> None:
    text = " ".join(full.text.split())
    alarm = text.index(
        "12 intakes say that the client was treated although the rules say contraindicated or deferred."
    )
    result = text.index(
        "Of 12,000 intakes, 4,500 can go ahead (2,500 with precautions), 7,400 cannot, or not yet, "
        "and 100 were rejected because they could not be used."
    )
    assert alarm < result < text.index("Verdicts Contraindicated")


def test_every_section_is_there_in_its_order(full: Page) -> None:
    assert list(full.sections) == SECTIONS


def test_verdicts_are_counted_with_their_shares() -> None:
    text = said(full_summary(), "verdicts")
    assert "Contraindicated Do not treat: a contraindication stands. 2,000 16.8%" in text
    assert text.endswith("All screened intakes 11,900 100%")


def test_unsafe_cases_come_before_all_decisions() -> None:
    text = said(full_summary(), "agreement")
    assert (
        text.index("12 intakes say that the client was treated")
        < text.index("client-1")
        < text.index("All recorded")
    )
    assert "0.1% of 9,000 recorded decisions" in text


def test_where_nothing_was_recorded_one_line_says_so() -> None:
    summary = full_summary() | {"agreement": empty_summary()["agreement"]}
    text = said(summary, "agreement").removeprefix("Agreement with what the clinic did ")
    assert text == (
        "No intake says what the clinic decided (recorded_decision), so there is nothing to compare."
    )


def test_where_nothing_was_unsafe_the_report_says_so_and_sounds_no_alarm() -> None:
    summary = full_summary()
    summary["agreement"] |= {"unsafe": 0, "unsafe_rules": [], "unsafe_records": []}
    assert "None: no client was treated against" in said(summary, "agreement")
    assert "although the rules say" not in said(summary)


def test_each_cell_of_the_decisions_says_how_it_stands_to_the_verdict() -> None:
    text = said(full_summary(), "agreement").split("Verdict (rows)")[1]
    assert (text.count("unsafe"), text.count("unresolved"), text.count("over-cautious")) == (2, 2, 6)


def test_without_a_baseline_there_is_no_comparison() -> None:
    made = page(full_summary() | {"comparison": None})
    assert list(made.sections) == [name for name in SECTIONS if name != "comparison"]
    assert {"href": "#comparison"} not in made.all("a")


def test_a_comparison_says_which_way_a_verdict_went() -> None:
    text = said(full_summary(), "comparison")
    assert "Eligible Deferred stricter 800" in text
    assert "Deferred Referral milder 90" in text
    assert "No longer in the knowledge base rule-that-is-gone 800 3 7" in text


def test_a_file_that_broke_off_is_told_at_the_top_and_in_its_row() -> None:
    assert "1 file could not be read to its end" in said(full_summary())
    assert "more.jsonl.gz not read to its end" in said(full_summary(), "read")


def test_a_code_nobody_explained_points_to_the_rejects() -> None:
    summary = full_summary() | {"rejects": [{"code": "brand-new", "count": 1}]}
    assert "The reason stands in rejects.jsonl. brand-new 1" in said(summary, "quality")


def test_every_code_that_the_engine_gives_is_explained() -> None:
    given = r'(?:IntakeProblem|SchemaViolation|_refused)\(\s*"([a-z0-9-]+)"'
    source = "".join(path.read_text(encoding="utf-8") for path in ENGINE.glob("*.py"))
    codes = {*re.findall(given, source), "wrong-type"}
    assert len(codes) > 10
    assert codes <= set(REJECTIONS)


def test_nothing_is_loaded_and_nothing_runs(full: Page) -> None:
    tags = {tag for tag, _ in full.tags}
    assert not tags & {"script", "img", "iframe", "object", "embed", "image", "use", "a:href", "base"}
    links = [attributes["href"] for attributes in full.all("a") + full.all("link")]
    assert all(link and link.startswith(("#", "data:,")) for link in links)
    assert not [name for _, attributes in full.tags for name in attributes if name.startswith("on")]
    for word in ("://", "url(", "@import", "xlink", "src="):
        assert word not in full.html


def test_a_strict_policy_stands_before_everything_that_it_rules(full: Page) -> None:
    names = [tag for tag, _ in full.tags]
    policy = next(a for a in full.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"] is not None
    assert policy["content"].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert full.tags.index(("meta", policy)) < min(names.index("style"), names.index("link"))


def test_the_same_summary_makes_the_same_bytes_in_every_process() -> None:
    code = "import sys, summaries, audit.report as r; sys.stdout.buffer.write("
    code += "r.render_report(summaries.full_summary()).encode())"
    paths = [str(Path(__file__).parent), str(ENGINE.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(paths)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert ran.stdout == render_report(full_summary()).encode()


def test_the_summary_is_left_as_it_was() -> None:
    summary = full_summary()
    before = copy.deepcopy(summary)
    render_report(summary)
    assert summary == before


def test_hostile_values_add_no_tag_and_no_attribute(hostile: Page, full: Page) -> None:
    assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in full.tags}
    names = {(tag, name) for tag, attributes in hostile.tags for name in attributes}
    assert names == {(tag, name) for tag, attributes in full.tags for name in attributes}


def test_no_control_or_bidirectional_character_reaches_the_page(hostile: Page) -> None:
    found = {character for character in hostile.html if unicodedata.category(character)[0] == "C"}
    assert found == {"\n"}
    assert hostile.html.encode("utf-8")


def test_whatever_text_a_summary_holds_is_escaped() -> None:
    """Also what this project itself has made and nobody outside can change."""

    def spoilt(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoilt(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [spoilt(item, key) for item in value]
        free = isinstance(value, str) and key not in {"first", "last", "reference_date", "now", "level"}
        return f"{value}<i>\u202e" if free else value

    made = page(spoilt(full_summary()))
    assert made.text.count("<i>\\u202e") > 50
    assert not made.all("i")
    assert "\u202e" not in made.html


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("\u202etxt.exe\u2066", r"\u202etxt.exe\u2066"),
        ("nul\x00", r"nul\x00"),
        ("two\nlines", r"two\nlines"),
        ("\ud800", r"\ud800"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ],
)
def test_a_hostile_id_is_shown_as_it_is_written(value: str, shown: str) -> None:
    summary = full_summary()
    summary["agreement"]["unsafe_records"][0]["intake_id"] = value
    assert shown in said(summary, "agreement")


def test_an_id_of_the_longest_length_is_shown_whole() -> None:
    summary = full_summary()
    summary["agreement"]["unsafe_records"][0]["intake_id"] = "i" * 128
    assert "i" * 128 in said(summary, "agreement")


def test_very_long_values_are_cut_with_an_ellipsis(hostile: Page) -> None:
    assert max(len(word) for word in hostile.text.split()) < 700
    assert "W" * 100 in hostile.text
    assert "W…" in hostile.text


def test_an_escape_is_never_cut_in_half() -> None:
    assert re.fullmatch(r"x?(\\u202e)+…", cut("x" + "\u202e" * 500))


def test_a_page_of_hostile_values_stays_small(hostile: Page) -> None:
    assert len(hostile.html.encode()) < 400_000


LONG_LISTS: dict[str, tuple[str, Callable[[Summary, int], Any]]] = {
    "unsafe cases": ("agreement", lambda s, n: s["agreement"].update(unsafe=n,
        unsafe_records=[unsafe(f"zz-{i}", i) for i in range(n)])),
    "unsafe rules": ("agreement", lambda s, n: s["agreement"].update(
        unsafe_rules=[{"rule": f"zz-{i}", "title": None, "count": 1} for i in range(n)])),
    "rules": ("rules", lambda s, n: s.update(
        rules=[rule(f"zz-{i}", "precaution", 5, 0, "Title") for i in range(n)])),
    "questions": ("questions", lambda s, n: s.update(
        questions=[question(f"zz {i}", 0, 1) for i in range(n)])),
    "words": ("words", lambda s, n: s["unrecognised"].update(different=n,
        terms=[term(f"zz-{i}", 1) for i in range(n)])),
    "rules that changed": ("comparison", lambda s, n: s["comparison"].update(
        rules=[changed(f"zz-{i}", None) for i in range(n)])),
    "duplicates": ("quality", lambda s, n: s["duplicates"].update(ids=n,
        list=[duplicate(f"zz-{i}", 2) for i in range(n)])),
    "rejects": ("quality", lambda s, n: s.update(
        rejects=[{"code": f"zz-{i}", "count": 1} for i in range(n)])),
    "skipped files": ("quality", lambda s, n: s.update(
        skipped=[{"file": f"zz-{i}", "why": "because"} for i in range(n)])),
    "files": ("read", lambda s, n: s.update(inputs=[read_file(f"zz-{i}", 1, 0) for i in range(n)])),
}  # fmt: skip


CASES = ("unsafe cases", "words", "duplicates")


@pytest.mark.parametrize("more", [0, 1200])
@pytest.mark.parametrize("what", LONG_LISTS)
def test_a_long_list_is_capped_and_says_what_is_left(what: str, more: int) -> None:
    section, fill = LONG_LISTS[what]
    most = MOST_CASES if what in CASES else MOST_ROWS
    summary = full_summary()
    summary["agreement"] |= {"unsafe": 1, "unsafe_records": []}
    fill(summary, most + more)
    text = said(summary, section)
    assert len(set(re.findall(r"(?i)\bzz[- ](\d+)", text))) == most
    left = ["1,200 more stand"] if more else []
    assert re.findall(r"[\d,]+ more stands?(?= in summary\.json\.)", text) == left


def test_one_row_that_is_left_out_is_told_in_the_singular() -> None:
    summary = full_summary() | {"rejects": [{"code": f"zz-{i}", "count": 1} for i in range(101)]}
    assert "These are the first 100 of 101; 1 more stands in summary.json." in said(summary, "quality")


def test_lists_that_were_cut_before_still_say_how_much_there_is() -> None:
    summary = full_summary()
    summary["agreement"] |= {"unsafe": 1_100, "unsafe_records": [unsafe("a", 1)] * 25}
    summary["duplicates"] |= {"ids": 1_200, "list": [duplicate("a", 2)] * 25}
    summary["unrecognised"] |= {"different": 1_300, "terms": [term("a", 1)] * 25}
    text = said(summary)
    assert re.findall(r"([\d,]+) more stand in", text) == ["1,075", "1,275", "1,175"]


def test_an_id_that_comes_up_a_thousand_times_shows_ten_places() -> None:
    summary = full_summary()
    summary["duplicates"]["list"] = [duplicate("again", 1_010)]
    text = said(summary, "quality")
    assert text.count("intakes.jsonl, line") == 10
    assert "and 1,000 more" in text


def test_an_audit_of_nothing_makes_a_whole_report() -> None:
    made = page(empty_summary())
    text = " ".join(made.text.split())
    assert "There was nothing to screen: no intakes were found in what was read." in text
    assert list(made.sections) == [name for name in SECTIONS if name != "comparison"]
    assert not made.all("svg")
    assert not made.all("table")


def test_where_every_record_was_rejected_no_verdict_is_drawn() -> None:
    summary = empty_summary() | {"records": {"read": 2, "accepted": 0, "rejected": 2}}
    text = said(summary)
    assert "Of 2 intakes, none can go ahead, none cannot, or not yet, and 2 were rejected" in text
    assert "No intakes were screened." in text


def test_one_of_each_is_told_in_the_singular() -> None:
    summary = full_summary() | {
        "records": {"read": 1, "accepted": 1, "rejected": 0},
        "verdicts": empty_summary()["verdicts"] | {"eligible": 1},
        "notes": {"records": 1},
        "dates": {"first": "2026-06-14", "last": "2026-06-14", "undated": 1, "reference_date": None},
    }
    summary["agreement"] |= {"recorded": 1, "not_recorded": 1, "unsafe": 1}
    summary["unrecognised"] |= {"entries": 1, "records": 1}
    text = said(summary)
    for sentence in (
        "1 intake says that the client was treated although the rules say",
        "Of 1 intake, 1 can go ahead, none cannot, or not yet, and none were rejected.",
        "100% of 1 recorded decision.",
        "1 intake says what the clinic did; 1 intake does not.",
        "1 entry in 1 intake was not recognised.",
        "1 intake_id comes up more than once, in 2 records.",
        "Screened on 14 June 2026.",
        "1 intake has no date of screening.",
        "1 intake has free-text notes",
    ):
        assert sentence in text


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, "-"), (0, 5, "0%"), (5, 5, "100%"), (1, 3, "33.3%"), (1, 8, "12.5%"),
        (1, 100_000, "<0.1%"), (99_999, 100_000, ">99.9%"), (1, 1000, "0.1%"), (999, 1000, "99.9%"),
    ],
)  # fmt: skip
def test_a_share_never_rounds_to_all_or_nothing(part: int, whole: int, expected: str) -> None:
    assert share(part, whole) == expected


def test_a_number_agrees_with_its_noun() -> None:
    assert count(0, "intake") == "no intakes"
    assert count(1, "entry", "entries") == "1 entry"
    assert count(12_345, "entry", "entries") == "12,345 entries"


def test_every_chart_has_the_numbers_of_its_table_in_words(full: Page) -> None:
    spoken = [attributes["aria-label"] for attributes in full.all("svg")]
    assert len(spoken) == 6  # three charts, each wide and narrow
    assert spoken[::2] == spoken[1::2]
    assert spoken[2] == (
        "Rules that stop most clients. Active acne in the area: 1,000 of 1,300; "
        "Pregnancy: 900 of 1,400; "
        "Skin cancer or suspicious lesion, anywhere, now or in the past: 1 of 700."
    )
    assert spoken[4] == "Questions that cost most verdicts. Allergies: 900 of 1,200."
    assert all(attributes["role"] == "img" for attributes in full.all("svg"))


def test_the_chart_of_rules_shows_the_twelve_that_stop_most() -> None:
    rules = [rule(f"rule-{i}", "deferral", 500, i, f"Number {i}.") for i in range(20)]
    made = page(full_summary() | {"rules": rules})
    label = made.all("svg")[2]["aria-label"] or ""
    assert re.findall(r"Number (\d+)\.", label) == [str(i) for i in range(19, 7, -1)]


def boxes(chart: str, layout: str) -> list[tuple[str, float, float]]:
    """Tone, left and width of every box in a layout of a chart."""
    drawing = next(part for part in chart.split("<svg")[1:] if f'chart {layout}"' in part)
    found = re.findall(r'<rect class="([^"]+)" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawing)
    return [(tone, float(left), float(width)) for tone, left, width in found]


@pytest.mark.parametrize("layout", ["wide", "narrow"])
def test_boxes_are_as_long_as_their_numbers(layout: str) -> None:
    bars = [Bar("one", "deferral", 50, 50, "50 of 100"), Bar("two", "referral", 25, 0, "25 of 25")]
    (full, left, half), (rest, next_to, same), (other, _, quarter) = boxes(bar_chart("t", bars), layout)
    assert (full, rest, other) == ("deferral", "deferral rest", "referral")
    assert half == pytest.approx(same, abs=0.2) == pytest.approx(2 * quarter, abs=0.2)
    assert next_to == pytest.approx(left + half, abs=0.2)


def test_a_chart_of_nothing_but_zeros_draws_no_box() -> None:
    chart = bar_chart("t", [Bar("one", "deferral", 0, 0, "0 of 0")] * 2)
    assert not boxes(chart, "wide")
    assert chart.count("0 of 0") == 2 * 2 + 2 * 2


def test_one_case_among_a_million_is_still_to_be_seen() -> None:
    chart = bar_chart("t", [Bar("one", "x", 1, 0, "1"), Bar("two", "x", 1_000_000, 0, "1,000,000")])
    assert boxes(chart, "narrow")[0][2] >= 1.5


def test_a_long_label_takes_two_lines_and_an_ellipsis() -> None:
    chart = bar_chart("t", [Bar("word " * 40, "x", 1, 0, "1")])
    lines = re.findall(r'<text class="label"[^>]*>([^<]+)<', chart)
    assert len(lines) == 4
    assert lines[1].endswith("…")


def test_a_label_cannot_break_out_of_its_chart() -> None:
    chart = bar_chart("t", [Bar(HOSTILE[0], HOSTILE[1], 1, 0, HOSTILE[1])])
    assert {tag for tag, _ in Page(chart).tags} == {"svg", "rect", "text"}


def test_headings_are_in_order_and_every_link_has_its_target(full: Page) -> None:
    levels = [int(tag[1]) for tag, _ in full.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    names = [attributes["id"] for _, attributes in full.tags if "id" in attributes]
    assert len(names) == len(set(names))
    assert {a["href"] for a in full.all("a")} <= {f"#{name}" for name in names}


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(full: Page) -> None:
    assert len(full.all("caption")) == len(full.all("table")) > 10
    assert all(cell.get("scope") in ("row", "col") for cell in full.all("th"))
    assert full.all("html") == [{"lang": "en-GB"}]
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in full.tags}


def test_the_footer_says_what_this_is_not(full: Page) -> None:
    assert full.text.rstrip().endswith(
        "This is decision support, not a diagnosis, and no reason to stop a medicine."
    )
