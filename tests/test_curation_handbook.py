"""The handbook: a site without server or network, complete, escaped, the same bytes each time."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from case_files import REPOSITORY
from cli import main
from curation.handbook import MARK, handbook, write_handbook
from curation.handbook_examples import examples_by_outcome
from curation.library import open_library
from engine import SHIPPED

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


def test_what_cannot_be_written_leaves_the_earlier_handbook(tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    write_handbook({"index.html": "old", MARK: "digest\n"}, folder)
    with pytest.raises(OSError, match="deeper"):
        write_handbook({"index.html": "new", "no/deeper/page.html": "", MARK: "digest\n"}, folder)
    assert (folder / "index.html").read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["handbook"]


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
