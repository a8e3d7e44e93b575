"""The text for the front desk: the verdict first, narrow, and safe to print whatever was written."""

from __future__ import annotations

import copy
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from case_files import REPOSITORY
from conftest import Assessment, Screen
from corpus import Screened, screen_all
from engine import Screener, read_intake, render_text

WIDTH = 79
UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
DISCLAIMER = "This is decision support, not a diagnosis, and no reason to stop a medicine."
SECTIONS = [
    "WHY",
    "WHAT TO DO",
    "WHAT TO ASK",
    "NOT UNDERSTOOD",
    "BEFORE AND AFTER A SESSION",
    "GOALS THAT THE SOURCES SUPPORT",
    "SOURCES",
]
HOSTILE = {
    "a line break": "a\n\nDO NOT TREAT\r\nb",
    "colour": "\x1b[31mred\x1b[0m",
    "a screen wiped": "\x1b[2J\x1b[H",
    "a window title": "\x1b]0;owned\x07",
    "a terminal command of one byte": "\x9b31m",
    "NUL, backspace and delete": "a\0b\x08c\x7f",
    "a tab and a form feed": "a\tb\x0bc\x0cd",
    "a next-line sign": "a\x85b",
    "right to left": "\u202eetagorrus\u202c",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "marks of direction": "a\u200eb\u200fc\u061cd",
    "characters of no width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "separators": "a\u2028b\u2029c",
    "language tags": "a\U000e0001\U000e0061b",
    "private characters": "a\ue000\U000f0000b",
    "characters that do not exist": "a\uffff\u0378b",
}
"""Words that would change what a terminal shows."""

LONG = {
    "one word": "x" * 300,
    "many hyphens": "a-b-" * 100,
    "many spaces": "a" + " " * 300 + "b",
    "escapes": "\x1b" * 100,
    "words": "the client said " * 40,
    "accents": "e\u0301" * 200,
}


def hostile_intake(words: str) -> dict[str, Any]:
    """An intake with the words wherever a client can write."""
    return {
        "intake_id": words[:128],
        "notes": words,
        "conditions": [
            {"name": words},
            {"name": "acne", "code": {"system": "icd-10", "value": f"D66{words}"}},
            {"code": {"system": "icd-10", "value": f"L20{words}"}},
            {"code": {"system": "snomed-ct", "value": words}},
        ],
        "medications": [{"name": f"ibu{words}profen", "status": "unknown"}, {"name": "warfarin"}],
        "procedures": [{"name": f"filler{words}"}, {"name": f"no {words}"}],
        "allergies": [{"name": words}],
    }


def between_the_letters(sign: str) -> dict[str, Any]:
    """An intake whose words are understood although a sign stands in them."""
    return {
        "conditions": [{"name": f"ecz{sign}ema", "status": "active"}, {"name": f"cold{sign}sore"}],
        "medications": [{"name": f"ibu{sign}profen", "status": "unknown"}],
        "procedures": [{"name": f"fil{sign}ler"}],
    }


def sections(text: str) -> list[str]:
    return [line for line in text.splitlines() if line in SECTIONS]


def section(text: str, title: str) -> str:
    """The lines of one section as one line."""
    _, _, rest = text.partition(f"\n\n{title}\n")
    return " ".join(rest.partition("\n\n")[0].split())


def unsafe_characters(text: str) -> set[str]:
    return {c for c in text.replace("\n", "") if unicodedata.category(c) in UNSAFE}


def columns(line: str) -> int:
    """The width of a line on a terminal, where East Asian characters take two columns."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@pytest.fixture(scope="module")
def many(screener: Screener) -> list[Screened]:
    """Every third assessment at hand: rendering all of them adds time and no other kind of text."""
    return screen_all(screener)[::3]


@pytest.fixture(scope="module")
def texts(many: list[Screened]) -> list[str]:
    """Their texts, short and with details."""
    return [render_text(a, details=details) for _, a in many for details in (False, True)]


def test_no_line_is_longer_than_79_characters(texts: list[str]) -> None:
    assert [line for text in texts for line in text.splitlines() if len(line) > WIDTH] == []


@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("words", [*LONG.values(), *HOSTILE.values()], ids=[*LONG, *HOSTILE])
def test_no_words_of_a_client_make_a_line_longer(screen: Screen, words: str, details: bool) -> None:  # noqa: FBT001
    text = render_text(screen(hostile_intake(words)), details=details)
    assert [line for line in text.split("\n") if len(line) > WIDTH] == []


def test_wide_characters_count_twice(screen: Screen) -> None:
    text = render_text(screen({"conditions": [{"name": "湿疹" * 60}]}), details=True)
    assert [line for line in text.splitlines() if columns(line) > WIDTH] == []


@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_words_of_a_client_cannot_steer_the_terminal(screen: Screen, words: str, details: bool) -> None:  # noqa: FBT001
    assert unsafe_characters(render_text(screen(hostile_intake(words)), details=details)) == set()


@pytest.mark.parametrize(
    "sign", sorted({c for words in HOSTILE.values() for c in words if not c.isalnum()})
)
def test_words_that_are_understood_cannot_either(screen: Screen, sign: str) -> None:
    assessment = screen(between_the_letters(sign))
    assert unsafe_characters(render_text(assessment, details=True)) == set()


def test_words_of_a_client_cannot_pose_as_a_section(screen: Screen) -> None:
    words = "x\n\nWHY\nNothing stands against it"
    text = render_text(screen(hostile_intake(words)))
    assert sections(text).count("WHY") == 1


def test_accents_and_other_scripts_are_shown_as_written(screen: Screen) -> None:
    text = render_text(screen({"conditions": [{"name": "größe 湿疹 экзема"}]}))
    assert "größe 湿疹 экзема" in section(text, "NOT UNDERSTOOD")


@pytest.mark.parametrize(
    ("section_name", "answers", "line"),
    [
        ("client", {"skin_sensitivity": "very_sensitive"}, "DO NOT TREAT (contraindicated)"),
        ("lifestyle", {"alcohol": "frequent"}, "WAIT: NOT TODAY (deferred)"),
        ("client", {"age_years": 17}, "ASK A CLINICIAN FIRST (referral)"),
        ("client", {"pregnancy": "unknown"}, "NOT DECIDED YET: ASK FIRST (incomplete)"),
        ("lifestyle", {"smoking": "yes"}, "CAN BE TREATED, WITH CARE (eligible with precautions)"),
        ("treatment", {}, "CAN BE TREATED (eligible)"),
    ],
)
def test_the_verdict_stands_first(
    screen: Screen, complete: dict[str, Any], section_name: str, answers: dict[str, Any], line: str
) -> None:
    complete[section_name].update(answers)
    assert render_text(screen(complete)).splitlines()[0] == line


def test_the_headline_and_the_intake_follow_the_verdict(many: list[Screened]) -> None:
    for _, assessment in many:
        head, _, _ = render_text(assessment).partition("\n\n")
        _, *lines = head.splitlines()
        told = " ".join(lines)
        assert told.startswith(
            f"{assessment['headline']} Intake {assessment['intake_id']}, screened on "
        )


def test_the_day_of_the_screening_is_written_in_words(screen: Screen) -> None:
    head, _, _ = render_text(screen({"screened_on": "2026-03-05"})).partition("\n\n")
    assert head.endswith("screened on 5 March 2026")


def test_sections_stand_in_their_order(texts: list[str]) -> None:
    for text in texts:
        found = sections(text)
        assert found == [title for title in SECTIONS if title in found]


def test_every_section_can_be_shown(screen: Screen) -> None:
    document = {
        "medications": [{"name": "warfarin"}, {"name": "flarp"}],
        "treatment": {"goals": ["acne_scars"]},
    }
    assert sections(render_text(screen(document), details=True)) == SECTIONS


def test_a_section_with_nothing_in_it_is_left_out(screen: Screen, complete: dict[str, Any]) -> None:
    assert sections(render_text(screen(complete))) == ["WHAT TO DO"]


def test_the_text_ends_with_the_disclaimer_and_what_was_used(
    texts: list[str], screener: Screener
) -> None:
    base = screener.knowledge_base
    for text in texts:
        assert text.endswith("\n")
        _, _, end = text.rpartition("\n\n")
        first, *rest = end.splitlines()
        assert first == DISCLAIMER
        assert f"knowledge base {base.id} {base.version}" in " ".join(rest)
        assert base.digest[:12] in "".join(rest)


def test_no_line_ends_with_a_space(texts: list[str]) -> None:
    assert [line for text in texts for line in text.splitlines() if line != line.rstrip()] == []


@pytest.fixture
def waiting(screen: Screen, complete: dict[str, Any]) -> Assessment:
    """A client who has to wait for a date and an event, with a word that is not understood."""
    return screen(
        {
            **complete,
            "conditions": [{"name": "Cold Sore", "status": "active"}, {"name": "psoriassis"}],
            "procedures": [{"name": "filler", "performed_on": "2026-06-01"}],
        }
    )


def test_each_finding_is_shown_with_what_the_client_said(waiting: Assessment) -> None:
    why = section(render_text(waiting), "WHY")
    for finding in waiting["findings"]:
        assert finding["title"] in why
    assert '"Cold Sore": ' in why


def test_what_to_do_says_when_to_come_back(waiting: Assessment) -> None:
    told = section(render_text(waiting), "WHAT TO DO")
    assert "not before 1 December 2026" in told
    assert "the lesions have healed" in told


def test_what_to_do_names_each_action_once(waiting: Assessment) -> None:
    told = section(render_text(waiting), "WHAT TO DO")
    actions = {" ".join(finding["action"].split()) for finding in waiting["findings"]}
    assert [told.count(action) for action in actions] == [1] * len(actions)


def test_what_does_not_pass_is_said_to_need_a_review(screen: Screen) -> None:
    told = render_text(screen({"client": {"skin_sensitivity": "very_sensitive"}}))
    assert "only after a clinician has reviewed this" in section(told, "WHAT TO DO")


def test_a_session_is_planned_where_treatment_can_go_ahead(
    screen: Screen, complete: dict[str, Any]
) -> None:
    told = section(render_text(screen(complete)), "WHAT TO DO")
    assert "3 to 6 sessions, 4 to 6 weeks apart" in told


def test_no_session_is_planned_where_it_cannot(waiting: Assessment) -> None:
    assert "weeks apart" not in render_text(waiting)


def test_closest_names_are_offered(waiting: Assessment) -> None:
    told = section(render_text(waiting), "NOT UNDERSTOOD")
    assert '"psoriassis" in /conditions/1' in told
    assert "psoriasis" in told


def test_the_most_decisive_questions_are_shown_and_the_rest_counted(screen: Screen) -> None:
    assessment = screen({})
    asked = section(render_text(assessment), "WHAT TO ASK")
    shown = [" ".join(q["ask"].split()) in asked for q in assessment["questions"]]
    assert shown == [True] * 5 + [False] * (len(shown) - 5)
    assert f"{len(shown) - 5} more" in asked


def test_details_show_every_question(screen: Screen) -> None:
    assessment = screen({})
    asked = section(render_text(assessment, details=True), "WHAT TO ASK")
    assert [q["id"] for q in assessment["questions"] if " ".join(q["ask"].split()) not in asked] == []


def test_a_declined_question_is_named_and_not_asked(screen: Screen, complete: dict[str, Any]) -> None:
    client = {**complete["client"], "pregnancy": "declined"}
    asked = section(render_text(screen({**complete, "client": client})), "WHAT TO ASK")
    assert "declined: pregnancy" in asked
    assert "?" not in asked


def test_every_source_of_a_finding_is_named(waiting: Assessment) -> None:
    told = section(render_text(waiting), "SOURCES")
    cited = {c["source"] for finding in waiting["findings"] for c in finding["citations"]}
    assert told.partition(" (")[0].split(", ") == sorted(cited)


def test_details_say_where_and_what_each_source_says(waiting: Assessment) -> None:
    told = section(render_text(waiting, details=True), "SOURCES")
    cited = [c for finding in waiting["findings"] for c in finding["citations"]]
    assert [c for c in cited if c["locator"] not in told or c["position"] not in told] == []


def test_details_give_the_clinician_the_rationale_and_the_proof(waiting: Assessment) -> None:
    why = section(render_text(waiting, details=True), "WHY")
    for finding in waiting["findings"]:
        assert " ".join(finding["because"].split()) in why
        assert f"Rule {finding['rule']}." in why
        for step in finding["derivation"]:
            assert f"{step['step']}: {step['says']}" in why


def test_details_give_every_care_instruction(waiting: Assessment) -> None:
    care = section(render_text(waiting, details=True), "BEFORE AND AFTER A SESSION")
    for item in [*waiting["care"]["before"], *waiting["care"]["after"]]:
        assert " ".join(item["text"].split()) in care


def test_care_without_a_duration_shows_no_days(waiting: Assessment) -> None:
    text = render_text(waiting, details=True)
    for part in ("before", "after"):
        for item in waiting["care"][part]:
            opening = f"- {part.capitalize()}: {item['text'][:20]}"
            assert (opening in text) == (item["days"] is None)


def test_rendering_leaves_the_assessment_alone(waiting: Assessment) -> None:
    before = copy.deepcopy(waiting)
    assert render_text(waiting, details=True) == render_text(before, details=True)
    assert waiting == before


# A receptionist's reading of the examples

WORDS_OF_CLINICIANS = (
    "abscess",
    "contraindication",
    "corticosteroid",
    "cutaneous",
    "depilation",
    "dermal",
    "erythema",
    "immunodeficiency",
    "immunosuppressant",
    "lesional",
    "oedema",
    "pruritus",
    "systemic",
    "topical",
)
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.json"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_fits_a_screen_of_80_by_40_and_begins_with_the_verdict(
    file: Path, screener: Screener
) -> None:
    assessment = screener.screen(read_intake(file.read_bytes()))
    lines = render_text(assessment).splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) < 80
    assert lines[0].endswith(f"({assessment['verdict'].replace('_', ' ')})")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_needs_no_medical_dictionary(file: Path, screener: Screener) -> None:
    text = render_text(screener.screen(read_intake(file.read_bytes()))).casefold()
    assert [word for word in WORDS_OF_CLINICIANS if re.search(rf"\b{word}\b", text)] == []


def test_an_answer_is_told_with_its_question_and_days_in_words(screen: Screen) -> None:
    client = {"birth_date": "2009-03-02", "fitzpatrick_type": 5, "breastfeeding": "yes"}
    lifestyle = {"last_sunburn_or_tan": "2026-06-10"}
    medications = [{"name": "ibuprofen", "status": "stopped", "stopped_on": "2026-06-13"}]
    why = section(
        render_text(screen({"client": client, "lifestyle": lifestyle, "medications": medications})),
        "WHY",
    )
    assert 'Birth date: "2009-03-02" (age years: 0 to 17)' in why
    assert 'Breastfeeding: "yes"' in why
    assert "Fitzpatrick type: 5" in why
    assert 'Last sunburn or tan: "2026-06-10" (less than 14 days ago)' in why
    assert "stopped on 13 June 2026" in why
