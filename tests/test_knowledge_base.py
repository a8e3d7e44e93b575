"""The shipped knowledge base holds what it promises: examples, sources, words, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from case_files import REPOSITORY, read_cases, read_yaml
from citations import citations
from conftest import Assessment, Screen
from engine import SHIPPED, KnowledgeBase, Screener, load_knowledge_base, make_intake, render_text
from engine.dates import parse_date
from outcomes import outcome_of

KNOWLEDGE_BASE: KnowledgeBase = load_knowledge_base()
RULES = KNOWLEDGE_BASE.rules
YAML_FILES = sorted(SHIPPED.rglob("*.yaml"))
CASES = read_cases("sources")

NEVER_UNDECIDED = {"home-treatment", "unrecognised-entry", "unrecognised-allergy"}
"""Rules that read only what always has an answer."""


def screened(given: Mapping[str, Any], screener: Screener) -> Assessment:
    """An example of the knowledge base, screened on the day that the manifest names."""
    on = parse_date(KNOWLEDGE_BASE.examples_on)
    return screener.screen(make_intake({"intake_id": "example", **given}, on))


# Examples


def examples_of(items: Mapping[str, Any]) -> list[Any]:
    return [
        pytest.param(name, example, id=f"{name}: {example['name']}")
        for name, item in items.items()
        for example in item.examples
    ]


@pytest.mark.parametrize(("rule", "example"), examples_of(RULES))
def test_example_of_a_rule_gives_what_it_expects(
    rule: str, example: dict[str, Any], screener: Screener
) -> None:
    assert outcome_of(rule, screened(example["given"], screener)) == example["expect"]


@pytest.mark.parametrize(("conclusion", "example"), examples_of(KNOWLEDGE_BASE.conclusions))
def test_example_of_a_conclusion_gives_what_it_expects(
    conclusion: str, example: dict[str, Any], screener: Screener
) -> None:
    assert conclusion == "needs-longer-interval", "the plan shows no other conclusion"
    because = screened(example["given"], screener)["plan"]["because"][0]["text"]
    longer = KNOWLEDGE_BASE.plan["intervals"]["longer"]
    outcome = {longer["because"]: "concluded", longer["because_undecided"]: "undecided"}
    assert outcome.get(because, "ruled_out") == example["expect"]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_an_example_for_each_outcome_it_can_have(rule: str) -> None:
    possible = {"fired", "ruled_out"} | (set() if rule in NEVER_UNDECIDED else {"undecided"})
    assert {example["expect"] for example in RULES[rule].examples} == possible


def test_a_conclusion_has_an_example_for_each_outcome() -> None:
    for conclusion in KNOWLEDGE_BASE.conclusions.values():
        outcomes = {example["expect"] for example in conclusion.examples}
        assert outcomes == {"concluded", "ruled_out", "undecided"}, conclusion.id


@pytest.mark.parametrize("rule", RULES)
def test_the_examples_of_a_rule_have_names_of_their_own(rule: str) -> None:
    names = Counter(example["name"] for example in RULES[rule].examples)
    assert [name for name, count in names.items() if count > 1] == []


# What every rule carries


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_rationale_action_and_citations(rule: str) -> None:
    found = RULES[rule]
    assert len(found.because.split()) >= 15
    assert len(found.action.split()) >= 5
    assert found.because.rstrip().endswith(".")
    assert found.action.rstrip().endswith(".")
    assert found.citations


@pytest.mark.parametrize("rule", RULES)
def test_a_title_is_a_short_phrase(rule: str) -> None:
    assert re.fullmatch(r"[A-Z0-9].{2,68}[^.!?]", RULES[rule].title)


def test_every_rule_cites_what_supports_it_or_is_the_projects_own() -> None:
    known = {*CASES["our_documents"], *CASES["outside_only"]}
    others = {
        "pregnancy-possible", "acne-active-elsewhere", "eczema-active-elsewhere",
        "rosacea-active-elsewhere", "psoriasis-active-elsewhere", "psoriasis-controlled",
        "herpes-history-elsewhere", "skin-infection-elsewhere", "autoimmune-medicine",
        "unrecognised-entry", "unrecognised-allergy",
    }  # fmt: skip
    assert known | others == set(RULES)


@pytest.mark.parametrize(("rule", "documents"), CASES["our_documents"].items())
def test_a_rule_cites_the_projects_documents_that_speak_of_it(rule: str, documents: list[str]) -> None:
    cited = {citation.source for citation in RULES[rule].citations}
    assert cited >= set(documents)


@pytest.mark.parametrize("rule", CASES["outside_only"])
def test_a_rule_that_rests_on_outside_sources_cites_no_document_of_the_project(rule: str) -> None:
    ours = [
        citation.source
        for citation in RULES[rule].citations
        if KNOWLEDGE_BASE.sources[citation.source].kind == "project document"
    ]
    assert ours == []


@pytest.mark.parametrize("rule", CASES["disagreement"])
def test_a_rule_tells_where_sources_disagree(rule: str) -> None:
    assert RULES[rule].disagreement


READ_ITSELF = {("D1", "patient label glossary")}
"""Parts of a source that were read themselves, although the rest is known from others' pages."""


def test_no_citation_claims_to_be_read_better_than_its_source() -> None:
    ranks = ["unverified", "secondary", "partial", "read"]
    bold = [
        cited
        for cited in citations()
        for source in [KNOWLEDGE_BASE.sources[cited.data["source"]]]
        if ranks.index(cited.data.get("verified", source.reliability)) > ranks.index(source.reliability)
        and (source.id, cited.data["locator"]) not in READ_ITSELF
    ]
    assert bold == []


LOST_LISTS = {
    "S0": {12: 9},
    "S2": {13: 17, 17: 9, 25: 18, 27: 18, 29: 14, 41: 24, 43: 16},
}
"""Headers whose lists were lost: document, line, and the number of words of the header."""


def test_no_citation_rests_on_a_header_whose_list_was_lost() -> None:
    for cited in citations():
        place = re.fullmatch(r"line (\d+), words (\d+)-(\d+)", cited.data["locator"])
        if place:
            line, first, _ = map(int, place.groups())
            assert line not in LOST_LISTS.get(cited.data["source"], {}) or (
                cited.data["source"] == "S2" and line == 17 and first > LOST_LISTS["S2"][17]
            ), cited


# What no text may say

STOPS = re.compile(
    r"\b(stop(s|ped|ping)?|discontinu\w+|(come|came|coming|leave|left|go) off|pauses?d?|pausing|"
    r"withh[eo]ld\w*|hold(s|ing)?|held|suspend\w*|omit\w*|interrupt\w*|ceas\w+|quit\w*|taper\w*|"
    r"skip\w*(?! the procedure)|give up|gave up|given up|wash(ed)?[- ]?out|reduc\w+|halv\w+)\b",
    re.IGNORECASE,
)
MEDICINES = re.compile(
    r"\b(medicin\w+|medication\w*|tablets?|pills?|doses?|drugs?|aspirin|ibuprofen|naproxen|thinners?|"
    r"anti\w*coagulants?|antiplatelets?|warfarin|isotretinoin|retinoids?|steroids?|prescri\w+|course|it)\b",
    re.IGNORECASE,
)
WARNS = re.compile(
    r"\b(never|nobody|no one|not|no|neither|harm|danger|risk|insufficient|too little)\b", re.IGNORECASE
)
THINNERS = re.compile(
    r"\b(anti\w*coagula\w*|antiplatelets?|(blood )?thinners?|warfarin|heparin|clopidogrel|aspirin|"
    r"acetylsalicylic|rivaroxaban|apixaban)\b",
    re.IGNORECASE,
)
DURATION = re.compile(
    r"\b(\d+|one|two|three|four|five|six|seven|eight|ten|fourteen|a|few|several)[- ]+"
    r"((to|or|-)[- ]*\w+[- ]+)?(hour|day|week|fortnight|month)s?\b",
    re.IGNORECASE,
)
HIDDEN_KEYS = {"citations", "examples", "id", "sources", "vague", "path", "when", "reviewed_on"}


def texts_in(data: Any, place: str) -> Iterator[tuple[str, str]]:
    """The texts of a knowledge base that people read, with their places."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, list):
        for index, item in enumerate(data):
            name = item.get("id", index) if isinstance(item, dict) else index
            yield from texts_in(item, f"{place}/{name}")
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "lifts":
                yield from ((f"{place}/lifts", text) for text in events_in(value))
            elif key not in HIDDEN_KEYS:
                yield from texts_in(value, f"{place}/{key}")


def events_in(lifts: Mapping[str, Any]) -> Iterator[str]:
    if "when" in lifts:
        yield lifts["when"]
    yield from (part["when"] for part in lifts.get("while", ()))


def sentences() -> Iterator[tuple[str, str]]:
    for path in YAML_FILES:
        name = path.relative_to(SHIPPED).as_posix()
        if not name.startswith(("vocabulary/", "sources", "manifest")):
            for place, text in texts_in(read_yaml(path), name):
                yield from ((place, sentence) for sentence in re.split(r"(?<=[.!?;:])\s+", text))


SENTENCES = list(sentences())


def tells_to_stop(sentence: str) -> bool:
    return bool(STOPS.search(sentence) and MEDICINES.search(sentence) and not WARNS.search(sentence))


def gives_a_hold_time(sentence: str) -> bool:
    return bool(THINNERS.search(sentence) and DURATION.search(sentence))


def test_no_text_tells_anyone_to_stop_a_medicine() -> None:
    assert [found for found in SENTENCES if tells_to_stop(found[1])] == []


def test_no_text_gives_a_hold_time_for_a_blood_thinner() -> None:
    assert [found for found in SENTENCES if gives_a_hold_time(found[1])] == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Stop the blood thinner three days before.",
        "Please leave off your tablets.",
        "Ask the client to pause the medicine.",
        "The course is interrupted for a week.",
        "Hold aspirin for 7 days.",
        "Skip a dose before you come.",
    ],
)
def test_a_text_that_told_someone_to_stop_would_be_found(sentence: str) -> None:
    assert tells_to_stop(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "No warfarin for five days before the session.",
        "Seven to ten days after the last aspirin.",
        "Come back when the anticoagulant ended 2 weeks ago.",
    ],
)
def test_a_text_that_gave_a_hold_time_would_be_found(sentence: str) -> None:
    assert gives_a_hold_time(sentence)


@pytest.mark.parametrize(
    "medicine",
    [
        {"name": "warfarin"},
        {"name": "warfarin", "stopped_on": "2026-06-10"},
        {"name": "clopidogrel", "stopped_on": "2026-06-10"},
        {"name": "Eliquis", "status": "stopped"},
    ],
    ids=str,
)
@pytest.mark.parametrize("details", [False, True], ids=["short", "details"])
def test_no_output_gives_a_hold_time_for_a_blood_thinner(
    medicine: dict[str, str], complete: dict[str, Any], screen: Screen, *, details: bool
) -> None:
    text = render_text(screen({**complete, "medications": [medicine]}), details=details)
    flat = re.sub(r"\s+", " ", text)
    parts = re.split(r"(?<=[.!?;:]) | > | - ", flat)
    assert [part for part in parts if gives_a_hold_time(part)] == []


RUN = 8
"""As many words in a row as may not stand in a source too."""


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))


def runs_of(text: str) -> set[str]:
    words = words_of(text)
    return {" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


OUR_TEXTS = [
    *YAML_FILES,
    *sorted((REPOSITORY / "examples").rglob("*.*")),
    *sorted((REPOSITORY / "docs").glob("*.md")),
    *sorted((REPOSITORY / "schemas").glob("*.json")),
    REPOSITORY / "README.md",
]


@pytest.mark.parametrize("path", OUR_TEXTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_sentence_is_copied_from_the_projects_documents(path: Path, sources: Path) -> None:
    theirs = set().union(*(runs_of(file.read_text("utf-8")) for file in sources.glob("00?_*.txt")))
    assert runs_of(path.read_text("utf-8")) & theirs == set()


# Files


@pytest.mark.parametrize(
    "path",
    [*YAML_FILES, *sorted((REPOSITORY / "examples").rglob("*.yaml"))],
    ids=lambda path: str(path.relative_to(REPOSITORY)),
)
def test_a_file_names_a_schema_for_the_editor_that_exists(path: Path) -> None:
    first = path.read_text("utf-8").split("\n", 1)[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+\.schema\.json)", first)
    assert match is not None
    assert (path.parent / match[1]).resolve().is_file()


# Names and codes

HARMLESS = [(list_name, name) for list_name, names in read_cases("harmless").items() for name in names]
TOPICS = read_cases("vocabulary")
LIST_OF_KIND = {"condition": "conditions", "medication": "medications", "procedure": "procedures"}


def test_two_hundred_everyday_names_are_checked() -> None:
    assert len(set(HARMLESS)) == len(HARMLESS) >= 200


@pytest.mark.parametrize(("list_name", "name"), HARMLESS, ids=str)
def test_an_everyday_name_raises_nothing(
    list_name: str, name: str, complete: dict[str, Any], screen: Screen
) -> None:
    entry = {"name": name} | ({"status": "active"} if list_name == "conditions" else {})
    assert screen({**complete, list_name: [entry]})["verdict"] == "eligible"


def entries_of(row: Mapping[str, Any], list_name: str) -> Iterator[dict[str, Any]]:
    """One entry for each name and each code of a row."""
    status = row.get("status", "active") if list_name == "conditions" else "not given"
    common = {} if status == "not given" else {"status": status}
    yield from ({"name": name, **common} for name in row.get("names", ()))
    for system in ("atc", "icd-10", "icd-10-cm", "snomed-ct"):
        for value in row.get(system, ()):
            yield {"code": {"system": system, "value": value}, **common}


ENTRIES = [
    pytest.param(
        topic["list"], entry, row,
        id=f"{topic['topic']}-{entry.get('name') or '-'.join(entry['code'].values())}",
    )
    for topic in TOPICS
    for row in topic["rows"]
    for entry in entries_of(row, topic["list"])
]  # fmt: skip


@pytest.mark.parametrize(("list_name", "entry", "row"), ENTRIES)
def test_a_name_or_code_means_what_the_evidence_says(
    list_name: str, entry: dict[str, Any], row: dict[str, Any], complete: dict[str, Any], screen: Screen
) -> None:
    assessment = screen({**complete, list_name: [entry]})
    unrecognised = row.get("unrecognised", False)
    expected = ["unrecognised-entry"] if unrecognised else sorted(row.get("fires", ()))
    assert sorted(finding["rule"] for finding in assessment["findings"]) == expected
    assert sorted(waiting["rule"] for waiting in assessment["undecided"]) == row.get("open", [])
    assert bool(assessment["unrecognised"]) == unrecognised


PLACES = [
    pytest.param(row, name, area, area in row["here"], id=f"{row['rule']}-{name}-{area}")
    for row in read_cases("places")
    for name in row["names"]
    for area in (*row["here"], *row["away"])
]


@pytest.mark.parametrize(("row", "name", "area", "there"), PLACES)
def test_a_name_that_says_where_stands_there(
    row: dict[str, Any], name: str, area: str, complete: dict[str, Any], screen: Screen, *, there: bool
) -> None:
    entry = {"status": "active"} if row["list"] == "conditions" else {"performed_on": "2026-06-10"}
    treatment = {"setting": "clinic", "device": row.get("device", "pen"), "areas": [area]}
    assessment = screen({**complete, "treatment": treatment, row["list"]: [{"name": name, **entry}]})
    assert assessment["unrecognised"] == []
    assert (row["rule"] in [finding["rule"] for finding in assessment["findings"]]) == there
    assert row["rule"] not in [waiting["rule"] for waiting in assessment["undecided"]]


def names_of(concept: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Every name of a concept with the route that it fixes."""
    yield concept["label"], None
    yield from ((name, None) for name in concept.get("names", ()))
    for route, names in concept.get("names_by_route", {}).items():
        yield from ((name, route) for name in names)


CONCEPTS = [
    concept
    for path in sorted((SHIPPED / "vocabulary").glob("*.yaml"))
    for concept in read_yaml(path).get("concepts", ())
]


def test_no_name_shadows_another() -> None:
    find = KNOWLEDGE_BASE.vocabulary.find_name
    shadowed = [
        (concept["id"], name, found)
        for concept in CONCEPTS
        for name, route in names_of(concept)
        for found in [find(name)]
        if found is None or (found.concept, found.route) != (concept["id"], route)
    ]
    assert shadowed == []


@pytest.mark.parametrize("list_name", ["conditions", "medications", "procedures"])
def test_every_name_of_a_list_is_recognised_there(
    list_name: str, complete: dict[str, Any], screen: Screen
) -> None:
    entries = [
        {"name": name}
        for concept in CONCEPTS
        for kinds in [concept["kind"] if isinstance(concept["kind"], list) else [concept["kind"]]]
        if list_name in [LIST_OF_KIND.get(kind) for kind in kinds]
        for name, _ in names_of(concept)
    ]
    assessment = screen({**complete, list_name: entries})
    assert [unknown["value"] for unknown in assessment["unrecognised"]] == []


@pytest.mark.parametrize("kind", LIST_OF_KIND)
def test_what_is_of_no_concern_raises_nothing(
    kind: str, complete: dict[str, Any], screen: Screen
) -> None:
    status = {"status": "active"} if kind == "condition" else {}
    entries = [
        {"name": name, **status}
        for concept in CONCEPTS
        if concept.get("of_no_concern") and concept["kind"] == kind
        for name, _ in names_of(concept)
        if not name.lower().endswith("in remission")
    ]
    assert entries
    assert screen({**complete, LIST_OF_KIND[kind]: entries})["verdict"] == "eligible"


def test_every_concept_is_read_by_a_rule_or_of_no_concern() -> None:
    read = {concept for path in YAML_FILES if path.parent.name == "rules" or path.stem == "conclusions"
            for concept in concepts_read(read_yaml(path))}  # fmt: skip
    above = KNOWLEDGE_BASE.vocabulary.above
    neither = [
        concept["id"]
        for concept in CONCEPTS
        if not concept.get("of_no_concern")
        and not concept.get("implies_taking")
        and not above(concept["id"]) & read
    ]
    assert neither == []


def concepts_read(data: Any) -> Iterator[str]:
    """The concepts that the conditions of a rule file name."""
    if isinstance(data, list):
        for item in data:
            yield from concepts_read(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in ("taking", "allergy", "medicine", "procedure") and isinstance(value, str):
                yield value
            elif key in ("condition", "mentioned", "began", "unclear") and isinstance(value, dict):
                yield value["is"]
            elif key not in ("examples", "lifts"):
                yield from concepts_read(value)


DESCRIBED = {
    "aspirin-and-proton-pump-inhibitor", "aspirin-with-another-antiplatelet", "anti-sickness-tablet",
    "choline-magnesium-trisalicylate", "glp-1-medicine", "ibs-medicine", "long-acting-contraceptive",
    "topical-salicylate", "autoimmune-marker", "bleeding-supplement", "other-oral-retinoid",
    "photosensitiser", "topical-irritant",
}  # fmt: skip
"""Medicines whose id describes them instead of naming one."""


def test_a_medicine_is_found_by_the_name_that_its_id_gives_it() -> None:
    find = KNOWLEDGE_BASE.vocabulary.find_name
    unnamed = [
        concept["id"]
        for concept in CONCEPTS
        for found in [find(concept["id"].replace("-", " "))]
        if concept["kind"] == "medication"
        and concept["id"] not in DESCRIBED
        and (found is None or found.concept != concept["id"])
    ]
    assert unnamed == []


@pytest.mark.parametrize("list_name", ["conditions", "medications", "procedures"])
def test_a_vague_term_is_not_recognised(
    list_name: str, complete: dict[str, Any], screen: Screen
) -> None:
    terms = [term["term"] for term in read_yaml(SHIPPED / "vocabulary" / f"{list_name}.yaml")["vague"]]
    assessment = screen({**complete, list_name: [{"name": term} for term in terms]})
    assert [unknown["value"] for unknown in assessment["unrecognised"]] == terms
