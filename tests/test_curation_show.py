"""``kb show`` and ``kb list``: what a keeper sees of rules, concepts, questions and sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from case_files import REPOSITORY
from cli import main
from conftest import SCREENED_ON
from curation.library import KINDS, Library, open_library
from curation.showing.list_command import KINDS_LISTED
from curation.showing.listing import Filters, rows
from curation.showing.pages import page_of
from curation.showing.text import page_text
from engine import SHIPPED, Screener, make_intake

OVERLAY = REPOSITORY / "examples" / "overlay"


@pytest.fixture(scope="module")
def library() -> Library:
    return open_library(SHIPPED)


def kb(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["kb", *map(str, arguments)])


def shown(item_id: str, *arguments: str | Path) -> list[dict[str, Any]]:
    done = kb("show", item_id, "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    pages: list[dict[str, Any]] = json.loads(done.stdout)
    return pages


def page(library: Library, item_id: str) -> dict[str, Any]:
    (item,) = library.known_as(item_id)
    return page_of(item, library)


def test_rule_page_tells_everything_in_words() -> None:
    done = kb("show", "isotretinoin")
    assert done.exit_code == 0
    for words in (
        "Rule isotretinoin: Isotretinoin by mouth, now or in the last six months",
        "Deferral: not now; active; last reviewed on",
        "the last dose of any isotretinoin by mouth was less than 6 months ago",
        "WHAT ENDS IT",
        "WHAT TO DO",
        "CITATIONS",
        "EXAMPLES",
        "- Stays undecided:",
    ):
        assert words in done.stdout


def test_no_line_of_any_page_is_longer_than_a_terminal(library: Library) -> None:
    wanted = [item for item in library.items.values() if item.kind != "concept"]
    wanted += [item for item in library.of_kind("concept") if item.data.get("parents") is None][:60]
    for item in wanted:
        assert max(map(len, page_text(page_of(item, library)).split("\n"))) <= 79, item.id


@pytest.mark.parametrize("kind", KINDS)
def test_place_is_the_line_of_the_id(kind: str, library: Library) -> None:
    items = [item for item in library.items.values() if item.kind == kind]
    for item in items[:: max(1, len(items) // 40)]:
        file, _, line = item.place.rpartition(":")
        written = (SHIPPED.parent / file).read_text("utf-8").split("\n")[int(line) - 1]
        assert f"id: {item.id}" in written


def test_rule_waits_for_whatever_its_examples_wait_for(library: Library) -> None:
    """The questions of a page come from the condition; those of an assessment from screening."""
    screener = Screener(library.knowledge_base)
    for rule in library.knowledge_base.rules.values():
        waits_for = {question["id"] for question in page_of(
            library.items["rule", rule.id], library)["waits_for"]}  # fmt: skip
        for example in rule.examples:
            intake = make_intake({"intake_id": "example", **example["given"]}, SCREENED_ON)
            for open_rule in screener.screen(intake)["undecided"]:
                if open_rule["rule"] == rule.id:
                    assert set(open_rule["needs"]) <= waits_for, (rule.id, example["name"])


def test_concept_is_read_through_what_lies_above_it(library: Library) -> None:
    readings = {(reader["id"], reader["through"]) for reader in page(library, "warfarin")["read_by"]}
    assert readings == {("anticoagulant", "anticoagulant"), ("blood-thinner-stopped", "anticoagulant")}


def test_readers_of_a_concept_are_the_rules_that_an_entry_decides(library: Library) -> None:
    screener = Screener(library.knowledge_base)
    for concept, entry in (
        ("eczema", {"conditions": [{"name": "eczema", "status": "active"}]}),
        ("warfarin", {"medications": [{"name": "warfarin", "status": "current"}]}),
        ("filler", {"procedures": [{"name": "filler", "performed_on": SCREENED_ON.isoformat()}]}),
        ("nickel", {"allergies": [{"name": "nickel"}]}),
    ):
        found = screener.screen(make_intake({"intake_id": "one", **entry}, SCREENED_ON))["findings"]
        listed = {row["id"] for row in rows("rule", Filters(reads=concept), library)}
        assert {finding["rule"] for finding in found} <= listed
        assert found, concept


def test_id_of_several_things_shows_all_of_them() -> None:
    assert [one["kind"] for one in shown("nsaid")] == ["rule", "concept"]


def test_conclusion_names_its_readers_and_the_plan(library: Library) -> None:
    readers = {reader["id"] for reader in page(library, "needs-longer-interval")["read_by"]}
    assert readers == {"recent-microneedling-sensitive", "plan"}


def test_source_is_told_with_every_place_that_cites_it(library: Library) -> None:
    cited = page(library, "P14")["cited_by"]
    assert ("care", "prescribed-medicines") in {(one["part"], one["id"]) for one in cited}
    rules = {row["id"] for row in rows("rule", Filters(cites="P14"), library)}
    assert rules == {one["id"] for one in cited if one["part"] == "rule"}


def test_question_lists_what_waits_for_it(library: Library) -> None:
    assert [one["id"] for one in page(library, "fitzpatrick-type")["awaited_by"]] == [
        "pigmentation-prone"
    ]


def test_overlay_is_shown_with_what_it_adds_and_changes() -> None:
    extended = open_library(SHIPPED, [OVERLAY])
    added = [rule for rule in extended.knowledge_base.rules.values() if rule.added_by]
    changed = [rule for rule in extended.knowledge_base.rules.values() if rule.changes]
    assert shown(added[0].id, "--overlay", OVERLAY)[0]["place"].startswith("overlay/rules/")
    page = shown(changed[0].id, "--overlay", OVERLAY)[0]
    assert page["level"] == changed[0].level
    assert page["changes"][0]["reason"] == changed[0].changes[0].reason


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("nsiad", "did you mean nsaid"),
        ("s3", "did you mean S3"),
        ("Coumadin", "as a name it means the concept warfarin"),
        ("\x1bzzzz", "there is nothing with the id \\x1bzzzz"),
    ],
)
def test_unknown_id_is_told_with_what_was_meant(wrong: str, hint: str) -> None:
    done = kb("show", wrong)
    assert (done.exit_code, done.stdout) == (1, "")
    assert hint in done.stderr


def test_broken_knowledge_base_is_told(tmp_path: Path) -> None:
    for command in (["show", "nsaid"], ["list"], ["graph"]):
        done = kb(*command, "--knowledge-base", tmp_path)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "the knowledge base cannot be used" in done.stderr


def test_list_has_every_rule_strictest_first(library: Library) -> None:
    ids = kb("list", "--format", "ids").stdout.split()
    assert ids == list(library.knowledge_base.rules)


@pytest.mark.parametrize("what", KINDS_LISTED)
def test_list_is_aligned_and_complete(what: str, library: Library) -> None:
    lines = kb("list", what).stdout.splitlines()
    found = rows(KINDS_LISTED[what], Filters(), library)
    assert len(lines) == len(found)
    id_column = 0 if what != "rules" else lines[0].index(found[0]["id"])
    assert all(line[id_column:].startswith(row["id"]) for line, row in zip(lines, found, strict=True))


def test_filters_are_combined() -> None:
    done = kb("list", "--reads", "eczema", "--level", "precaution", "--format", "json")
    assert [row["id"] for row in json.loads(done.stdout)] == ["eczema-controlled"]


def test_rule_that_reads_a_concept_through_a_conclusion_is_listed(library: Library) -> None:
    found = rows("rule", Filters(reads="eczema"), library)
    assert "recent-microneedling-sensitive" in {row["id"] for row in found}


def test_text_is_searched_in_names_too() -> None:
    ids = kb("list", "concepts", "--text", "coumadin", "--format", "ids").stdout
    assert ids == "warfarin\n"


def test_filter_that_does_not_fit_is_wrong_usage() -> None:
    done = kb("list", "sources", "--level", "referral")
    assert done.exit_code == 2
    assert "--level is for rules, not for sources" in done.stderr


@pytest.mark.parametrize("option", [["--reads", "eczma"], ["--cites", "S33"]])
def test_filter_by_what_does_not_exist_is_an_error(option: list[str]) -> None:
    done = kb("list", *option)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "did you mean" in done.stderr


def test_nothing_that_fits_is_said_beside_the_output() -> None:
    done = kb("list", "--text", "a word in no rule")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "nothing fits" in done.stderr
